/**
 * Damage as a client meets it: an error with a request id while nothing of the body is out, a cut connection later,
 * never wrong or short bytes under a good status; and counted, and logged once, for the operator. By every way of
 * reading.
 */
import { gunzipSync } from 'node:zlib';
import { checkBlobs, type KeyValueStore, openFileSystemBlobStore, openMemoryKeyValueStore } from '@annals/store';
import { SimulatedFileSystem } from '@annals/store/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { visitHost } from '../conformance-http/visit-host.js';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';

const BUCKET = 'hurt';
const BLOCK_LENGTH = 256 * 1024;
/** Long enough for a file of its own. */
const LENGTH = 5 * BLOCK_LENGTH + 1000;
const body = Buffer.alloc(LENGTH);
for (let at = 0; at < LENGTH - 16; at += 64) body.write(`${at} `, at, 'latin1');

let disk: SimulatedFileSystem;
let keyValues: KeyValueStore;
let server: TestServer;

beforeAll(async () => {
  disk = new SimulatedFileSystem();
  keyValues = openMemoryKeyValueStore();
  const blobs = checkBlobs(await openFileSystemBlobStore({ directory: '/blobs', fileSystem: disk }));
  const remove = async () => {
    await keyValues.close();
    await blobs.close();
  };
  server = await startTestServer({
    engines: { name: 'memory and a simulated disk', open: async () => ({ keyValues, blobs, remove }) },
  });
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

function send(request: Omit<TestRequest, 'bucket'>): Promise<RawAnswer> {
  return server.send({ bucket: BUCKET, ...request });
}

async function blobPaths(): Promise<string[]> {
  const folders = await disk.readDirectory('/blobs');
  const names = await Promise.all(
    folders.map(async (folder) =>
      (await disk.readDirectory(`/blobs/${folder}`)).map((name) => `/blobs/${folder}/${name}`),
    ),
  );
  return names.flat();
}

/** Puts an object of several blocks. @returns The path of its blob. */
async function put(key: string, headers: Record<string, string> = {}): Promise<string> {
  const before = new Set(await blobPaths());
  expect((await send({ method: 'PUT', key, body, headers })).status).toBe(200);
  return (await blobPaths()).find((path) => !before.has(path)) as string;
}

async function damageCount(kind: string): Promise<number> {
  const page = await (await fetch(`http://${server.host}/-/metrics`)).text();
  const line = new RegExp(`^annals_damage_total\\{kind="${kind}",found_by="request"\\} (\\d+)$`, 'm').exec(page);
  return Number(line?.[1]);
}

function expectInternalError({ status, headers, body: document }: RawAnswer, method = 'GET'): void {
  expect(status).toBe(500);
  const id = headers['x-oss-request-id'];
  expect(id).toMatch(/^[0-9A-F]{24}$/);
  const text = method === 'HEAD' ? Buffer.from(headers['x-oss-err'] ?? '', 'base64').toString() : document.toString();
  expect(text).toContain('<Code>InternalError</Code>');
  expect(text).toContain(`<RequestId>${id}</RequestId>`);
}

describe('damage in the first block that is asked for', () => {
  const ways: readonly [name: string, request: Omit<TestRequest, 'bucket'>][] = [
    ['whole', { method: 'GET' }],
    ['a range of it', { method: 'GET', headers: { range: 'bytes=10-20' } }],
    [
      'a range from it into the next',
      { method: 'GET', headers: { range: `bytes=${BLOCK_LENGTH - 1}-${BLOCK_LENGTH}` } },
    ],
    [
      'several ranges',
      { method: 'GET', headers: { range: 'bytes=0-1,5-9', 'x-oss-multi-range-behavior': 'multi-range' } },
    ],
    [
      'a range behind a short whole one',
      {
        method: 'GET',
        headers: {
          range: `bytes=${2 * BLOCK_LENGTH}-${2 * BLOCK_LENGTH + 1},0-9`,
          'x-oss-multi-range-behavior': 'multi-range',
        },
      },
    ],
    ['compressed', { method: 'GET', headers: { 'accept-encoding': 'gzip' } }],
    ['slowly', { method: 'GET', headers: { 'x-oss-traffic-limit': '819200' } }],
  ];

  test.each(ways)('%s is 500 with the request id, and counted', async (name, request) => {
    const key = `first ${name}`;
    disk.corrupt(await put(key, { 'content-type': 'text/plain' }), 100);
    const before = await damageCount('corrupt');
    expectInternalError(await send({ key, ...request }));
    expect(await damageCount('corrupt')).toBe(before + 1);
    // What is not hit is still read.
    const rest = await send({ method: 'GET', key, headers: { range: `bytes=${BLOCK_LENGTH}-` } });
    expect([rest.status, rest.body.equals(body.subarray(BLOCK_LENGTH))]).toEqual([206, true]);
  });

  test('by a link, as the index of a website, and as its error page', async () => {
    disk.corrupt(await put('index.html', { 'x-oss-object-acl': 'public-read' }), 100);
    await send({
      method: 'PUT',
      key: 'link',
      query: { symlink: '' },
      headers: { 'x-oss-symlink-target': 'index.html' },
    });
    expectInternalError(await send({ method: 'GET', key: 'link' }));
    const document =
      '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>index.html</Key></ErrorDocument></WebsiteConfiguration>';
    expect((await send({ method: 'PUT', query: { website: '' }, body: document })).status).toBe(200);
    await server.send({ method: 'PUT', bucket: BUCKET, query: { acl: '' }, headers: { 'x-oss-acl': 'public-read' } });
    expectInternalError(await visitHost(server.host, 'GET', `/${BUCKET}/`));
    expectInternalError(await visitHost(server.host, 'GET', `/${BUCKET}/absent`));
  });

  test.each<[string, (path: string) => Promise<void>]>([
    ['missing-blob', (path) => disk.removeFile(path)],
    ['corrupt', async (path) => replace(path, (bytes) => bytes.subarray(0, 1000))],
    ['corrupt', async (path) => replace(path, (bytes) => Buffer.concat([bytes, bytes]))],
    ['corrupt', async (path) => replace(path, () => Buffer.alloc(0))],
    ['corrupt', async (path) => exchange(path, await put('another'))],
  ])('of the file itself: %s', async (kind, damage) => {
    const key = `file ${kind} ${damage.toString().length}`;
    await damage(await put(key));
    const before = await damageCount(kind);
    expectInternalError(await send({ method: 'GET', key }));
    expect(await damageCount(kind)).toBe(before + 1);
    const head = await send({ method: 'HEAD', key });
    expect([head.status, head.headers['content-length']]).toEqual([200, String(LENGTH)]);
  });

  test.each([
    ['their own row', 'O', 'a few bytes'],
    ['a row of their content', 'E', 'some more bytes'.repeat(100)],
  ])('in bytes that lie in %s', async (_, family, body) => {
    const key = `in a row ${family}`;
    await send({ method: 'PUT', key, body });
    const end = Buffer.of(family.charCodeAt(0) + 1);
    const rows = await keyValues.list({ start: Buffer.from(family), end, limit: 1000 });
    const row = rows.find(({ value }) => Buffer.from(value).includes(body));
    const value = Buffer.from(row?.value ?? []);
    value[value.length - 1] = 0;
    await keyValues.commit({ puts: [{ key: row?.key as Uint8Array, value }] });
    expectInternalError(await send({ method: 'GET', key }));
  });

  test('keeps copies that read the bytes from being made, and leaves those alone that share them', async () => {
    const path = await put('source');
    disk.corrupt(path, 2 * BLOCK_LENGTH);
    const source = { 'x-oss-copy-source': `/${BUCKET}/source` };
    expectInternalError(
      await send({
        method: 'PUT',
        key: 'sealed copy',
        headers: { ...source, 'x-oss-server-side-encryption': 'AES256' },
      }),
    );
    expect((await send({ method: 'GET', key: 'sealed copy' })).status).toBe(404);
    const { body: started } = await send({ method: 'POST', key: 'parts', query: { uploads: '' } });
    const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(started.toString())?.[1] as string;
    const query = { partNumber: '1', uploadId };
    expectInternalError(
      await send({
        method: 'PUT',
        key: 'parts',
        query,
        headers: { ...source, 'x-oss-copy-source-range': 'bytes=1-786432' },
      }),
    );
    expect((await send({ method: 'GET', key: 'parts', query: { uploadId } })).body.toString()).not.toContain('<Part>');
    const shared = await send({ method: 'PUT', key: 'copy', headers: source });
    expect(shared.status).toBe(200);
    const part = await send({ method: 'GET', key: 'copy', headers: { range: 'bytes=0-99' } });
    expect([part.status, part.body.equals(body.subarray(0, 100))]).toEqual([206, true]);
  });
});

describe('damage later in the body', () => {
  test.each([
    ['whole', {}],
    ['several ranges', { range: `bytes=0-99999,${2 * BLOCK_LENGTH}-`, 'x-oss-multi-range-behavior': 'multi-range' }],
  ])('%s: the connection is cut, after right bytes alone', async (name, headers) => {
    const key = `later ${name}`;
    disk.corrupt(await put(key), 2 * BLOCK_LENGTH + 7);
    const before = await damageCount('corrupt');
    const incoming = await server.begin({ method: 'GET', bucket: BUCKET, key, headers });
    expect([200, 206]).toContain(incoming.statusCode);
    const chunks: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    })();
    await expect(reading).rejects.toThrow('aborted');
    const got = Buffer.concat(chunks);
    if (name === 'whole') expect(body.subarray(0, got.length).equals(got)).toBe(true);
    await expect.poll(() => damageCount('corrupt')).toBe(before + 1);
  });

  test('the bytes before and behind it are still read, compressed too', async () => {
    const path = await put('text', { 'content-type': 'text/plain' });
    const whole = await send({ method: 'GET', key: 'text', headers: { 'accept-encoding': 'gzip' } });
    expect(gunzipSync(whole.body).equals(body)).toBe(true);
    disk.corrupt(path, 2 * BLOCK_LENGTH);
    const front = await send({ method: 'GET', key: 'text', headers: { range: `bytes=0-${2 * BLOCK_LENGTH - 1}` } });
    expect([front.status, front.body.equals(body.subarray(0, 2 * BLOCK_LENGTH))]).toEqual([206, true]);
  });
});

async function replace(path: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = change(await read(path));
  await disk.removeFile(path);
  const file = await disk.createFile(path);
  await file.writeVector([bytes], 0);
  await file.close();
}

async function exchange(path: string, other: string): Promise<void> {
  const [own, foreign] = [await read(path), await read(other)];
  await replace(path, () => foreign);
  await replace(other, () => own);
}

async function read(path: string): Promise<Buffer> {
  const file = await disk.openFile(path);
  const bytes = Buffer.alloc((await file.status()).lengthBytes);
  await file.read(bytes, 0);
  await file.close();
  return bytes;
}
