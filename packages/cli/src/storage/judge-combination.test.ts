import { expect, it } from 'vitest';
import { type Combination, judgeCombination } from './judge-combination.js';

const nothing = {
  storeIdOfBodies: undefined,
  storeIdOfRows: undefined,
  databaseOffsetMs: undefined,
  bucketOffsetMs: undefined,
};
const judged = (found: Pick<Combination, 'metadata' | 'blobs'> & Partial<Combination>) =>
  judgeCombination({ ...nothing, ...found }).map(({ step, state }) => `${step} ${state}`);

it('judgeCombination says how many gateways fit', () => {
  expect(judged({ metadata: 'lmdb', blobs: 'file' })).toEqual(['combination ok']);
  expect(judged({ metadata: 'lmdb', blobs: 's3' })).toEqual(['combination warning']);
  expect(judged({ metadata: 'postgres', blobs: 'file' })).toEqual(['combination warning']);
  expect(judged({ metadata: 'postgres', blobs: 's3' })).toEqual(['combination ok']);
});

it('judgeCombination finds bodies of another store', () => {
  const both = { metadata: 'postgres', blobs: 's3' } as const;
  expect(judged({ ...both, storeIdOfBodies: 'a', storeIdOfRows: 'a' })).toEqual(['combination ok']);
  expect(judged({ ...both, storeIdOfBodies: 'a', storeIdOfRows: 'b' })).toContain('belonging failed');
  expect(judged({ ...both, storeIdOfBodies: 'a' })).toContain('belonging failed');
  // Rows whose place of bodies is new.
  expect(judged({ ...both, storeIdOfRows: 'a' })).toEqual(['combination ok']);
});

it('judgeCombination compares the clocks of database and bucket, whatever that of this machine says', () => {
  const both = { metadata: 'postgres', blobs: 's3' } as const;
  expect(judged({ ...both, databaseOffsetMs: 3_600_000, bucketOffsetMs: 3_600_500 })).toContain('clocks ok');
  expect(judged({ ...both, databaseOffsetMs: -40_000, bucketOffsetMs: 40_000 })).toContain('clocks warning');
});
