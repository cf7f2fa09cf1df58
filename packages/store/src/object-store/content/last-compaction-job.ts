/**
 * The job left when nothing more will be appended to a version: by a seal, or because another version took its place.
 */
import type { KeyValuePut } from '../../contract/key-value-store.js';
import { encodeJobEnd } from '../records/extent-record.js';
import { compactionJobKey } from '../records/key-space.js';
import { nothingUncompacted, type ObjectRecord } from '../records/version-record.js';

/** The inline extents left at the end are merged however few they are; one alone stays as it is. */
export function lastCompactionJob(record: ObjectRecord): {
  readonly record: ObjectRecord;
  readonly puts: readonly KeyValuePut[];
} {
  const { contentId, head, uncompacted } = record;
  return {
    record: { ...record, uncompacted: nothingUncompacted(head.length) },
    puts:
      uncompacted.extentCount < 2
        ? []
        : [{ key: compactionJobKey(contentId, uncompacted.from), value: encodeJobEnd(head.length) }],
  };
}
