/** GetObject: opens one moment of an object. See `ObjectStore.openObject` for its promises. */

import type { ByteRange } from '../content/read-content.js';
import { readVersion, readVersionAtOnce } from '../content/read-version.js';
import type { StoreContext } from '../context/store-context.js';
import { referenceKey } from '../records/key-space.js';
import type { ObjectRecord } from '../records/version-record.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectHead, OpenedObject, VersionTarget } from '../types.js';
import { readExistingVersion } from '../versions/read-state.js';

/** Each further round means that the object was replaced in the middle of the one before. */
const ROUND_COUNT_MAX = 64;

/** @see ObjectStore.openObject, which says what it promises and throws. */
export async function openObject(context: StoreContext, target: VersionTarget): Promise<OpenedObject> {
  const { record, release } = await openRecord(context, target);
  return opened(context, record, release);
}

/**
 * Finds a version and keeps its bytes alive until `release`.
 * @throws {StoreFailure | EngineFailure} As `ObjectStore.openObject`.
 */
export async function openRecord(
  context: StoreContext,
  target: VersionTarget,
): Promise<{ readonly record: ObjectRecord; readonly release: () => void }> {
  for (let round = 0; round < ROUND_COUNT_MAX; round++) {
    const { record } = await readExistingVersion(context, target);
    if (record.body !== undefined) return { record, release: nothingToRelease };
    const release = context.pins.pin(record.contentId);
    try {
      // Between reading the head and pinning its content the object may have been deleted and swept. The sweeper looks
      // for references before it looks for pins, so a reference seen after pinning proves that it will see the pin.
      const reference = await context.keyValues.get(referenceKey(record.contentId, record.referenceId));
      if (reference !== undefined) {
        // Known before the first byte is promised, as far as it can be told without reading extents: the parts of an
        // upload have keys of their own.
        if (record.head.encryption !== undefined && record.head.length > 0 && record.sliceDepth === undefined) {
          await context.contentKeys.open(record.contentId);
        }
        return { record, release };
      }
    } catch (error) {
      release();
      throw error;
    }
    release();
  }
  throw new StoreFailure({ kind: 'contended' });
}

function nothingToRelease(): void {}

function opened(context: StoreContext, record: ObjectRecord, release: () => void): OpenedObject {
  const { head } = record;
  return {
    head,
    read(range) {
      checkRange(range, head);
      return readVersion(context, record, range);
    },
    readAtOnce(range) {
      checkRange(range, head);
      return readVersionAtOnce(context, record, range);
    },
    release,
  };
}

function checkRange({ start, end }: ByteRange, { length }: ObjectHead): void {
  if (start >= 0 && start <= end && end <= length) return;
  throw new RangeError(`Cannot read bytes ${start} to ${end} of an object of ${length} bytes`);
}
