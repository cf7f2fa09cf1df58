/**
 * `annals serve --preset cloud`, in a process of its own: every setting of it has its effect, and each given by itself
 * wins.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange, type RawAnswer } from '../harness/http-exchange.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { encodedPath, encodedQuery, signRequest } from '../harness/sign-request.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));
const agent = new Agent({ keepAlive: true });
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess | undefined;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  agent.destroy();
  await server?.kill();
  await folder.remove();
});

interface Call {
  readonly key?: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function send(
  method: string,
  bucket: string,
  { key, query = {}, headers = {}, body }: Call = {},
): Promise<RawAnswer> {
  if (server === undefined) throw new Error('There is no server');
  const { port, accessKeyId, accessKeySecret } = server;
  const target = { method, bucket, ...(key !== undefined && { key }), query, headers };
  const signed = signRequest(target, 'v1', { accessKeyId, accessKeySecret }, Date.now());
  const queryText = encodedQuery(signed.query);
  const bytes = Buffer.from(body ?? '');
  return exchange({
    port,
    agent,
    method,
    path: encodedPath(bucket, key) + (queryText === '' ? '' : `?${queryText}`),
    headers: { host: `127.0.0.1:${port}`, 'content-length': String(bytes.length), ...signed.headers },
    body: bytes,
  });
}

/** What shows of each setting of the preset, in the order of the documentation. */
async function look(bucket: string): Promise<Record<string, unknown>> {
  await send('PUT', bucket);
  const info = (await send('GET', bucket, { query: { bucketInfo: '' } })).body.toString();
  await send('POST', bucket, { key: 'log', query: { append: '', position: '0' }, body: 'x' });
  const overwritten = await send('PUT', bucket, { key: 'log', body: 'y' });
  await send('PUT', bucket, { key: 'cold', headers: { 'x-oss-storage-class': 'Archive' }, body: 'x' });
  await send('POST', bucket, { key: 'cold', query: { restore: '' } });
  const restored = await send('HEAD', bucket, { key: 'cold' });
  const sealed = await send('PUT', bucket, {
    key: 'sealed',
    headers: { 'x-oss-server-side-encryption': 'KMS' },
    body: 'x',
  });
  return {
    location: /<Location>(.*)<\/Location>/.exec(info)?.[1],
    isBlocked: info.includes('<BlockPublicAccess>true<'),
    overwritten: overwritten.status,
    isRestoring: restored.headers['x-oss-restore'] === 'ongoing-request="true"',
    sealed: sealed.status,
  };
}

const CLOUD = { location: 'oss-cn-hangzhou', isBlocked: true, overwritten: 200, isRestoring: true, sealed: 200 };

async function serve(name: string, flags: readonly string[], file?: string): Promise<void> {
  await server?.kill();
  const path = join(folder.path, `${name}.yaml`);
  if (file !== undefined) await writeFile(path, file);
  server = await startServerProcess({
    data: join(folder.path, name),
    buckets: ['first'],
    flags: [...flags, ...(file === undefined ? [] : ['--config', path])],
  });
}

test('each of its settings has its effect, as a flag and in a file, and none without it', async () => {
  await serve('flag', ['--preset', 'cloud']);
  expect(await look('made')).toEqual(CLOUD);
  // Buckets of `--bucket` and of PutBucketAcl are made as others are.
  await send('PUT', 'by-acl', { query: { acl: '' }, headers: { 'x-oss-acl': 'private' } });
  for (const bucket of ['first', 'by-acl']) {
    const info = (await send('GET', bucket, { query: { bucketInfo: '' } })).body.toString();
    expect([bucket, info.includes('<BlockPublicAccess>true<')]).toEqual([bucket, true]);
  }
  // The key that was made is there at the next start, too.
  await serve('flag', ['--preset', 'cloud']);
  expect((await send('GET', 'made', { key: 'sealed' })).body.toString()).toBe('x');
  await serve('file', [], 'preset: cloud\n');
  expect(await look('made')).toEqual(CLOUD);
  await serve('without', []);
  const plain = await look('made');
  expect(plain).toMatchObject({ location: 'oss-annals', isBlocked: false, overwritten: 409, isRestoring: false });
  expect(plain.sealed).not.toBe(200);
});

test('each setting that is given by itself wins, and the others stay', async () => {
  const given: readonly (readonly [string, Record<string, unknown>])[] = [
    ['region: eu-west-1', { location: 'oss-eu-west-1' }],
    ['block-public-access: false', { isBlocked: false }],
    ['appendable: { overwrite: deny }', { overwritten: 409 }],
    ['archive: { restore-delay: 0 }', { isRestoring: false }],
  ];
  for (const [index, [line, difference]] of given.entries()) {
    await serve(`own-${index}`, ['--preset', 'cloud'], `${line}\n`);
    expect([line, await look('made')]).toEqual([line, { ...CLOUD, ...difference }]);
  }
  await serve('own-kms', ['--preset', 'cloud'], 'kms: { make-default-key: false }\n');
  const { sealed, ...others } = await look('made');
  expect(sealed).not.toBe(200);
  expect({ ...others, sealed: 200 }).toEqual(CLOUD);
  await serve('own-flag', ['--preset', 'cloud', '--region', 'eu-west-1']);
  expect(await look('made')).toEqual({ ...CLOUD, location: 'oss-eu-west-1' });
});

test('another preset is refused with what there is', async () => {
  const run = promisify(execFile)(process.execPath, [
    ANNALS,
    'serve',
    '--data',
    join(folder.path, 'x'),
    '--preset',
    'sky',
  ]);
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--preset: expected "cloud", got "sky"') as unknown,
  });
});
