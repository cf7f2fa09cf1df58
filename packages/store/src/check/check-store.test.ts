/**
 * Each way in which a store can be wrong is found, named and, where that takes no guessing, put right so that nothing
 * is wrong any more. A store that is well has no findings, whatever it holds.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { BlobFiles } from '../blob/blob-files-fixture.js';
import { MemoryKeyWrapping } from '../conformance/object-store-key-wrapping.js';
import { BUCKET } from '../conformance/object-store-test-store.js';
import { EngineFailure } from '../contract/engine-failure.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { decodeObjectRecord, encodeObjectRecord } from '../object-store/records/object-record.js';
import type { ObjectRecord } from '../object-store/records/version-record.js';
import { applyRepair, reverseOf } from './apply-repair.js';
import { checkStore } from './check-store.js';
import { fillWithEverything, flipped, textOfRows } from './everything-fixture.js';
import type { Finding, FindingKind } from './finding.js';

const BLOCK = 256 * 1024;

let files: BlobFiles;
let keyValues: KeyValueStore;
let keyWrapping: MemoryKeyWrapping;

beforeEach(async () => {
  files = new BlobFiles();
  keyValues = openMemoryKeyValueStore();
  keyWrapping = new MemoryKeyWrapping();
  await fillWithEverything({ keyValues, blobs: await files.open(), keyWrapping });
});

async function check(from: KeyValueStore = keyValues): Promise<Finding[]> {
  const findings: Finding[] = [];
  const summary = await checkStore({
    keyValues: from,
    blobs: await files.open(),
    keyWrapping,
    onFinding: (finding) => findings.push(finding),
  });
  expect(summary.damageCount + summary.contradictionCount + summary.noteCount).toBe(findings.length);
  expect(summary.rowCount).toBeGreaterThan(40);
  return findings;
}

async function rows(family: string) {
  return keyValues.list({ start: Buffer.from(family), end: Buffer.of(family.charCodeAt(0) + 1), limit: 1000 });
}

/** The row of a key whose text has this in it. */
async function row(family: string, text = '') {
  const found = (await rows(family)).find(({ key }) => Buffer.from(key).includes(text));
  if (found === undefined) throw new Error(`There is no row ${family} ${text}`);
  return found;
}

async function contentOf(key: string): Promise<ObjectRecord> {
  return decodeObjectRecord({ bucket: BUCKET, key, versionIdDefault: undefined }, (await row('O', key)).value);
}

async function extentOf(key: string, index = 0) {
  const id = Buffer.from((await contentOf(key)).contentId, 'hex');
  const found = (await rows('E')).filter((entry) => Buffer.from(entry.key).includes(id));
  return found[index] as (typeof found)[number];
}

async function blobOf(key: string): Promise<string> {
  return Buffer.from((await extentOf(key)).value).toString('hex', 17, 33);
}

async function set(key: Uint8Array, value: Uint8Array): Promise<void> {
  await keyValues.commit({ puts: [{ key, value }] });
}

async function remove(...keys: Uint8Array[]): Promise<void> {
  await keyValues.commit({ deletes: keys });
}

async function edit(key: string, change: (record: ObjectRecord) => Partial<ObjectRecord>): Promise<void> {
  const record = await contentOf(key);
  await set((await row('O', key)).key, encodeObjectRecord({ ...record, ...change(record) }));
}

async function flip(blobId: string, at: number): Promise<void> {
  await files.replace(blobId, flipped(await files.read(blobId), at));
}

test('a store that is well has no findings', async () => {
  expect(await check()).toEqual([]);
});

interface Wrong {
  readonly name: string;
  readonly make: () => Promise<unknown>;
  /** Kinds found, in any order; an object hit is named besides. */
  readonly kinds: readonly FindingKind[];
  readonly hits?: { readonly key: string; readonly range: { readonly start: number; readonly end: number } };
  readonly isRepaired?: boolean;
}

const ID = Buffer.alloc(16, 0xab);

const wrongs: readonly Wrong[] = [
  {
    name: 'a flipped bit in a blob',
    make: async () => flip(await blobOf('blob'), BLOCK + 5),
    kinds: ['bytes-damaged', 'object-damaged'],
    hits: { key: 'blob', range: { start: BLOCK, end: 2 * BLOCK } },
  },
  {
    name: 'a flipped bit in an encrypted blob',
    make: async () => flip(await blobOf('long secret'), 5),
    kinds: ['bytes-damaged', 'object-damaged'],
    hits: { key: 'long secret', range: { start: 0, end: BLOCK - 16 } },
  },
  {
    name: 'a blob that is gone',
    make: async () => (await files.open()).delete(await blobOf('blob')),
    kinds: ['bytes-damaged', 'object-damaged'],
    hits: { key: 'blob', range: { start: 0, end: 3 * BLOCK + 7 } },
  },
  {
    name: 'damage in a part',
    make: async () => {
      const [slice] = [await extentOf('parts')];
      const child = Buffer.from(slice.value).toString('hex', 17, 33);
      const [own] = (await rows('E')).filter(({ key }) => Buffer.from(key).toString('hex', 1, 17) === child);
      await flip(Buffer.from(own?.value ?? []).toString('hex', 17, 33), 9);
    },
    kinds: ['bytes-damaged', 'object-damaged'],
    hits: { key: 'parts', range: { start: 0, end: 150_000 } },
  },
  {
    name: 'a flipped bit in a row of bytes',
    make: async () => {
      const { key, value } = await extentOf('inline');
      await set(key, flipped(value, 20));
    },
    kinds: ['bytes-damaged', 'object-damaged'],
    hits: { key: 'inline', range: { start: 0, end: 11 } },
  },
  {
    name: 'an extent that is gone',
    make: async () => remove((await extentOf('log', 2)).key),
    kinds: ['bytes-missing', 'object-damaged'],
    hits: { key: 'log', range: { start: 10, end: 15 } },
  },
  {
    name: 'the last extent gone',
    make: async () => remove((await extentOf('log', 4)).key),
    kinds: ['object-damaged'],
    hits: { key: 'log', range: { start: 20, end: 25 } },
  },
  {
    name: 'an extent row that says nothing',
    make: async () => set((await extentOf('inline')).key, Buffer.from('?')),
    kinds: ['row-malformed', 'object-damaged'],
    hits: { key: 'inline', range: { start: 0, end: 11 } },
  },
  {
    name: 'a length of an object that is too small',
    make: async () => edit('inline', ({ head }) => ({ head: { ...head, length: 10 } })),
    kinds: ['object-checksum', 'counter-wrong'],
  },
  {
    name: 'a length of an object that is too great',
    make: async () => edit('inline', ({ head }) => ({ head: { ...head, length: 12 } })),
    kinds: ['object-damaged', 'counter-wrong'],
    hits: { key: 'inline', range: { start: 11, end: 12 } },
  },
  {
    name: 'an object row that is none',
    make: async () => set((await row('O', 'inline')).key, (await row('O', 'inline')).value.subarray(1)),
    kinds: ['row-malformed', 'reference-dangling', 'counter-wrong', 'counter-wrong'],
  },
  {
    name: 'the reference of an object gone',
    make: async () => {
      const { contentId, referenceId } = await contentOf('inline');
      await remove(Buffer.concat([Buffer.from('R'), Buffer.from(contentId + referenceId, 'hex')]));
    },
    kinds: ['content-unreferenced', 'reference-missing'],
    isRepaired: true,
  },
  {
    name: 'the reference of a slice gone',
    make: async () => {
      const child = Buffer.from((await extentOf('parts')).value).subarray(17, 33);
      await remove(
        (await rows('R')).find(({ key }) => Buffer.from(key).subarray(1, 17).equals(child))?.key as Uint8Array,
      );
    },
    kinds: ['reference-missing', 'content-unreferenced'],
    isRepaired: true,
  },
  {
    name: 'a reference of nothing',
    make: async () => {
      const { contentId } = await contentOf('inline');
      await set(Buffer.concat([Buffer.from('R'), Buffer.from(contentId, 'hex'), ID]), Buffer.alloc(0));
    },
    kinds: ['reference-dangling'],
  },
  {
    name: 'an index row of a blob gone',
    make: async () => remove(Buffer.from(`49${await blobOf('blob')}`, 'hex')),
    kinds: ['blob-index-missing', 'blob-orphaned'],
    isRepaired: true,
  },
  {
    name: 'an index row of a blob that is not there',
    make: async () => set(Buffer.concat([Buffer.from('I'), ID]), Buffer.alloc(24, 1)),
    kinds: ['blob-index-stale'],
    isRepaired: true,
  },
  {
    name: 'a blob index that names another place',
    make: async () => set(Buffer.from(`49${await blobOf('blob')}`, 'hex'), Buffer.alloc(24, 1)),
    kinds: ['blob-index-wrong', 'blob-index-stale'],
  },
  {
    name: 'a data key gone',
    make: async () => remove((await rows('K'))[0]?.key as Uint8Array),
    kinds: ['data-key-missing', 'bytes-damaged', 'object-damaged'],
  },
  {
    name: 'a job without a content',
    make: async () => set(Buffer.concat([Buffer.from('J'), ID, Buffer.alloc(8)]), Buffer.alloc(8, 1)),
    kinds: ['job-stale'],
    isRepaired: true,
  },
  {
    name: 'wrong counters, and one that is gone',
    make: async () => {
      await set((await row('C', '\0bytes')).key, Buffer.alloc(8));
      await remove((await row('C', '\0channels')).key);
    },
    kinds: ['counter-wrong', 'counter-wrong'],
    isRepaired: true,
  },
  {
    name: 'a wrong number of parts',
    make: async () => set((await rows('N'))[0]?.key as Uint8Array, Buffer.from([9, 0, 0, 0, 0, 0, 0, 0])),
    kinds: ['counter-wrong'],
    isRepaired: true,
  },
  {
    name: 'a part without its bytes',
    make: async () => {
      const { contentId } = JSON.parse(Buffer.from((await rows('P'))[0]?.value ?? []).toString());
      await remove(
        ...(await rows('E'))
          .filter(({ key }) => Buffer.from(key).toString('hex', 1, 17) === contentId)
          .map(({ key }) => key),
      );
    },
    kinds: ['part-damaged'],
  },
  {
    name: 'parts of no upload',
    make: async () => {
      await remove((await row('U')).key, (await rows('N'))[0]?.key as Uint8Array);
    },
    kinds: ['part-orphaned', 'counter-wrong', 'counter-wrong'],
  },
  {
    name: 'an earlier version that is newer than the current one',
    make: async () => edit('several', ({ place }) => ({ place: { ...place, sequence: 1 } })),
    kinds: ['version-order', 'version-order'],
  },
  {
    name: 'a key that lost its earlier versions',
    make: async () => edit('several', ({ place }) => ({ place: { sequence: 0, ...place, keyId: '0'.repeat(32) } })),
    kinds: ['version-orphaned', 'reference-dangling', 'reference-dangling', 'counter-wrong', 'counter-wrong'],
  },
  {
    name: 'an object and a delete marker of one key',
    make: async () => set(Buffer.from(`M${BUCKET}\0inline`), (await row('M')).value),
    kinds: ['version-order', 'counter-wrong', 'counter-wrong', 'counter-wrong'],
  },
  {
    name: 'a bucket gone',
    make: async () => remove(Buffer.from(`B${BUCKET}`)),
    kinds: ['bucket-missing', 'bucket-missing', 'bucket-missing', 'bucket-missing', 'bucket-missing'],
  },
  {
    name: 'a row of accounts that is no JSON',
    make: async () => set(Buffer.from('Auuser'), Buffer.from('{')),
    kinds: ['row-malformed'],
  },
  {
    name: 'rows of an unknown family',
    make: async () => set(Buffer.from('zzz'), Buffer.from('x')),
    kinds: ['row-unknown'],
  },
];

describe('what is wrong is found', () => {
  test.each(wrongs)('$name', async ({ make, kinds, hits, isRepaired }) => {
    await make();
    const findings = await check();
    // A lost reference or bucket has consequences, which are told too.
    const found = findings.map(({ kind }) => kind);
    if (kinds.includes('bucket-missing') || kinds.includes('data-key-missing'))
      expect(found).toEqual(expect.arrayContaining([...kinds]));
    else expect([...found].sort(), JSON.stringify(findings.map(({ message }) => message))).toEqual([...kinds].sort());
    if (hits !== undefined) {
      expect(findings.filter(({ kind }) => kind === 'object-damaged')).toEqual([
        expect.objectContaining({ bucket: BUCKET, ...hits }),
      ]);
    }
    // A counter is not set to what may be too little.
    if (kinds.some((kind) => /^(row|version)/.test(kind)))
      expect(findings.every(({ repair }) => repair === undefined)).toBe(true);
    const repairs = findings.flatMap(({ repair }) => repair ?? []);
    if (isRepaired !== true) return;
    const before = await textOfRows(keyValues);
    for (const repair of repairs) expect(await applyRepair(keyValues, repair)).toBe(true);
    const left = (await check()).filter(({ severity }) => severity !== 'note');
    expect(left).toEqual([]);
    for (const repair of [...repairs].reverse()) expect(await applyRepair(keyValues, reverseOf(repair))).toBe(true);
    expect(await textOfRows(keyValues)).toEqual(before);
  });

  test('and every kind but those of other tests is among these cases', () => {
    const covered = new Set(wrongs.flatMap(({ kinds }) => kinds));
    const kinds: Record<FindingKind, boolean> = {
      'row-unreadable': false,
      'bytes-unproven': false,
      'file-unusable': false,
      'append-id-lost': false, // check-append-ids.test.ts
      'append-id-wrong': false,
      'append-id-orphaned': false,
      'row-malformed': true,
      'bytes-damaged': true,
      'bytes-missing': true,
      'object-damaged': true,
      'object-checksum': true,
      'part-damaged': true,
      'data-key-missing': true,
      'reference-missing': true,
      'reference-dangling': true,
      'content-unreferenced': true,
      'blob-index-missing': true,
      'blob-index-wrong': true,
      'blob-index-stale': true,
      'blob-orphaned': true,
      'job-stale': true,
      'counter-wrong': true,
      'version-order': true,
      'version-orphaned': true,
      'bucket-missing': true,
      'part-orphaned': true,
      'row-unknown': true,
    };
    expect([...covered].sort()).toEqual(
      Object.keys(kinds)
        .filter((kind) => kinds[kind as FindingKind])
        .sort(),
    );
  });
});

test('rows that the engine cannot read are found one by one, and those beside them are checked', async () => {
  const bad = new Set(
    [(await extentOf('log', 1)).key, (await row('O', 'inline')).key].map((key) => Buffer.from(key).toString('hex')),
  );
  const isBad = (key: Uint8Array) => bad.has(Buffer.from(key).toString('hex'));
  const failure = new EngineFailure({ kind: 'corrupt', detail: 'the row fails its checksum' });
  const unreadable: KeyValueStore = {
    get: async (key) => {
      if (isBad(key)) throw failure;
      return keyValues.get(key);
    },
    list: async (range) => {
      const entries = await keyValues.list(range);
      if (entries.some(({ key }) => isBad(key))) throw failure;
      return entries;
    },
    commit: (commit) => keyValues.commit(commit),
    watch: (key, listener) => keyValues.watch(key, listener),
    statistics: () => keyValues.statistics(),
    snapshot: () => keyValues.snapshot(),
    close: () => keyValues.close(),
  };
  const findings = await check(unreadable);
  const named = findings.filter(({ kind }) => kind === 'row-unreadable').map(({ rowKey }) => rowKey);
  expect(new Set(named)).toEqual(bad);
  expect(findings).toContainEqual(
    expect.objectContaining({ kind: 'object-damaged', key: 'log', range: { start: 5, end: 10 } }),
  );
});

test('without the keys, what encrypted bytes say is not checked, and that is said', async () => {
  const findings: Finding[] = [];
  await checkStore({ keyValues, blobs: await files.open(), onFinding: (finding) => findings.push(finding) });
  expect(findings.map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
    'bytes-unproven note',
    'bytes-unproven note',
  ]);
});
