/** Reads an unfinished upload and its parts, with the versions that a commit checks. */
import type { KeyValueCheck, KeyValueStore } from '../../contract/key-value-store.js';
import type { StoreContext } from '../context/store-context.js';
import { nextTurn, TURN_ITEM_COUNT_MAX } from '../context/turn-budget.js';
import type { PartRecord, UploadId, UploadRecord, UploadTarget } from '../multipart-types.js';
import { decodeCounter } from '../records/counter-row.js';
import { successorOf } from '../records/key-space.js';
import { partCountKey, partKey, partRange, uploadKey } from '../records/upload-keys.js';
import { decodePartRecord, decodeUploadRecord } from '../records/upload-record.js';
import { StoreFailure } from '../store-failure.js';

/** An upload as it was read. */
export interface UploadState {
  readonly upload: UploadRecord;
  /** The upload is neither completed nor aborted; its row never changes otherwise. */
  readonly check: KeyValueCheck;
}

const UPLOAD_ID = /^[0-9a-f]{32}$/;
/** Part rows read in one turn of the event loop. */
const PART_COUNT = TURN_ITEM_COUNT_MAX;

/** @throws {StoreFailure} `no-such-upload`. */
export async function readUpload(context: StoreContext, target: UploadTarget): Promise<UploadState> {
  const { bucket, key, uploadId } = target;
  if (!UPLOAD_ID.test(uploadId)) throw new StoreFailure({ kind: 'no-such-upload', uploadId });
  const rowKey = uploadKey(bucket, key, uploadId);
  const row = await context.keyValues.get(rowKey);
  if (row === undefined) throw new StoreFailure({ kind: 'no-such-upload', uploadId });
  return {
    upload: decodeUploadRecord({ bucket, key, uploadId }, row.value),
    check: { key: rowKey, version: row.version },
  };
}

/** All parts of an upload, and how to check that they are still all and still these. */
export interface PartsState {
  /** By number. */
  readonly parts: readonly PartRecord[];
  readonly check: KeyValueCheck;
}

/**
 * Reads every part, 10,000 at most. The counter is read first: a part that comes later changes it, and the commit
 * fails.
 */
export async function readAllParts({ keyValues }: StoreContext, uploadId: UploadId): Promise<PartsState> {
  const countKey = partCountKey(uploadId);
  const count = await keyValues.get(countKey);
  const parts: PartRecord[] = [];
  const { start, end } = partRange(uploadId);
  for (let from = start; ; ) {
    const rows = await keyValues.list({ start: from, end, limit: PART_COUNT });
    for (const { key, value } of rows) parts.push(decodePartRecord(key, value));
    const last = rows[rows.length - 1];
    if (last === undefined || rows.length < PART_COUNT) break;
    from = successorOf(last.key);
    await nextTurn();
  }
  return { parts, check: { key: countKey, version: count?.version } };
}

/** @returns What changes with every part of the upload, as it is now. */
export async function readPartsCheck({ keyValues }: StoreContext, uploadId: UploadId): Promise<KeyValueCheck> {
  const key = partCountKey(uploadId);
  return { key, version: (await keyValues.get(key))?.version };
}

/** One part, or its absence. */
export interface PartState {
  readonly part: PartRecord | undefined;
  readonly check: KeyValueCheck;
}

/** Reads the part with this number. */
export async function readPart(keyValues: KeyValueStore, uploadId: UploadId, partNumber: number): Promise<PartState> {
  const key = partKey(uploadId, partNumber);
  const row = await keyValues.get(key);
  return {
    part: row === undefined ? undefined : decodePartRecord(key, row.value),
    check: { key, version: row?.version },
  };
}

/** @returns The number of parts an upload has. */
export async function countParts(
  { keyValues }: StoreContext,
  uploadId: UploadId,
): Promise<{ readonly count: number; readonly check: KeyValueCheck }> {
  const key = partCountKey(uploadId);
  const row = await keyValues.get(key);
  return { count: decodeCounter(row), check: { key, version: row?.version } };
}
