/**
 * Rows of versions as JSON in UTF-8, absent fields left out, CRC-64 in decimal and bytes in hex: delete markers, and
 * objects as programs wrote them until format 5. Leaves out what a row's letter and first byte say: `object-record.ts`.
 */
import type { ContentId } from '../../vocabulary/encryption.js';
import type { AppendIdNumbers } from '../append-types.js';
import type { LastAppend, ObjectHead, ObjectType, RestoreState } from '../types.js';
import { attributeChecks } from './attribute-checks.js';
import { type Check, count, crc64Text, exactly, fields, idText, oneOf, optional, text, time } from './checks.js';
import { decodeJsonRow } from './row-decoder.js';
import {
  type DeleteMarkerRecord,
  type ObjectRecord,
  placeOf,
  takeRareFields,
  type Uncompacted,
  type VersionRecord,
  type VersionRow,
  type WritableHead,
} from './version-record.js';

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

/** How an archived version was restored. */
export const restoreCheck: Check<RestoreState> = fields<RestoreState>({
  tier: oneOf<RestoreState['tier']>({ Expedited: true, Standard: true, Bulk: true }),
  readyAtMs: time,
  expiresAtMs: time,
});

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
  restore: optional(restoreCheck),
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
/* Field by field, here and in reading: every append does both, and spreading objects takes several times as long. */

/** @returns The value of the row, as programs wrote it until format 5. It has no room for a body. */
export function encodeJsonObject(record: ObjectRecord): Uint8Array {
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

/** @returns The row of a key whose current version is a delete marker. */
export function encodeJsonMarker({ marker, place }: DeleteMarkerRecord): Uint8Array {
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
export function decodeJsonObject(row: VersionRow, value: Uint8Array): ObjectRecord {
  return toObjectRecord(row, decodeJsonRow(value, objectCheck, row.rowKey));
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeJsonMarker(row: VersionRow, value: Uint8Array): DeleteMarkerRecord {
  return toDeleteMarkerRecord(row, decodeJsonRow(value, deleteMarkerCheck, row.rowKey));
}

/**
 * Of an earlier version, which may be either.
 * @throws {EngineFailure} `corrupt` when the row is not what was once written.
 */
export function decodeJsonVersion(row: VersionRow, value: Uint8Array): VersionRecord {
  const stored = decodeJsonRow(value, earlierCheck, row.rowKey);
  return 'deleteMarker' in stored ? toDeleteMarkerRecord(row, stored) : toObjectRecord(row, stored);
}

function toDeleteMarkerRecord(
  { bucket, key, versionIdDefault, earlierSequence }: VersionRow,
  stored: StoredDeleteMarker,
): DeleteMarkerRecord {
  const { versionId = versionIdDefault, ownerId, lastModifiedAtMs } = stored;
  const isLatest = earlierSequence === undefined;
  return {
    marker: { bucket, key, versionId, isLatest, ownerId, lastModifiedAtMs },
    place: placeOf(stored, earlierSequence ?? 0),
  };
}

function toObjectRecord(
  { bucket, key, versionIdDefault, earlierSequence }: VersionRow,
  stored: StoredObject,
): ObjectRecord {
  const head: WritableHead = {
    bucket,
    key,
    versionId: stored.versionId ?? versionIdDefault,
    isLatest: earlierSequence === undefined,
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
  const { md5, lastAppend } = stored;
  if (md5 !== undefined) {
    head.md5 = Buffer.from(md5, 'hex');
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
  takeRareFields(head, stored);
  const { contentId, referenceId, uncompacted, sliceDepth, appendIds } = stored;
  const sequenceKnown = earlierSequence ?? stored.sequence;
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
