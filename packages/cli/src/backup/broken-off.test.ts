/**
 * Backups and restorations that are broken off at any place, and go on. Set ANNALS_TEST_SEED to repeat a failed run.
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@annals/store/conformance';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeBucket, makeBucket, openFolderStore, putPattern } from '../testing/store-folder.js';
import { BackupReader, listBackups } from './backup-reader.js';
import type { BackupTarget, TargetFile } from './backup-target.js';
import { FolderTarget } from './folder-target.js';
import { lineProgress } from './progress.js';
import { pruneBackups } from './prune-backups.js';
import { restoreStore } from './restore-store.js';
import { runBackup } from './run-backup.js';
import { openStoreSource } from './store-source.js';
import { verifyBackups } from './verify-backup.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));
const progress = lineProgress(() => undefined);

/** The process is gone: not even its last wishes are done. */
class Gone extends Error {}

/** A folder that fails for ever after so many calls, and counts what it is given. */
class DyingTarget implements BackupTarget {
  readonly place = 'a target that dies';
  readonly #target: BackupTarget;
  callCount = 0;
  putLength = 0;
  callCountMax: number;

  constructor(target: BackupTarget, callCountMax = Number.POSITIVE_INFINITY) {
    this.#target = target;
    this.callCountMax = callCountMax;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.#call();
    await this.#target.put(name, bytes);
    if (name.startsWith('chunks/')) this.putLength += bytes.length;
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    this.#call();
    return this.#target.get(name);
  }

  async *list(prefix: string): AsyncGenerator<TargetFile> {
    this.#call();
    yield* this.#target.list(prefix);
  }

  async delete(name: string): Promise<void> {
    this.#call();
    await this.#target.delete(name);
  }

  async deleteUnfinished(): Promise<void> {
    this.#call();
    await this.#target.deleteUnfinished();
  }

  #call(): void {
    this.callCount += 1;
    if (this.callCount > this.callCountMax) throw new Gone('gone');
  }
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'annals-broken-off-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function fill(): Promise<{ readonly data: string; readonly description: string }> {
  const data = join(folder, 'data');
  const store = await openFolderStore(data);
  await makeBucket(store, 'bucket');
  for (let index = 0; index < 60; index += 1) await putPattern(store, 'bucket', `small-${index}`, 100 + index);
  for (let index = 0; index < 30; index += 1) await putPattern(store, 'bucket', `blob-${index}`, 700_000 + index);
  await putPattern(store, 'bucket', 'large', 30 * 1024 * 1024);
  const description = await describeBucket(store, 'bucket', true);
  await store.maintenance.close();
  return { data, description };
}

function backUp(data: string, target: BackupTarget) {
  return runBackup({ openSource: () => openStoreSource(data), target, isReadBack: true, progress });
}

async function restoreAll(target: BackupTarget, to: string): Promise<string> {
  const reader = new BackupReader(target);
  const id = (await listBackups(target)).at(-1) ?? '';
  await restoreStore({ reader, manifest: await reader.manifest(id), folder: to, progress });
  const store = await openFolderStore(to);
  const description = await describeBucket(store, 'bucket', true);
  await store.maintenance.close();
  return description;
}

describe(`broken off, seed ${seed}`, () => {
  it('a backup leaves no backup, and the next run sends only what is missing', async () => {
    const { data, description } = await fill();
    const whole = new DyingTarget(new FolderTarget(join(folder, 'whole')));
    await backUp(data, whole);
    const target = new FolderTarget(join(folder, 'target'));
    let sentLength = 0;
    const random = seededRandom(seed);
    for (let round = 0; round < 8; round += 1) {
      const dying = new DyingTarget(target, 3 + random.below(whole.callCount - 6));
      const failure: unknown = await backUp(data, dying).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure !== undefined) expect(failure).toBeInstanceOf(Gone);
      sentLength += dying.putLength;
      // It has the manifest, and is whole, or there is no backup.
      const found = await verifyBackups(target, await listBackups(target), { isDeep: true, progress });
      expect(found.flatMap(({ problems }) => problems)).toEqual([]);
      if (found.length > 0) break;
    }
    const last = new DyingTarget(target);
    await backUp(data, last);
    sentLength += last.putLength;
    // Rows of the engine's own life may differ from run to run; blobs are sent once.
    expect(sentLength).toBeLessThan(whole.putLength + 2_000_000);
    const ids = await listBackups(target);
    const outcomes = await verifyBackups(target, ids, { isDeep: true, progress });
    expect(outcomes.flatMap(({ problems }) => problems)).toEqual([]);
    expect(await restoreAll(target, join(folder, 'restored'))).toBe(description);
  });

  it('a restoration is no store until it is whole, and goes on', async () => {
    const { data, description } = await fill();
    const target = new FolderTarget(join(folder, 'target'));
    await backUp(data, target);
    const counting = new DyingTarget(target);
    expect(await restoreAll(counting, join(folder, 'first'))).toBe(description);
    const to = join(folder, 'restored');
    let brokenCount = 0;
    for (let callCount = 3; callCount < counting.callCount; callCount += 2) {
      // What is restored once is not read again, so a later attempt may come to its end.
      const outcome: unknown = await restoreAll(new DyingTarget(target, callCount), to).catch(
        (error: unknown) => error,
      );
      if (outcome === description) return;
      expect(outcome).toBeInstanceOf(Gone);
      await expect(openFolderStore(to).then((store) => store.maintenance.close())).rejects.toThrow('has not ended');
      brokenCount += 1;
    }
    expect(brokenCount).toBeGreaterThan(2);
    expect(await restoreAll(target, to)).toBe(description);
  });

  it('deleting old backups leaves those kept whole, also when it is broken off', async () => {
    const { data } = await fill();
    const target = new FolderTarget(join(folder, 'target'));
    for (let round = 0; round < 4; round += 1) {
      await backUp(data, target);
      const store = await openFolderStore(data);
      await putPattern(store, 'bucket', `blob-${round}`, 800_000 + round);
      await putPattern(store, 'bucket', `new-${round}`, 300_000);
      await store.maintenance.close();
    }
    const store = await openFolderStore(data);
    await store.maintenance.close();
    const kept = (await listBackups(target)).slice(-2);
    for (const callCount of [3, 9, 12, 15]) {
      // A process that is gone does not take its note with it; here it lives on.
      for await (const { name } of target.list('runs/')) await target.delete(name);
      await pruneBackups(new DyingTarget(target, callCount), { keptCount: 2, isDryRun: false, progress }).catch(
        () => undefined,
      );
      const outcomes = await verifyBackups(target, kept, { isDeep: true, progress });
      expect(outcomes.flatMap(({ problems }) => problems)).toEqual([]);
    }
    for await (const { name } of target.list('runs/')) await target.delete(name);
    await pruneBackups(target, { keptCount: 2, isDryRun: false, progress });
    expect(await listBackups(target)).toEqual(kept);
    const outcomes = await verifyBackups(target, kept, { isDeep: true, progress });
    expect(outcomes.flatMap(({ problems }) => problems)).toEqual([]);
    await restoreAll(target, join(folder, 'restored'));
  });
});
