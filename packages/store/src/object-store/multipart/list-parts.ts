/** ListParts: one page of the parts of an upload. See `ObjectStore.listParts` for its promises. */

import { listInTurns } from '../context/list-in-turns.js';
import type { StoreContext } from '../context/store-context.js';
import type { ListPartsInput, ListPartsResult } from '../multipart-types.js';
import { partKey, partRange } from '../records/upload-keys.js';
import { decodePartRecord } from '../records/upload-record.js';
import { readBucket } from '../versions/read-state.js';
import { readUpload } from './upload-state.js';

/** @see ObjectStore.listParts, which says what it promises and throws. */
export async function listParts(context: StoreContext, input: ListPartsInput): Promise<ListPartsResult> {
  await readBucket(context, input.bucket);
  const { upload } = await readUpload(context, input);
  const start = partKey(input.uploadId, input.after + 1);
  const { end } = partRange(input.uploadId);
  // One more than asked for tells whether the page is the last.
  const range = { start, end, limit: input.limit + 1 };
  const parts = await listInTurns(context.keyValues, range, ({ key, value }) => decodePartRecord(key, value));
  return { upload, parts: parts.slice(0, input.limit), isTruncated: parts.length > input.limit };
}
