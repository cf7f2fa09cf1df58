/** What finding out who may do what costs in reads, as docs/access-control.md has it. */
import { randomBytes } from 'node:crypto';
import { type KeyValueStore, openMemoryBlobStore, openMemoryKeyValueStore, openObjectStore } from '@annals/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAccountDirectory } from '../accounts/account-directory.js';
import { MasterKeyRing } from '../accounts/master-key.js';
import { createLog } from '../observe/request-log.js';
import { OPERATION_ROWS } from '../operations/table.js';
import { type AnnalsServer, createServer } from '../server.js';
import { defaultSettings } from '../settings.js';
import { RawConnection } from '../testing/raw-connection.js';
import { appendText, BUCKET, NOW_MS, ROOT, requestText } from '../testing/test-server.js';

const ACCOUNT_ID = '1000000000000001';

let reads: string[];
let server: AnnalsServer;
let close: () => Promise<void>;

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
  const store = await openObjectStore({ keyValues, blobs: openMemoryBlobStore() });
  const keys = new MasterKeyRing([randomBytes(32)], randomBytes);
  const directory = await openAccountDirectory({
    keyValues,
    keys,
    root: ROOT,
    accountId: ACCOUNT_ID,
    clock: () => NOW_MS,
  });
  await store.createBucket({
    name: BUCKET,
    ownerId: ACCOUNT_ID,
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  server = createServer({
    store,
    settings: { ...defaultSettings, root: ROOT, region: undefined },
    log: createLog('silent', { write: () => undefined }),
    operations: OPERATION_ROWS,
    accounts: { directory, keys },
    clock: () => NOW_MS,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  close = async () => {
    await server.close();
    await store.maintenance.close();
  };
});

afterEach(() => close());

/**
 * @returns Families of the rows that one request reads, in order: accounts, buckets and objects. What goes on in the
 * background reads others.
 */
async function readsOf(text: string): Promise<string[]> {
  const connection = await RawConnection.open(Number(new URL(server.url).port));
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
