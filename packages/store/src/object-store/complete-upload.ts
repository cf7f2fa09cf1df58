/**
 * CompleteMultipartUpload: one commit, which moves no bytes. See `ObjectStore.completeUpload` for its promises.
 * The new content bears the upload's id and consists of slices of the parts' contents. These name the upload as their referer already, so
 * each part costs two rows: its slice is put, its part row removed.
 */
import { combineCrc64, Md5 } from '@annals/checksum';
import type { KeyValuePut } from '../contract/key-value-store.js';
import { StoreFailure } from '../contract/store-failure.js';
import { commitLoop, type Decision } from './commit-loop.js';
import type { CompleteUploadInput, PartRecord } from './multipart-types.js';
import { newId } from './new-id.js';
import { publishVersion, requirePublishable } from './publish-version.js';
import { readForSuccession } from './read-state.js';
import { encodeSliceExtent } from './records/extent-record.js';
import { extentKey, garbageKey, referenceKey } from './records/key-space.js';
import { nothingUncompacted } from './records/object-record.js';
import { partKey, partTotalKey, uploadCountKey } from './records/upload-keys.js';
import type { StoreContext } from './store-context.js';
import type { ObjectHead } from './types.js';
import { type PartsState, readAllParts, readUpload, type UploadState } from './upload-state.js';
import { commitOf } from './version-change.js';

/** @see ObjectStore.completeUpload, which says what it promises and throws. */
export function completeUpload(context: StoreContext, input: CompleteUploadInput): Promise<ObjectHead> {
  return commitLoop(context, async () => {
    const state = await readForSuccession(context, input);
    const upload = await readUpload(context, input);
    const all = await readAllParts(context, input.uploadId);
    const parts = selectParts(input.parts, all.parts);
    requireLengths(parts, context.settings.multipart.partLengthMin);
    requirePublishable(context, input, state);
    return decide(context, input, { state, upload, all, parts });
  });
}

/** What the decision rests on. */
interface Found {
  readonly state: Awaited<ReturnType<typeof readForSuccession>>;
  readonly upload: UploadState;
  readonly all: PartsState;
  /** Those the object is made of. */
  readonly parts: readonly PartRecord[];
}

/** @throws {StoreFailure} `invalid-part-order`, `invalid-part`. */
function selectParts(listed: CompleteUploadInput['parts'], all: readonly PartRecord[]): readonly PartRecord[] {
  if (listed === 'all') {
    if (all.length === 0) throw new StoreFailure({ kind: 'invalid-part', partNumber: 1 });
    return all;
  }
  const byNumber = new Map(all.map((part) => [part.partNumber, part]));
  let last = 0;
  return listed.map(({ partNumber, etag }) => {
    if (partNumber <= last) throw new StoreFailure({ kind: 'invalid-part-order', partNumber });
    last = partNumber;
    const part = byNumber.get(partNumber);
    if (part === undefined || part.etag.toUpperCase() !== etag.toUpperCase()) {
      throw new StoreFailure({ kind: 'invalid-part', partNumber });
    }
    return part;
  });
}

/** @throws {StoreFailure} `part-too-small`. */
function requireLengths(parts: readonly PartRecord[], lengthMin: number): void {
  for (const { partNumber, length } of parts.slice(0, -1)) {
    if (length < lengthMin) throw new StoreFailure({ kind: 'part-too-small', partNumber, length, lengthMin });
  }
}

function decide(context: StoreContext, input: CompleteUploadInput, found: Found): Decision<ObjectHead> {
  const { bucket, key, uploadId } = input;
  const { state, upload, all, parts } = found;
  const atMs = context.clock.nowMs();
  const { attributes } = upload.upload;
  const joined = joinParts(uploadId, parts);
  const head: Omit<ObjectHead, 'versionId' | 'isLatest'> = {
    ...attributes,
    acl: input.acl ?? attributes.acl,
    bucket,
    key,
    type: 'multipart',
    length: joined.length,
    crc64: joined.crc64,
    etag: context.settings.etags.ofParts(joined.md5OfMd5s, parts.length),
    ownerId: state.bucket.record.ownerId,
    createdAtMs: atMs,
    lastModifiedAtMs: atMs,
  };
  const { version, change } = publishVersion(context, state, {
    head,
    contentId: uploadId,
    referenceId: newId(context),
    uncompacted: nothingUncompacted(joined.length),
    sliceDepth: joined.sliceDepth,
    puts: joined.puts,
  });
  const commit = commitOf(change);
  const thrownAway = all.parts.filter((part) => !joined.kept.has(part));
  return {
    commit: {
      checks: [...(commit.checks ?? []), upload.check, all.check],
      puts: [
        ...(commit.puts ?? []),
        ...thrownAway.map(({ contentId }) => ({ key: garbageKey(atMs, contentId), value: new Uint8Array() })),
      ],
      deletes: [
        ...(commit.deletes ?? []),
        upload.check.key,
        all.check.key,
        ...all.parts.map(({ partNumber }) => partKey(uploadId, partNumber)),
        ...thrownAway.map(({ contentId }) => referenceKey(contentId, uploadId)),
      ],
      sums: [
        ...(commit.sums ?? []),
        { key: uploadCountKey(bucket), delta: -1n },
        { key: partTotalKey(bucket), delta: BigInt(-all.parts.length) },
      ],
    },
    result: version,
  };
}

/** Parts laid end to end. */
interface JoinedParts {
  readonly length: number;
  readonly crc64: bigint;
  readonly md5OfMd5s: Uint8Array;
  readonly sliceDepth: number;
  /** The rows of the content. */
  readonly puts: readonly KeyValuePut[];
  /** Parts whose bytes are in it; an empty part gives nothing to hold on to. */
  readonly kept: ReadonlySet<PartRecord>;
}

function joinParts(uploadId: string, parts: readonly PartRecord[]): JoinedParts {
  const md5OfMd5s = new Md5();
  const puts: KeyValuePut[] = [];
  const kept = new Set<PartRecord>();
  let length = 0;
  let crc64 = 0n;
  let sliceDepth = 0;
  for (const part of parts) {
    md5OfMd5s.update(part.md5);
    if (part.length === 0) continue;
    const slice = { contentId: part.contentId, start: 0, length: part.length, crc64: part.crc64 };
    puts.push({ key: extentKey(uploadId, length), value: encodeSliceExtent(slice) });
    kept.add(part);
    crc64 = combineCrc64(crc64, part.crc64, part.length);
    length += part.length;
    sliceDepth = Math.max(sliceDepth, 1 + (part.sliceDepth ?? 0));
  }
  return { length, crc64, md5OfMd5s: md5OfMd5s.digest(), sliceDepth, puts, kept };
}
