/** InitiateMultipartUpload: starts an upload. See `ObjectStore.initiateUpload` for its promises. */
import { commitLoop } from './commit-loop.js';
import type { InitiateUploadInput, UploadRecord } from './multipart-types.js';
import { newId } from './new-id.js';
import { requirePublishable } from './publish-version.js';
import { readForSuccession } from './read-state.js';
import { uploadCountKey, uploadKey } from './records/upload-keys.js';
import { encodeUploadRecord } from './records/upload-record.js';
import type { StoreContext } from './store-context.js';
import { resolveEncryption } from './target-content.js';
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
      ...(sequence === undefined ? {} : { sequence }),
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
