/**
 * Checks the rows of one moment of a store at work as `annals fsck` checks those of one that stands still: references both ways, counters, the order of
 * versions, the CRC-64 of every object against those of its extents; and names the objects that known damage of bytes hits. Reads no bytes of blobs but of
 * versions that end inside a merged extent. Leaves out pace and place (`ScrubWorker` of the server). A moment is held while it runs, so it begins anew
 * after a restart.
 */
import type { StoreContext } from '../object-store/store-context.js';
import { isOrphan } from '../object-store/sweep-orphan-blobs.js';
import { type CheckSummary, checkParts } from './check-store.js';
import { DamagedBytes } from './damaged-bytes.js';
import type { Finding } from './finding.js';

/** What is known, and who is told. */
export interface RowScrubInput {
  /** Damaged bytes of contents, as a walk over them found. */
  readonly damaged: readonly { readonly contentId: string; readonly start: number; readonly end: number }[];
  /** Repairs are left out: nothing is repaired beside a server. */
  readonly onFinding: (finding: Omit<Finding, 'repair'>) => void;
  /** Told of each read. Waits as long as it should before the next; what it rejects with ends the check. @param rowCount Just read. */
  readonly pace?: (rowCount: number) => Promise<void> | undefined;
}

/** What was looked at. */
export interface RowScrubSummary extends CheckSummary {
  /** Blobs that no content knows, old enough to be sure of it. */
  readonly orphanBlobCount: number;
  readonly orphanBlobLengthBytes: number;
}

/** @throws {EngineFailure} `unavailable`; `corrupt` when the rows are beyond reading one by one. */
export async function scrubRows(context: StoreContext, input: RowScrubInput): Promise<RowScrubSummary> {
  const { blobs, contentKeys } = context;
  const { pace } = input;
  const damagedBytes = new DamagedBytes();
  for (const { contentId, start, end } of input.damaged) damagedBytes.add(contentId, start, end);
  let orphanBlobCount = 0;
  let orphanBlobLengthBytes = 0;
  let end: { readonly reason: unknown } | undefined;
  // Where a check takes a failed read for damage, the wish to end must not get lost.
  const wait = async (rowCount: number): Promise<void> => {
    try {
      if (end === undefined) await pace?.(rowCount);
    } catch (reason) {
      end = { reason };
    }
    if (end !== undefined) throw end.reason;
  };
  const snapshot = await context.keyValues.snapshot();
  try {
    const summary = await checkParts({
      keyValues: {
        async get(key) {
          await wait(1);
          return snapshot.get(key);
        },
        async list(range) {
          const rows = await snapshot.list(range);
          await wait(1 + rows.length);
          return rows;
        },
      },
      blobs,
      contentKeys,
      damagedBytes,
      // What the bytes say was read by the walk over contents.
      verify: async () => ({ damaged: [], isUnproven: false }),
      async isOrphan(blob) {
        await wait(1);
        // Of now, not of the moment: what came since is none.
        if (!(await isOrphan(context, blob))) return false;
        orphanBlobCount += 1;
        orphanBlobLengthBytes += blob.length;
        return true;
      },
      onFinding: ({ repair: _, ...finding }) => {
        if (end === undefined) input.onFinding(finding);
      },
    });
    if (end !== undefined) throw (end as { readonly reason: unknown }).reason;
    return { ...summary, orphanBlobCount, orphanBlobLengthBytes };
  } finally {
    await snapshot.close();
  }
}
