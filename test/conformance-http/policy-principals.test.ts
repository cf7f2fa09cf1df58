/**
 * Statements of bucket policies that name nobody, or somebody in brackets: kept, and never to anybody's advantage (line
 * 27 of the list of differences).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

const OPEN = 'open-principals';
const CLOSED = 'closed-principals';
let server: TestServer;
let ownerId = '';

beforeAll(async () => {
  server = await startTestServer();
  for (const [bucket, acl] of [
    [OPEN, 'public-read'],
    [CLOSED, 'private'],
  ] as const) {
    await server.send({ method: 'PUT', bucket, headers: { 'x-oss-acl': acl } });
    await server.send({ method: 'PUT', bucket, key: 'k', body: 'x' });
  }
  const info = await server.send({ method: 'GET', bucket: OPEN, query: { bucketInfo: '' } });
  ownerId = /<ID>(\d+)<\/ID>/.exec(info.body.toString())?.[1] ?? '';
});

afterAll(() => server.close());

function policyOf(bucket: string, change: object): string {
  const statement = { Action: ['oss:GetObject'], Resource: [`acs:oss:*:*:${bucket}/*`], ...change };
  return JSON.stringify({ Version: '1', Statement: [statement] });
}

async function put(bucket: string, change: object): Promise<RawAnswer> {
  const text = policyOf(bucket, change);
  const stored = await server.send({ method: 'PUT', bucket, query: { policy: '' }, body: text });
  const shown = await server.send({ method: 'GET', bucket, query: { policy: '' } });
  if (stored.status === 200) expect(shown.body.toString()).toBe(text);
  return stored;
}

function statusOfRead(bucket: string, signature: 'anonymous' | 'v4'): Promise<number> {
  return server.send({ method: 'GET', bucket, key: 'k', signature }).then(({ status }) => status);
}

/** Whether nobody and the owner may read: what a statement does to each. */
async function readers(bucket: string): Promise<readonly number[]> {
  return [await statusOfRead(bucket, 'anonymous'), await statusOfRead(bucket, 'v4')];
}

describe('a statement without principals', () => {
  test('is kept and allows no caller', async () => {
    expect((await put(CLOSED, { Effect: 'Allow' })).status).toBe(200);
    expect(await readers(CLOSED)).toEqual([403, 200]);
    const status = await server.send({ method: 'GET', bucket: CLOSED, query: { policyStatus: '' } });
    expect(status.body.toString()).toContain('<IsPublic>false</IsPublic>');
  });

  test('is kept and denies every caller', async () => {
    expect((await put(OPEN, { Effect: 'Deny' })).status).toBe(200);
    expect(await readers(OPEN)).toEqual([403, 403]);
  });
});

describe('a uid in brackets', () => {
  test.each<[string, string, object, readonly number[]]>([
    ['is given nothing', CLOSED, { Effect: 'Allow', Principal: ['[OWNER]'] }, [403, 200]],
    ['is given nothing, alone as in a list', CLOSED, { Effect: 'Allow', Principal: '[OWNER]' }, [403, 200]],
    ['is denied what a plain one is', OPEN, { Effect: 'Deny', Principal: ['[OWNER]'] }, [200, 403]],
    ['is no exception to a denial', OPEN, { Effect: 'Deny', NotPrincipal: ['[OWNER]'] }, [403, 403]],
    ['is one to a permission, as a plain one is', CLOSED, { Effect: 'Allow', NotPrincipal: ['[123]'] }, [200, 200]],
    ['leaves others beside it as they are', CLOSED, { Effect: 'Allow', Principal: ['[123]', '*'] }, [200, 200]],
  ])('%s', async (_, bucket, change, expected) => {
    const own = JSON.parse(JSON.stringify(change).replace('OWNER', ownerId)) as object;
    expect((await put(bucket, own)).status).toBe(200);
    expect(await readers(bucket)).toEqual(expected);
  });

  test.each(['[]', '[*]', '[123', '[12a]', '[[123]]', '[123,456]', 'alice'])('%s is refused', async (principal) => {
    await server.send({ method: 'DELETE', bucket: OPEN, query: { policy: '' } });
    expect((await put(OPEN, { Effect: 'Allow', Principal: [principal] })).status).toBe(400);
  });
});
