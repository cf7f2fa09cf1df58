/** That writers are slowed before garbage fills the disk, by a simulated disk and a simulated clock. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { bodyOf, patternBytes } from '../../conformance/object-store-bodies.js';
import { BUCKET, plainAttributes } from '../../conformance/object-store-test-store.js';
import type { BlobStore, BlobWriter } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { MaintenanceLoop } from '../maintenance/maintenance-loop.js';
import { type OpenedStore, openObjectStore } from '../object-store.js';
import type { ObjectStoreSettingsChange } from './settings.js';
import { delayOf, WriteBrake } from './write-brake.js';

const MIB = 1024 * 1024;

/** A blob engine with so much room, like a small disk. */
function limitBlobs(engine: BlobStore, capacityBytes: number): { blobs: BlobStore; freeBytes(): number } {
  const lengths = new Map<string, number>();
  let usedBytes = 0;
  const free = (blobId: string): void => {
    usedBytes -= lengths.get(blobId) ?? 0;
    lengths.delete(blobId);
  };
  const limit = (writer: BlobWriter): BlobWriter => ({
    blobId: writer.blobId,
    async write(chunks) {
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      if (usedBytes + length > capacityBytes) throw new EngineFailure({ kind: 'unavailable', because: 'disk-full' });
      usedBytes += length;
      lengths.set(writer.blobId, (lengths.get(writer.blobId) ?? 0) + length);
      await writer.write(chunks);
    },
    seal: () => writer.seal(),
    async abort() {
      free(writer.blobId);
      await writer.abort();
    },
  });
  return {
    freeBytes: () => capacityBytes - usedBytes,
    blobs: {
      create: async () => limit(await engine.create()),
      async put(lengthBytes, fill) {
        if (usedBytes + lengthBytes > capacityBytes)
          throw new EngineFailure({ kind: 'unavailable', because: 'disk-full' });
        usedBytes += lengthBytes;
        const blobId = await engine.put(lengthBytes, fill);
        lengths.set(blobId, lengthBytes);
        return blobId;
      },
      read: (blobId, range) => engine.read(blobId, range),
      length: (blobId) => engine.length(blobId),
      async delete(blobId) {
        free(blobId);
        await engine.delete(blobId);
      },
      list: () => engine.list(),
      overwriteEnd: (...given) => engine.overwriteEnd(...given),
      close: () => engine.close(),
    },
  };
}

interface SimulatedTimer {
  readonly atMs: number;
  readonly fire: () => void;
}

/** Timers of a clock that moves only when everybody waits. */
class SimulatedTime {
  nowMs = 1_700_000_000_000;
  readonly #timers: SimulatedTimer[] = [];

  readonly timer = (fire: () => void, delayMs: number): (() => void) => {
    const entry = { atMs: this.nowMs + delayMs, fire };
    this.#timers.push(entry);
    return () => {
      const index = this.#timers.indexOf(entry);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  };

  readonly delay = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      this.timer(resolve, delayMs);
    });

  /** Lets time pass until the next timer; at once when there is none. */
  step(): void {
    this.#timers.sort((one, other) => one.atMs - other.atMs);
    const next = this.#timers.shift();
    if (next === undefined) return;
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.fire();
  }
}

async function openSmallDisk(brake: ObjectStoreSettingsChange['brake']) {
  const time = new SimulatedTime();
  const disk = limitBlobs(openMemoryBlobStore({ now: () => time.nowMs }), 64 * MIB);
  const store: OpenedStore = await openObjectStore({
    keyValues: openMemoryKeyValueStore(),
    blobs: disk.blobs,
    settings: { inlineLengthMax: 1024, ...(brake !== undefined && { brake }) },
    clock: { nowMs: () => time.nowMs },
    delay: time.delay,
    freeSpaceBytes: async () => disk.freeBytes(),
  });
  await store.createBucket({
    name: BUCKET,
    ownerId: 'owner',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  await store.maintenance.countGarbage();
  return { time, disk, store };
}

/**
 * Four writers that replace eight objects of 1 MiB as fast as they are let, and a sweep that may remove 24 of them a
 * second.
 */
async function overwrite(brake: ObjectStoreSettingsChange['brake'], writeCount: number): Promise<number> {
  const { time, store } = await openSmallDisk(brake);
  const loop = new MaintenanceLoop(
    {
      compactContent: async () => 0,
      // A slow disk: one object of a round, and a round each 40 ms.
      sweepGarbage: () => store.maintenance.sweepGarbage({ rowCountMax: 2 }),
      sweepOrphanBlobs: async () => ({ blobCount: 0, removedCount: 0, removedLength: 0 }),
      rewrapContents: (input) => store.maintenance.rewrapContents(input),
    },
    { timer: time.timer, pauseMs: 40, idleMs: 40 },
  );
  loop.start();
  const body = patternBytes(MIB);
  let writtenCount = 0;
  let isDone = false;
  const write = async (): Promise<void> => {
    while (writtenCount < writeCount) {
      const key = `key ${writtenCount++ % 8}`;
      await store.putObject(
        {
          bucket: BUCKET,
          key,
          ownerId: 'owner',
          attributes: plainAttributes,
          expected: {},
          forbidOverwrite: false,
          lengthMax: MIB,
        },
        bodyOf(body),
      );
    }
  };
  const writers = Promise.all(Array.from({ length: 4 }, write)).finally(() => {
    isDone = true;
  });
  writers.catch(() => undefined);
  for (let idleCount = 0; !isDone; ) {
    const before = writtenCount;
    // Whatever can go on without time passing goes on first.
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    idleCount = writtenCount === before ? idleCount + 1 : 0;
    if (idleCount > 0) time.step();
  }
  const stopped = loop.stop();
  time.step();
  await stopped;
  await writers;
  return time.nowMs;
}

describe('writers that replace faster than the sweep removes', () => {
  test('fill a small disk without the brake', async () => {
    await expect(overwrite({ delayMsMax: 0 }, 400)).rejects.toMatchObject({
      reason: { kind: 'unavailable', because: 'disk-full' },
    });
  });

  test('go on for ever when they are held up', async () => {
    await overwrite(undefined, 400);
  });
});

test('the delay begins at its threshold, grows without a jump, and ends at its maximum', () => {
  for (const [kind, from] of [
    ['replacing', 0.5],
    ['adding', 0.8],
  ] as const) {
    expect(delayOf(from, kind, 1000)).toBe(0);
    expect(delayOf(1, kind, 1000)).toBe(1000);
    let last = 0;
    for (let pressure = 0; pressure <= 1; pressure += 0.001) {
      const delayMs = delayOf(pressure, kind, 1000);
      expect(delayMs - last).toBeGreaterThanOrEqual(0);
      expect(delayMs - last).toBeLessThan(12);
      last = delayMs;
    }
  }
});

describe('the brake', () => {
  const settings = { delayMsMax: 1000, noteCountHalf: 1000 };

  function brakeOver(garbage: { noteCount: number; lengthBytes: number }, freeBytes: number | undefined) {
    const waits: number[] = [];
    const state = { ...garbage, nowMs: 0 };
    const brake = new WriteBrake({
      garbage: () => state,
      freeSpaceBytes: freeBytes === undefined ? undefined : async () => freeBytes,
      settings,
      delay: async (delayMs) => {
        waits.push(delayMs);
        state.nowMs += delayMs;
      },
      nowMs: () => state.nowMs,
      onHeldUp: () => undefined,
    });
    return { brake, waits, state };
  }

  const sum = (waits: readonly number[]): number => waits.reduce((total, wait) => total + wait, 0);

  test('costs nothing while there is no garbage', () => {
    expect(brakeOver({ noteCount: 0, lengthBytes: 0 }, 0).brake.hold('replacing', 1)).toBeUndefined();
  });

  test('looks at garbage beside free space, and at the number of notes', async () => {
    const cases = [
      [{ noteCount: 1, lengthBytes: 10 * MIB }, 90 * MIB, 0],
      [{ noteCount: 1, lengthBytes: 75 * MIB }, 25 * MIB, 250],
      [{ noteCount: 1, lengthBytes: 75 * MIB }, 0, 1000],
      [{ noteCount: 3000, lengthBytes: 0 }, 90 * MIB, 250],
      [{ noteCount: 3000, lengthBytes: 0 }, undefined, 250],
    ] as const;
    for (const [garbage, freeBytes, expected] of cases) {
      const { brake, waits } = brakeOver(garbage, freeBytes);
      await brake.hold('replacing', 0);
      expect(Math.round(sum(waits))).toBe(expected);
    }
  });

  test('holds up those who only add bytes much later, and releases all writers when the sweep is through', async () => {
    const adding = brakeOver({ noteCount: 1, lengthBytes: 75 * MIB }, 25 * MIB);
    await adding.brake.hold('adding', MIB);
    expect(adding.waits).toEqual([]);
    const replacing = brakeOver({ noteCount: 1, lengthBytes: 100 * MIB }, 0);
    const held = replacing.brake.hold('replacing', 0);
    replacing.state.noteCount = 0;
    replacing.state.lengthBytes = 0;
    await held;
    expect(sum(replacing.waits)).toBeLessThanOrEqual(25);
  });

  test('a disk that does not say how much is free delays no writer', async () => {
    const { brake, waits } = brakeOver({ noteCount: 1, lengthBytes: 100 * MIB }, undefined);
    await brake.hold('replacing', 0);
    expect(waits).toEqual([]);
  });
});
