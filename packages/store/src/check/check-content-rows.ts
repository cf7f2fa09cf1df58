/**
 * Checks the rows that stand beside contents: of append ids, of blobs, of jobs, of data keys. Each belongs to a content
 * that is there. Leaves out the contents themselves (`check-contents.ts`), and what rows of append ids say
 * (`check-append-ids.ts`).
 */
import { decodeBlobOwner, decodeExtent, decodeJobEnd } from '../object-store/records/extent-record.js';
import {
  appendIdRange,
  blobIdOf,
  blobRange,
  compactionJobOf,
  compactionJobRange,
  contentKeyRange,
  contentOfKeyRow,
  extentKey,
  type KeyRange,
  successorOf,
} from '../object-store/records/key-space.js';
import { checkAppendId } from './check-append-ids.js';
import type { CheckContext } from './check-context.js';
import { endOfContent } from './end-of-content.js';
import { isContent } from './is-content.js';
import { readRow, reportMalformed, reportUnreadable } from './report-row.js';
import { walkRows } from './walk-rows.js';

/** Rows that stand beside contents, in the order of their letters. */
const BESIDE_CONTENTS: readonly {
  readonly stage: string;
  readonly range: () => KeyRange;
  readonly check: (context: CheckContext, rowKey: Uint8Array, value: Uint8Array) => Promise<void>;
}[] = [
  { stage: 'append ids', range: () => appendIdRange(), check: checkAppendId },
  { stage: 'blob index', range: () => blobRange(), check: checkIndexRow },
  { stage: 'jobs', range: () => compactionJobRange(), check: checkJob },
  { stage: 'data keys', range: () => contentKeyRange(), check: checkDataKey },
];

/**
 * Checks the rows that stand beside contents: of append ids, of blobs, of jobs, of data keys.
 * @param after Of the walk before: the row it ended with, in hex.
 * @returns With which row it ended; `undefined` when all of them were looked at.
 */
export async function checkContentRows(context: CheckContext, after?: string): Promise<string | undefined> {
  const last = after === undefined ? undefined : Buffer.from(after, 'hex');
  for (const { stage, range, check } of BESIDE_CONTENTS) {
    const { start, end } = range();
    if (last !== undefined && Buffer.compare(last, end) >= 0) continue;
    context.enter(stage);
    const from = last === undefined || Buffer.compare(last, start) < 0 ? start : successorOf(last);
    for await (const row of walkRows(context.keyValues, { start: from, end })) {
      context.countRow();
      if (row.entry === undefined) reportUnreadable(context, row.unreadable, row.failure);
      else await check(context, row.entry.key, row.entry.value);
      if (context.isSpent()) return Buffer.from(row.entry?.key ?? row.unreadable ?? []).toString('hex');
    }
  }
  return undefined;
}

async function checkDataKey(context: CheckContext, rowKey: Uint8Array): Promise<void> {
  const contentId = contentOfKeyRow(rowKey);
  if (await isContent(context, contentId)) return;
  context.report({
    kind: 'row-unknown',
    severity: 'note',
    message: `The data key of content ${contentId} belongs to nothing`,
    contentId,
  });
}

async function checkIndexRow(context: CheckContext, rowKey: Uint8Array, value: Uint8Array): Promise<void> {
  const blobId = blobIdOf(rowKey);
  try {
    const { contentId, offset } = decodeBlobOwner(value);
    const row = await readRow(context, extentKey(contentId, offset));
    if (row === 'unreadable') return;
    const extent = row === undefined ? undefined : decodeExtent(row);
    if (extent?.kind === 'blob' && extent.blobId === blobId) return;
    const isThere = (await context.blobs.length(blobId).catch(() => 0)) !== undefined;
    context.report({
      kind: 'blob-index-stale',
      severity: 'contradiction',
      message: `The index row of blob ${blobId} names content ${contentId} at ${offset}, which is not that blob; ${isThere ? 'its file is there and may be all that is left of it' : 'there is no such file'}`,
      contentId,
      blobId,
      // Where a file is left, its row is the last thing that says what it was.
      ...(!isThere && {
        repair: {
          name: 'remove the index row of a blob that is gone',
          changes: [{ key: rowKey, before: value, after: undefined }],
        },
      }),
    });
  } catch (error) {
    reportMalformed(context, rowKey, error);
  }
}

async function checkJob(context: CheckContext, rowKey: Uint8Array, value: Uint8Array): Promise<void> {
  const { contentId, from } = compactionJobOf(rowKey);
  const end = value.length === 8 ? decodeJobEnd(value) : undefined;
  const contentEnd = await endOfContent(context, contentId);
  if (contentEnd === undefined || (end !== undefined && from < end && end <= contentEnd)) return;
  context.report({
    kind: 'job-stale',
    severity: 'contradiction',
    message: `A compaction job names bytes ${from} to ${end ?? 'nowhere'} of content ${contentId}, which ends at ${contentEnd}`,
    contentId,
    repair: { name: 'remove a compaction job', changes: [{ key: rowKey, before: value, after: undefined }] },
  });
}
