import { parseLifecycleConfiguration } from '@annals/protocol';
import { type OpenedStore, openMemoryBlobStore, openMemoryKeyValueStore, openObjectStore } from '@annals/store';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createServer } from '../server.js';
import { defaultSettings } from '../settings.js';
import { runLifecycle } from './lifecycle-run.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const BUCKET = 'recordings';

let store: OpenedStore;

beforeEach(async () => {
  store = await openObjectStore({
    keyValues: openMemoryKeyValueStore(),
    blobs: openMemoryBlobStore(),
    clock: { nowMs: () => START_MS },
  });
  await store.createBucket({
    name: BUCKET,
    ownerId: '1',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  for (const key of ['tmp/a', 'kept']) {
    await store.putObject(
      {
        bucket: BUCKET,
        key,
        ownerId: '1',
        attributes: { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} },
        forbidOverwrite: false,
        expected: {},
        lengthMax: 1,
      },
      {
        length: 1,
        async *open() {
          yield Buffer.from('x');
        },
      },
    );
  }
});

afterEach(() => store.maintenance.close());

/** As an earlier version kept it, whatever it is. */
async function plant(...rules: readonly object[]): Promise<void> {
  await store.updateBucket(BUCKET, { configurations: { lifecycle: { rules } } });
}

async function expiredKeys(): Promise<string[]> {
  const keys: string[] = [];
  await runLifecycle({ store, nowMs: START_MS + 9 * DAY_MS, onAction: ({ key }) => void keys.push(key) });
  return keys.sort();
}

const plain = { id: 'r', prefix: '', isEnabled: true, tags: [], transitions: [], noncurrentVersionTransitions: [] };
const expiring = { ...plain, expiration: { days: 1 } };

test.each<[string, object]>([
  ['a filter of which nothing was understood', { ...expiring, filter: { not: [] } }],
  ['an exception of which nothing was understood', { ...expiring, filter: { not: [{ prefix: '' }] } }],
  ['a member of a rule', { ...expiring, prefx: 'tmp/' }],
  ['a member of a filter', { ...expiring, filter: { sizeGreaterThanBytes: 0, not: [], prefix: 'tmp/' } }],
  ['a member of an expiration', { ...expiring, expiration: { days: 1, hours: 1 } }],
  ['a member of a transition', { ...expiring, transitions: [{ days: 1, storageClass: 'IA', size: 1 }] }],
  ['a member of a tag', { ...expiring, tags: [{ key: 'k', value: 'v', kind: 'x' }] }],
])('%s: reported at the start, and not run', async (_what, rule) => {
  await plant(rule, { ...expiring, id: 'understood', prefix: 'tmp/' }, { ...rule, id: 'off', isEnabled: false });
  const lines: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  const server = createServer({
    store,
    operations: {},
    log,
    settings: { ...defaultSettings, root: { accessKeyId: 'a', accessKeySecret: 'b' } },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  await expect.poll(() => lines.length, { timeout: 30_000 }).toBeGreaterThan(0);
  await server.close();
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ bucket: BUCKET, rule: 'r' }]);
  expect(await expiredKeys()).toEqual(['tmp/a']);
});

test('a rule that is put again is run, and one that is understood was never held', async () => {
  await plant({ ...expiring, filter: { not: [] } });
  expect(await expiredKeys()).toEqual([]);
  const document =
    '<LifecycleConfiguration><Rule><ID>r</ID><Prefix>tmp/</Prefix><Status>Enabled</Status><Filter><ObjectSizeLessThan>9</ObjectSizeLessThan><Not><Prefix>tmp/b</Prefix></Not></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>';
  await store.updateBucket(BUCKET, { configurations: { lifecycle: parseLifecycleConfiguration(document) } });
  expect(await expiredKeys()).toEqual(['tmp/a']);
});

test('Date is about everything from that day on, CreatedBeforeDate about what is older', async () => {
  await plant({ ...expiring, expiration: { createdBeforeDateMs: START_MS } });
  expect(await expiredKeys()).toEqual([]);
  await plant({ ...expiring, expiration: { dateMs: START_MS + 10 * DAY_MS } });
  expect(await expiredKeys()).toEqual([]);
  await plant({ ...expiring, expiration: { dateMs: START_MS } });
  expect(await expiredKeys()).toEqual(['kept', 'tmp/a']);
});
