/** Uploads and downloads that are cut at each of their requests, and go on in the next process. */
import { randomUUID } from 'node:crypto';
import { appendFile, readdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient, type ResumeStore } from '@annals/client';
import { downloadFile, fileSource, resumeFile, uploadFile } from '@annals/client/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../harness/temporary-folder.js';
import { ROOT } from '../harness/test-server.js';
import { type Fate, startUnreliableProxy, type UnreliableProxy } from '../harness/unreliable-proxy.js';
import { collect, failureOf, patternBytes, type ServedClient, serveClient } from './test-client.js';

const PART_BYTES = 100 * 1024;
const CONTENT = patternBytes(PART_BYTES * 4 + 333);

let served: ServedClient;
let proxy: UnreliableProxy;
let direct: Client;
/** Through the proxy, and never sent again of its own accord. */
let broken: Client;
let fateOf: (number: number) => Fate;
let requestCount: number;
let folder: string;
let path: string;

beforeAll(async () => {
  served = await serveClient();
  direct = served.client;
  proxy = await startUnreliableProxy(served.server.port, () => {
    requestCount += 1;
    return fateOf(requestCount);
  });
  broken = createClient({ endpoint: proxy.endpoint, ...ROOT, retry: { attemptCountMax: 1 } });
});

afterAll(async () => {
  await proxy.close();
  await served.server.close();
});

beforeEach(async () => {
  folder = makeTemporaryFolder();
  path = join(folder, 'content');
  await writeFile(path, CONTENT);
  requestCount = 0;
  fateOf = () => ({ kind: 'pass' });
});

const uploadsLeft = () => collect(direct.listMultipartUploads({ bucket: 'logs' }), (page) => page.uploads);

async function expectContent(key: string, content: Uint8Array): Promise<void> {
  const fetched = join(folder, 'fetched');
  await downloadFile(direct, { bucket: 'logs', key, path: fetched });
  expect(Buffer.compare(await readFile(fetched), content)).toBe(0);
}

describe('an upload of a file', () => {
  const input = () => ({
    ...{ bucket: 'logs', key: randomUUID(), path, partBytes: PART_BYTES, parallelCount: 1 },
    resumePath: join(folder, 'upload.json'),
  });

  // One to begin, five parts, one to complete.
  const places = Array.from({ length: 7 }, (_, index) => index + 1).flatMap(
    (request) =>
      [
        [request, 'cut-request' as const],
        [request, 'cut-answer' as const],
      ] as const,
  );

  it.each(places)('whose request %i is broken by %s is resumed, and no part is sent twice', async (request, kind) => {
    fateOf = (number) => (number === request ? { kind, at: 150 } : { kind: 'pass' });
    const options = input();
    const first = await uploadFile(broken, options).catch((error: unknown) => error);
    const sentBefore = requestCount;
    requestCount = 0;
    fateOf = () => ({ kind: 'pass' });
    // Only the last call is repeated until it is certain, so the first run may have got to the end.
    if (request === 7) {
      expect(first).toMatchObject({ length: CONTENT.length });
    } else {
      expect(first).toMatchObject({ code: 'NetworkFailed', outcome: 'not-applied' });
      expect(sentBefore).toBe(request);
      const result = await uploadFile(broken, options);
      const storedParts = Math.max(0, request - 2) + (kind === 'cut-answer' && request > 1 ? 1 : 0);
      expect(result.resumedBytes).toBe(Math.min(storedParts * PART_BYTES, CONTENT.length));
      // What is left of the parts, the end, and a list of the parts or a new beginning.
      expect(requestCount).toBe(5 - storedParts + 2);
    }
    await expectContent(options.key, CONTENT);
    expect(await readdir(folder)).toEqual(['content', 'fetched']);
    const left = await uploadsLeft();
    // An answer that was lost at the beginning leaves an upload that no client knows of.
    expect(left.filter(({ key }) => key === options.key)).toHaveLength(request === 1 && kind === 'cut-answer' ? 1 : 0);
  });

  it('goes on with several parts at a time, whatever breaks', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      fateOf = (number) => (number % 3 === seed % 3 ? { kind: 'cut-answer', at: seed * 20 } : { kind: 'pass' });
      const options = { ...input(), parallelCount: 3 };
      for (let run = 0; ; run += 1) {
        const result = await uploadFile(broken, options).catch(() => undefined);
        if (result !== undefined) break;
        expect(run).toBeLessThan(30);
      }
      await expectContent(options.key, CONTENT);
    }
  });

  it.each<[string, () => Promise<void>, Uint8Array]>([
    ['a byte more', () => appendFile(path, 'x'), Buffer.concat([CONTENT, Buffer.from('x')])],
    ['a byte less', () => truncate(path, CONTENT.length - 1), CONTENT.subarray(0, -1)],
    ['other bytes', () => writeFile(path, patternBytes(CONTENT.length, 9)), patternBytes(CONTENT.length, 9)],
    ['the same bytes and another time', () => utimes(path, 1, 1), CONTENT],
  ])('begins again when the file has %s', async (_, change, changed) => {
    fateOf = (number) => (number === 5 ? { kind: 'cut-request', at: 150 } : { kind: 'pass' });
    const options = input();
    expect(await failureOf(uploadFile(broken, options))).toMatchObject({ code: 'NetworkFailed' });
    fateOf = () => ({ kind: 'pass' });
    await change();
    expect(await uploadFile(broken, options)).toMatchObject({ resumedBytes: 0 });
    await expectContent(options.key, changed);
    expect((await uploadsLeft()).filter(({ key }) => key === options.key)).toEqual([]);
  });

  it('compares what is there with the file, even where the fingerprint is the same', async () => {
    const options = input();
    const resume = resumeFile(options.resumePath);
    const other = patternBytes(CONTENT.length, 7);
    const source = (content: Uint8Array) => ({
      ...{ length: content.length, fingerprint: 'same' },
      read: async (start: number, end: number) => content.subarray(start, end),
    });
    fateOf = (number) => (number === 5 ? { kind: 'cut-request', at: 150 } : { kind: 'pass' });
    const { key } = options;
    const call = { bucket: 'logs', key, partBytes: PART_BYTES, parallelCount: 1, resume };
    expect(await failureOf(broken.upload({ ...call, source: source(CONTENT) }))).toMatchObject({
      code: 'NetworkFailed',
    });
    fateOf = () => ({ kind: 'pass' });
    // The first two parts are as they were.
    other.set(CONTENT.subarray(0, PART_BYTES * 2));
    const result = await broken.upload({ ...call, source: source(other) });
    expect(result.resumedBytes).toBe(PART_BYTES * 2);
    await expectContent(key, other);
  });

  it('begins again when the server lost the upload, the attributes are others, or the record is none', async () => {
    const options = input();
    const spoil: (() => Promise<unknown>)[] = [
      async () => {
        for (const { key, uploadId } of await uploadsLeft()) {
          await direct.abortMultipartUpload({ bucket: 'logs', key, uploadId });
        }
      },
      async () => Object.assign(options, { contentType: 'text/plain' }),
      () => writeFile(options.resumePath, 'no record'),
      () => writeFile(options.resumePath, '{"kind":"annals-upload-1","bucket":7}'),
    ];
    for (const each of spoil) {
      requestCount = 0;
      fateOf = (number) => (number === 4 ? { kind: 'cut-request', at: 150 } : { kind: 'pass' });
      expect(await failureOf(uploadFile(broken, options))).toMatchObject({ code: 'NetworkFailed' });
      fateOf = () => ({ kind: 'pass' });
      await each();
      expect(await uploadFile(broken, options)).toMatchObject({ resumedBytes: 0 });
      await expectContent(options.key, CONTENT);
    }
  });

  it('whose process ended before it could note the end sends nothing again', async () => {
    const options = input();
    const file = resumeFile(options.resumePath);
    const forgetful: ResumeStore = { ...file, remove: async () => undefined };
    const source = await fileSource(path);
    const { key } = options;
    await broken.upload({ bucket: 'logs', key, partBytes: PART_BYTES, source, resume: forgetful });
    requestCount = 0;
    expect(await uploadFile(broken, options)).toMatchObject({ resumedBytes: CONTENT.length });
    // The parts are gone, and the object is there.
    expect(requestCount).toBe(2);
    expect(await readdir(folder)).toEqual(['content']);
  });

  it('refuses what is no file, and a stream with a record', async () => {
    await expect(uploadFile(direct, { ...input(), path: folder })).rejects.toThrow('expected a regular file');
    await expect(uploadFile(direct, { ...input(), path: `${path}-none` })).rejects.toThrow('ENOENT');
    async function* stream(): AsyncGenerator<Uint8Array, void, void> {
      yield CONTENT;
    }
    const resume = resumeFile(join(folder, 'stream.json'));
    expect(await failureOf(direct.upload({ bucket: 'logs', key: 'a', source: stream(), resume }))).toMatchObject({
      code: 'InvalidInput',
    });
  });
});

describe('a download to a file', () => {
  const key = 'whole';
  const target = { bucket: 'logs', key, partBytes: PART_BYTES, parallelCount: 1 };
  const fetched = () => join(folder, 'fetched');

  beforeAll(async () => {
    await direct.upload({ bucket: 'logs', key, source: CONTENT, partBytes: PART_BYTES });
  });

  it.each([1, 2, 3, 4, 5, 6])('whose answer %i breaks for good is resumed', async (request) => {
    fateOf = (number) => (number >= request ? { kind: 'cut-answer', at: 50_000 } : { kind: 'pass' });
    const input = { ...target, path: fetched(), retry: { delayMs: 0 } };
    const before = await downloadFile(broken, { ...input, timeoutMs: 5000 }).catch((error: unknown) => error);
    // A range goes on where it broke, so a cut costs requests, and not the download.
    fateOf = () => ({ kind: 'pass' });
    requestCount = 0;
    const result = await downloadFile(broken, input);
    expect(result.length).toBe(CONTENT.length);
    expect(Buffer.compare(await readFile(fetched()), CONTENT)).toBe(0);
    if (request > 1) expect(before).toBeDefined();
    expect((await readdir(folder)).filter((name) => name.startsWith('fetched'))).toEqual(['fetched']);
  });

  it('sends for the missing parts only, and believes no byte that it has not read again', async () => {
    const input = { ...target, path: fetched() };
    fateOf = (number) => (number >= 4 ? { kind: 'cut-request', at: 10 } : { kind: 'pass' });
    expect(await failureOf(downloadFile(broken, input))).toMatchObject({ code: 'NetworkFailed' });
    const part = `${fetched()}.annals-part`;
    const bytes = await readFile(part);
    bytes[PART_BYTES + 5] = (bytes[PART_BYTES + 5] ?? 0) + 1;
    await writeFile(part, bytes);
    requestCount = 0;
    fateOf = () => ({ kind: 'pass' });
    // Two parts were there, the second one damaged since.
    expect(await downloadFile(broken, input)).toMatchObject({ resumedBytes: PART_BYTES });
    expect(requestCount).toBe(1 + 4);
    expect(Buffer.compare(await readFile(fetched()), CONTENT)).toBe(0);
  });

  it('begins again when the object is another, and when the record is none', async () => {
    const other = patternBytes(CONTENT.length, 5);
    const input = { ...target, key: 'changing', path: fetched() };
    const put = (source: Uint8Array) =>
      direct.upload({ bucket: 'logs', key: 'changing', source, partBytes: PART_BYTES });
    const begin = async () => {
      await put(CONTENT);
      requestCount = 0;
      fateOf = (number) => (number >= 4 ? { kind: 'cut-request', at: 10 } : { kind: 'pass' });
      expect(await failureOf(downloadFile(broken, input))).toMatchObject({ code: 'NetworkFailed' });
      fateOf = () => ({ kind: 'pass' });
    };
    await begin();
    await put(other);
    expect(await downloadFile(broken, input)).toMatchObject({ resumedBytes: 0 });
    expect(Buffer.compare(await readFile(fetched()), other)).toBe(0);
    for (const text of ['', '{}', '{"kind":"annals-download-1","parts":[[1,"x"]]}']) {
      await begin();
      await writeFile(`${fetched()}.annals-part.json`, text);
      expect(await downloadFile(broken, input)).toMatchObject({ resumedBytes: 0 });
      expect(Buffer.compare(await readFile(fetched()), CONTENT)).toBe(0);
    }
  });

  it('refuses a second download to the same path while one is under way, in this process or another', async () => {
    const other = patternBytes(CONTENT.length, 6);
    await direct.upload({ bucket: 'logs', key: 'other', source: other, partBytes: PART_BYTES });
    let second: Promise<unknown> | undefined;
    const held = {
      headObject: direct.headObject.bind(direct),
      getObject: async (input: Parameters<typeof direct.getObject>[0]) => {
        second ??= failureOf(downloadFile(direct, { ...target, key: 'other', path: fetched() }));
        await second;
        return direct.getObject(input);
      },
    };
    await downloadFile(held, { ...target, path: fetched() });
    expect(await second).toMatchObject({ code: 'FileInUse', outcome: 'not-applied' });
    expect(Buffer.compare(await readFile(fetched()), CONTENT)).toBe(0);
    const lock = `${fetched()}.annals-part.lock`;
    await writeFile(lock, String(process.ppid));
    expect(await failureOf(downloadFile(direct, { ...target, path: fetched() }))).toMatchObject({ code: 'FileInUse' });
    // Of a process that has gone.
    await writeFile(lock, '999999999');
    await downloadFile(direct, { ...target, key: 'other', path: fetched() });
    expect(Buffer.compare(await readFile(fetched()), other)).toBe(0);
    expect((await readdir(folder)).filter((name) => name.startsWith('fetched'))).toEqual(['fetched']);
  });

  it('notices an object that changes while it is fetched', async () => {
    await direct.putObject({ bucket: 'logs', key: 'moving', body: CONTENT });
    const input = { ...target, key: 'moving', path: fetched() };
    let isChanged = false;
    const onProgress = (): void => {
      if (isChanged) return;
      isChanged = true;
      changing = direct.putObject({ bucket: 'logs', key: 'moving', body: patternBytes(CONTENT.length, 3) });
    };
    let changing: Promise<unknown> | undefined;
    const waiting: Client['getObject'] = async (request) => {
      await changing;
      return direct.getObject(request);
    };
    expect(await failureOf(downloadFile({ ...direct, getObject: waiting }, { ...input, onProgress }))).toMatchObject({
      code: 'ObjectReplaced',
      outcome: 'not-applied',
    });
    expect(await readdir(folder)).not.toContain('fetched');
  });

  it('fetches what a growing object had at first, and keeps its parts for the next time', async () => {
    const half = PART_BYTES * 2 + 50;
    await direct.appendObject({ bucket: 'logs', key: 'growing', position: 0, body: CONTENT.subarray(0, half) });
    const input = { ...target, key: 'growing', path: fetched() };
    const grow = async () => {
      await direct.appendObject({ bucket: 'logs', key: 'growing', position: half, body: CONTENT.subarray(half) });
    };
    let growing: Promise<void> | undefined;
    const onProgress = (): void => {
      growing ??= grow();
    };
    await downloadFile(direct, { ...input, onProgress });
    expect(Buffer.compare(await readFile(fetched()), CONTENT.subarray(0, half))).toBe(0);
    await growing;
    requestCount = 0;
    fateOf = (number) => (number >= 4 ? { kind: 'cut-request', at: 10 } : { kind: 'pass' });
    expect(await failureOf(downloadFile(broken, input))).toMatchObject({ code: 'NetworkFailed' });
    await direct.appendObject({ bucket: 'logs', key: 'growing', position: CONTENT.length, body: 'more' });
    fateOf = () => ({ kind: 'pass' });
    expect(await downloadFile(broken, input)).toMatchObject({ resumedBytes: PART_BYTES * 2 });
    expect((await readFile(fetched())).subarray(-4).toString()).toBe('more');
  });

  it('of a growing object that was made again begins again', async () => {
    const append = (body: Uint8Array) => direct.appendObject({ bucket: 'logs', key: 'again', position: 0, body });
    await append(CONTENT);
    const input = { ...target, key: 'again', path: fetched() };
    fateOf = (number) => (number >= 4 ? { kind: 'cut-request', at: 10 } : { kind: 'pass' });
    expect(await failureOf(downloadFile(broken, input))).toMatchObject({ code: 'NetworkFailed' });
    await direct.deleteObject({ bucket: 'logs', key: 'again' });
    const other = patternBytes(CONTENT.length, 8);
    await append(other);
    fateOf = () => ({ kind: 'pass' });
    await downloadFile(broken, input);
    expect(Buffer.compare(await readFile(fetched()), other)).toBe(0);
  });

  it('side by side tells of each part, and stops when it is told to', async () => {
    const told: number[] = [];
    const input = { ...target, path: fetched(), parallelCount: 20 };
    await downloadFile(direct, { ...input, onProgress: ({ storedBytes }) => told.push(storedBytes) });
    expect(told).toHaveLength(5);
    expect(told.at(-1)).toBe(CONTENT.length);
    expect(Buffer.compare(await readFile(fetched()), CONTENT)).toBe(0);
    const controller = new AbortController();
    const stoppedPath = join(folder, 'stopped');
    const stopped = { ...target, path: stoppedPath, signal: controller.signal, onProgress: () => controller.abort() };
    expect(await failureOf(downloadFile(direct, stopped))).toMatchObject({ code: 'Aborted', outcome: 'not-applied' });
    expect(await downloadFile(direct, { ...target, path: stoppedPath })).toMatchObject({ resumedBytes: PART_BYTES });
  });

  it('an empty object is an empty file, a missing one none, and what must not resume leaves nothing', async () => {
    await direct.putObject({ bucket: 'logs', key: 'empty', body: '' });
    await downloadFile(direct, { ...target, key: 'empty', path: fetched() });
    expect(await readFile(fetched())).toHaveLength(0);
    await rename(fetched(), join(folder, 'kept'));
    expect(await failureOf(downloadFile(direct, { ...target, key: 'none', path: fetched() }))).toMatchObject({
      code: 'NoSuchKey',
    });
    fateOf = (number) => (number >= 3 ? { kind: 'cut-request', at: 10 } : { kind: 'pass' });
    requestCount = 0;
    await failureOf(downloadFile(broken, { ...target, path: fetched(), resume: false }));
    expect(await readdir(folder)).toEqual(['content', 'kept']);
    await rm(join(folder, 'kept'));
    await expect(downloadFile(direct, { ...target, path: join(folder, 'no', 'folder') })).rejects.toThrow('ENOENT');
    expect(await failureOf(downloadFile(direct, { ...target, path: folder }))).toMatchObject({ code: 'InvalidInput' });
  });
});
