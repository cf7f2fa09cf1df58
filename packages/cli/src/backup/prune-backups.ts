/** Deletes old backups, and the files that none of those kept needs. Leaves out when that is due. */
import { CHUNK_PREFIX, type ChunkId, chunkIdOfName, manifestName, PARTIAL_PREFIX } from './backup-format.js';
import { BackupReader, listBackups } from './backup-reader.js';
import type { BackupTarget } from './backup-target.js';
import type { Progress } from './progress.js';
import { beginRun } from './running.js';

/** What was deleted. */
export interface PruneOutcome {
  readonly keptIds: readonly string[];
  readonly deletedIds: readonly string[];
  readonly chunkCount: number;
  /** Bytes. */
  readonly chunkLength: number;
}

/**
 * Keeps the newest backups. When any of those cannot be read to its end nothing is deleted: what it needs would not be
 * known.
 * @param keptCount At least 1.
 * @throws {BackupDamaged} A backup to be kept cannot be read.
 */
export async function pruneBackups(
  target: BackupTarget,
  {
    keptCount,
    isDryRun,
    progress,
  }: { readonly keptCount: number; readonly isDryRun: boolean; readonly progress: Progress },
): Promise<PruneOutcome> {
  const run = await beginRun(target, 'prune');
  try {
    const ids = await listBackups(target);
    const keptIds = ids.slice(-keptCount);
    const deletedIds = ids.slice(0, Math.max(0, ids.length - keptCount));
    progress.begin('looking at what is needed');
    const needed = await neededChunks(target, keptIds, progress);
    progress.begin('deleting');
    // First the manifests: a backup that has lost its files must not be taken for one.
    if (!isDryRun) for (const id of deletedIds) await target.delete(manifestName(id));
    let chunkCount = 0;
    let chunkLength = 0;
    for await (const { name, length } of target.list(CHUNK_PREFIX)) {
      const id = chunkIdOfName(name);
      if (id === undefined || needed.has(id)) continue;
      if (!isDryRun) await target.delete(name);
      chunkCount += 1;
      chunkLength += length;
      progress.add(1, length);
    }
    // What broken-off runs had copied went with the chunks.
    if (!isDryRun) {
      for await (const { name } of target.list(PARTIAL_PREFIX)) await target.delete(name);
      await target.deleteUnfinished();
    }
    return { keptIds, deletedIds, chunkCount, chunkLength };
  } finally {
    await run.end().catch(() => undefined);
  }
}

async function neededChunks(
  target: BackupTarget,
  backupIds: readonly string[],
  progress: Progress,
): Promise<ReadonlySet<ChunkId>> {
  const needed = new Set<ChunkId>();
  const reader = new BackupReader(target);
  for (const id of backupIds) {
    const manifest = await reader.manifest(id);
    for (const { chunk } of [...manifest.rows, ...manifest.blobs]) needed.add(chunk);
    for await (const { pieces } of reader.blobs(manifest)) {
      for (const { chunk } of pieces) needed.add(chunk);
      progress.add(1, 0);
    }
  }
  return needed;
}
