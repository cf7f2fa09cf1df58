/**
 * Remembers what a version of an object's row decodes to: an append writes the row that the next append reads, and what
 * is read once is often read again. Never stale, because the row itself is read each time and the version decides.
 */
import { LRUCache } from 'lru-cache';
import type { KeyValueEntry, KeyValueVersion } from '../../contract/key-value-store.js';
import { decodeObjectRecord } from '../records/object-record.js';
import type { ObjectRecord, RowContext } from '../records/version-record.js';

/** Objects remembered at most; one takes about twice the memory of its row. */
const OBJECT_COUNT_MAX = 4096;

interface Decoded {
  readonly version: KeyValueVersion;
  readonly context: RowContext;
  readonly record: ObjectRecord;
}

/** Records of current versions by bucket and key, each with the version of the row it belongs to. */
export class DecodedObjects {
  // Sizes of 1 instead of a count: room for a count is taken at once, and most stores that are opened stay small.
  readonly #decoded = new LRUCache<string, Decoded>({ maxSize: OBJECT_COUNT_MAX, sizeCalculation: () => 1 });

  /**
   * @param entry The row as just read.
   * @throws {EngineFailure} `corrupt`.
   */
  decode(context: RowContext, entry: KeyValueEntry): ObjectRecord {
    const known = this.#decoded.get(nameOf(context));
    if (known?.version === entry.version && known.context.versionIdDefault === context.versionIdDefault) {
      return known.record;
    }
    const decoded = decodeObjectRecord(context, entry.value);
    // The row is part of a page, which would stay as long as its record is remembered.
    const record = decoded.body === undefined ? decoded : { ...decoded, body: Uint8Array.from(decoded.body) };
    this.keep(context, entry.version, record);
    return record;
  }

  /** @param record What was committed as this version of the row. */
  keep(context: RowContext, version: KeyValueVersion, record: ObjectRecord): void {
    this.#decoded.set(nameOf(context), { version, context, record });
  }
}

/** A bucket's name has no slash. */
function nameOf({ bucket, key }: RowContext): string {
  return `${bucket}/${key}`;
}
