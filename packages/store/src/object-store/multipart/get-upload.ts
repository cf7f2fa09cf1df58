/** What an unfinished upload is, without its parts. See `ObjectStore.getUpload` for its promises. */
import type { StoreContext } from '../context/store-context.js';
import type { UploadRecord, UploadTarget } from '../multipart-types.js';
import { readBucket } from '../versions/read-state.js';
import { readUpload } from './upload-state.js';

/** @see ObjectStore.getUpload, which says what it promises and throws. */
export async function getUpload(context: StoreContext, target: UploadTarget): Promise<UploadRecord> {
  await readBucket(context, target.bucket);
  const { upload } = await readUpload(context, target);
  return upload;
}
