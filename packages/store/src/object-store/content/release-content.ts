/**
 * The part of a commit by which a version lets go of its bytes: two rows, whatever their number. The sweeper does the
 * work later. Once a content has no reference it can never get one again, since a new reference is made only in a
 * commit that checks the row of one that is there.
 */
import type { KeyValuePut } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import { encodeGarbageNote } from '../records/garbage-note.js';
import { garbageKey, referenceKey } from '../records/key-space.js';

/** Parts for a commit. */
export interface ReleasedContent {
  readonly puts: readonly KeyValuePut[];
  readonly deletes: readonly Uint8Array[];
}

/**
 * @returns The rows by which `refererId` gives up its reference to a content of so many bytes, as far as it needed it.
 */
export function releaseReference(
  contentId: ContentId,
  refererId: string,
  { atMs, lengthBytes }: { readonly atMs: number; readonly lengthBytes: number },
): ReleasedContent {
  return {
    puts: [{ key: garbageKey(atMs, contentId, refererId), value: encodeGarbageNote({ lengthBytes }) }],
    deletes: [referenceKey(contentId, refererId)],
  };
}
