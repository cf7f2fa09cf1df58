/**
 * The one place where versions end without a new one: what a deletion changes. Without a version id it destroys the
 * object where versions are not kept, and hides it behind a delete marker where they are. With one it destroys that
 * version; if it was the current one, the newest of the earlier versions becomes current again, be it an object or a
 * delete marker.
 */

import type { StoreContext } from '../context/store-context.js';
import type { VersionChange } from '../context/version-change.js';
import { deleteMarkerKey, earlierSequenceOf } from '../records/key-space.js';
import { encodeDeleteMarkerRecord, encodeObjectRecord } from '../records/object-record.js';
import { isDeleteMarker, isNullVersion, type VersionPlace, type VersionRecord } from '../records/version-record.js';
import { requireErasable } from '../rules/retention.js';
import type { BucketRecord, DeleteResult, DeletionTarget, ObjectHead } from '../types.js';
import { destroyVersions, publishDeleteMarker } from './publish-version.js';
import {
  type FoundVersion,
  findVersion,
  type ObjectState,
  readForSuccession,
  readNextVersion,
  type SuccessionState,
  type VersionState,
} from './read-state.js';

/** What deleting one version changes, and what to answer once it is durable. */
export interface Deletion {
  /** Undefined when there is nothing to delete. */
  readonly change?: VersionChange;
  readonly result: DeleteResult;
}

/** Throws when a version is protected. */
type Guard = (bucket: BucketRecord, head: ObjectHead) => void;

/**
 * Reads and decides; changes nothing.
 * @throws {StoreFailure} `no-such-bucket`, `immutable`.
 */
export async function planDeletion(context: StoreContext, target: DeletionTarget): Promise<Deletion> {
  const { versionId, bypassesGovernance = false } = target;
  const mayDestroy: Guard = (bucket, head) => requireErasable(bucket, head, context.clock.nowMs(), bypassesGovernance);
  return versionId === undefined
    ? deleteCurrent(context, await readForSuccession(context, target), mayDestroy)
    : deleteVersion(context, await findVersion(context, target, versionId), versionId, mayDestroy);
}

function deleteCurrent(context: StoreContext, state: SuccessionState, mayDestroy: Guard): Deletion {
  const { bucket, current, earlierNull, marker } = state;
  if (bucket.record.versioning === 'unversioned') {
    return current === undefined
      ? { result: { deleteMarker: false } }
      : {
          change: destroy(context, state, { record: current, rowKey: state.rowKey }, mayDestroy),
          result: { deleteMarker: false },
        };
  }
  // In a suspended bucket the marker destroys the version that bears its id.
  const previous = current ?? marker;
  const isReplaced = bucket.record.versioning === 'suspended' && previous !== undefined && isNullVersion(previous);
  if (isReplaced) requireDestroyable(state, previous, mayDestroy);
  if (earlierNull !== undefined) requireDestroyable(state, earlierNull.record, mayDestroy);
  const { change, version } = publishDeleteMarker(context, state);
  return { change, result: resultOf(version.versionId, true) };
}

async function deleteVersion(
  context: StoreContext,
  { state, found }: FoundVersion,
  versionId: string,
  mayDestroy: Guard,
): Promise<Deletion> {
  if (found === undefined) return { result: resultOf(versionId, false) };
  const { record, isCurrent } = found;
  const change = destroy(context, state, found, mayDestroy);
  const result = resultOf(versionId, isDeleteMarker(record));
  if (isCurrent) {
    const next = await readNextVersion(context, state);
    return { change: next === undefined ? change : promote(state, record, next, change), result };
  }
  const current = state.current ?? state.marker;
  const isForgotten = isNullVersion(record) && current !== undefined;
  return {
    change: {
      ...change,
      checks: [...change.checks, found.check],
      puts: [...change.puts, ...(isForgotten ? [forgetNull(state, current)] : [])],
    },
    result,
  };
}

function requireDestroyable({ bucket }: ObjectState, record: VersionRecord, mayDestroy: Guard): void {
  if (!isDeleteMarker(record)) mayDestroy(bucket.record, record.head);
}

/**
 * @returns The change by which a version and its row go.
 * @throws {StoreFailure} `immutable`.
 */
function destroy(
  context: StoreContext,
  state: ObjectState,
  { record, rowKey }: Pick<VersionState, 'record' | 'rowKey'>,
  mayDestroy: Guard,
): VersionChange {
  requireDestroyable(state, record, mayDestroy);
  const destroyed = destroyVersions(state.rowContext.bucket, [record], context.clock.nowMs());
  return {
    ...destroyed,
    // Its retention policy must still be the one that was applied.
    bucketCheck: state.bucket.check,
    checks: state.checks,
    deletes: [rowKey, ...destroyed.deletes],
  };
}

/** The newest earlier version takes the place of the current one that goes. */
function promote(state: ObjectState, leaving: VersionRecord, next: VersionState, change: VersionChange): VersionChange {
  const { keyId, nullSequence } = leaving.place ?? {};
  const place: VersionPlace = {
    sequence: earlierSequenceOf(next.rowKey),
    ...(keyId !== undefined && { keyId }),
    ...(nullSequence !== undefined && !isNullVersion(next.record) && { nullSequence }),
  };
  const put = currentRow(state, next.record, place);
  const isSameRow = isDeleteMarker(leaving) === isDeleteMarker(next.record);
  // A row is put or deleted, not both: where the one that comes takes the row of the one that goes, the put is enough.
  const deletes = isSameRow ? change.deletes.slice(1) : change.deletes;
  return {
    ...change,
    checks: [...change.checks, next.check],
    puts: [put, ...change.puts],
    deletes: [next.rowKey, ...deletes],
  };
}

/** The current version's row, once the version with the id "null" behind it is gone. */
function forgetNull(
  state: ObjectState,
  record: VersionRecord,
): { readonly key: Uint8Array; readonly value: Uint8Array } {
  const { nullSequence, ...place } = record.place as VersionPlace;
  return currentRow(state, record, place);
}

function currentRow(
  { rowContext, rowKey }: ObjectState,
  record: VersionRecord,
  place: VersionPlace,
): { readonly key: Uint8Array; readonly value: Uint8Array } {
  return isDeleteMarker(record)
    ? { key: deleteMarkerKey(rowContext.bucket, rowContext.key), value: encodeDeleteMarkerRecord({ ...record, place }) }
    : { key: rowKey, value: encodeObjectRecord({ ...record, head: { ...record.head, isLatest: true }, place }) };
}

function resultOf(versionId: string | undefined, deleteMarker: boolean): DeleteResult {
  return { ...(versionId !== undefined && { versionId }), deleteMarker };
}
