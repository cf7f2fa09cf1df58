/** A bucket's retention policy: its states, and what it forbids meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectDocument, expectError } from './expectations.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const INVALID = { status: 400, code: 'InvalidArgument' };

let server: TestServer;
let nowMs = START_MS;

beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs });
});

afterAll(() => server.close());

describe('WORM', () => {
  const days = (name: string, count: number | string) =>
    `<${name}><RetentionPeriodInDays>${count}</RetentionPeriodInDays></${name}>`;
  const initiate = (bucket: string, headers: Record<string, string> = {}, count: number | string = 2) =>
    server.send({
      method: 'POST',
      bucket,
      query: { worm: '' },
      headers,
      body: days('InitiateWormConfiguration', count),
    });
  const worm = (method: string, bucket: string, query: Record<string, string>, body?: string): Promise<RawAnswer> =>
    server.send({ method, bucket, query, ...(body !== undefined && { body }) });

  test('from initiation over the lock to the extension', async () => {
    const bucket = 'worm-lock';
    await server.send({ method: 'PUT', bucket });
    await server.send({ method: 'PUT', bucket, key: 'k', body: 'x' });
    const missing = { status: 404, code: 'NoSuchWORMConfiguration', message: 'The WORM Configuration does not exist.' };
    expectError(await worm('GET', bucket, { worm: '' }), missing);
    expectError(await worm('DELETE', bucket, { worm: '' }), missing);
    for (const count of [0, 25_551, 'x']) {
      expectError(await initiate(bucket, {}, count), { status: 400, code: 'InvalidWORMConfiguration' });
    }
    const initiated = await initiate(bucket);
    const wormId = initiated.headers['x-oss-worm-id'] ?? '';
    expect([initiated.status, wormId]).toEqual([200, expect.stringMatching(/^[0-9A-F]{32}$/)]);
    expectDocument(await worm('GET', bucket, { worm: '' }), [
      '<WormConfiguration>',
      `  <WormId>${wormId}</WormId>`,
      '  <State>InProgress</State>',
      '  <RetentionPeriodInDays>2</RetentionPeriodInDays>',
      '  <CreationDate>2026-01-02T03:04:05.000Z</CreationDate>',
      '  <ExpirationDate>2026-01-03T03:04:05.000Z</ExpirationDate>',
      '</WormConfiguration>',
    ]);
    expectError(await initiate(bucket), { status: 409, code: 'WORMConfigurationAlreadyExists' });
    const immutable = { status: 409, code: 'FileImmutable', message: 'The object you specified is immutable.' };
    expectError(await server.send({ method: 'PUT', bucket, key: 'k', body: 'y' }), immutable);
    expectError(await server.send({ method: 'DELETE', bucket, key: 'k' }), immutable);
    const extension = days('ExtendWormConfiguration', 3);
    expectError(await worm('POST', bucket, { wormId, wormExtend: '' }, extension), {
      status: 400,
      code: 'InvalidWORMConfiguration',
    });
    expectError(await worm('POST', bucket, { wormId: 'other' }), missing);
    expect((await worm('POST', bucket, { wormId })).status).toBe(200);
    const locked = { status: 403, code: 'WORMConfigurationLocked', message: 'The WORM Configuration is locked.' };
    expectError(await worm('POST', bucket, { wormId }), locked);
    expectError(await worm('DELETE', bucket, { worm: '' }), locked);
    expectError(await worm('POST', bucket, { wormId, wormExtend: '' }, days('ExtendWormConfiguration', 2)), {
      status: 400,
      code: 'InvalidWORMConfiguration',
    });
    expect((await worm('POST', bucket, { wormId, wormExtend: '' }, extension)).status).toBe(200);
    try {
      nowMs = START_MS + 2 * DAY_MS;
      expectError(await server.send({ method: 'DELETE', bucket, key: 'k' }), immutable);
      nowMs = START_MS + 3 * DAY_MS;
      expect((await server.send({ method: 'DELETE', bucket, key: 'k' })).status).toBe(204);
    } finally {
      nowMs = START_MS;
    }
  });

  test('is void when it is not locked within a day, and can be aborted before', async () => {
    const bucket = 'worm-void';
    await server.send({ method: 'PUT', bucket });
    await initiate(bucket);
    expect((await worm('DELETE', bucket, { worm: '' })).status).toBe(204);
    const second = (await initiate(bucket)).headers['x-oss-worm-id'] ?? '';
    try {
      nowMs = START_MS + DAY_MS;
      expectError(await worm('POST', bucket, { wormId: second }), { status: 404, code: 'NoSuchWORMConfiguration' });
      expect((await initiate(bucket)).status).toBe(200);
    } finally {
      nowMs = START_MS;
    }
  });

  test('refuses appends, unless the policy was made to allow them', async () => {
    const append = (bucket: string, position: number) =>
      server.send({
        method: 'POST',
        bucket,
        key: 'log',
        query: { append: '', position: String(position) },
        body: 'abc',
      });
    for (const allowed of [false, true]) {
      const bucket = `worm-append-${allowed}`;
      await server.send({ method: 'PUT', bucket });
      await append(bucket, 0);
      await initiate(bucket, allowed ? { 'x-oss-annals-worm-append': 'allow' } : {});
      if (allowed) expect((await append(bucket, 3)).headers['x-oss-next-append-position']).toBe('6');
      else expectError(await append(bucket, 3), { status: 409, code: 'FileImmutable' });
      expectError(await server.send({ method: 'DELETE', bucket, key: 'log' }), { status: 409, code: 'FileImmutable' });
    }
    await server.send({ method: 'PUT', bucket: 'worm-append-bad' });
    expectError(await initiate('worm-append-bad', { 'x-oss-annals-worm-append': 'maybe' }), INVALID);
  });
});
