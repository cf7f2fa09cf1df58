/** Checks unfinished multipart uploads: their parts, the numbers of parts, and parts that belong to no upload. */
import { garbageOf, garbageRange, rangeOfPrefix, referenceKey } from '../object-store/records/key-space.js';
import { partCountKey, partNumberOf, partRange, uploadOf, uploadRange } from '../object-store/records/upload-keys.js';
import { decodePartRecord, decodeUploadRecord } from '../object-store/records/upload-record.js';
import type { BucketTally } from './bucket-tally.js';
import { checkBytes } from './check-bytes.js';
import type { CheckContext } from './check-context.js';
import { readRow, reportMalformed, reportUnreadable } from './report-row.js';
import { walkRows } from './walk-rows.js';

const NOTHING = new Uint8Array();
const ORPHAN_COUNT_MAX = 10_000;

/** Checks the uploads of one bucket, and counts them. */
export async function checkUploads(context: CheckContext, bucket: string, tally: BucketTally): Promise<void> {
  for await (const row of walkRows(context.keyValues, uploadRange(bucket, ''))) {
    context.countRow();
    tally.add('uploads');
    if (row.entry === undefined) {
      reportUnreadable(context, row.unreadable, row.failure);
      continue;
    }
    const { key, uploadId } = uploadOf(bucket, row.entry.key);
    try {
      decodeUploadRecord({ bucket, key, uploadId }, row.entry.value);
    } catch (error) {
      reportMalformed(context, row.entry.key, error);
    }
    const partCount = await checkParts(context, { bucket, key, uploadId });
    tally.add('parts', partCount);
    await checkPartCount(context, { bucket, key, uploadId }, partCount);
  }
}

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

async function checkParts(context: CheckContext, { bucket, key, uploadId }: Upload): Promise<number> {
  let count = 0;
  for await (const row of walkRows(context.keyValues, partRange(uploadId))) {
    context.countRow();
    count += 1;
    if (row.entry === undefined) {
      reportUnreadable(context, row.unreadable, row.failure);
      continue;
    }
    const number = partNumberOf(row.entry.key);
    try {
      const part = decodePartRecord(number, row.entry.value);
      const reference = referenceKey(part.contentId, uploadId);
      if ((await readRow(context, reference)) === undefined) {
        context.report({
          kind: 'reference-missing',
          severity: 'contradiction',
          message: `Part ${number} of the upload ${uploadId} to "${key}" in "${bucket}" has no reference to its content`,
          bucket,
          key,
          contentId: part.contentId,
          repair: {
            name: 'write the reference of a part',
            changes: [{ key: reference, before: undefined, after: NOTHING }],
          },
        });
      }
      const { damaged, isChecksumRight } = await checkBytes(context, part);
      if (damaged.length === 0 && isChecksumRight !== false) continue;
      context.report({
        kind: 'part-damaged',
        severity: 'damage',
        message: `Part ${number} of the upload ${uploadId} to "${key}" in "${bucket}" is damaged`,
        bucket,
        key,
        contentId: part.contentId,
        ...(damaged[0] !== undefined && { range: damaged[0] }),
      });
    } catch (error) {
      reportMalformed(context, row.entry.key, error);
    }
  }
  return count;
}

async function checkPartCount(context: CheckContext, { bucket, key, uploadId }: Upload, count: number): Promise<void> {
  const rowKey = partCountKey(uploadId);
  const before = await readRow(context, rowKey);
  if (before === 'unreadable') return;
  const found =
    before?.length === 8 ? Number(Buffer.from(before).readBigInt64LE()) : before === undefined ? 0 : undefined;
  if (found === count) return;
  const after = Buffer.alloc(8);
  after.writeBigInt64LE(BigInt(count));
  context.report({
    kind: 'counter-wrong',
    severity: 'contradiction',
    message: `The upload ${uploadId} to "${key}" in "${bucket}" says it has ${found ?? 'no number of'} parts, and there are ${count}`,
    bucket,
    key,
    repair: { name: 'set the number of parts of an upload', changes: [{ key: rowKey, before, after }] },
  });
}

/** Parts without an upload are what completed and aborted ones leave to the sweep, which has a note then. */
export async function checkPartOwners(context: CheckContext): Promise<void> {
  context.enter('parts');
  const lost = new Set<string>();
  let last: string | undefined;
  for await (const row of walkRows(context.keyValues, rangeOfPrefix(Buffer.from('P')))) {
    const rowKey = row.entry?.key ?? row.unreadable;
    if (rowKey === undefined) continue;
    const uploadId = Buffer.from(rowKey).toString('hex', 1, 17);
    if (uploadId === last || lost.size >= ORPHAN_COUNT_MAX) continue;
    last = uploadId;
    if ((await readRow(context, partCountKey(uploadId))) === undefined) lost.add(uploadId);
  }
  if (lost.size === 0) return;
  for await (const { entry } of walkRows(context.keyValues, garbageRange(Number.MAX_SAFE_INTEGER, undefined))) {
    if (entry !== undefined) lost.delete(garbageOf(entry.key).contentId);
  }
  for (const uploadId of lost) {
    context.report({
      kind: 'part-orphaned',
      severity: 'contradiction',
      message: `There are parts of upload ${uploadId}, no such upload, and no note that they are garbage`,
      contentId: uploadId,
    });
  }
}
