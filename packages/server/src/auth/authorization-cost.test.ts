/** What finding out who may do what costs in reads, as docs/access-control.md has it. */
import { type KeyValueStore, openMemoryBlobStore, openMemoryKeyValueStore } from '@annals/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendText, BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { startTestServer, type TestServer } from '../../../../test/harness/test-server.js';

let reads: string[];
let server: TestServer;

beforeEach(async () => {
  reads = [];
  const engine = openMemoryKeyValueStore();
  const keyValues: KeyValueStore = new Proxy(engine, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...given: unknown[]) => unknown;
      if (name !== 'get' && name !== 'getMany' && name !== 'list') return method;
      return (...given: unknown[]) => {
        const keys = (Array.isArray(given[0]) ? given[0] : [given[0]]) as unknown[];
        for (const key of keys) reads.push(key instanceof Uint8Array ? String.fromCharCode(key[0] ?? 0) : String(name));
        return method(...given);
      };
    },
  });
  server = await startTestServer({
    buckets: [BUCKET],
    engines: {
      name: 'one for everything',
      open: async () => ({ keyValues, blobs: openMemoryBlobStore(), remove: async () => undefined }),
    },
    accountRows: keyValues,
    clock: () => NOW_MS,
  });
});

afterEach(() => server.close());

/**
 * @returns Families of the rows that one request reads, in order: accounts, buckets and objects. What goes on in the
 * background reads others.
 */
async function readsOf(text: string): Promise<string[]> {
  const connection = await server.connect();
  reads.length = 0;
  await connection.send(text);
  const { status } = await connection.readAnswer('POST');
  const seen = reads.filter((family) => ['A', 'B', 'O'].includes(family));
  connection.destroy();
  expect(status).toBe(200);
  return seen;
}

/** The bucket row for authorization and operation together; then bucket and object where the store commits. */
const APPEND_BY_ROOT = ['B', 'B', 'O'];

function putPolicy(): Promise<string[]> {
  const body = JSON.stringify({
    Version: '1',
    Statement: [{ Effect: 'Allow', Principal: ['2'], Action: 'oss:GetObject', Resource: `acs:oss:*:*:${BUCKET}/*` }],
  });
  return readsOf(
    requestText({ method: 'PUT', key: '', query: 'policy', lines: [`Content-Length: ${body.length}`], body }),
  );
}

describe('an append by the root key', () => {
  test('reads nothing for authorization that it does not read anyway', async () => {
    expect(await readsOf(appendText('k', 'hello'))).toEqual(APPEND_BY_ROOT);
  });

  test('costs the same when a bucket policy has to be asked', async () => {
    await putPolicy();
    expect(await readsOf(appendText('k', 'hello'))).toEqual(APPEND_BY_ROOT);
  });
});
