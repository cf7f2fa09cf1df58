/**
 * Unfinished uploads are judged rightly: whatever an attempt to complete one leaves is no damage, and a lost row of one
 * is.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { BlobFiles } from '../blob/blob-files-fixture.js';
import { bodyOf } from '../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../conformance/object-store-interception.js';
import { BUCKET, openTestStore, plainAttributes } from '../conformance/object-store-test-store.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import type { UploadTarget } from '../object-store/multipart-types.js';
import type { OpenedStore } from '../object-store/object-store.js';
import { checkStore } from './check-store.js';
import type { Finding } from './finding.js';

const PART_COUNT = 1200;

let files: BlobFiles;
let keyValues: KeyValueStore;
/** Commits after which the process is gone. */
let commitsLeft: number;

beforeEach(() => {
  files = new BlobFiles();
  keyValues = openMemoryKeyValueStore();
  commitsLeft = Number.POSITIVE_INFINITY;
});

async function openStore(): Promise<OpenedStore> {
  const dying = interceptKeyValues(keyValues, {
    commit(_commit, pass) {
      commitsLeft -= 1;
      if (commitsLeft < 0) throw new Error('The process is gone');
      return pass();
    },
  });
  const settings = { multipart: { partLengthMin: 0 }, garbageGraceMs: 0 };
  return (await openTestStore({ keyValues: dying, blobs: await files.open(), settings })).store;
}

async function uploadParts(store: OpenedStore, partCount: number): Promise<UploadTarget> {
  const input = { bucket: BUCKET, key: 'k', ownerId: 'owner', attributes: plainAttributes, forbidOverwrite: false };
  const { uploadId } = await store.initiateUpload(input);
  const target = { bucket: BUCKET, key: 'k', uploadId };
  for (let partNumber = 1; partNumber <= partCount; partNumber += 1) await uploadPart(store, target, partNumber);
  return target;
}

async function uploadPart(store: OpenedStore, target: UploadTarget, partNumber: number, text = ''): Promise<void> {
  await store.uploadPart({ ...target, partNumber, expected: {}, lengthMax: 100 }, bodyOf(`[${partNumber}${text}]`));
}

async function check(): Promise<Finding[]> {
  const findings: Finding[] = [];
  await checkStore({ keyValues, blobs: await files.open(), onFinding: (finding) => findings.push(finding) });
  return findings;
}

async function rows(family: string) {
  return keyValues.list({ start: Buffer.from(family), end: Buffer.of(family.charCodeAt(0) + 1), limit: 10_000 });
}

describe('an upload of many parts whose completion broke off', () => {
  test.each([1, 2, 3, 4, 5])(
    'after commit %i has no findings, nor when its parts were replaced and swept since',
    async (count) => {
      const store = await openStore();
      const target = await uploadParts(store, PART_COUNT);
      commitsLeft = count;
      const attempt = store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false });
      await attempt.then(
        () => expect(count).toBe(5),
        () => expect(count).toBeLessThan(5),
      );
      commitsLeft = Number.POSITIVE_INFINITY;
      expect(await check()).toEqual([]);
      if (count === 5) return;
      for (const partNumber of [1, 2, 700, PART_COUNT]) await uploadPart(store, target, partNumber, ' more');
      while ((await store.maintenance.sweepGarbage({ rowCountMax: 2000 })).hasMore);
      expect(await check()).toEqual([]);
      // The next attempt dies while it removes what this one left.
      commitsLeft = 2;
      await expect(store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false })).rejects.toThrow();
      commitsLeft = Number.POSITIVE_INFINITY;
      expect(await check()).toEqual([]);
      await store.abortUpload(target);
      expect(await check()).toEqual([]);
      while ((await store.maintenance.sweepGarbage({ rowCountMax: 2000 })).hasMore);
      expect(await check()).toEqual([]);
      for (const family of ['E', 'P', 'N', 'R']) expect(await rows(family)).toEqual([]);
    },
  );
});

describe('parts whose upload is lost', () => {
  test.each([
    ['its row alone', ['U'], 1],
    ['its row and its number of parts', ['U', 'N'], 1],
  ])('%s: they are named, and nothing of them is repaired away', async (_, families, expected) => {
    const store = await openStore();
    await uploadParts(store, 2);
    const other = await uploadParts(store, 2);
    for (const family of families) {
      const lost = (await rows(family)).find(
        ({ key }) => !Buffer.from(key).includes(Buffer.from(other.uploadId, 'hex')),
      );
      await keyValues.commit({ deletes: [lost?.key as Uint8Array] });
    }
    const findings = await check();
    const orphaned = findings.filter(({ kind }) => kind === 'part-orphaned');
    expect(orphaned).toHaveLength(expected);
    expect(orphaned[0]?.contentId).not.toBe(other.uploadId);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['part-orphaned', 'counter-wrong']));
    // Both may be right: what was counted, and the counters.
    expect(findings.every(({ repair }) => repair === undefined)).toBe(true);
  });
});
