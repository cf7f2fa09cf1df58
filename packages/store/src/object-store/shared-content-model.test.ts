/**
 * Random uploads in parts, copies, appends, deletions, compactions and sweeps, in buckets of every state of versioning,
 * over a key-value store whose commits fail at random. In the end every object has its bytes, and after sweeping
 * exactly the blobs and rows that something refers to are left: nothing is freed too early, nothing leaks. Set
 * ANNALS_MODEL_SEED to repeat a run that failed.
 */
import { crc64 } from '@annals/checksum';
import { describe, expect, test } from 'vitest';
import { checkBlobs } from '../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../blob/file-system/open.js';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import { bodyOf, patternBytes } from '../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../conformance/object-store-interception.js';
import { collect, plainAttributes } from '../conformance/object-store-test-store.js';
import { type SeededRandom, seededRandom } from '../conformance/seeded-random.js';
import type { BlobStore } from '../contract/blob-store.js';
import { SimulatedFileSystem } from '../file-system/simulated-file-system.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import type { ListedPart, UploadTarget } from './multipart-types.js';
import { type OpenedStore, openObjectStore } from './object-store.js';
import { orRefused } from './or-refused-fixture.js';
import { findReachable } from './reachable-blobs-fixture.js';

const BUCKET = 'bucket';
const KEYS = ['a', 'b', 'c', 'd'];
const OPERATION_COUNT = 300;
const SEED_FIRST = Number(process.env.ANNALS_MODEL_SEED ?? 1);
const SEED_COUNT = process.env.ANNALS_MODEL_SEED === undefined ? 15 : 1;
const LENGTH_MAX = 100_000;
const VERSIONING = ['unversioned', 'enabled', 'suspended'] as const;

interface ModelUpload {
  readonly target: UploadTarget;
  readonly parts: Map<number, { readonly listed: ListedPart; readonly bytes: Buffer }>;
}

interface ModelObject {
  readonly bytes: Buffer;
  readonly isAppendable: boolean;
}

class ModelRun {
  readonly #random: SeededRandom;
  readonly #versioning: (typeof VERSIONING)[number];
  readonly #engine = openMemoryKeyValueStore();
  readonly #hasSegments: boolean;
  readonly #objects = new Map<string, ModelObject>();
  readonly #uploads: ModelUpload[] = [];
  /** Versions by id, with their key. */
  readonly #versions = new Map<string, { readonly key: string; readonly bytes: Buffer }>();
  #nowMs = 1_700_000_000_000;
  #blobs!: BlobStore;
  #store!: OpenedStore;
  #isFaulty = false;

  constructor(seed: number, hasSegments: boolean) {
    this.#hasSegments = hasSegments;
    this.#random = seededRandom(seed);
    this.#versioning = VERSIONING[seed % VERSIONING.length] ?? 'unversioned';
  }

  async run(): Promise<void> {
    const keyValues = interceptKeyValues(this.#engine, {
      // A race lost to no other commit: every decision must stand being made again. What checks nothing cannot lose.
      commit: async ({ checks = [] }, pass) =>
        this.#isFaulty && checks.length > 0 && this.#chance(0.1) ? { committed: false } : pass(),
    });
    this.#blobs = await this.#openBlobs();
    this.#store = await openObjectStore({
      keyValues,
      blobs: this.#blobs,
      clock: { nowMs: () => this.#nowMs },
      randomBytes: (count) => this.#random.bytes(count),
      settings: {
        inlineLengthMax: 64,
        putLengthMax: 500,
        compaction: { extentCountMin: 4, lengthMin: 200 },
        garbageGraceMs: 0,
        orphanGraceMs: 0,
        multipart: { partLengthMin: 0 },
        appendable: { copy: 'allow', overwrite: 'allow' },
      },
    });
    this.#isFaulty = true;
    const bucket = { name: BUCKET, ownerId: 'owner', acl: 'private', storageClass: 'Standard' } as const;
    await this.#store.createBucket({ ...bucket, dataRedundancyType: 'LRS' });
    if (this.#versioning !== 'unversioned') await this.#store.updateBucket(BUCKET, { versioning: this.#versioning });
    for (let count = 0; count < OPERATION_COUNT; count++) {
      this.#nowMs += this.#random.below(3);
      await this.#operate();
      if (count % 25 === 0) await this.#compareAll();
    }
    await this.#compareAll();
    this.#isFaulty = false;
    await this.#sweepAll();
    await this.#compareAll();
    await this.#expectOnlyReachable();
    await this.#expectNothingAfterDeletions();
  }

  async #openBlobs(): Promise<BlobStore> {
    const now = () => this.#nowMs;
    if (!this.#hasSegments) return openMemoryBlobStore({ now });
    const random = (count: number) => this.#random.bytes(count);
    const options = { directory: '/blobs', fileSystem: new SimulatedFileSystem({ now }), random };
    return checkBlobs(await openFileSystemBlobStore({ ...options, segmentLengthBytes: 16_000 }));
  }

  readonly #clean = (isWalk: boolean): Promise<unknown> =>
    this.#store.maintenance.cleanSegments({ isWalk, isStopped: () => false });

  #chance(rate: number): boolean {
    return this.#random.next() < rate;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }

  #bytes(): Buffer {
    return Buffer.from(patternBytes(this.#pick([0, 1, 30, 64, 65, 200, 700]), this.#random.below(2 ** 31)));
  }

  #operate(): Promise<unknown> {
    const choice = this.#random.next();
    const key = this.#pick(KEYS);
    if (choice < 0.08) return this.#put(key);
    if (choice < 0.25) return this.#append(key);
    if (choice < 0.33) return this.#copy(this.#pick(KEYS), key);
    if (choice < 0.37) return this.#raceForSource(key);
    if (choice < 0.43) return this.#initiate(key);
    if (choice < 0.56) return this.#uploadPart();
    if (choice < 0.66) return this.#copyPart(key);
    if (choice < 0.72) return this.#complete();
    if (choice < 0.74) return this.#abort();
    if (choice < 0.8) return this.#delete(key);
    if (choice < 0.84) return this.#deleteVersion();
    if (choice < 0.9) return this.#store.maintenance.compactContent({ jobCountMax: 2 });
    if (choice < 0.94) return this.#clean(this.#chance(0.3));
    return this.#store.maintenance.sweepGarbage({ rowCountMax: this.#pick([3, 30]) });
  }

  #noteVersion(key: string, versionId: string | undefined, bytes: Buffer): void {
    if (this.#versioning === 'enabled' && versionId !== undefined) this.#versions.set(versionId, { key, bytes });
  }

  async #put(key: string): Promise<void> {
    const bytes = this.#bytes();
    const input = { bucket: BUCKET, key, ownerId: 'owner', attributes: plainAttributes, expected: {} };
    const head = await this.#store.putObject(
      { ...input, forbidOverwrite: false, lengthMax: LENGTH_MAX },
      bodyOf(bytes),
    );
    this.#objects.set(key, { bytes, isAppendable: false });
    this.#noteVersion(key, head.versionId, bytes);
  }

  async #append(key: string): Promise<void> {
    const before = this.#objects.get(key);
    if (before?.isAppendable === false) return;
    const bytes = this.#bytes();
    const position = before?.bytes.length ?? 0;
    const input = { bucket: BUCKET, key, ownerId: 'owner', callerId: '', attributes: plainAttributes, expected: {} };
    const { head } = await this.#store.appendObject({ ...input, position }, bodyOf(bytes));
    const whole = Buffer.concat([before?.bytes ?? Buffer.alloc(0), bytes]);
    this.#objects.set(key, { bytes: whole, isAppendable: true });
    this.#noteVersion(key, head.versionId, whole);
  }

  async #copy(from: string, key: string): Promise<void> {
    const source = this.#objects.get(from);
    const copying = this.#store.copyObject({
      bucket: BUCKET,
      key,
      source: { bucket: BUCKET, key: from },
      forbidOverwrite: false,
      plan: () => plainAttributes,
    });
    if (source === undefined) return expect(copying).rejects.toMatchObject({ reason: { kind: 'no-such-key' } });
    const { head } = await copying;
    const isAppendable = head.type === 'appendable';
    expect(isAppendable).toBe(source.isAppendable && from === key && this.#versioning !== 'enabled');
    this.#objects.set(key, { bytes: source.bytes, isAppendable });
    this.#noteVersion(key, head.versionId, source.bytes);
  }

  /**
   * The source of a copy and of a part is replaced or deleted, compacted and swept while they are made: they have its
   * bytes of before or after.
   */
  async #raceForSource(from: string): Promise<void> {
    const to = this.#pick(KEYS.filter((key) => key !== from));
    const upload = this.#pick(this.#uploads);
    const before = this.#objects.get(from);
    const isDeleted = this.#chance(0.3);
    const source = { bucket: BUCKET, key: from };
    const copy = { bucket: BUCKET, key: to, source, forbidOverwrite: false, plan: () => plainAttributes };
    const [copied, part] = await Promise.all([
      orRefused(this.#store.copyObject(copy), 'no-such-key'),
      upload &&
        orRefused(
          this.#store.copyPart({
            ...upload.target,
            partNumber: 1,
            source,
            lengthMax: LENGTH_MAX,
            select: ({ length }) => ({ start: length >> 1, end: length }),
          }),
          'no-such-key',
        ),
      isDeleted ? this.#delete(from) : this.#put(from),
      this.#store.maintenance.compactContent({ jobCountMax: 2 }),
      this.#store.maintenance.sweepGarbage({ rowCountMax: 20 }).then(() => this.#clean(true)),
    ]);
    const candidates = [before?.bytes, this.#objects.get(from)?.bytes].filter((bytes) => bytes !== undefined);
    const bytesOf = (crc: bigint, take: (bytes: Buffer) => Buffer): Buffer => {
      const found = candidates.find((bytes) => crc64(take(bytes)) === crc);
      return found === undefined ? expect.fail('copied what never was') : take(found);
    };
    if (copied !== undefined) {
      const bytes = bytesOf(copied.head.crc64, (whole) => whole);
      this.#objects.set(to, { bytes, isAppendable: false });
      this.#noteVersion(to, copied.head.versionId, bytes);
    }
    if (upload !== undefined && part !== undefined) {
      const bytes = bytesOf(part.part.crc64, (whole) => whole.subarray(whole.length >> 1));
      upload.parts.set(1, { listed: part.part, bytes });
    }
  }

  async #initiate(key: string): Promise<void> {
    const input = { bucket: BUCKET, key, ownerId: 'owner', attributes: plainAttributes, forbidOverwrite: false };
    const { uploadId } = await this.#store.initiateUpload(input);
    this.#uploads.push({ target: { bucket: BUCKET, key, uploadId }, parts: new Map() });
  }

  async #uploadPart(): Promise<void> {
    const upload = this.#pick(this.#uploads);
    if (upload === undefined) return;
    const partNumber = 1 + this.#random.below(5);
    const bytes = this.#bytes();
    const input = { ...upload.target, partNumber, expected: {}, lengthMax: LENGTH_MAX };
    const listed = await this.#store.uploadPart(input, bodyOf(bytes));
    upload.parts.set(partNumber, { listed, bytes });
  }

  async #copyPart(from: string): Promise<void> {
    const upload = this.#pick(this.#uploads);
    const source = this.#objects.get(from);
    if (upload === undefined) return;
    const partNumber = 1 + this.#random.below(5);
    const start = this.#random.below((source?.bytes.length ?? 0) + 1);
    const end = start + this.#random.below((source?.bytes.length ?? 0) - start + 1);
    const copying = this.#store.copyPart({
      ...upload.target,
      partNumber,
      source: { bucket: BUCKET, key: from },
      lengthMax: LENGTH_MAX,
      select: () => ({ start, end }),
    });
    if (source === undefined) return expect(copying).rejects.toMatchObject({ reason: { kind: 'no-such-key' } });
    const { part } = await copying;
    upload.parts.set(partNumber, { listed: part, bytes: source.bytes.subarray(start, end) });
  }

  async #complete(): Promise<void> {
    const upload = this.#pick(this.#uploads);
    if (upload === undefined) return;
    const numbers = [...upload.parts.keys()].sort().filter(() => this.#chance(0.8));
    const parts = numbers.flatMap((number) => upload.parts.get(number) ?? []);
    const { target } = upload;
    const completing = this.#store.completeUpload({
      ...target,
      parts: parts.map(({ listed }) => listed),
      forbidOverwrite: false,
    });
    if (parts.length === 0 && upload.parts.size > 0) {
      // Listing none would drop them all.
      await expect(completing).rejects.toMatchObject({ reason: { kind: 'invalid-part' } });
      return;
    }
    const head = await completing;
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    this.#uploads.splice(this.#uploads.indexOf(upload), 1);
    this.#objects.set(target.key, { bytes, isAppendable: false });
    this.#noteVersion(target.key, head.versionId, bytes);
  }

  async #abort(): Promise<void> {
    const upload = this.#pick(this.#uploads);
    if (upload === undefined) return;
    await this.#store.abortUpload(upload.target);
    this.#uploads.splice(this.#uploads.indexOf(upload), 1);
  }

  async #delete(key: string): Promise<void> {
    await this.#store.deleteObject({ bucket: BUCKET, key });
    this.#objects.delete(key);
  }

  /** Of an earlier version, so that the model need not know which one becomes current again. */
  async #deleteVersion(): Promise<void> {
    const earlier = await this.#earlierVersionIds();
    const versionId = this.#pick(earlier);
    const version = versionId === undefined ? undefined : this.#versions.get(versionId);
    if (versionId === undefined || version === undefined) return;
    await this.#store.deleteObject({ bucket: BUCKET, key: version.key, versionId });
    this.#versions.delete(versionId);
  }

  async #earlierVersionIds(): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const [versionId, { key }] of this.#versions) {
      const { isLatest } = await this.#store.headObject({ bucket: BUCKET, key, versionId });
      if (!isLatest) ids.push(versionId);
    }
    return ids;
  }

  async #compareAll(): Promise<void> {
    for (const key of KEYS) {
      const expected = this.#objects.get(key);
      if (expected === undefined) {
        await expect(this.#store.headObject({ bucket: BUCKET, key })).rejects.toMatchObject({
          reason: { kind: 'no-such-key' },
        });
      } else {
        await this.#compare({ key }, expected.bytes);
      }
    }
    for (const [versionId, { key, bytes }] of this.#versions) await this.#compare({ key, versionId }, bytes);
    const { uploadCount, partCount } = await this.#store.bucketStatistics(BUCKET);
    expect([uploadCount, partCount]).toEqual([
      this.#uploads.length,
      this.#uploads.reduce((count, { parts }) => count + parts.size, 0),
    ]);
  }

  async #compare(target: { readonly key: string; readonly versionId?: string }, expected: Buffer): Promise<void> {
    const opened = await this.#store.openObject({ bucket: BUCKET, ...target });
    const start = this.#random.below(opened.head.length + 1);
    for (const from of [0, start]) {
      const bytes = await collect(opened.read({ start: from, end: opened.head.length }));
      expect(Buffer.compare(bytes, expected.subarray(from))).toBe(0);
    }
    opened.release();
  }

  /** Until nothing is left to do: what is freed may free more. */
  async #sweepAll(): Promise<void> {
    for (;;) {
      this.#nowMs += 1;
      const { contentCount, hasMore } = await this.#store.maintenance.sweepGarbage({ rowCountMax: 100_000 });
      if (contentCount === 0 && !hasMore) break;
    }
    await this.#store.maintenance.sweepOrphanBlobs();
    await this.#clean(true);
  }

  async #expectOnlyReachable(): Promise<void> {
    const { blobIds, ownedBlobIds, extentCount, extentRowCount, noteCount } = await findReachable(this.#engine);
    const left: string[] = [];
    for await (const { blobId } of this.#blobs.list()) left.push(blobId);
    const { segments } = this.#blobs;
    expect(left.sort()).toEqual(blobIds.filter((blobId) => segments?.segmentOf(blobId) === undefined));
    expect(ownedBlobIds).toEqual(blobIds);
    expect([extentRowCount, noteCount]).toEqual([extentCount, 0]);
  }

  async #expectNothingAfterDeletions(): Promise<void> {
    for (const { target } of this.#uploads) await this.#store.abortUpload(target);
    for (;;) {
      const input = { bucket: BUCKET, prefix: '', delimiter: '', limit: 1000 };
      const { versions } = await this.#store.listObjectVersions({ ...input, after: undefined });
      if (versions.length === 0) break;
      for (const version of versions) {
        const { key, versionId = 'null' } = version.kind === 'delete-marker' ? version.marker : version.head;
        await this.#store.deleteObject({ bucket: BUCKET, key, versionId });
      }
    }
    await this.#sweepAll();
    const rows = await this.#engine.list({ start: Buffer.from([0]), end: Buffer.from([0xff]), limit: 100 });
    const families = new Set(rows.map(({ key }) => String.fromCharCode(key[0] ?? 0)));
    expect([...families].sort()).toEqual(['B', 'C', 'F']);
    for await (const { blobId } of this.#blobs.list()) expect.fail(`blob ${blobId} is left`);
    const { segments } = this.#blobs;
    for (const id of segments?.ids() ?? []) expect(await segments?.describe(id)).toMatchObject({ isOpen: true });
    await this.#store.deleteBucket(BUCKET);
  }
}

const SEEDS = Array.from({ length: SEED_COUNT }, (_, index) => SEED_FIRST + index);

describe.each([false, true])(
  'contents shared are freed when nothing refers to them; blobs share files: %s',
  (shared) => {
    test.each(SEEDS)('seed %i', (seed) => new ModelRun(seed, shared).run());
  },
);
