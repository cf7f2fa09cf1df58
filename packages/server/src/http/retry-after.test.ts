/**
 * Every answer that asks a client to come back later says when. The test asks the probes, STS and every route of the
 * admin API of a server that cannot use its rows or its audit log. Operations of OSS have a test of their own
 * (`../error/render-error.test.ts`).
 */
import { createHmac, randomUUID } from 'node:crypto';
import { EngineFailure, type KeyValueStore, StoreFailure } from '@annals/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RawAnswer } from '../../../../test/harness/raw-connection.js';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import { ADMIN_ROUTES } from '../admin/admin-routes.js';
import { CallMemory } from '../sts/call-memory.js';
import { canonicalQuery } from '../sts/rpc-signature.js';

let isFull: boolean;
let server: TestServer;

beforeEach(async () => {
  isFull = false;
  let sequence = 0;
  const audit = {
    head: { sequence: 0, hash: '' },
    async append() {
      if (isFull) throw new Error('ENOSPC');
      sequence += 1;
      return { sequence, hash: '' };
    },
  };
  server = await startTestServer({ audit, operations: {}, isSilent: true, buckets: [BUCKET], clock: () => NOW_MS });
});

afterEach(() => server.close());

function failing(kind: 'unavailable' | 'contended'): () => Promise<never> {
  const failure =
    kind === 'contended' ? new StoreFailure({ kind }) : new EngineFailure({ kind, because: 'too-many-files' });
  return () => Promise.reject(failure);
}

function breakRows(rows: KeyValueStore, kind: 'unavailable' | 'contended'): void {
  Object.assign(rows, { get: failing(kind), list: failing(kind), commit: failing(kind), snapshot: failing(kind) });
}

async function exchange(text: string, method: string): Promise<RawAnswer> {
  const connection = await server.connect();
  await connection.send(text);
  return connection.readAnswer(method);
}

function admin(method: string, path: string): Promise<RawAnswer> {
  const key = `admin/${path.replace(/:(\w+)/g, 'some-$1')}`;
  return exchange(requestText({ method, bucket: '-', key, lines: ['Content-Length: 0'] }), method);
}

function sts(action: string, keys: { readonly accessKeyId: string; readonly accessKeySecret: string }) {
  const parameters: [string, string][] = Object.entries({
    Action: action,
    Version: '2015-04-01',
    RoleArn: 'acs:ram::1000000000000000:role/uploader',
    RoleSessionName: 'session',
    AccessKeyId: keys.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: `${new Date(NOW_MS).toISOString().slice(0, 19)}Z`,
    Format: 'JSON',
  });
  const canonical = canonicalQuery(parameters);
  const stringToSign = `GET&%2F&${encodeURIComponent(canonical).replaceAll('*', '%2A')}`;
  const signature = createHmac('sha1', `${keys.accessKeySecret}&`).update(stringToSign).digest('base64');
  const target = `/-/sts/?${canonical}&Signature=${encodeURIComponent(signature)}`;
  return exchange(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 'GET');
}

const retryAfterOf = ({ status, headers }: RawAnswer): string => `${status} ${headers.get('retry-after') ?? ''}`;

test('routes of the admin API, while the audit log takes no records and the rows cannot be read', async () => {
  isFull = true;
  for (const kind of ['unavailable', 'contended'] as const) {
    breakRows(server.rows.accounts, kind);
    breakRows(server.rows.store, kind);
    let laterCount = 0;
    for (const { method, path } of ADMIN_ROUTES) {
      const told = retryAfterOf(await admin(method, path));
      // Whatever changes something waits for the log, which takes longer to come back.
      if (method !== 'GET') expect([method, path, told]).toEqual([method, path, '503 10']);
      else expect([path, told]).toEqual([path, expect.stringMatching(/^(?:503 1|[24]\d\d )$/)]);
      if (told.startsWith('503')) laterCount += 1;
    }
    // Some that read need no rows.
    expect(laterCount).toBeGreaterThan(ADMIN_ROUTES.filter(({ method }) => method !== 'GET').length + 5);
  }
});

test('changes of the admin API that the log takes and the rows do not', async () => {
  for (const kind of ['unavailable', 'contended'] as const) {
    breakRows(server.rows.accounts, kind);
    breakRows(server.rows.store, kind);
    let laterCount = 0;
    for (const { method, path } of ADMIN_ROUTES.filter((route) => route.method !== 'GET')) {
      const told = retryAfterOf(await admin(method, path));
      expect([method, path, told]).toEqual([method, path, expect.stringMatching(/^(?:503 1|[24]\d\d )$/)]);
      if (told.startsWith('503')) laterCount += 1;
    }
    expect(laterCount).toBeGreaterThan(10);
  }
});

test('STS: rows that cannot be read, an audit log that takes no records', async () => {
  const { users, roles, policies } = server.accounts.directory;
  await users.create({ name: 'alice' });
  const alice = await users.createAccessKey('alice');
  await policies.attach('AliyunSTSAssumeRoleAccess', { entity: 'user', name: 'alice' });
  const Statement = [
    { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: ['acs:ram::1000000000000000:root'] } },
  ];
  await roles.create({ name: 'uploader', trustPolicy: JSON.stringify({ Version: '1', Statement }) });
  expect(retryAfterOf(await sts('AssumeRole', alice))).toBe('200 ');
  isFull = true;
  expect(retryAfterOf(await sts('AssumeRole', alice))).toBe('503 10');
  isFull = false;
  await users.create({ name: 'bob' });
  const bob = await users.createAccessKey('bob');
  for (const kind of ['unavailable', 'contended'] as const) {
    breakRows(server.rows.accounts, kind);
    // Nothing is known of the caller yet.
    for (const action of ['AssumeRole', 'GetCallerIdentity']) {
      const answer = await sts(action, bob);
      expect(retryAfterOf(answer)).toBe('503 1');
      expect(JSON.parse(answer.body.toString())).toMatchObject({ Code: 'ServiceUnavailable' });
    }
  }
});

test("STS: too many calls, whose 400 is the service's", async () => {
  const memory = new CallMemory(1000, { callsPerMinuteMax: 1 });
  await memory.note('key', 'first', NOW_MS);
  await expect(memory.note('key', 'second', NOW_MS + 1500)).rejects.toThrow(
    expect.objectContaining({ code: 'Throttling.User', retryAfterSeconds: 59 }),
  );
});

test('probes: not ready', async () => {
  breakRows(server.rows.store, 'unavailable');
  for (const method of ['GET', 'HEAD']) {
    const answer = await exchange(`${method} /-/readyz HTTP/1.1\r\nHost: localhost\r\n\r\n`, method);
    expect(retryAfterOf(answer)).toBe('503 1');
  }
});
