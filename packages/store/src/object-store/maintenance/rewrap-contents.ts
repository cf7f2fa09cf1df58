/**
 * Rewraps data keys with the newest version of the key that wraps them, after a rotation. The bytes are not touched: a
 * data key stays what it is. See `StoreMaintenance.rewrapContents` for its promises.
 */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeContentKey, encodeContentKey } from '../records/content-key-record.js';
import { contentKeyRange, contentOfKeyRow, successorOf } from '../records/key-space.js';

/** One step of a walk over all data keys. */
export interface RewrapInput {
  /** The content where the step before ended; absent: from the start. */
  readonly after?: ContentId;
  /** Rows looked at, at most. */
  readonly rowCountMax: number;
}

/** What one step did. */
export interface RewrapProgress {
  readonly examinedCount: number;
  readonly rewrappedCount: number;
  /** Data keys that do not open, damaged or because their wrapping key is not at hand; they are left as they are. */
  readonly failedCount: number;
  /** Pass it as `after` for the next step. Undefined: the walk is over. */
  readonly next: ContentId | undefined;
  /** Nothing was done: another process does this. */
  readonly isElsewhere?: true;
}

/** @see StoreMaintenance.rewrapContents, which says what it promises and throws. */
export async function rewrapContents(context: StoreContext, input: RewrapInput): Promise<RewrapProgress> {
  const { start, end } = contentKeyRange(input.after);
  const from = input.after === undefined ? start : successorOf(start);
  const rows = await context.keyValues.list({ start: from, end, limit: input.rowCountMax });
  let rewrappedCount = 0;
  let failedCount = 0;
  for (const row of rows) {
    try {
      const contentId = contentOfKeyRow(row.key);
      const { encryption, wrapped } = decodeContentKey(row.key, row.value);
      const wrapping = context.contentKeys.wrappingFor(encryption);
      if (wrapping.isWrappedWithNewest(encryption, wrapped)) continue;
      const dataKey = await wrapping.unwrap(contentId, encryption, wrapped);
      const value = encodeContentKey({ encryption, wrapped: await wrapping.wrap(contentId, encryption, dataKey) });
      // A row that changed was rewrapped by another process, or swept.
      const { committed } = await context.keyValues.commit({
        checks: [{ key: row.key, version: row.version }],
        puts: [{ key: row.key, value }],
      });
      if (committed) rewrappedCount += 1;
    } catch (error) {
      if (!isKeyFailure(error)) throw error;
      failedCount += 1;
    }
  }
  const last = rows[rows.length - 1];
  const next = last === undefined || rows.length < input.rowCountMax ? undefined : contentOfKeyRow(last.key);
  return { examinedCount: rows.length, rewrappedCount, failedCount, next };
}

function isKeyFailure(error: unknown): boolean {
  if (!(error instanceof EngineFailure)) return false;
  return error.reason.kind === 'key-unavailable' || error.reason.kind === 'corrupt';
}
