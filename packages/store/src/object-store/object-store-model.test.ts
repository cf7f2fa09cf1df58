/**
 * Random operations against the store and against a map of byte strings, over engines that fail at random. The seed is
 * printed when it fails; set ANNALS_MODEL_SEED to repeat it.
 */
import { crc64 } from '@annals/checksum';
import { describe, expect, test } from 'vitest';
import { checkBlobs } from '../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../blob/file-system/open.js';
import { bodyOf, brokenBody, patternBytes } from '../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../conformance/object-store-interception.js';
import { MemoryKeyWrapping } from '../conformance/object-store-key-wrapping.js';
import { collect, plainAttributes } from '../conformance/object-store-test-store.js';
import { type SeededRandom, seededRandom } from '../conformance/seeded-random.js';
import type { BlobStore } from '../contract/blob-store.js';
import { EngineFailure } from '../contract/engine-failure.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { SimulatedFileSystem } from '../file-system/simulated-file-system.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { type OpenedStore, openObjectStore } from './object-store.js';
import { isFailure } from './store-failure.js';
import type { ObjectAttributes } from './types.js';

const BUCKET = 'bucket';
const KEYS = ['a', 'a/1', 'a/2', 'b', 'ü'];
const OPERATION_COUNT = 400;
const SEED_FIRST = Number(process.env.ANNALS_MODEL_SEED ?? 1);
const SEED_COUNT = process.env.ANNALS_MODEL_SEED === undefined ? 12 : 1;

interface ModelObject {
  type: 'normal' | 'appendable';
  bytes: Buffer;
  isSealed: boolean;
}

/** Objects of some keys are encrypted, of others not. */
function attributesOf(key: string): ObjectAttributes {
  const isEncrypted = key.charCodeAt(0) % 2 === 0;
  return isEncrypted ? { ...plainAttributes, encryption: { algorithm: 'AES256' } } : plainAttributes;
}

function appendInput(key: string, position: number) {
  return {
    bucket: BUCKET,
    key,
    ownerId: 'owner',
    callerId: 'caller',
    position,
    attributes: attributesOf(key),
    expected: {},
  };
}

class ModelRun {
  readonly #random: SeededRandom;
  readonly #model = new Map<string, ModelObject>();
  readonly #fileSystem: SimulatedFileSystem;
  readonly #keyWrapping = new MemoryKeyWrapping();
  readonly #engine: KeyValueStore = openMemoryKeyValueStore();
  readonly #keyValues: KeyValueStore;
  /** How often a commit loses a race it need not have lost, or finds the disk full. */
  #faultRate = 0;
  #nowMs = 1_700_000_000_000;
  #store!: OpenedStore;
  #blobs!: BlobStore;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#fileSystem = new SimulatedFileSystem({ random: () => this.#random.next(), now: () => this.#nowMs });
    this.#keyValues = interceptKeyValues(this.#engine, {
      commit: async (_commit, pass) => {
        if (this.#chance(this.#faultRate)) {
          if (this.#chance(0.5)) {
            return { committed: false };
          }
          throw new EngineFailure({ kind: 'unavailable', because: 'disk-full' });
        }
        return pass();
      },
    });
  }

  async run(): Promise<void> {
    await this.#open();
    await this.#store.createBucket({
      name: BUCKET,
      ownerId: 'owner',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
    for (let count = 0; count < OPERATION_COUNT; count++) {
      this.#nowMs += this.#random.below(2000);
      await this.#setFaults();
      await this.#operate();
      if (count % 20 === 0) {
        this.#clearFaults();
        await this.#compareAll();
      }
    }
    this.#clearFaults();
    await this.#compareAll();
    await this.#expectNoGarbage();
  }

  async #open(): Promise<void> {
    this.#blobs = checkBlobs(
      await openFileSystemBlobStore({
        directory: '/blobs',
        fileSystem: this.#fileSystem,
        random: this.#randomBytes,
        segmentLengthBytes: 20_000,
      }),
    );
    this.#store = await openObjectStore({
      keyValues: this.#keyValues,
      blobs: this.#blobs,
      keyWrapping: this.#keyWrapping,
      clock: { nowMs: () => this.#nowMs },
      randomBytes: this.#randomBytes,
      settings: {
        inlineLengthMax: 64,
        unplacedInlineLengthMax: 64,
        putLengthMax: 400,
        compaction: { extentCountMin: 6, lengthMin: 300 },
        garbageGraceMs: 0,
        orphanGraceMs: 0,
        appendable: { lengthMax: 5000 },
      },
    });
  }

  readonly #randomBytes = (byteCount: number): Uint8Array => this.#random.bytes(byteCount);

  #chance(rate: number): boolean {
    return this.#random.next() < rate;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }

  async #setFaults(): Promise<void> {
    this.#faultRate = this.#chance(0.3) ? 0.4 : 0;
    const { faults } = this.#fileSystem;
    faults.spaceLeftBytes = this.#chance(0.1) ? this.#random.below(400) : Number.POSITIVE_INFINITY;
    faults.writeLengthBytesMax = this.#chance(0.1) ? 7 : Number.POSITIVE_INFINITY;
    if (this.#chance(0.03)) {
      // Loss of power: what the engines acknowledged stays, the process and its blobs under way do not.
      this.#clearFaults();
      this.#fileSystem.crash();
      await this.#open();
    }
  }

  #clearFaults(): void {
    this.#faultRate = 0;
    this.#fileSystem.faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
    this.#fileSystem.faults.writeLengthBytesMax = Number.POSITIVE_INFINITY;
  }

  #operate(): Promise<void> {
    const key = this.#pick(KEYS);
    const choice = this.#random.next();
    if (choice < 0.45) {
      return this.#append(key);
    }
    if (choice < 0.55) {
      return this.#race(key);
    }
    if (choice < 0.65) {
      return this.#put(key);
    }
    if (choice < 0.72) {
      return this.#apply(
        () => this.#store.deleteObject({ bucket: BUCKET, key }),
        () => this.#model.delete(key),
      );
    }
    if (choice < 0.75) {
      return this.#seal(key);
    }
    if (choice < 0.87) {
      return this.#attempt(() => this.#store.maintenance.compactContent({ jobCountMax: 2 }));
    }
    if (choice < 0.92) {
      return this.#attempt(() => this.#store.maintenance.sweepGarbage({ rowCountMax: 20 }));
    }
    if (choice < 0.96) {
      return this.#attempt(() => this.#clean());
    }
    return this.#attempt(() => this.#store.maintenance.sweepOrphanBlobs());
  }

  #clean(): Promise<unknown> {
    return this.#store.maintenance.cleanSegments({ isWalk: this.#chance(0.3), isStopped: () => false });
  }

  #append(key: string): Promise<void> {
    const current = this.#model.get(key);
    const length = current?.bytes.length ?? 0;
    const bytes = this.#bytes();
    const position = this.#chance(0.85) ? length : this.#random.below(length + 10);
    const isBroken = bytes.length > 0 && this.#chance(0.05);
    const body = isBroken ? brokenBody(bytes, bytes.length >> 1) : this.#body(bytes);
    return this.#apply(
      () => this.#store.appendObject(appendInput(key, position), body),
      () => {
        expect(isBroken).toBe(false);
        this.#addToModel(key, bytes);
      },
      this.#appendRefusal(current, position, bytes.length),
    );
  }

  #addToModel(key: string, bytes: Buffer): void {
    const before = this.#model.get(key)?.bytes ?? Buffer.alloc(0);
    this.#model.set(key, { type: 'appendable', bytes: Buffer.concat([before, bytes]), isSealed: false });
  }

  /** Three appends at the same position, and the background work beside them: one wins at most. */
  async #race(key: string): Promise<void> {
    const current = this.#model.get(key);
    const position = current?.bytes.length ?? 0;
    const bodies = [this.#bytes(), this.#bytes(), this.#bytes()].filter((bytes) => bytes.length > 0);
    const appends = bodies.map((bytes) => this.#store.appendObject(appendInput(key, position), this.#body(bytes)));
    const [outcomes] = await Promise.all([
      Promise.allSettled(appends),
      this.#attempt(() => this.#store.maintenance.compactContent({ jobCountMax: 1 })),
      this.#attempt(() => this.#store.maintenance.sweepGarbage({ rowCountMax: 10 })),
      this.#attempt(() => this.#store.maintenance.sweepOrphanBlobs()),
      this.#attempt(() => this.#clean()),
    ]);
    const winners = bodies.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    expect(winners.length).toBeLessThanOrEqual(1);
    for (const bytes of winners) {
      expect(this.#appendRefusal(current, position, bytes.length)).toBeUndefined();
      this.#addToModel(key, bytes);
    }
  }

  #appendRefusal(current: ModelObject | undefined, position: number, length: number): string | undefined {
    if (current?.type === 'normal') {
      return 'not-appendable';
    }
    if (current?.isSealed === true) {
      return 'sealed';
    }
    const before = current?.bytes.length ?? 0;
    if (position !== before) {
      return 'position-mismatch';
    }
    return length > 0 && before + length > 5000 ? 'too-large' : undefined;
  }

  #put(key: string): Promise<void> {
    const current = this.#model.get(key);
    const bytes = this.#bytes();
    const input = {
      bucket: BUCKET,
      key,
      ownerId: 'owner',
      attributes: attributesOf(key),
      forbidOverwrite: false,
      expected: {},
      lengthMax: 10_000,
    };
    return this.#apply(
      () => this.#store.putObject(input, this.#body(bytes)),
      () => this.#model.set(key, { type: 'normal', bytes, isSealed: false }),
      current?.type === 'appendable' ? 'already-exists' : undefined,
    );
  }

  #seal(key: string): Promise<void> {
    const current = this.#model.get(key);
    let refusal: string | undefined;
    if (current === undefined) {
      refusal = 'no-such-key';
    } else if (current.type === 'normal') {
      refusal = 'not-sealable';
    }
    return this.#apply(
      () => this.#store.sealObject({ bucket: BUCKET, key, position: current?.bytes.length ?? 0 }),
      () => {
        if (current !== undefined) {
          current.isSealed = true;
        }
      },
      refusal,
    );
  }

  #bytes(): Buffer {
    const length = this.#pick([0, 1, 5, 20, 60, 64, 65, 300, 900]);
    return Buffer.from(patternBytes(length, this.#random.below(2 ** 31)));
  }

  #body(bytes: Uint8Array) {
    return bodyOf(bytes, { chunkLength: this.#pick([10, 1000]), hasLength: this.#chance(0.5) });
  }

  /** The store and the model change together or not at all: what failed has not happened. */
  async #apply(call: () => Promise<unknown>, changeModel: () => void, refusal?: string): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (isFailure(error) && !['unavailable', 'contended'].includes(error.reason.kind)) {
        expect(error.reason.kind).toBe(refusal);
      } else if (!isFailure(error)) {
        expect((error as Error).message).toBe('The sender broke off');
      }
      return;
    }
    expect(refusal).toBeUndefined();
    changeModel();
  }

  async #attempt(call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      expect(error).toMatchObject({ reason: { kind: 'unavailable' } });
    }
  }

  async #compareAll(): Promise<void> {
    const page = await this.#store.listObjects({ bucket: BUCKET, prefix: '', delimiter: '', after: '', limit: 100 });
    expect(page.objects.map(({ key }) => key)).toEqual([...this.#model.keys()].sort());
    let lengthBytes = 0;
    for (const [key, expected] of this.#model) {
      const opened = await this.#store.openObject({ bucket: BUCKET, key });
      const { head } = opened;
      expect([head.type, head.length, head.sealedAtMs !== undefined, head.crc64]).toEqual([
        expected.type,
        expected.bytes.length,
        expected.isSealed,
        crc64(expected.bytes),
      ]);
      const start = this.#random.below(head.length + 1);
      for (const from of [0, start]) {
        const bytes = await collect(opened.read({ start: from, end: head.length }));
        expect(Buffer.compare(bytes, expected.bytes.subarray(from))).toBe(0);
      }
      opened.release();
      lengthBytes += head.length;
    }
    expect(await this.#store.bucketStatistics(BUCKET)).toMatchObject({ objectCount: this.#model.size, lengthBytes });
  }

  /** After all deletions and sweeps nothing is left but the format, the bucket and its counters. */
  async #expectNoGarbage(): Promise<void> {
    for (const key of this.#model.keys()) {
      await this.#store.deleteObject({ bucket: BUCKET, key });
    }
    this.#nowMs += 1;
    await this.#store.maintenance.sweepGarbage({ rowCountMax: 1_000_000 });
    await this.#store.maintenance.sweepOrphanBlobs();
    await this.#store.maintenance.cleanSegments({ isWalk: true, isStopped: () => false });
    const rows = await this.#engine.list({ start: Buffer.from([0]), end: Buffer.from([0xff]), limit: 100 });
    expect(rows.map(({ key }) => String.fromCharCode(key[0] ?? 0)).join('')).toBe('BCCF');
    for await (const { blobId } of this.#blobs.list()) {
      expect.fail(`blob ${blobId} is left`);
    }
    const { segments } = this.#blobs;
    for (const segmentId of segments?.ids() ?? []) {
      expect((await segments?.describe(segmentId))?.isOpen, `segment ${segmentId}`).toBe(true);
    }
    await this.#store.maintenance.close();
    expect(this.#fileSystem.openCount).toBe(0);
  }
}

describe('object store under random operations and faults equals the model', () => {
  test.each(Array.from({ length: SEED_COUNT }, (_, index) => SEED_FIRST + index))('seed %i', async (seed) => {
    await new ModelRun(seed).run();
  });
});
