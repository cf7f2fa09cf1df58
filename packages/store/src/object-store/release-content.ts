/**
 * The part of a commit by which a version lets go of its bytes: two rows, whatever their number. The sweeper does the work later.
 * Once a content has no reference it can never get one again, since a new reference is made only in a commit that checks the row of
 * one that is there.
 */
import type { KeyValuePut } from '../contract/key-value-store.js';
import { garbageKey, referenceKey } from './records/key-space.js';
import type { ObjectRecord } from './records/object-record.js';

/** Parts for a commit. */
export interface ReleasedContent {
  readonly puts: readonly KeyValuePut[];
  readonly deletes: readonly Uint8Array[];
}

/** @returns The rows by which this version gives up its reference. */
export function releaseContent(record: ObjectRecord, atMs: number): ReleasedContent {
  return {
    puts: [{ key: garbageKey(atMs, record.contentId), value: new Uint8Array() }],
    deletes: [referenceKey(record.contentId, record.referenceId)],
  };
}
