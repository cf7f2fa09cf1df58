/**
 * Checks the rows of appends with ids: that each says what such a row says, belongs to a content that is there, and
 * that the row of an id and the row of its number name each other.
 */
import { EngineFailure } from '../contract/engine-failure.js';
import { decodeAppendId, decodeAppendIdText, encodeAppendIdText } from '../object-store/records/append-id-row.js';
import {
  appendIdKey,
  appendIdRowOf,
  appendNumberKey,
  garbageOf,
  garbageRange,
} from '../object-store/records/key-space.js';
import { showKey } from '../object-store/records/row-decoder.js';
import type { ContentId } from '../vocabulary/encryption.js';
import type { CheckContext } from './check-context.js';
import { isContent } from './is-content.js';
import { readRow, reportMalformed } from './report-row.js';
import { walkRows } from './walk-rows.js';

/** Checks one row of the family. */
export async function checkAppendId(context: CheckContext, rowKey: Uint8Array, value: Uint8Array): Promise<void> {
  try {
    const named = appendIdRowOf(rowKey);
    if (named === undefined) {
      throw new EngineFailure({
        kind: 'corrupt',
        detail: `${showKey(rowKey)}: the key names neither an id nor a number`,
      });
    }
    const { contentId } = named;
    const row = { contentId, rowKey, value };
    if ('appendId' in named) {
      const { sequence } = decodeAppendId(rowKey, value);
      if (await belongsToContent(context, row)) await checkById(context, row, named.appendId, sequence);
    } else {
      const appendId = decodeAppendIdText(rowKey, value);
      if (await belongsToContent(context, row)) await checkByNumber(context, row, appendId, named.sequence);
    }
  } catch (error) {
    reportMalformed(context, rowKey, error);
  }
}

interface AppendIdRow {
  readonly contentId: ContentId;
  readonly rowKey: Uint8Array;
  readonly value: Uint8Array;
}

/** The sweep removes these rows behind the bytes of their content: cut off in between, it goes on by its note. */
async function belongsToContent(context: CheckContext, { contentId, rowKey, value }: AppendIdRow): Promise<boolean> {
  if (await isContent(context, contentId)) return true;
  if (!(await isNotedAsGarbage(context, contentId))) {
    context.report({
      kind: 'append-id-orphaned',
      severity: 'note',
      message: `The row ${showKey(rowKey)} remembers an append to content ${contentId}, which is not there`,
      contentId,
      rowKey: Buffer.from(rowKey).toString('hex'),
      repair: {
        name: 'remove the row of an append id of nothing',
        changes: [{ key: rowKey, before: value, after: undefined }],
      },
    });
  }
  return false;
}

async function isNotedAsGarbage({ keyValues }: CheckContext, contentId: ContentId): Promise<boolean> {
  for await (const { entry } of walkRows(keyValues, garbageRange(Number.MAX_SAFE_INTEGER, undefined))) {
    if (entry !== undefined && garbageOf(entry.key).contentId === contentId) return true;
  }
  return false;
}

/** Without the row of its number an id would never be removed, however many came later. */
async function checkById(
  context: CheckContext,
  { contentId, rowKey }: AppendIdRow,
  appendId: string,
  sequence: number,
): Promise<void> {
  const key = appendNumberKey(contentId, sequence);
  const before = await readRow(context, key);
  const after = encodeAppendIdText(appendId);
  if (before === 'unreadable' || (before !== undefined && Buffer.compare(before, after) === 0)) return;
  context.report({
    kind: 'append-id-wrong',
    severity: 'contradiction',
    message: `The append id ${JSON.stringify(appendId)} of content ${contentId} has the number ${sequence}, ${before === undefined ? 'which has no row' : 'whose row names another id'}`,
    contentId,
    rowKey: Buffer.from(rowKey).toString('hex'),
    // A row that is there may be right, and this one wrong.
    ...(before === undefined && {
      repair: { name: 'write the row of the number of an append id', changes: [{ key, before: undefined, after }] },
    }),
  });
}

async function checkByNumber(
  context: CheckContext,
  { contentId, rowKey, value }: AppendIdRow,
  appendId: string,
  sequence: number,
): Promise<void> {
  const key = appendIdKey(contentId, appendId);
  const row = await readRow(context, key);
  if (row === 'unreadable') return;
  const numbered = row === undefined ? undefined : sequenceOf(key, row);
  // What is wrong with that row is told where it is met.
  if (numbered === sequence || numbered === 'malformed') return;
  const isLost = numbered === undefined;
  context.report({
    kind: isLost ? 'append-id-lost' : 'append-id-wrong',
    severity: isLost ? 'damage' : 'contradiction',
    message: isLost
      ? `What the append with the id ${JSON.stringify(appendId)} to content ${contentId} was answered with is lost: a repeat of it would be applied again`
      : `The number ${sequence} of content ${contentId} names the append id ${JSON.stringify(appendId)}, which has the number ${numbered}`,
    contentId,
    rowKey: Buffer.from(rowKey).toString('hex'),
    // The server knows the id no more, with this row or without; it only counts.
    repair: { name: 'remove a number of no append id', changes: [{ key: rowKey, before: value, after: undefined }] },
  });
}

function sequenceOf(key: Uint8Array, row: Uint8Array): number | 'malformed' {
  try {
    return decodeAppendId(key, row).sequence;
  } catch {
    return 'malformed';
  }
}
