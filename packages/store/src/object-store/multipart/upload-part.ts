/** UploadPart: one part from a body. See `ObjectStore.uploadPart` for its promises. */
import type { KeyValueCheck, KeyValueCommit, KeyValuePut } from '../../contract/key-value-store.js';
import { releaseReference } from '../content/release-content.js';
import { encryptionOf, newContent } from '../content/target-content.js';
import { writeBody } from '../content/write-body.js';
import type { Decision } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import type { PartRecord, UploadPartInput, UploadTarget } from '../multipart-types.js';
import { referenceKey } from '../records/key-space.js';
import { partCountKey, partTotalKey } from '../records/upload-keys.js';
import { encodePartRecord, encodeUploadRecord } from '../records/upload-record.js';
import type { BodySource } from '../types.js';
import { readBucket } from '../versions/read-state.js';
import { type SequenceStep, stepOf } from './upload-sequence.js';
import { type PartState, readPart, readUpload, type UploadState } from './upload-state.js';

/** @see ObjectStore.uploadPart, which says what it promises and throws. */
export async function uploadPart(context: StoreContext, input: UploadPartInput, body: BodySource): Promise<PartRecord> {
  const { bucket, expected, lengthMax, partNumber } = input;
  await readBucket(context, bucket);
  let step: SequenceStep | undefined;
  const hashed: BodySource = { length: body.length, open: () => (step?.body ?? body).open() };
  return writeBody<PartPlace, PartRecord>(context, hashed, {
    bucket,
    expected,
    wantsMd5: true,
    read: () => readPartPlace(context, input),
    // Parts are not counted before they are an object; one that could not be is refused.
    admit: ({ before }) => ({ lengthMax, objectCount: 0, kind: before.part === undefined ? 'adding' : 'replacing' }),
    async prepare({ upload: { upload } }) {
      // Each part has a data key of its own: what an upload becomes is made of slices of its parts.
      const content = await newContent(context, upload.attributes.encryption);
      step = await stepOf(upload, partNumber, body);
      return content;
    },
    decide(place, { received, content }) {
      const md5 = received.md5 as Uint8Array;
      return decidePart(input, place, {
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
        ...(step !== undefined && { step }),
      });
    },
  });
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

/** Where a part goes: its upload, and the part with its number that is there. */
export interface PartPlace {
  readonly upload: UploadState;
  readonly before: PartState;
}

/**
 * Reads what the commit of a part checks.
 * @throws {StoreFailure} `no-such-upload`.
 */
export async function readPartPlace(
  context: StoreContext,
  target: UploadTarget & { readonly partNumber: number },
): Promise<PartPlace> {
  const { uploadId, partNumber } = target;
  const [upload, before] = await Promise.all([
    readUpload(context, target),
    readPart(context.keyValues, uploadId, partNumber),
  ]);
  return { upload, before };
}

/**
 * Makes the part one of the upload's, in the place of one with the same number.
 * @throws {StoreFailure} `part-not-sequential`.
 */
export function decidePart(
  { bucket, uploadId }: UploadTarget,
  { upload, before }: PartPlace,
  { part, puts, checks, step }: NewPart,
): Decision<PartRecord> {
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
      // Also when it adds nothing: completing or aborting the upload checks this row for changes.
      { key: partCountKey(uploadId), delta: countDelta },
      ...(countDelta === 0n ? [] : [{ key: partTotalKey(bucket), delta: countDelta }]),
    ],
  };
  return { commit, result: part };
}
