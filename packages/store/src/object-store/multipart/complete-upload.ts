/**
 * CompleteMultipartUpload: one small commit makes the object, and moves no bytes. See `ObjectStore.completeUpload` for
 * its promises. The new content bears the upload's id and consists of slices of the parts' contents, which name the
 * upload as their referer already. Of an upload of many parts the slices are written before, in commits of bounded
 * size, and the rows of the parts are left to the sweep; nobody sees either.
 */

import { releaseReference } from '../content/release-content.js';
import { commitLoop, type Decision } from '../context/commit-loop.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf, type VersionChange } from '../context/version-change.js';
import type { CompleteUploadInput, PartRecord } from '../multipart-types.js';
import { encodeGarbageNote } from '../records/garbage-note.js';
import { garbageKey } from '../records/key-space.js';
import { partKey, partTotalKey, uploadCountKey } from '../records/upload-keys.js';
import { nothingUncompacted } from '../records/version-record.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectHead } from '../types.js';
import { holdReplacement } from '../versions/hold-replacement.js';
import { publishVersion, requirePublishable } from '../versions/publish-version.js';
import { readForSuccession } from '../versions/read-state.js';
import { type JoinedParts, joinParts, writeSlices } from './join-parts.js';
import { md5OfSequence } from './upload-sequence.js';
import { type PartsState, readAllParts, readPartsCheck, readUpload, type UploadState } from './upload-state.js';

/** So many parts go in one commit with the object: two rows each, and one sync instead of several. */
const DIRECT_PART_COUNT_MAX = 200;
/**
 * Each further round means that a part came, or another process completed the upload, in the middle of the one before.
 */
const ROUND_COUNT_MAX = 16;

/** @see ObjectStore.completeUpload, which says what it promises and throws. */
export async function completeUpload(context: StoreContext, input: CompleteUploadInput): Promise<ObjectHead> {
  await holdReplacement(context, input);
  return context.completions.run(input.uploadId, async () => {
    let found: Found | undefined;
    return commitLoop(context, async () => {
      let state = await readForSuccession(context, input);
      if (found === undefined || !(await isAsFound(context, input, found))) {
        found = await findParts(context, input, () => requirePublishable(context, input, state));
        // Where slices were written, that took a while.
        if (!found.isDirect) state = await readForSuccession(context, input);
      }
      requirePublishable(context, input, state);
      return decide(context, input, state, found);
    });
  });
}

/** What the decision rests on. */
interface Found {
  readonly upload: UploadState;
  readonly all: PartsState;
  /** Those the object is made of. */
  readonly parts: readonly PartRecord[];
  readonly joined: JoinedParts;
  /** Of the whole, where it is known. */
  readonly md5: Uint8Array | undefined;
  /** The slices go with the object; otherwise they are there already. */
  readonly isDirect: boolean;
}

/** Whether what was found, and written, can still be published: only the object's own row can have changed. */
async function isAsFound(context: StoreContext, input: CompleteUploadInput, { upload, all }: Found): Promise<boolean> {
  const { check } = await readUpload(context, input);
  const partsCheck = await readPartsCheck(context, input.uploadId);
  return check.version === upload.check.version && partsCheck.version === all.check.version;
}

async function findParts(context: StoreContext, input: CompleteUploadInput, refuse: () => void): Promise<Found> {
  for (let round = 0; round < ROUND_COUNT_MAX; round++) {
    const upload = await readUpload(context, input);
    const all = await readAllParts(context, input.uploadId);
    const parts = selectParts(input.parts, all.parts);
    requireLengths(parts, context.settings.multipart.partLengthMin);
    refuse();
    const joined = await joinParts(input.uploadId, parts);
    const md5 = await md5OfSequence(upload.upload, parts);
    // Where an attempt has begun to write slices, others than these may lie there.
    if (all.parts.length <= DIRECT_PART_COUNT_MAX && upload.upload.joiningId === undefined) {
      return { upload, all, parts, joined, md5, isDirect: true };
    }
    const marked = await writeSlices(context, upload, all, joined.puts);
    if (marked !== undefined) return { upload: marked, all, parts, joined, md5, isDirect: false };
  }
  throw new StoreFailure({ kind: 'contended' });
}

/** @throws {StoreFailure} `invalid-part-order`, `invalid-part`. */
function selectParts(listed: CompleteUploadInput['parts'], all: readonly PartRecord[]): readonly PartRecord[] {
  if (listed === 'all') {
    return all;
  }
  // No list is the whole of an upload without parts, which an empty file makes; of any other it would drop every part.
  const [first] = all;
  if (listed.length === 0 && first !== undefined) {
    throw new StoreFailure({ kind: 'invalid-part', partNumber: first.partNumber });
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

function decide(
  context: StoreContext,
  input: CompleteUploadInput,
  state: Awaited<ReturnType<typeof readForSuccession>>,
  found: Found,
): Decision<ObjectHead> {
  const { bucket, key, uploadId } = input;
  const { upload, all, parts, joined, md5 } = found;
  const atMs = context.clock.nowMs();
  const { attributes } = upload.upload;
  const head: Omit<ObjectHead, 'versionId' | 'isLatest'> = {
    ...attributes,
    acl: input.acl ?? attributes.acl,
    bucket,
    key,
    type: 'multipart',
    length: joined.length,
    crc64: joined.crc64,
    ...(md5 !== undefined && { md5 }),
    etag: context.settings.etags.ofParts(joined.md5OfEtags, parts.length),
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
    puts: found.isDirect ? joined.puts : [],
  });
  const rest = found.isDirect ? dropParts(uploadId, found, atMs) : leaveParts(uploadId, found, atMs);
  const commit = commitOf(change);
  return {
    commit: {
      checks: [...(commit.checks ?? []), upload.check, all.check],
      puts: [...(commit.puts ?? []), ...rest.puts],
      deletes: [...(commit.deletes ?? []), upload.check.key, all.check.key, ...rest.deletes],
      sums: [
        ...(commit.sums ?? []),
        { key: uploadCountKey(bucket), delta: -1n },
        { key: partTotalKey(bucket), delta: BigInt(-all.parts.length) },
      ],
    },
    result: version,
  };
}

type PartsChange = Pick<VersionChange, 'puts' | 'deletes'>;

/** The rows of few parts go with the upload. */
function dropParts(uploadId: string, { all, joined }: Found, atMs: number): PartsChange {
  const released = all.parts
    .filter((part) => !joined.kept.has(part))
    .map(({ contentId, length }) => releaseReference(contentId, uploadId, { atMs, lengthBytes: length }));
  return {
    puts: released.flatMap(({ puts }) => puts),
    deletes: [
      ...all.parts.map(({ partNumber }) => partKey(uploadId, partNumber)),
      ...released.flatMap(({ deletes }) => deletes),
    ],
  };
}

/** The rows of many are left to the sweep, with a note that names the upload and those that the object does without. */
function leaveParts(uploadId: string, { all, joined }: Found, atMs: number): PartsChange {
  const leftOut = all.parts.filter((part) => !joined.kept.has(part));
  const note = encodeGarbageNote({
    lengthBytes: 0,
    leftOutPartNumbers: leftOut.map(({ partNumber }) => partNumber),
  });
  return { puts: [{ key: garbageKey(atMs, uploadId, uploadId), value: note }], deletes: [] };
}
