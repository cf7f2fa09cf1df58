/** InitiateMultipartUpload: starts an upload. See `ObjectStore.initiateUpload` for its promises. */

import { resolveEncryption } from '../content/target-content.js';
import { commitLoop } from '../context/commit-loop.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import type { InitiateUploadInput, UploadRecord } from '../multipart-types.js';
import { uploadCountKey, uploadKey } from '../records/upload-keys.js';
import { encodeUploadRecord } from '../records/upload-record.js';
import { requirePublishable } from '../versions/publish-version.js';
import { readForSuccession } from '../versions/read-state.js';
import { beginSequence } from './upload-sequence.js';

/** @see ObjectStore.initiateUpload, which says what it promises and throws. */
export async function initiateUpload(context: StoreContext, input: InitiateUploadInput): Promise<UploadRecord> {
  const { bucket, key, ownerId } = input;
  const attributes = resolveEncryption(context, input.attributes);
  const sequence = input.isSequential === true ? await beginSequence() : undefined;
  return commitLoop(context, async () => {
    const state = await readForSuccession(context, input);
    // Judged again when the upload is completed; here only so that nobody uploads gigabytes in vain.
    requirePublishable(context, input, state);
    const uploadId = newId(context);
    const upload: UploadRecord = {
      bucket,
      key,
      uploadId,
      ownerId,
      initiatedAtMs: context.clock.nowMs(),
      attributes,
      ...(sequence !== undefined && { sequence }),
    };
    return {
      commit: {
        // With the counter it keeps the bucket from being deleted: see delete-bucket.ts.
        checks: [state.bucket.check],
        puts: [{ key: uploadKey(bucket, key, uploadId), value: encodeUploadRecord(upload) }],
        sums: [{ key: uploadCountKey(bucket), delta: 1n }],
      },
      result: upload,
    };
  });
}
