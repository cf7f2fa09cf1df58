/**
 * The row of a version: its head as callers see it, and where its bytes are. JSON in UTF-8, absent fields left out,
 * CRC-64 in decimal and bytes in hex, so that the row can be read without this program. Bucket and key stand in the
 * row's key.
 */
import type { ContentId } from '../../vocabulary/encryption.js';
import type { AppendIdNumbers } from '../append-types.js';
import type { DeleteMarker, LastAppend, ObjectHead, ObjectType, RestoreState } from '../types.js';
import { attributeChecks } from './attribute-checks.js';
import { type Check, count, crc64Text, exactly, fields, idText, oneOf, optional, text, time } from './checks.js';
import { deleteMarkerKey, earlierSequenceOf, objectKey } from './key-space.js';
import { decodeJsonRow } from './row-decoder.js';
import { NULL_VERSION_ID } from './version-id.js';

/** Inline extents behind each other that no compaction job covers yet: they begin at `from` and go on to the end. */
export interface Uncompacted {
  readonly from: number;
  readonly length: number;
  readonly extentCount: number;
}

/** Where a current version stands among all versions of its key. */
export interface VersionPlace {
  /** Names the key's earlier versions; absent while there never were two. */
  readonly keyId?: string;
  /** Number of this version: greater than those of all earlier ones. */
  readonly sequence: number;
  /** Number of the version with the id "null", when it is an earlier one. */
  readonly nullSequence?: number;
}

/** A version: its head, and where its bytes are. */
export interface ObjectRecord {
  /**
   * Absent for a version from before its bucket was versioned: its number is 0. Of an earlier version only the number
   * is known.
   */
  readonly place?: VersionPlace;
  readonly head: ObjectHead;
  /** The version's bytes are the first `head.length` ones of this content. */
  readonly contentId: ContentId;
  /** 16 bytes in hex: this version's name in the content's list of references. */
  readonly referenceId: string;
  readonly uncompacted: Uncompacted;
  /** How deep slices are nested in the content; absent: there are none. */
  readonly sliceDepth?: number;
  /** Absent: no append had an id. */
  readonly appendIds?: AppendIdNumbers;
}

/** A delete marker: a version without bytes that hides the ones before it. */
export interface DeleteMarkerRecord {
  readonly place: VersionPlace;
  readonly marker: DeleteMarker;
}

/** What a version of a key can be. */
export type VersionRecord = ObjectRecord | DeleteMarkerRecord;

/** Tells the two kinds of version apart. */
export function isDeleteMarker(record: VersionRecord): record is DeleteMarkerRecord {
  return 'marker' in record;
}

/** @returns The id of a version; undefined when its bucket was never versioned. */
export function versionIdOf(record: VersionRecord): string | undefined {
  return isDeleteMarker(record) ? record.marker.versionId : record.head.versionId;
}

/** Tells whether a version answers to the id "null": it was made while its bucket gave out no ids. */
export function isNullVersion(record: VersionRecord): boolean {
  return (versionIdOf(record) ?? NULL_VERSION_ID) === NULL_VERSION_ID;
}

/** Nothing waits to be compacted behind `length` bytes. */
export function nothingUncompacted(length: number): Uncompacted {
  return { from: length, length: 0, extentCount: 0 };
}

type StoredLastAppend = Omit<LastAppend, 'crc64'> & { readonly crc64: string };

/** The head as it lies on disk: what JSON cannot carry as text, what the row's key says left out. */
type StoredObject = Omit<ObjectHead, 'bucket' | 'key' | 'isLatest' | 'versionId' | 'crc64' | 'md5' | 'lastAppend'> & {
  readonly versionId?: string;
  readonly crc64: string;
  readonly md5?: string;
  readonly lastAppend?: StoredLastAppend;
  readonly contentId: ContentId;
  readonly referenceId: string;
  readonly uncompacted: Uncompacted;
  readonly sliceDepth?: number;
  readonly appendIds?: AppendIdNumbers;
  readonly keyId?: string;
  readonly sequence?: number;
  readonly nullSequence?: number;
};

interface StoredDeleteMarker {
  readonly deleteMarker: true;
  readonly versionId?: string;
  readonly ownerId: string;
  readonly lastModifiedAtMs: number;
  readonly keyId?: string;
  readonly sequence?: number;
  readonly nullSequence?: number;
}

const placeChecks = { keyId: optional(idText), sequence: optional(count), nullSequence: optional(count) };

const objectCheck: Check<StoredObject> = fields<StoredObject>({
  ...attributeChecks,
  ...placeChecks,
  type: oneOf<ObjectType>({ normal: true, appendable: true, multipart: true, symlink: true }),
  versionId: optional(text),
  length: count,
  crc64: crc64Text,
  etag: text,
  md5: optional(idText),
  ownerId: text,
  createdAtMs: time,
  lastModifiedAtMs: time,
  sealedAtMs: optional(time),
  lastAppend: optional(
    fields<StoredLastAppend>({ position: count, length: count, crc64: crc64Text, atMs: time, callerId: text }),
  ),
  symlinkTarget: optional(text),
  restore: optional(
    fields<RestoreState>({
      tier: oneOf<RestoreState['tier']>({ Expedited: true, Standard: true, Bulk: true }),
      readyAtMs: time,
      expiresAtMs: time,
    }),
  ),
  contentId: idText,
  referenceId: idText,
  uncompacted: fields<Uncompacted>({ from: count, length: count, extentCount: count }),
  sliceDepth: optional(count),
  writerEpoch: optional(count),
  appendIds: optional(fields<AppendIdNumbers>({ first: count, next: count })),
});

const deleteMarkerCheck: Check<StoredDeleteMarker> = fields<StoredDeleteMarker>({
  ...placeChecks,
  deleteMarker: exactly(true),
  versionId: optional(text),
  ownerId: text,
  lastModifiedAtMs: time,
});

const earlierCheck: Check<StoredObject | StoredDeleteMarker> = (value) =>
  typeof value === 'object' && value !== null && 'deleteMarker' in value
    ? deleteMarkerCheck(value)
    : objectCheck(value);

/**
 * `undefined` stands for absent, as JSON takes it anyway: building objects with fields left out is what takes the time
 * here.
 */
type WithUndefined<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined };
type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

/* Field by field, here and in reading: every append does both, and spreading objects takes several times as long. */

/** @returns The value of the row. */
export function encodeObjectRecord(record: ObjectRecord): Uint8Array {
  const { head, contentId, referenceId, uncompacted, sliceDepth, appendIds } = record;
  // An earlier version's place is its row's key.
  const place = head.isLatest ? record.place : undefined;
  const { md5, lastAppend } = head;
  const stored: WithUndefined<Required<StoredObject>> = {
    type: head.type,
    versionId: head.versionId,
    length: head.length,
    crc64: head.crc64.toString(),
    etag: head.etag,
    md5: md5 === undefined ? undefined : Buffer.from(md5).toString('hex'),
    ownerId: head.ownerId,
    createdAtMs: head.createdAtMs,
    lastModifiedAtMs: head.lastModifiedAtMs,
    sealedAtMs: head.sealedAtMs,
    lastAppend:
      lastAppend === undefined
        ? undefined
        : {
            position: lastAppend.position,
            length: lastAppend.length,
            crc64: lastAppend.crc64.toString(),
            atMs: lastAppend.atMs,
            callerId: lastAppend.callerId,
          },
    writerEpoch: head.writerEpoch,
    system: head.system,
    user: head.user,
    acl: head.acl,
    storageClass: head.storageClass,
    tags: head.tags,
    encryption: head.encryption,
    restore: head.restore,
    symlinkTarget: head.symlinkTarget,
    retention: head.retention,
    legalHold: head.legalHold,
    contentId,
    referenceId,
    uncompacted,
    sliceDepth,
    appendIds,
    keyId: place?.keyId,
    sequence: place?.sequence,
    nullSequence: place?.nullSequence,
  };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** What the row of a version does not say itself. */
export interface RowContext {
  readonly bucket: string;
  readonly key: string;
  /** The id of a version whose row names none. */
  readonly versionIdDefault: string | undefined;
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeObjectRecord(context: RowContext, value: Uint8Array): ObjectRecord {
  const rowKey = (): Uint8Array => objectKey(context.bucket, context.key);
  return toObjectRecord(context, decodeJsonRow(value, objectCheck, rowKey), true, undefined);
}

/** @returns The row of a key whose current version is a delete marker. */
export function encodeDeleteMarkerRecord({ marker, place }: DeleteMarkerRecord): Uint8Array {
  const stored: WithUndefined<Required<StoredDeleteMarker>> = {
    deleteMarker: true,
    versionId: marker.versionId,
    ownerId: marker.ownerId,
    lastModifiedAtMs: marker.lastModifiedAtMs,
    keyId: place.keyId,
    sequence: place.sequence,
    nullSequence: place.nullSequence,
  };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeDeleteMarkerRecord(context: RowContext, value: Uint8Array): DeleteMarkerRecord {
  const rowKey = (): Uint8Array => deleteMarkerKey(context.bucket, context.key);
  return toDeleteMarkerRecord(context, decodeJsonRow(value, deleteMarkerCheck, rowKey), true, undefined);
}

/** The row of an earlier version: its number stands in the row's key, its key's id too. */
export function encodeEarlierVersion(record: VersionRecord): Uint8Array {
  if (isDeleteMarker(record)) {
    const { versionId, ownerId, lastModifiedAtMs } = record.marker;
    return Buffer.from(JSON.stringify({ deleteMarker: true, versionId, ownerId, lastModifiedAtMs }), 'utf8');
  }
  return encodeObjectRecord({ ...record, head: { ...record.head, isLatest: false } });
}

/**
 * @param rowKey Says the number of the version.
 * @throws {EngineFailure} `corrupt` when the row is not what was once written.
 */
export function decodeEarlierVersion(context: RowContext, rowKey: Uint8Array, value: Uint8Array): VersionRecord {
  const sequence = earlierSequenceOf(rowKey);
  const stored = decodeJsonRow(value, earlierCheck, () => rowKey);
  return 'deleteMarker' in stored
    ? toDeleteMarkerRecord(context, stored, false, sequence)
    : toObjectRecord(context, stored, false, sequence);
}

function toDeleteMarkerRecord(
  { bucket, key, versionIdDefault }: RowContext,
  stored: StoredDeleteMarker,
  isLatest: boolean,
  sequence: number | undefined,
): DeleteMarkerRecord {
  const { versionId = versionIdDefault, ownerId, lastModifiedAtMs } = stored;
  return {
    marker: { bucket, key, versionId, isLatest, ownerId, lastModifiedAtMs },
    place: placeOf(stored, sequence ?? 0),
  };
}

function placeOf(
  stored: Pick<StoredObject, 'keyId' | 'sequence' | 'nullSequence'>,
  sequenceDefault: number,
): VersionPlace {
  const { keyId, sequence = sequenceDefault, nullSequence } = stored;
  return {
    sequence,
    ...(keyId !== undefined && { keyId }),
    ...(nullSequence !== undefined && { nullSequence }),
  };
}

function toObjectRecord(
  { bucket, key, versionIdDefault }: RowContext,
  stored: StoredObject,
  isLatest: boolean,
  sequence: number | undefined,
): ObjectRecord {
  const head: Writable<ObjectHead> = {
    bucket,
    key,
    versionId: stored.versionId ?? versionIdDefault,
    isLatest,
    type: stored.type,
    length: stored.length,
    crc64: BigInt(stored.crc64),
    etag: stored.etag,
    ownerId: stored.ownerId,
    createdAtMs: stored.createdAtMs,
    lastModifiedAtMs: stored.lastModifiedAtMs,
    system: stored.system,
    user: stored.user,
    acl: stored.acl,
    storageClass: stored.storageClass,
    tags: stored.tags,
  };
  const { md5, sealedAtMs, lastAppend, writerEpoch, encryption, restore, symlinkTarget, retention, legalHold } = stored;
  if (md5 !== undefined) {
    head.md5 = Buffer.from(md5, 'hex');
  }
  if (sealedAtMs !== undefined) {
    head.sealedAtMs = sealedAtMs;
  }
  if (lastAppend !== undefined) {
    head.lastAppend = {
      position: lastAppend.position,
      length: lastAppend.length,
      crc64: BigInt(lastAppend.crc64),
      atMs: lastAppend.atMs,
      callerId: lastAppend.callerId,
    };
  }
  if (writerEpoch !== undefined) {
    head.writerEpoch = writerEpoch;
  }
  if (encryption !== undefined) {
    head.encryption = encryption;
  }
  if (restore !== undefined) {
    head.restore = restore;
  }
  if (symlinkTarget !== undefined) {
    head.symlinkTarget = symlinkTarget;
  }
  if (retention !== undefined) {
    head.retention = retention;
  }
  if (legalHold !== undefined) {
    head.legalHold = legalHold;
  }
  const { contentId, referenceId, uncompacted, sliceDepth, appendIds } = stored;
  const sequenceKnown = sequence ?? stored.sequence;
  return {
    head,
    contentId,
    referenceId,
    uncompacted,
    ...(sliceDepth !== undefined && { sliceDepth }),
    ...(appendIds !== undefined && { appendIds }),
    ...(sequenceKnown !== undefined && { place: placeOf(stored, sequenceKnown) }),
  };
}
