/**
 * ListMultipartUploads: one page of unfinished uploads, grouped by a delimiter. See `ObjectStore.listUploads` for its
 * promises.
 */

import type { StoreContext } from '../context/store-context.js';
import type { ListUploadsInput, ListUploadsResult, UploadRecord } from '../multipart-types.js';
import { successorOf } from '../records/key-space.js';
import { endOfUploadsTo, uploadKey, uploadOf, uploadRange } from '../records/upload-keys.js';
import { decodeUploadRecord } from '../records/upload-record.js';
import { readBucket } from '../versions/read-state.js';

/** Rows of one list call; with a delimiter a call may be cut short by a prefix. */
const BATCH_COUNT_MAX = 256;
const BATCH_COUNT_GROUPED = 8;

/** @see ObjectStore.listUploads, which says what it promises and throws. */
export async function listUploads(context: StoreContext, input: ListUploadsInput): Promise<ListUploadsResult> {
  const { bucket, limit } = input;
  await readBucket(context, bucket);
  const { end } = uploadRange(bucket, input.prefix);
  const batchCount = input.delimiter === '' ? BATCH_COUNT_MAX : BATCH_COUNT_GROUPED;
  const uploads: UploadRecord[] = [];
  const commonPrefixes: string[] = [];
  let next: ListUploadsResult['next'];
  let start = firstRow(input);
  while (Buffer.compare(start, end) < 0) {
    const rows = await context.keyValues.list({ start, end, limit: batchCount });
    const first = start;
    for (const row of rows) {
      // Rows below a common prefix just found are stepped over.
      if (Buffer.compare(row.key, start) < 0) continue;
      if (uploads.length + commonPrefixes.length >= limit) return { uploads, commonPrefixes, isTruncated: true, next };
      const { key, uploadId } = uploadOf(bucket, row.key);
      const commonPrefix = commonPrefixOf(input, key);
      if (commonPrefix === undefined) {
        uploads.push(decodeUploadRecord({ bucket, key, uploadId }, row.value));
        next = { key, uploadId };
        start = successorOf(row.key);
      } else {
        commonPrefixes.push(commonPrefix);
        next = { key: commonPrefix, uploadId: undefined };
        start = uploadRange(bucket, commonPrefix).end;
      }
    }
    if (rows.length < batchCount || start === first) break;
  }
  return { uploads, commonPrefixes, isTruncated: false, next: undefined };
}

/** The row where the page begins; a common prefix counts as its own first name. */
function firstRow(input: ListUploadsInput): Uint8Array {
  const { bucket, prefix, afterKey, afterUploadId } = input;
  const { start } = uploadRange(bucket, prefix);
  if (afterKey === '') return start;
  const after = rowAfter(bucket, afterKey, afterUploadId, commonPrefixOf(input, afterKey));
  return Buffer.compare(after, start) > 0 ? after : start;
}

function rowAfter(
  bucket: string,
  key: string,
  uploadId: string | undefined,
  commonPrefix: string | undefined,
): Uint8Array {
  if (commonPrefix !== undefined) return uploadRange(bucket, commonPrefix).end;
  return uploadId === undefined ? endOfUploadsTo(bucket, key) : successorOf(uploadKey(bucket, key, uploadId));
}

/** @returns The key up to and including the first delimiter behind the prefix; undefined when there is none. */
function commonPrefixOf({ prefix, delimiter }: ListUploadsInput, key: string): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}
