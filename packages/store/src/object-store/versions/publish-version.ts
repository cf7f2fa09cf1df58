/**
 * The one place where a key gets a new current version: by put, append at position 0, copy, completed upload, symlink,
 * and by the delete marker of a deletion that names no version. It says what becomes of the version before:
 *
 * - unversioned: it is destroyed;
 * - enabled: it is kept as an earlier version;
 * - suspended: it is kept, but whatever bears the id "null", wherever it stands, is destroyed, for that is the new
 *   version's id.
 *
 * Nothing here reads: the state is read by `readForSuccession`, and the commit checks all of it.
 */
import type { KeyValuePut } from '../../contract/key-value-store.js';
import { lastCompactionJob } from '../content/last-compaction-job.js';
import { releaseReference } from '../content/release-content.js';
import { CounterChange } from '../context/counters.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import type { VersionChange } from '../context/version-change.js';
import { deleteMarkerKey, earlierVersionKey, referenceKey } from '../records/key-space.js';
import { encodeDeleteMarkerRecord, encodeEarlierVersion, encodeObjectRecord } from '../records/object-record.js';
import { NULL_VERSION_ID, newVersionId } from '../records/version-id.js';
import {
  isDeleteMarker,
  isNullVersion,
  type ObjectRecord,
  type VersionPlace,
  type VersionRecord,
} from '../records/version-record.js';
import { retentionFromBirth } from '../rules/object-retention.js';
import { isOverwriteForbidden } from '../rules/overwrite-rules.js';
import { requireErasable } from '../rules/retention.js';
import { StoreFailure } from '../store-failure.js';
import type { DeleteMarker, ObjectHead } from '../types.js';
import { doomedVersions, type SuccessionState } from './read-state.js';

/** A version to be published, as far as its writer knows it. */
export interface NewVersion extends Omit<ObjectRecord, 'head' | 'place'> {
  /** `lastModifiedAtMs` is the time of the publication. */
  readonly head: Omit<ObjectHead, 'versionId' | 'isLatest'>;
  /** Rows of its content, and whatever else must be there from the moment it is. */
  readonly puts: readonly KeyValuePut[];
}

/** What to commit, and the version as it then is. */
export interface Publication<Version = ObjectHead> {
  readonly version: Version;
  readonly change: VersionChange;
}

/**
 * Refuses to destroy what must stay. Recorded data is the reason for appendable objects, so they are destroyed only
 * where that was allowed on purpose; where versions are kept nothing is destroyed. Forbidding to overwrite is for
 * buckets that keep no versions.
 * @throws {StoreFailure} `already-exists`, `immutable`.
 */
export function requirePublishable(
  context: StoreContext,
  { forbidOverwrite }: { readonly forbidOverwrite: boolean },
  state: SuccessionState,
): void {
  const { record } = state.bucket;
  const mustNotExist = forbidOverwrite || isOverwriteForbidden(record, state.rowContext.key);
  if (mustNotExist && record.versioning === 'unversioned' && state.current !== undefined) {
    throw new StoreFailure({ kind: 'already-exists', because: 'forbid-overwrite' });
  }
  const overwrite = record.appendable?.overwrite ?? context.settings.appendable.overwrite;
  for (const doomed of doomedVersions(state)) {
    if (isDeleteMarker(doomed)) continue;
    requireErasable(record, doomed.head, context.clock.nowMs());
    if (doomed.head.type === 'appendable' && overwrite === 'deny') {
      throw new StoreFailure({ kind: 'already-exists', because: 'appendable' });
    }
  }
}

/** @returns The commit that makes this the current version; call {@link requirePublishable} first. */
export function publishVersion(context: StoreContext, state: SuccessionState, version: NewVersion): Publication {
  const atMs = version.head.lastModifiedAtMs;
  const { versionId, place, change } = succeed(context, state, atMs);
  const { puts, ...rest } = version;
  const retention = version.head.retention ?? retentionFromBirth(state.bucket.record, atMs);
  const head: ObjectHead = {
    ...version.head,
    versionId,
    isLatest: true,
    ...(retention !== undefined && { retention }),
  };
  const record: ObjectRecord = { ...rest, head, ...(place !== undefined && { place }) };
  return {
    version: head,
    change: {
      ...change,
      puts: [
        { key: state.rowKey, value: encodeObjectRecord(record) },
        ...(record.body === undefined ? [referenceRow(record)] : []),
        ...puts,
        ...change.puts,
      ],
      deletes:
        state.marker === undefined ? change.deletes : [deleteMarkerKey(head.bucket, head.key), ...change.deletes],
      counters: change.counters.add(record),
    },
  };
}

function referenceRow({ contentId, referenceId }: ObjectRecord): KeyValuePut {
  return { key: referenceKey(contentId, referenceId), value: new Uint8Array() };
}

/**
 * @returns The commit that hides a key of a versioned bucket behind a delete marker.
 * @throws {Error} The bucket was never versioned.
 */
export function publishDeleteMarker(context: StoreContext, state: SuccessionState): Publication<DeleteMarker> {
  const { record: bucket } = state.bucket;
  const lastModifiedAtMs = context.clock.nowMs();
  const { versionId, place, change } = succeed(context, state, lastModifiedAtMs);
  if (place === undefined) {
    throw new Error('Cannot put a delete marker into a bucket that was never versioned');
  }
  const { key } = state.rowContext;
  const marker: DeleteMarker = {
    bucket: bucket.name,
    key,
    versionId,
    isLatest: true,
    ownerId: bucket.ownerId,
    lastModifiedAtMs,
  };
  const record = { marker, place };
  return {
    version: marker,
    change: {
      ...change,
      puts: [{ key: deleteMarkerKey(bucket.name, key), value: encodeDeleteMarkerRecord(record) }, ...change.puts],
      deletes: state.current === undefined ? change.deletes : [state.rowKey, ...change.deletes],
      counters: change.counters.add(record),
    },
  };
}

/** What a new current version is called, where it stands, and what becomes of those before it. */
interface Succession {
  readonly versionId: string | undefined;
  readonly place: VersionPlace | undefined;
  readonly change: VersionChange;
}

function succeed(context: StoreContext, state: SuccessionState, atMs: number): Succession {
  const { versioning } = state.bucket.record;
  const doomed = doomedVersions(state);
  const { earlierNull } = state;
  const previous = state.current ?? state.marker;
  const isKept = previous !== undefined && !doomed.includes(previous);
  const sequence = Math.max(atMs, (previous?.place?.sequence ?? 0) + 1);
  const keyId = previous?.place?.keyId ?? (isKept ? newId(context) : undefined);
  const kept = isKept && keyId !== undefined ? keepVersion(keyId, previous) : [];
  const destroyed = destroyVersions(state.rowContext.bucket, doomed, atMs);
  const change: VersionChange = {
    // The bucket row too: its rules must still be those that were applied, and nothing is born in a deleted bucket.
    bucketCheck: state.bucket.check,
    checks: [...state.checks, ...(earlierNull === undefined ? [] : [earlierNull.check])],
    puts: [...kept, ...destroyed.puts],
    deletes: [...(earlierNull === undefined ? [] : [earlierNull.rowKey]), ...destroyed.deletes],
    counters: destroyed.counters,
  };
  if (versioning === 'unversioned') {
    return { versionId: undefined, place: undefined, change };
  }
  const isEnabled = versioning === 'enabled';
  const nullSequence = isEnabled ? nullSequenceBehind(previous) : undefined;
  return {
    versionId: isEnabled ? newVersionId(context, sequence) : NULL_VERSION_ID,
    place: {
      sequence,
      ...(keyId !== undefined && { keyId }),
      ...(nullSequence !== undefined && { nullSequence }),
    },
    change,
  };
}

/** Where the version with the id "null" stands once `previous` is an earlier version. */
function nullSequenceBehind(previous: VersionRecord | undefined): number | undefined {
  return previous !== undefined && isNullVersion(previous)
    ? (previous.place?.sequence ?? 0)
    : previous?.place?.nullSequence;
}

function keepVersion(keyId: string, previous: VersionRecord): readonly KeyValuePut[] {
  const key = earlierVersionKey(keyId, previous.place?.sequence ?? 0);
  if (isDeleteMarker(previous)) {
    return [{ key, value: encodeEarlierVersion(previous) }];
  }
  const { record, puts } = lastCompactionJob(previous);
  return [{ key, value: encodeEarlierVersion(record) }, ...puts];
}

/**
 * @returns The rows by which versions give up their bytes, and what is counted no more; not the deletion of their own
 * rows.
 */
export function destroyVersions(
  bucket: string,
  doomed: readonly VersionRecord[],
  atMs: number,
): Pick<VersionChange, 'puts' | 'deletes' | 'counters'> {
  const counters = new CounterChange(bucket);
  const puts: KeyValuePut[] = [];
  const deletes: Uint8Array[] = [];
  for (const record of doomed) {
    counters.remove(record);
    // What has its bytes in its row goes with that.
    if (isDeleteMarker(record) || record.body !== undefined) continue;
    const { contentId, referenceId, head } = record;
    const released = releaseReference(contentId, referenceId, { atMs, lengthBytes: head.length });
    puts.push(...released.puts);
    deletes.push(...released.deletes);
  }
  return { puts, deletes, counters };
}
