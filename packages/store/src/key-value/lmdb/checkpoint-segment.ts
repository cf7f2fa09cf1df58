/**
 * A checkpoint: the rows of one segment go to the database, in one transaction that also notes how far it has come. Cut off
 * anywhere it has done everything or nothing; done twice it is refused. The same code runs beside the writing and at recovery.
 */
import { KEY_LENGTH_BYTES_MAX, keyToText } from '../commit-rules.js';
import type { RowChange } from './journal/journal-format.js';
import { JournalDamage, type JournalSegment } from './journal/journal-segment.js';
import type { PlannedChange } from './space-reserve.js';
import { VERSION_LENGTH_BYTES } from './stored-value.js';

/** Inside one write transaction. */
export interface WriteTransaction {
  /** 0: it did not begin. */
  readonly id: number;
  /** @throws {Error} There may not be room for the change, or none may be made: the transaction is to be given up. */
  reserve(change: PlannedChange): void;
  /** @returns The stored value with its version in front, valid until the next call; `undefined` when the key is absent. */
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, storedValue: Uint8Array): void;
  delete(key: Uint8Array): void;
}

/** What checkpoints write to: LMDB, and in tests whatever fails as they like. */
export interface WriteDatabase {
  /**
   * Runs `body` in a write transaction. When it returns, everything is synced. When it throws, nothing is visible.
   * @throws {Error} With a `code`: an errno as number or name, or one of LMDB's own negative codes.
   */
  transaction(body: (transaction: WriteTransaction) => void): void;
  get(key: Uint8Array): Uint8Array | undefined;
}

/** How far the database has come: everything up to here is in it, nothing behind it is. */
export interface CheckpointPoint {
  readonly generation: number;
  readonly sequence: number;
}

/** Where the point is kept: longer than any key of the contract, and where no range ends behind it. */
export const CHECKPOINT_POINT_KEY = Buffer.alloc(KEY_LENGTH_BYTES_MAX + 1, 0xff);

/** @returns `undefined`: no checkpoint was ever made. */
export function readCheckpointPoint(database: {
  get(key: Uint8Array): Uint8Array | undefined;
}): CheckpointPoint | undefined {
  const stored = database.get(CHECKPOINT_POINT_KEY);
  if (stored === undefined) return undefined;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  return {
    generation: view.getFloat64(VERSION_LENGTH_BYTES, true),
    sequence: view.getFloat64(VERSION_LENGTH_BYTES + 8, true),
  };
}

/**
 * @param sequenceExpected Of the segment's last frame, when somebody remembers it.
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
  const from = readCheckpointPoint(database) ?? { generation: 0, sequence: 0 };
  if (generation !== from.generation + 1) {
    throw new JournalDamage(`generation ${generation} does not follow ${from.generation}, which the database has`);
  }
  const { rows, lengthBytes, sequence } = collectRows(segment, from.sequence);
  if (sequence !== (sequenceExpected ?? sequence)) {
    throw new JournalDamage(`generation ${generation} ends with frame ${sequence}, not with ${sequenceExpected}`);
  }
  database.transaction((transaction) => {
    if (transaction.id === 0) throw new Error('the transaction did not begin');
    // Not held against the reserve: what is acknowledged has to get in.
    transaction.reserve({ keyCount: rows.size + 1, lengthBytes, mayUseReserve: true });
    // In the order of the tree, so that each page is visited once.
    for (const text of [...rows.keys()].sort()) {
      const { key, storedValue } = rows.get(text) as RowChange;
      if (storedValue === undefined) transaction.delete(key);
      else transaction.put(key, storedValue);
    }
    transaction.put(CHECKPOINT_POINT_KEY, encodePoint({ generation, sequence }));
  });
  return { generation, sequence };
}

/** Only the last change of a row counts: an object appended to a hundred times is written once. */
function collectRows(
  segment: JournalSegment,
  fromSequence: number,
): { readonly rows: Map<string, RowChange>; readonly lengthBytes: number; readonly sequence: number } {
  const rows = new Map<string, RowChange>();
  let sequence = fromSequence;
  for (const frame of segment.frames()) {
    if (frame.sequence !== sequence + 1) {
      throw new JournalDamage(`frame ${frame.sequence} follows frame ${sequence}`);
    }
    sequence = frame.sequence;
    for (const change of frame.changes) rows.set(keyToText(change.key), change);
  }
  let lengthBytes = 0;
  for (const { key, storedValue } of rows.values()) lengthBytes += key.length + (storedValue?.length ?? 0);
  return { rows, lengthBytes, sequence };
}

function encodePoint({ generation, sequence }: CheckpointPoint): Uint8Array {
  const stored = Buffer.alloc(VERSION_LENGTH_BYTES + 16);
  stored.writeDoubleLE(generation, VERSION_LENGTH_BYTES);
  stored.writeDoubleLE(sequence, VERSION_LENGTH_BYTES + 8);
  return stored;
}
