/**
 * The row of a version: its head as callers see it, and where its bytes are, or the bytes themselves. Objects are
 * binary (`binary-object-row.ts`); until format 5 they were JSON, as delete markers are (`json-version-row.ts`). The
 * first byte tells. Bucket and key stand in the row's key.
 */
import { decodeBinaryObject, encodeBinaryObject, isBinaryObject } from './binary-object-row.js';
import { decodeJsonMarker, decodeJsonObject, decodeJsonVersion, encodeJsonMarker } from './json-version-row.js';
import { deleteMarkerKey, earlierSequenceOf, objectKey } from './key-space.js';
import {
  type DeleteMarkerRecord,
  isDeleteMarker,
  type ObjectRecord,
  type RowContext,
  type VersionRecord,
} from './version-record.js';

/** @returns The value of the row. */
export function encodeObjectRecord(record: ObjectRecord): Uint8Array {
  return encodeBinaryObject(record);
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeObjectRecord(context: RowContext, value: Uint8Array): ObjectRecord {
  const { bucket, key, versionIdDefault } = context;
  const row = {
    bucket,
    key,
    versionIdDefault,
    rowKey: (): Uint8Array => objectKey(bucket, key),
    earlierSequence: undefined,
  };
  return isBinaryObject(value) ? decodeBinaryObject(row, value) : decodeJsonObject(row, value);
}

/**
 * For callers that have rows and no store, such as a listing of a backup.
 * @returns Bytes of the object of a row.
 * @throws {EngineFailure} `corrupt` when the row is not what was once written.
 */
export function lengthInObjectRow(bucket: string, key: string, value: Uint8Array): number {
  return decodeObjectRecord({ bucket, key, versionIdDefault: undefined }, value).head.length;
}

/** @returns The row of a key whose current version is a delete marker. */
export function encodeDeleteMarkerRecord(record: DeleteMarkerRecord): Uint8Array {
  return encodeJsonMarker(record);
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeDeleteMarkerRecord(context: RowContext, value: Uint8Array): DeleteMarkerRecord {
  const rowKey = (): Uint8Array => deleteMarkerKey(context.bucket, context.key);
  return decodeJsonMarker({ ...context, rowKey, earlierSequence: undefined }, value);
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
  const row = { ...context, rowKey: () => rowKey, earlierSequence: earlierSequenceOf(rowKey) };
  return isBinaryObject(value) ? decodeBinaryObject(row, value) : decodeJsonVersion(row, value);
}
