/**
 * A checkpoint: the rows of one segment go to the database, in one transaction that also notes how far it has come. Cut
 * off anywhere it has done everything or nothing; done twice it is refused. The same code runs beside the writing and
 * at recovery.
 */
import { keyToText } from '../commit-rules.js';
import type { RowChange } from './journal/journal-format.js';
import { JournalDamage, type JournalSegment } from './journal/journal-segment.js';

/** How far the database has come: everything up to here is in it, nothing behind it is. */
export interface CheckpointPoint {
  readonly generation: number;
  readonly sequence: number;
}

/** What checkpoints write to: the tree file, and in tests whatever fails as they like. */
export interface WriteDatabase {
  /** Where the database is. */
  readonly point: CheckpointPoint;
  /**
   * One transaction: all of it and the point, or nothing. When it returns, everything is synced.
   * @param rows In the order of their keys, each key once.
   * @throws {Error} With a `code` from the file system. When that says "full" or "read-only", nothing has changed.
   */
  apply(rows: readonly RowChange[], point: CheckpointPoint): void;
}

/**
 * @param sequenceExpected Of the segment's last frame, when it is known.
 * @returns Where the database is now.
 * @throws {JournalDamage} The segment is not the one that follows, or has a gap.
 * @throws {Error} With a `code`, from the database: nothing was changed when there was no room.
 */
export function checkpointSegment(
  database: WriteDatabase,
  segment: JournalSegment,
  sequenceExpected?: number,
): CheckpointPoint {
  const { generation } = segment;
  const from = database.point;
  if (generation !== from.generation + 1) {
    throw new JournalDamage(`generation ${generation} does not follow ${from.generation}, which the database has`);
  }
  const { rows, sequence } = collectRows(segment, from.sequence);
  if (sequence !== (sequenceExpected ?? sequence)) {
    throw new JournalDamage(`generation ${generation} ends with frame ${sequence}, not with ${sequenceExpected}`);
  }
  // In the order of the tree, so that each page is visited once.
  const ordered = [...rows.keys()].sort().map((text) => rows.get(text) as RowChange);
  database.apply(ordered, { generation, sequence });
  return { generation, sequence };
}

/** Only the last change of a row counts: an object appended to a hundred times is written once. */
function collectRows(
  segment: JournalSegment,
  fromSequence: number,
): { readonly rows: Map<string, RowChange>; readonly sequence: number } {
  const rows = new Map<string, RowChange>();
  let sequence = fromSequence;
  for (const frame of segment.frames()) {
    if (frame.sequence !== sequence + 1) {
      throw new JournalDamage(`frame ${frame.sequence} follows frame ${sequence}`);
    }
    sequence = frame.sequence;
    for (const change of frame.changes) rows.set(keyToText(change.key), change);
  }
  return { rows, sequence };
}
