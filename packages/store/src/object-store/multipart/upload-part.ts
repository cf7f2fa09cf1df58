/** UploadPart: one part from a body. See `ObjectStore.uploadPart` for its promises. */
import type { KeyValueCheck, KeyValueCommit, KeyValuePut } from '../../contract/key-value-store.js';
import { receiveBody } from '../content/receive-body.js';
import { releaseReference } from '../content/release-content.js';
import { encryptionOf, newContent } from '../content/target-content.js';
import { commitLoop, type Decision } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import type { PartRecord, UploadPartInput, UploadTarget } from '../multipart-types.js';
import { referenceKey } from '../records/key-space.js';
import { partCountKey, partTotalKey } from '../records/upload-keys.js';
import { encodePartRecord, encodeUploadRecord } from '../records/upload-record.js';
import { StoreFailure } from '../store-failure.js';
import type { BodySource } from '../types.js';
import { readBucket } from '../versions/read-state.js';
import { type SequenceStep, stepOf } from './upload-sequence.js';
import { readPart, readUpload } from './upload-state.js';

/** @see ObjectStore.uploadPart, which says what it promises and throws. */
export async function uploadPart(context: StoreContext, input: UploadPartInput, body: BodySource): Promise<PartRecord> {
  const { lengthMax, expected, partNumber } = input;
  await readBucket(context, input.bucket);
  const { upload } = await readUpload(context, input);
  if (body.length !== undefined && body.length > lengthMax) throw new StoreFailure({ kind: 'too-large', lengthMax });
  // Parts are not counted before they are an object; one that could not be is refused.
  const growth = { lengthBytes: body.length ?? 0, objectCount: 0 };
  const room = context.quotas.requireRoom(context.keyValues, input.bucket, growth);
  if (room !== undefined) await room;
  await holdPart(context, input, body.length ?? 0);
  // Each part has a data key of its own: what an upload becomes is made of slices of its parts.
  const content = await newContent(context, upload.attributes.encryption);
  const step = await stepOf(upload, partNumber, body);
  const options = { lengthMax, reportedLengthMax: lengthMax, expected, wantsMd5: true, content, offset: 0 };
  return receiveBody(context, step?.body ?? body, options, (received) => {
    const md5 = received.md5 as Uint8Array;
    return commitLoop(context, () =>
      decidePart(context, input, {
        part: {
          partNumber,
          etag: context.settings.etags.ofWhole(md5),
          length: received.length,
          crc64: received.crc64,
          md5,
          lastModifiedAtMs: context.clock.nowMs(),
          contentId: content.contentId,
          ...encryptionOf(content),
        },
        puts: [...content.puts, ...received.rowsAt(content, 0)],
        checks: [],
        ...(step === undefined ? {} : { step }),
      }),
    );
  });
}

/** Waits while garbage has to be swept first: one more read, and only while there is any. */
export async function holdPart(
  context: StoreContext,
  { uploadId, partNumber }: Pick<UploadPartInput, 'uploadId' | 'partNumber'>,
  lengthBytes: number,
): Promise<void> {
  if (context.garbageMeter.debt().noteCount === 0) return;
  const { part } = await readPart(context.keyValues, uploadId, partNumber);
  await context.brake.hold(part === undefined ? 'adding' : 'replacing', lengthBytes);
}

/** A part whose content is ready to be published. */
export interface NewPart {
  readonly part: PartRecord;
  /** The rows of its content. */
  readonly puts: readonly KeyValuePut[];
  /** What they rely on. */
  readonly checks: readonly KeyValueCheck[];
  /** Of an upload whose parts come in order. */
  readonly step?: SequenceStep;
}

/**
 * Makes the part one of the upload's, in the place of one with the same number.
 * @throws {StoreFailure} `no-such-upload`, `part-not-sequential`.
 */
export async function decidePart(
  context: StoreContext,
  target: UploadTarget,
  { part, puts, checks, step }: NewPart,
): Promise<Decision<PartRecord>> {
  const { bucket, uploadId } = target;
  const [upload, before] = await Promise.all([
    readUpload(context, target),
    readPart(context.keyValues, uploadId, part.partNumber),
  ]);
  const replaced = before.part;
  const countDelta = replaced === undefined ? 1n : 0n;
  const released =
    replaced === undefined
      ? undefined
      : releaseReference(replaced.contentId, uploadId, { atMs: part.lastModifiedAtMs, lengthBytes: replaced.length });
  const commit: KeyValueCommit = {
    checks: [upload.check, before.check, ...checks],
    puts: [
      { key: before.check.key, value: encodePartRecord(part) },
      { key: referenceKey(part.contentId, uploadId), value: new Uint8Array() },
      ...puts,
      ...(released?.puts ?? []),
      ...(step === undefined
        ? []
        : [
            {
              key: upload.check.key,
              value: encodeUploadRecord({ ...upload.upload, sequence: step.after(upload.upload) }),
            },
          ]),
    ],
    deletes: released?.deletes ?? [],
    sums: [
      // Also when it adds nothing: whoever completes or aborts the upload checks this row for changes.
      { key: partCountKey(uploadId), delta: countDelta },
      ...(countDelta === 0n ? [] : [{ key: partTotalKey(bucket), delta: countDelta }]),
    ],
  };
  return { commit, result: part };
}
