/**
 * Checks contents, extent by extent: that extents meet, that their bytes are right, that blobs know where they belong,
 * that slices lie inside other contents and refer to them, and that somebody needs the content. Leaves out what objects
 * say of their contents (`check-versions.ts`), and the rows beside contents (`check-content-rows.ts`).
 */
import { decodeExtent, type Extent, encodeBlobOwner } from '../object-store/records/extent-record.js';
import { encodeGarbageNote } from '../object-store/records/garbage-note.js';
import {
  blobKey,
  contentKeyKey,
  extentOffsetOf,
  extentRange,
  garbageKey,
  garbageOf,
  garbageRange,
  rangeOfPrefix,
  referenceKey,
  referenceRange,
} from '../object-store/records/key-space.js';
import { partCountKey } from '../object-store/records/upload-keys.js';
import type { ContentId } from '../vocabulary/encryption.js';
import type { CheckContext } from './check-context.js';
import { describeDamage } from './check-extent.js';
import { endOfContent } from './end-of-content.js';
import type { Finding, FindingSeverity } from './finding.js';
import { readRow, reportMalformed, reportUnreadable } from './report-row.js';
import { walkRows } from './walk-rows.js';

/** Each time so many were met, all notes of garbage are looked through. */
const UNREFERENCED_COUNT_MAX = 100_000;
/** Of one content: a finding names at most so many. */
const HELD_COUNT_MAX = 10;
const NOTHING = new Uint8Array();

/** Where one content has got to. */
interface ContentState {
  readonly contentId: ContentId;
  end: number;
  ownLength: number;
  hasKey: boolean | undefined;
  isUnproven: boolean;
  /** Reported only when it is neither garbage nor an attempt to complete an upload. */
  readonly held: Finding[];
}

/** A content that nothing refers to. */
interface Unreferenced {
  readonly lengthBytes: number;
  readonly held: readonly Finding[];
}

/**
 * @param after Of the walk before: the content it ended with.
 * @returns With which content it ended; `undefined` when all of them were looked at.
 */
export async function checkContents(context: CheckContext, after?: ContentId): Promise<ContentId | undefined> {
  context.enter('contents');
  const unreferenced = new Map<ContentId, Unreferenced>();
  let state: ContentState | undefined;
  for await (const { entry, unreadable, failure } of withFailure(context, after)) {
    const rowKey = entry?.key ?? unreadable;
    if (rowKey === undefined) continue;
    const contentId = Buffer.from(rowKey).toString('hex', 1, 17);
    if (state?.contentId !== contentId) {
      if (state !== undefined) await finish(context, state, unreferenced);
      if (state !== undefined && context.isSpent()) {
        await reportUnreferenced(context, unreferenced);
        return state.contentId;
      }
      if (unreferenced.size >= UNREFERENCED_COUNT_MAX) await reportUnreferenced(context, unreferenced);
      state = { contentId, end: 0, ownLength: 0, hasKey: undefined, isUnproven: false, held: [] };
    }
    context.countRow();
    if (entry === undefined) reportUnreadable(context, rowKey, failure);
    else await checkRow(context, state, entry.key, entry.value);
  }
  if (state !== undefined) await finish(context, state, unreferenced);
  await reportUnreferenced(context, unreferenced);
  return undefined;
}

async function* withFailure({ keyValues }: CheckContext, after: ContentId | undefined) {
  const all = rangeOfPrefix(Buffer.from('E'));
  const start = after === undefined ? all.start : extentRange(after).end;
  for await (const row of walkRows(keyValues, { start, end: all.end })) {
    yield row.entry === undefined
      ? { entry: undefined, unreadable: row.unreadable, failure: row.failure }
      : { entry: row.entry, unreadable: undefined, failure: undefined };
  }
}

async function checkRow(
  context: CheckContext,
  state: ContentState,
  rowKey: Uint8Array,
  value: Uint8Array,
): Promise<void> {
  const { contentId } = state;
  const offset = extentOffsetOf(rowKey);
  if (offset !== state.end) {
    const range = { start: Math.min(offset, state.end), end: Math.max(offset, state.end) };
    context.damagedBytes.add(contentId, range.start, range.end);
    const what = offset > state.end ? 'no extent has' : 'more than one extent has';
    await reportOrHold(context, state, {
      kind: 'bytes-missing',
      severity: await severityOfLoss(context, contentId),
      message: `Content ${contentId}: ${what} the bytes ${range.start} to ${range.end}`,
      contentId,
      range,
    });
  }
  let extent: Extent;
  try {
    extent = decodeExtent(value);
  } catch (error) {
    reportMalformed(context, rowKey, error);
    return;
  }
  state.end = offset + extent.length;
  if (extent.kind === 'slice') {
    await checkSlice(context, state, offset, extent);
    return;
  }
  state.ownLength += extent.length;
  if (extent.kind === 'sealed-inline' || (extent.kind === 'blob' && extent.isSealed)) await requireKey(context, state);
  if (extent.kind === 'blob') await checkBlobIndex(context, contentId, offset, extent.blobId);
  const verdict = await context.verify(contentId, offset, extent);
  if (verdict.isUnproven && !state.isUnproven) {
    state.isUnproven = true;
    context.report({
      kind: 'bytes-unproven',
      severity: 'note',
      message: `Content ${contentId}: its key is not at hand, so what its encrypted bytes say was not checked`,
      contentId,
    });
  }
  for (const { start, end } of verdict.damaged) {
    const range = { start: offset + start, end: Math.min(offset + end, state.end) };
    context.damagedBytes.add(contentId, range.start, range.end);
    context.report({
      kind: 'bytes-damaged',
      severity: await severityOfLoss(context, contentId),
      message: `Content ${contentId}: bytes ${range.start} to ${range.end} are damaged${verdict.failure === undefined ? '' : `: ${describeDamage(verdict.failure)}`}`,
      contentId,
      range,
      ...(extent.kind === 'blob' && { blobId: extent.blobId }),
    });
  }
}

/**
 * Of a content that nobody refers to the sweep removes blobs before rows: cut off in between, it leaves what looks like
 * a loss and is none.
 */
async function severityOfLoss(context: CheckContext, contentId: ContentId): Promise<FindingSeverity> {
  return (await isReferred(context, contentId)) ? 'damage' : 'note';
}

async function requireKey(context: CheckContext, state: ContentState): Promise<void> {
  if (state.hasKey !== undefined) return;
  const { contentId } = state;
  state.hasKey = (await readRow(context, contentKeyKey(contentId))) !== undefined;
  if (state.hasKey) return;
  context.report({
    kind: 'data-key-missing',
    severity: 'damage',
    message: `Content ${contentId} is encrypted and has no data key`,
    contentId,
  });
}

async function checkBlobIndex(
  context: CheckContext,
  contentId: ContentId,
  offset: number,
  blobId: string,
): Promise<void> {
  const key = blobKey(blobId);
  const row = await readRow(context, key);
  const expected = encodeBlobOwner(contentId, offset);
  if (row === 'unreadable' || (row !== undefined && Buffer.compare(row, expected) === 0)) return;
  const base = { severity: 'contradiction', contentId, blobId } as const;
  if (row === undefined) {
    context.report({
      ...base,
      kind: 'blob-index-missing',
      message: `Blob ${blobId} has no index row, and would be removed as an orphan: it belongs to content ${contentId} at ${offset}`,
      repair: { name: 'write the index row of a blob', changes: [{ key, before: undefined, after: expected }] },
    });
  } else {
    context.report({
      ...base,
      kind: 'blob-index-wrong',
      message: `The index row of blob ${blobId} names another place than content ${contentId} at ${offset}`,
    });
  }
}

/**
 * What nobody refers to may be swept in any order, and an attempt to complete an upload may name parts that were
 * replaced since.
 */
async function reportOrHold(context: CheckContext, state: ContentState, finding: Finding): Promise<void> {
  if (await isReferred(context, state.contentId)) context.report(finding);
  else if (state.held.length < HELD_COUNT_MAX) state.held.push(finding);
}

async function isReferred({ keyValues }: CheckContext, contentId: ContentId): Promise<boolean> {
  // A row that cannot be read may be the one that matters.
  const references = await keyValues.list({ ...referenceRange(contentId), limit: 1 }).catch(() => ['unknown']);
  return references.length > 0;
}

async function checkSlice(
  context: CheckContext,
  state: ContentState,
  offset: number,
  slice: Extract<Extent, { kind: 'slice' }>,
): Promise<void> {
  const { contentId } = state;
  const key = referenceKey(slice.contentId, contentId);
  if ((await readRow(context, key)) === undefined) {
    await reportOrHold(context, state, {
      kind: 'reference-missing',
      severity: 'contradiction',
      message: `Content ${contentId} has a slice of content ${slice.contentId} and no reference to it`,
      contentId: slice.contentId,
      repair: { name: 'write the reference of a slice', changes: [{ key, before: undefined, after: NOTHING }] },
    });
  }
  const end = await endOfContent(context, slice.contentId);
  if (end === undefined || end >= slice.start + slice.length) return;
  const missing = { start: offset + Math.max(0, end - slice.start), end: offset + slice.length };
  context.damagedBytes.add(contentId, missing.start, missing.end);
  await reportOrHold(context, state, {
    kind: 'bytes-missing',
    severity: 'damage',
    message: `Content ${contentId}: its bytes ${missing.start} to ${missing.end} lie behind the end of content ${slice.contentId}, at ${end}`,
    contentId,
    range: missing,
  });
}

async function finish(
  context: CheckContext,
  { contentId, ownLength, held }: ContentState,
  unreferenced: Map<ContentId, Unreferenced>,
): Promise<void> {
  if (await isReferred(context, contentId)) return;
  // An upload that is being completed may have slices under its id; the next attempt begins by removing them.
  if ((await readRow(context, partCountKey(contentId))) !== undefined) return;
  unreferenced.set(contentId, { lengthBytes: ownLength, held });
}

/** Of contents that nothing refers to, those with a note are garbage as it should be. */
async function reportUnreferenced(context: CheckContext, unreferenced: Map<ContentId, Unreferenced>): Promise<void> {
  if (unreferenced.size > 0) {
    for await (const { entry } of walkRows(context.keyValues, garbageRange(Number.MAX_SAFE_INTEGER, undefined))) {
      if (entry !== undefined) unreferenced.delete(garbageOf(entry.key).contentId);
    }
  }
  for (const [contentId, { lengthBytes, held }] of unreferenced) {
    for (const finding of held) context.report(finding);
    const key = garbageKey(0, contentId, contentId);
    context.report({
      kind: 'content-unreferenced',
      severity: 'contradiction',
      message: `Nothing refers to content ${contentId} of ${lengthBytes} bytes, and no note says that it is garbage`,
      contentId,
      repair: {
        name: 'note that a content may be garbage; the sweep looks again before it removes anything',
        changes: [{ key, before: undefined, after: encodeGarbageNote({ lengthBytes }) }],
      },
    });
  }
  unreferenced.clear();
}
