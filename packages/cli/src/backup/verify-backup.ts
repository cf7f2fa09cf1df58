/**
 * Looks whether backups are whole: that every file they need is there, and with `isDeep` that each holds what was
 * written.
 */
import { BackupDamaged, CHUNK_PREFIX, type ChunkId, chunkIdOfName, chunkName, type Manifest } from './backup-format.js';
import { BackupReader } from './backup-reader.js';
import type { BackupTarget } from './backup-target.js';
import { nameObjects } from './name-objects.js';
import type { Progress } from './progress.js';

/** What is wrong with one backup. */
export interface VerifyOutcome {
  readonly backupId: string;
  readonly problems: readonly string[];
  /** Files it needs. */
  readonly chunkCount: number;
}

/** Names of objects told for each damaged backup at most. */
const NAME_COUNT_MAX = 20;

/** @throws {BackupTargetFailed} Only when the target cannot be used; damage is an outcome. */
export async function verifyBackups(
  target: BackupTarget,
  backupIds: readonly string[],
  { isDeep, progress }: { readonly isDeep: boolean; readonly progress: Progress },
): Promise<VerifyOutcome[]> {
  const present = new Set<ChunkId>();
  for await (const { name } of target.list(CHUNK_PREFIX)) {
    const id = chunkIdOfName(name);
    if (id !== undefined) present.add(id);
  }
  /** Of chunks that were read; several backups share most of them. */
  const judged = new Map<ChunkId, string | undefined>();
  const outcomes: VerifyOutcome[] = [];
  for (const backupId of backupIds) {
    progress.begin(`verifying ${backupId}`);
    outcomes.push(await verifyOne(target, backupId, { isDeep, progress, present, judged }));
  }
  return outcomes;
}

interface Verifying {
  readonly isDeep: boolean;
  readonly progress: Progress;
  readonly present: ReadonlySet<ChunkId>;
  readonly judged: Map<ChunkId, string | undefined>;
}

async function verifyOne(target: BackupTarget, backupId: string, verifying: Verifying): Promise<VerifyOutcome> {
  const reader = new BackupReader(target);
  const problems: string[] = [];
  const seen = new Set<ChunkId>();
  const badBlobs = new Set<string>();
  let manifest: Manifest;
  try {
    manifest = await reader.manifest(backupId);
  } catch (error) {
    if (!(error instanceof BackupDamaged)) throw error;
    return { backupId, problems: [error.message], chunkCount: 0 };
  }
  for (const { blobId, message } of manifest.damaged) {
    badBlobs.add(blobId);
    problems.push(`Blob ${blobId} could not be read when the backup was made: ${message}`);
  }
  const judge = async (chunk: ChunkId): Promise<boolean> => {
    const problem = await judgeChunk(reader, chunk, verifying);
    if (problem !== undefined && !seen.has(chunk)) problems.push(problem);
    if (!seen.has(chunk)) verifying.progress.add(1, 0);
    seen.add(chunk);
    return problem === undefined;
  };
  for (const { chunk } of manifest.rows) await judge(chunk);
  let blobCount = 0;
  for (const segment of manifest.blobs) {
    if (!(await judge(segment.chunk))) continue;
    try {
      for await (const { blobId, pieces } of reader.blobs({ ...manifest, blobs: [segment] })) {
        blobCount += 1;
        for (const { chunk } of pieces) if (!(await judge(chunk))) badBlobs.add(blobId);
      }
    } catch (error) {
      // Without `isDeep` it has not been read before.
      if (!(error instanceof BackupDamaged)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length === 0 && blobCount !== manifest.blobCount) {
    problems.push(`The list of blobs has ${blobCount} of ${manifest.blobCount}`);
  }
  if (badBlobs.size > 0) problems.push(...(await hitObjects(reader, manifest, badBlobs)));
  return { backupId, problems, chunkCount: seen.size };
}

async function judgeChunk(
  reader: BackupReader,
  chunk: ChunkId,
  { isDeep, present, judged }: Verifying,
): Promise<string | undefined> {
  if (!present.has(chunk)) return `File "${chunkName(chunk)}" is missing`;
  if (!isDeep) return undefined;
  if (!judged.has(chunk)) {
    judged.set(
      chunk,
      await reader.chunk(chunk).then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof BackupDamaged)) throw error;
          return error.message;
        },
      ),
    );
  }
  return judged.get(chunk);
}

async function hitObjects(reader: BackupReader, manifest: Manifest, blobIds: ReadonlySet<string>): Promise<string[]> {
  try {
    const names = await nameObjects(() => reader.rows(manifest), blobIds);
    const shown = names.slice(0, NAME_COUNT_MAX).map((name) => `Object ${name} cannot be restored whole`);
    return names.length > NAME_COUNT_MAX ? [...shown, `and ${names.length - NAME_COUNT_MAX} more objects`] : shown;
  } catch (error) {
    if (!(error instanceof BackupDamaged)) throw error;
    return ['Which objects are hit cannot be told, because rows are damaged too'];
  }
}
