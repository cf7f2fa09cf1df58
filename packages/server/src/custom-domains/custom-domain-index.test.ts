import {
  type EngineFailure,
  type OpenedStore,
  openMemoryBlobStore,
  openMemoryKeyValueStore,
  openObjectStore,
} from '@annals/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CustomDomainIndex } from './custom-domain-index.js';
import { OwnNames } from './own-names.js';

let store: OpenedStore;
let elapsedMs: number;
let walkCount: number;
let damages: EngineFailure[];

beforeEach(async () => {
  elapsedMs = 0;
  walkCount = 0;
  damages = [];
  store = await openObjectStore({ keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() });
  await addBucket('site', 'www.example.com');
});

afterEach(() => store.maintenance.close());

async function addBucket(name: string, domain: string): Promise<void> {
  await store.createBucket({
    name,
    ownerId: '1',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  await store.updateBucket(name, { configurations: { cnames: [{ domain, lastModifiedAtMs: 0 }] } });
}

function openIndex(): CustomDomainIndex {
  return new CustomDomainIndex({
    store: {
      listBuckets: (input) => {
        walkCount += 1;
        return store.listBuckets(input);
      },
    },
    configured: { 'Fixed.Example.com': 'fixed' },
    ownNames: new OwnNames({ domains: ['oss.example.net'], hosts: ['store.example.org:9000'], configured: {} }),
    onDamage: (failure) => void damages.push(failure),
    elapsedMs: () => elapsedMs,
  });
}

test('CustomDomainIndex finds recorded domains within a second, walking at most once in it', async () => {
  const index = openIndex();
  expect(index.bucketOf('fixed.example.com')).toBe('fixed');
  await Promise.all([index.refresh('www.example.com:80'), index.refresh('other.example.com')]);
  expect([index.bucketOf('www.example.com'), index.bucketOf('other.example.com'), walkCount]).toEqual([
    'site',
    undefined,
    1,
  ]);
  await addBucket('other', 'other.example.com');
  elapsedMs = 999;
  await index.refresh('other.example.com');
  expect([index.bucketOf('other.example.com'), walkCount]).toEqual([undefined, 1]);
  elapsedMs = 1000;
  await index.refresh('other.example.com');
  expect([index.bucketOf('other.example.com'), walkCount]).toEqual(['other', 2]);
});

test('CustomDomainIndex walks for no address and no domain of its own', async () => {
  const index = openIndex();
  const hosts = [
    '127.0.0.1:9000',
    '[::1]:9000',
    'localhost',
    'b.localhost',
    'b.oss.example.net',
    'oss.example.net',
    'store.example.org',
    '',
  ];
  for (const host of [...hosts, 'FIXED.example.com.']) await index.refresh(host);
  expect(walkCount).toBe(0);
});

test('CustomDomainIndex leaves out the damaged domains of one bucket, and gives no domain away meanwhile', async () => {
  await addBucket('whole', 'whole.example.com');
  await store.updateBucket('site', { configurations: { cnames: [{ domain: 7 }] } });
  const index = openIndex();
  await index.refresh('whole.example.com');
  expect([index.bucketOf('whole.example.com'), index.bucketOf('www.example.com')]).toEqual(['whole', undefined]);
  const detail =
    'the configuration cnames in the row "Bsite" does not hold what it should: its value[0].domain is no text';
  expect(damages.map(({ reason }) => reason)).toEqual([{ kind: 'corrupt', detail }]);
  await expect(index.claim('www.example.com', 'whole', () => Promise.resolve())).rejects.toMatchObject({
    reason: { kind: 'corrupt', detail },
  });
});
