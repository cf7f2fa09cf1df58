/**
 * UploadPartCopy: a part made of bytes that are there. See `ObjectStore.copyPart` for its promises. The part's content
 * is a slice of the source's: no byte is written. A range is read once for its checksums, since the store does not know
 * those of an arbitrary range; a whole object whose MD5 is known is not even read. Only where slices would be nested
 * too deep, or the upload is to be encrypted otherwise than the source, the bytes are moved.
 */
import { createBodyHasher } from '@annals/checksum/node';
import { type ByteRange, SLICE_DEPTH_MAX } from '../content/read-content.js';
import { readVersion } from '../content/read-version.js';
import { satisfiesEncryption } from '../content/target-content.js';
import { commitLoop } from '../context/commit-loop.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { readSource, requireCopyable, type SourceState } from '../copy/read-source.js';
import type { CopyPartInput, CopyPartResult, PartRecord } from '../multipart-types.js';
import { encodeSliceExtent } from '../records/extent-record.js';
import { extentKey, referenceKey } from '../records/key-space.js';
import type { ObjectRecord } from '../records/version-record.js';
import { StoreFailure } from '../store-failure.js';
import { readBucket } from '../versions/read-state.js';
import { decidePart, type PartPlace, readPartPlace, uploadPart } from './upload-part.js';

/** Each further round means that the source was replaced in the middle of the one before. */
const ROUND_COUNT_MAX = 16;

/** @see ObjectStore.copyPart, which says what it promises and throws. */
export async function copyPart(context: StoreContext, input: CopyPartInput): Promise<CopyPartResult> {
  await readBucket(context, input.bucket);
  const place = await readPartPlace(context, input);
  const held = context.brake.hold(place.before.part === undefined ? 'adding' : 'replacing', 0);
  if (held !== undefined) await held;
  for (let round = 0; round < ROUND_COUNT_MAX; round++) {
    const source = await readSource(context, input.source);
    const release = context.pins.pin(source.record.contentId);
    try {
      // Seen after pinning, as in open-object.ts: so the sweeper sees the pin.
      if (await isAlive(context, source)) {
        const part = await copyRange(context, input, source, place);
        if (part !== undefined) return { part, source: source.record.head };
      }
    } finally {
      release();
    }
  }
  throw new StoreFailure({ kind: 'contended' });
}

/** @returns Undefined when the source let go of its content before the part was committed. */
async function copyRange(
  context: StoreContext,
  input: CopyPartInput,
  source: SourceState,
  place: PartPlace,
): Promise<PartRecord | undefined> {
  const { attributes, sequence } = place.upload.upload;
  const { encryption } = attributes;
  requireCopyable(context, source);
  const { type } = source.record.head;
  // A copy of a link is a link; a part cannot be one.
  if (type === 'symlink') throw new StoreFailure({ kind: 'not-copyable', type });
  const range = input.select(source.record.head);
  const length = range.end - range.start;
  if (length > input.lengthMax) throw new StoreFailure({ kind: 'too-large', lengthMax: input.lengthMax });
  const sliceDepth = (source.record.sliceDepth ?? 0) + 1;
  const isShareable = satisfiesEncryption(encryption, source.record.head.encryption);
  const isSliceable = source.record.body === undefined && sliceDepth + 1 <= SLICE_DEPTH_MAX;
  // The hash of a sequence needs the bytes.
  if (!isShareable || !isSliceable || sequence !== undefined) return moveRange(context, input, source.record, range);
  const digest = await digestOf(context, source.record, range);
  const contentId = newId(context);
  const slice = { contentId: source.record.contentId, start: range.start, length, crc64: digest.crc64 };
  const puts =
    length === 0
      ? []
      : [
          { key: extentKey(contentId, 0), value: encodeSliceExtent(slice) },
          { key: referenceKey(slice.contentId, contentId), value: new Uint8Array() },
        ];
  let known: PartPlace | undefined = place;
  return commitLoop<PartRecord | undefined>(context, async () => {
    if (!(await isAlive(context, source))) return { result: undefined };
    const part: PartRecord = {
      partNumber: input.partNumber,
      etag: context.settings.etags.ofWhole(digest.md5),
      length,
      crc64: digest.crc64,
      md5: digest.md5,
      lastModifiedAtMs: context.clock.nowMs(),
      contentId,
      sliceDepth,
      ...(encryption !== undefined && { encryption }),
    };
    // Tried first as it was read; the commit checks it.
    const before = known ?? (await readPartPlace(context, input));
    known = undefined;
    return decidePart(input, before, { part, puts, checks: [source.bytesCheck] });
  });
}

async function isAlive({ keyValues }: StoreContext, { bytesCheck }: SourceState): Promise<boolean> {
  return (await keyValues.get(bytesCheck.key)) !== undefined;
}

interface RangeDigest {
  readonly crc64: bigint;
  readonly md5: Uint8Array;
}

async function digestOf(context: StoreContext, record: ObjectRecord, range: ByteRange): Promise<RangeDigest> {
  const { head } = record;
  const length = range.end - range.start;
  if (head.md5 !== undefined && length === head.length) return { crc64: head.crc64, md5: head.md5 };
  const hasher = createBodyHasher({ md5: true, expectedLength: length });
  try {
    for await (const chunk of readVersion(context, record, range)) await hasher.update(chunk);
    const { crc64, md5 } = await hasher.digest();
    return { crc64, md5: md5 as Uint8Array };
  } catch (error) {
    hasher.dispose();
    throw error;
  }
}

function moveRange(
  context: StoreContext,
  { bucket, key, uploadId, partNumber, lengthMax }: CopyPartInput,
  record: ObjectRecord,
  range: ByteRange,
): Promise<PartRecord> {
  const body = { length: range.end - range.start, open: () => readVersion(context, record, range) };
  return uploadPart(context, { bucket, key, uploadId, partNumber, lengthMax, expected: {} }, body);
}
