/**
 * Measures everything that waits for the background work, for the metrics of a store. Leaves out what the pace depends
 * on: `StoreMaintenance.backlog`.
 */

import { listBuckets } from '../buckets/list-buckets.js';
import type { GarbageDebt } from '../context/garbage-meter.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeCounter } from '../records/counter-row.js';
import { decodeJobEnd } from '../records/extent-record.js';
import { compactionJobOf, compactionJobRange, successorOf } from '../records/key-space.js';
import { partTotalKey, uploadCountKey } from '../records/upload-keys.js';

/** What waits. */
export interface StoreDebt {
  readonly garbage: GarbageDebt;
  /**
   * Of the garbage: what the last whole pass of the sweep had to leave, since readers have it open or it cannot be
   * removed.
   */
  readonly kept: { readonly noteCount: number; readonly lengthBytes: number };
  /** Runs of inline extents that wait to be merged into blobs. */
  readonly compaction: { readonly jobCount: number; readonly lengthBytes: number; readonly isComplete: boolean };
  /** Files that short blobs share, and about how many bytes in them belong to nothing. */
  readonly segments: { readonly segmentCount: number; readonly deadLength: number };
  /** Unfinished multipart uploads of all buckets. */
  readonly uploads: { readonly uploadCount: number; readonly partCount: number };
}

const JOB_PAGE_COUNT = 256;
/** Beyond so many the rest is not counted: it is 40 GiB. */
const JOB_COUNT_MAX = 10_240;
const BUCKET_PAGE_COUNT = 256;

/** @see StoreMaintenance.measureDebt */
export async function measureDebt(context: StoreContext): Promise<StoreDebt> {
  return {
    garbage: context.garbageMeter.debt(),
    kept: context.sweepState.kept,
    compaction: await measureCompaction(context),
    segments: context.segmentLedger.debt(),
    uploads: await countUploads(context),
  };
}

async function measureCompaction({ keyValues }: StoreContext): Promise<StoreDebt['compaction']> {
  const range = compactionJobRange();
  let { start } = range;
  let jobCount = 0;
  let lengthBytes = 0;
  while (jobCount < JOB_COUNT_MAX) {
    const jobs = await keyValues.list({ start, end: range.end, limit: JOB_PAGE_COUNT });
    for (const { key, value } of jobs) lengthBytes += decodeJobEnd(value) - compactionJobOf(key).from;
    jobCount += jobs.length;
    const last = jobs.at(-1);
    if (last === undefined || jobs.length < JOB_PAGE_COUNT) return { jobCount, lengthBytes, isComplete: true };
    start = successorOf(last.key);
  }
  return { jobCount, lengthBytes, isComplete: false };
}

async function countUploads(context: StoreContext): Promise<StoreDebt['uploads']> {
  let uploadCount = 0;
  let partCount = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Awaited<ReturnType<typeof listBuckets>> = await listBuckets(context, {
      prefix: '',
      after,
      limit: BUCKET_PAGE_COUNT,
    });
    for (const { name } of page.buckets) {
      uploadCount += decodeCounter(await context.keyValues.get(uploadCountKey(name)));
      partCount += decodeCounter(await context.keyValues.get(partTotalKey(name)));
    }
    after = page.next;
  }
  return { uploadCount, partCount };
}
