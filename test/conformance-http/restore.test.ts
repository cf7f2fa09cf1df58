/** Objects of the archive classes as a client sees them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

let server: TestServer;
let nowMs = START_MS;

beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs });
  await server.send({ method: 'PUT', bucket: 'vault' });
});

afterAll(() => server.close());

function put(key: string, storageClass: string) {
  return server.send({
    method: 'PUT',
    bucket: 'vault',
    key,
    body: 'bytes',
    headers: { 'x-oss-storage-class': storageClass },
  });
}

function restore(key: string, body = '') {
  return server.send({ method: 'POST', bucket: 'vault', key, query: { restore: '' }, body });
}

function read(key: string, method = 'GET') {
  return server.send({ method, bucket: 'vault', key });
}

function request(days: number, tier?: string): string {
  const job = tier === undefined ? '' : `<JobParameters><Tier>${tier}</Tier></JobParameters>`;
  return `<RestoreRequest><Days>${days}</Days>${job}</RestoreRequest>`;
}

describe('RestoreObject', () => {
  test('makes an archived object readable for as many days as were asked for', async () => {
    nowMs = START_MS;
    await put('film', 'Archive');
    expectError(await read('film'), { status: 403, code: 'InvalidObjectState' });
    const before = await read('film', 'HEAD');
    expect([before.status, before.headers['x-oss-restore']]).toEqual([200, undefined]);
    const first = await restore('film', request(2));
    expect([first.status, first.headers['x-oss-object-restore-priority']]).toEqual([202, undefined]);
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await read('film', method);
      expect(status).toBe(200);
      expect(headers['x-oss-restore']).toBe('ongoing-request="false", expiry-date="Sun, 04 Jan 2026 03:04:05 GMT"');
    }
    nowMs += DAY_MS;
    expect((await restore('film', request(3))).status).toBe(200);
    expect((await read('film', 'HEAD')).headers['x-oss-restore']).toContain('Tue, 06 Jan 2026 03:04:05 GMT');
    // Asking for less shortens nothing.
    expect((await restore('film')).status).toBe(200);
    expect((await read('film', 'HEAD')).headers['x-oss-restore']).toContain('Tue, 06 Jan 2026 03:04:05 GMT');
    nowMs = START_MS + 4 * DAY_MS;
    expectError(await read('film'), { status: 403, code: 'InvalidObjectState' });
    expect((await read('film', 'HEAD')).headers['x-oss-restore']).toBeUndefined();
    expect((await restore('film')).status).toBe(202);
  });

  test.each(['ColdArchive', 'DeepColdArchive'])('of %s has a tier', async (storageClass) => {
    nowMs = START_MS;
    await put(`tier-${storageClass}`, storageClass);
    const answer = await restore(`tier-${storageClass}`, request(1, 'Expedited'));
    expect([answer.status, answer.headers['x-oss-object-restore-priority']]).toEqual([202, 'Expedited']);
    const { status } = await read(`tier-${storageClass}`);
    expect(status).toBe(200);
  });

  test.each(['Standard', 'IA'])('of %s is not supported', async (storageClass) => {
    await put(`warm-${storageClass}`, storageClass);
    expectError(await restore(`warm-${storageClass}`), {
      status: 400,
      code: 'OperationNotSupported',
      ec: '0016-00000702',
      details: { Detail: 'RestoreObject operation does not support this object storage class' },
    });
  });

  test.each([
    ['<RestoreRequest><Days>0</Days></RestoreRequest>', 'InvalidArgument'],
    ['<RestoreRequest><Days>366</Days></RestoreRequest>', 'InvalidArgument'],
    ['<RestoreRequest><Days>one</Days></RestoreRequest>', 'MalformedXML'],
    [request(1, 'Instant'), 'InvalidArgument'],
    ['<Restore/>', 'MalformedXML'],
    ['restore', 'MalformedXML'],
  ])('refuses %s', async (body, code) => {
    await put('asked', 'Archive');
    expectError(await restore('asked', body), { status: 400, code });
  });

  test('refuses a key that is not there', async () => {
    expectError(await restore('missing'), { status: 404, code: 'NoSuchKey' });
  });
});

describe('an archived object', () => {
  test('is not copied before it is restored, as a whole or as a part', async () => {
    nowMs = START_MS;
    await put('frozen', 'ColdArchive');
    const headers = { 'x-oss-copy-source': '/vault/frozen' };
    const copy = () => server.send({ method: 'PUT', bucket: 'vault', key: 'copy', headers });
    expectError(await copy(), { status: 403, code: 'InvalidObjectState' });
    const { body } = await server.send({ method: 'POST', bucket: 'vault', key: 'copy', query: { uploads: '' } });
    const uploadId = /<UploadId>(\w+)/.exec(body.toString())?.[1] ?? '';
    const query = { partNumber: '1', uploadId };
    expectError(await server.send({ method: 'PUT', bucket: 'vault', key: 'copy', query, headers }), {
      status: 403,
      code: 'InvalidObjectState',
    });
    await restore('frozen');
    expect((await copy()).status).toBe(200);
    const copied = await read('copy', 'HEAD');
    expect([copied.headers['x-oss-storage-class'], copied.headers['x-oss-restore']]).toEqual(['Standard', undefined]);
  });

  test('grows while it is archived', async () => {
    nowMs = START_MS;
    const append = (position: number) =>
      server.send({
        method: 'POST',
        bucket: 'vault',
        key: 'log',
        query: { append: '', position: String(position) },
        headers: { 'x-oss-storage-class': 'Archive' },
        body: 'line',
      });
    await append(0);
    expect((await append(4)).status).toBe(200);
    expectError(await read('log'), { status: 403, code: 'InvalidObjectState' });
  });

  test('of the class Archive is read directly where its bucket says so', async () => {
    nowMs = START_MS;
    await server.send({ method: 'PUT', bucket: 'direct' });
    for (const storageClass of ['Archive', 'ColdArchive']) {
      const headers = { 'x-oss-storage-class': storageClass };
      await server.send({ method: 'PUT', bucket: 'direct', key: storageClass, body: 'x', headers });
    }
    await server.store.updateBucket('direct', { configurations: { archiveDirectRead: { Enabled: 'true' } } });
    expect((await server.send({ method: 'GET', bucket: 'direct', key: 'Archive' })).status).toBe(200);
    expectError(await server.send({ method: 'GET', bucket: 'direct', key: 'ColdArchive' }), {
      status: 403,
      code: 'InvalidObjectState',
    });
  });
});

describe('a listing', () => {
  const DAY_2 = 'ongoing-request="false", expiry-date="Sun, 04 Jan 2026 03:04:05 GMT"';

  test.each([
    ['ListObjects', { delimiter: '' }, 'Contents'],
    ['ListObjectsV2', { 'list-type': '2' }, 'Contents'],
    ['ListObjectVersions', { versions: '' }, 'Version'],
  ])('%s tells of restorations as HEAD does', async (name, query, element) => {
    nowMs = START_MS;
    const slow = await startTestServer({ clock: () => nowMs, storeSettings: { archive: { restoreDelayMs: DAY_MS } } });
    try {
      await slow.send({ method: 'PUT', bucket: 'vault' });
      for (const [key, storageClass] of [
        ['asked', 'ColdArchive'],
        ['left', 'Archive'],
        ['warm', 'Standard'],
      ] as const) {
        const headers = { 'x-oss-storage-class': storageClass };
        await slow.send({ method: 'PUT', bucket: 'vault', key, body: 'bytes', headers });
      }
      await slow.send({ method: 'POST', bucket: 'vault', key: 'asked', query: { restore: '' }, body: request(1) });
      const list = async () => {
        const { status, body } = await slow.send({ method: 'GET', bucket: 'vault', query });
        expect([name, status]).toEqual([name, 200]);
        const entries = body.toString().match(new RegExp(`<${element}>.*?</${element}>`, 'gs')) ?? [];
        return entries.map((entry) => [
          /<Key>(.*?)</.exec(entry)?.[1],
          /<RestoreInfo>(.*?)<\/RestoreInfo>/.exec(entry)?.[1],
        ]);
      };
      const others = [
        ['left', undefined],
        ['warm', undefined],
      ];
      expect(await list()).toEqual([['asked', 'ongoing-request="true"'], ...others]);
      nowMs = START_MS + DAY_MS;
      expect(await list()).toEqual([['asked', DAY_2], ...others]);
      const { headers } = await slow.send({ method: 'HEAD', bucket: 'vault', key: 'asked' });
      expect(headers['x-oss-restore']).toBe(DAY_2);
      nowMs = START_MS + 2 * DAY_MS;
      expect(await list()).toEqual([['asked', undefined], ...others]);
    } finally {
      await slow.close();
    }
  });
});

describe('CleanRestoredObject', () => {
  const clean = (key: string) =>
    server.send({ method: 'POST', bucket: 'vault', key, query: { cleanRestoredObject: '' } });

  test('archives a restored object again', async () => {
    nowMs = START_MS;
    await put('cleaned', 'ColdArchive');
    await restore('cleaned', request(5));
    expect((await read('cleaned')).status).toBe(200);
    expect((await clean('cleaned')).status).toBe(200);
    expectError(await read('cleaned'), { status: 403, code: 'InvalidObjectState' });
    expect((await clean('cleaned')).status).toBe(200);
    await put('warm', 'Standard');
    expectError(await clean('warm'), { status: 400, code: 'OperationNotSupported' });
  });
});
