/** Reads what an operation decides on, with the versions of rows that its commit will check. */
import type { KeyValueCheck, KeyValueEntry } from '../../contract/key-value-store.js';
import type { StoreContext } from '../context/store-context.js';
import type { WriteKind } from '../context/write-brake.js';
import { bucketKey, deleteMarkerKey, earlierVersionKey, earlierVersionRange, objectKey } from '../records/key-space.js';
import { decodeDeleteMarkerRecord, decodeEarlierVersion } from '../records/object-record.js';
import { NULL_VERSION_ID, sequenceOf } from '../records/version-id.js';
import {
  type DeleteMarkerRecord,
  isDeleteMarker,
  isNullVersion,
  type ObjectRecord,
  type RowContext,
  type VersionRecord,
  versionIdOf,
} from '../records/version-record.js';
import { StoreFailure } from '../store-failure.js';
import type { BucketRecord, ObjectTarget, VersionTarget } from '../types.js';

/** A bucket as it was read. */
export interface BucketState {
  readonly record: BucketRecord;
  /** The bucket row is as it was read: it exists, with these settings. */
  readonly check: KeyValueCheck;
}

/** A key (or its absence) and its bucket as they were read. At most one of `current` and `marker` is there. */
export interface ObjectState {
  readonly bucket: BucketState;
  readonly rowContext: RowContext;
  readonly rowKey: Uint8Array;
  /** Undefined: there is no such object for a reader that names no version. */
  readonly current: ObjectRecord | undefined;
  /** The current version is a delete marker. */
  readonly marker: DeleteMarkerRecord | undefined;
  /** The object row is as it was read, or still absent. */
  readonly check: KeyValueCheck;
  /** The key's current version is what was read: `check`, and the row of its delete marker where there can be one. */
  readonly checks: readonly KeyValueCheck[];
}

/** A version as it was read, current or not. */
export interface VersionState<Record extends VersionRecord = VersionRecord> {
  readonly record: Record;
  readonly rowKey: Uint8Array;
  readonly check: KeyValueCheck;
}

/** @throws {StoreFailure} `no-such-bucket`. */
export async function readBucket(context: StoreContext, name: string): Promise<BucketState> {
  const key = bucketKey(name);
  const entry = await context.keyValues.get(key);
  if (entry === undefined) {
    throw new StoreFailure({ kind: 'no-such-bucket', bucket: name });
  }
  return { record: context.decodedBuckets.decode(name, entry), check: { key, version: entry.version } };
}

/** @returns What rows of this bucket's versions leave unsaid. */
export function rowContextOf(bucket: Pick<BucketRecord, 'name' | 'versioning'>, key: string): RowContext {
  return {
    bucket: bucket.name,
    key,
    versionIdDefault: bucket.versioning === 'unversioned' ? undefined : NULL_VERSION_ID,
  };
}

/**
 * Reads the current version of a key: two rows; a third one where the key may be hidden by a delete marker.
 * @throws {StoreFailure} `no-such-bucket`.
 */
export async function readObject(context: StoreContext, target: ObjectTarget): Promise<ObjectState> {
  const rowKey = objectKey(target.bucket, target.key);
  const readingBucket = readBucket(context, target.bucket);
  const readingRow = context.keyValues.get(rowKey);
  // Where the bucket's read fails, nobody asks what became of this one. `Promise.all` would cost more than the reads.
  readingRow.catch(() => undefined);
  const bucket = await readingBucket;
  const entry = await readingRow;
  const rowContext = rowContextOf(bucket.record, target.key);
  const check: KeyValueCheck = { key: rowKey, version: entry?.version };
  if (entry !== undefined || bucket.record.versioning === 'unversioned') {
    return {
      bucket,
      rowContext,
      rowKey,
      current: entry === undefined ? undefined : context.decodedObjects.decode(rowContext, entry),
      marker: undefined,
      check,
      checks: [check],
    };
  }
  const markerKey = deleteMarkerKey(target.bucket, target.key);
  const markerEntry = await context.keyValues.get(markerKey);
  return {
    bucket,
    rowContext,
    rowKey,
    current: undefined,
    marker: markerEntry === undefined ? undefined : decodeDeleteMarkerRecord(rowContext, markerEntry.value),
    check,
    checks: [check, { key: markerKey, version: markerEntry?.version }],
  };
}

/**
 * Reads one version of an object: the current one, or the one that is named.
 * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`.
 */
export async function readExistingVersion(
  context: StoreContext,
  target: VersionTarget,
): Promise<VersionState<ObjectRecord> & { readonly bucket: BucketState }> {
  const { key, versionId } = target;
  if (versionId === undefined) {
    const { bucket, current, marker, rowKey, check } = await readObject(context, target);
    if (current !== undefined) return { bucket, record: current, rowKey, check };
    const hiding = marker?.marker.versionId;
    throw new StoreFailure({
      kind: 'no-such-key',
      key,
      ...(hiding !== undefined && { deleteMarkerVersionId: hiding }),
    });
  }
  const { state, found } = await findVersion(context, target, versionId);
  if (found === undefined) throw new StoreFailure({ kind: 'no-such-version', key, versionId });
  const { record } = found;
  if (isDeleteMarker(record)) throw new StoreFailure({ kind: 'version-is-delete-marker', key, versionId });
  return { ...found, bucket: state.bucket, record };
}

/** A version that was looked for by its id, and its key as it was then. */
export interface FoundVersion {
  readonly state: ObjectState;
  /** Undefined: there is no such version. */
  readonly found: (VersionState & { readonly isCurrent: boolean }) | undefined;
}

/** Each further round means that the key got another current version in the middle of the one before. */
const ROUND_COUNT_MAX = 64;

/**
 * Looks for a version where it can stand: it may become current, and its row move, between two reads. So one that is
 * not found is looked for again unless the key stayed as it was.
 * @throws {StoreFailure} `no-such-bucket`, `contended`.
 */
export async function findVersion(
  context: StoreContext,
  target: ObjectTarget,
  versionId: string,
): Promise<FoundVersion> {
  let state = await readObject(context, target);
  for (let round = 0; round < ROUND_COUNT_MAX; round++) {
    const current = currentVersion(state);
    if (current !== undefined && isAskedFor(current.record, versionId)) {
      return { state, found: { ...current, isCurrent: true } };
    }
    const earlier = await readEarlierVersion(context, state, versionId);
    if (earlier !== undefined) return { state, found: { ...earlier, isCurrent: false } };
    const again = state.bucket.record.versioning === 'unversioned' ? state : await readObject(context, target);
    if (isSameMoment(state, again)) return { state, found: undefined };
    state = again;
  }
  throw new StoreFailure({ kind: 'contended' });
}

function currentVersion({
  bucket,
  rowContext,
  current,
  marker,
  rowKey,
  checks,
}: ObjectState): VersionState | undefined {
  const [check, markerCheck] = checks;
  if (current !== undefined && check !== undefined) return { record: current, rowKey, check };
  return marker === undefined || markerCheck === undefined
    ? undefined
    : { record: marker, rowKey: deleteMarkerKey(bucket.record.name, rowContext.key), check: markerCheck };
}

function isSameMoment(one: ObjectState, other: ObjectState): boolean {
  return (
    one.checks.length === other.checks.length &&
    one.checks.every(({ version }, index) => version === other.checks[index]?.version)
  );
}

/**
 * Tells whether this is the version named, or any is wanted. A version that was never given an id answers to "null".
 */
function isAskedFor(record: VersionRecord, versionId: string | undefined): boolean {
  return versionId === undefined || versionId === (versionIdOf(record) ?? NULL_VERSION_ID);
}

/** @returns The version named, when it is there and not the current one. One read. */
async function readEarlierVersion(
  context: StoreContext,
  { rowContext, current, marker }: ObjectState,
  versionId: string,
): Promise<VersionState | undefined> {
  const place = (current ?? marker)?.place;
  const sequence = versionId === NULL_VERSION_ID ? place?.nullSequence : sequenceOf(versionId);
  if (place?.keyId === undefined || sequence === undefined) return undefined;
  const rowKey = earlierVersionKey(place.keyId, sequence);
  const entry = await context.keyValues.get(rowKey);
  if (entry === undefined) return undefined;
  const earlier = toVersionState(rowContext, entry);
  return isAskedFor(earlier.record, versionId) ? earlier : undefined;
}

/** @returns The newest version that is not current. */
export async function readNextVersion(
  context: StoreContext,
  { rowContext, current, marker }: ObjectState,
): Promise<VersionState | undefined> {
  const keyId = (current ?? marker)?.place?.keyId;
  if (keyId === undefined) return undefined;
  const [entry] = await context.keyValues.list({ ...earlierVersionRange(keyId), limit: 1 });
  return entry === undefined ? undefined : toVersionState(rowContext, entry);
}

function toVersionState(rowContext: RowContext, entry: KeyValueEntry): VersionState {
  const { key, version, value } = entry;
  return {
    record: decodeEarlierVersion(rowContext, key, value),
    rowKey: key,
    check: { key, version },
  };
}

/** What a writer that gives a key a new current version must know of the key. */
export interface SuccessionState extends ObjectState {
  /**
   * The earlier version that a new one would destroy: in a suspended bucket there is one with the id "null" at most.
   */
  readonly earlierNull: VersionState | undefined;
}

/**
 * Reads the current version of a key and whatever a new one would destroy. As {@link readObject}; in a suspended bucket
 * one row more when the version with the id "null" is not the current one.
 * @throws {StoreFailure} `no-such-bucket`.
 */
export async function readForSuccession(context: StoreContext, target: ObjectTarget): Promise<SuccessionState> {
  const state = await readObject(context, target);
  const isSuspended = state.bucket.record.versioning === 'suspended';
  const earlierNull = isSuspended ? await readEarlierVersion(context, state, NULL_VERSION_ID) : undefined;
  return { ...state, earlierNull };
}

/** @returns Whether a new current version makes garbage of something. */
export function writeKindOf(state: SuccessionState): WriteKind {
  return doomedVersions(state).some((record) => !isDeleteMarker(record) && record.body === undefined)
    ? 'replacing'
    : 'adding';
}

/**
 * @returns What a new current version destroys: everything before it where versions are not kept, what bears its own id
 * where they are.
 */
export function doomedVersions({ bucket, current, marker, earlierNull }: SuccessionState): readonly VersionRecord[] {
  const previous = current ?? marker;
  const { versioning } = bucket.record;
  if (versioning === 'enabled' || previous === undefined) return [];
  if (versioning === 'unversioned' || isNullVersion(previous)) return [previous];
  return earlierNull === undefined ? [] : [earlierNull.record];
}
