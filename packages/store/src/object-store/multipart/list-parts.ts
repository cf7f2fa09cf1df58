/** ListParts: one page of the parts of an upload. See `ObjectStore.listParts` for its promises. */

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
  const rows = await context.keyValues.list({
    start: partKey(input.uploadId, input.after + 1),
    end: partRange(input.uploadId).end,
    limit: input.limit + 1,
  });
  return {
    upload,
    parts: rows.slice(0, input.limit).map(({ key, value }) => decodePartRecord(key, value)),
    isTruncated: rows.length > input.limit,
  };
}
