/**
 * Merges runs of inline extents into blobs, from the jobs that appends leave. One job is one commit: it checks and removes the job's
 * row, so of two compactors one wins, and a content that is being swept (its jobs go first) is left alone. Heads are not
 * touched: appends never conflict with it. Readers find every offset covered before, during and after.
 */
import { combineCrc64 } from '@annals/checksum';
import type { BlobWriter } from '../contract/blob-store.js';
import type { KeyValueEntry, KeyValuePut } from '../contract/key-value-store.js';
import { StoreFailure } from '../contract/store-failure.js';
import { isKnownNotCommitted } from './commit-loop.js';
import {
  decodeExtent,
  decodeJobEnd,
  encodeBlobExtent,
  encodeBlobOwner,
  verifyInlineExtent,
} from './records/extent-record.js';
import { blobKey, compactionJobOf, compactionJobRange, extentKey, extentOffsetOf } from './records/key-space.js';
import type { StoreContext } from './store-context.js';
import type { ContentId } from './types.js';

/** Which jobs to do, and how many at most. */
export interface CompactOptions {
  readonly contentId?: ContentId;
  readonly jobCountMax: number;
}

/** Rows read at once: with the longest inline extents some megabytes. */
const EXTENT_COUNT = 64;

/**
 * @returns Jobs that are done with.
 * @throws {StoreFailure} `corrupt` when an extent fails its checksum: the job is given up then, since merging would seal the damage, and
 *   readers of those bytes are told the same.
 */
export async function compactContent(context: StoreContext, options: CompactOptions): Promise<number> {
  const jobs = await context.keyValues.list({
    ...compactionJobRange(options.contentId),
    limit: options.jobCountMax,
  });
  for (const job of jobs) {
    await runJob(context, job);
  }
  return jobs.length;
}

async function runJob(context: StoreContext, job: KeyValueEntry): Promise<void> {
  const merge = new Merge(context, job);
  try {
    await merge.run();
  } catch (error) {
    if (error instanceof StoreFailure && error.reason.kind === 'corrupt') {
      const given = await context.keyValues.commit({
        checks: [{ key: job.key, version: job.version }],
        deletes: [job.key],
      });
      if (!given.committed) {
        // The job was done or dropped by somebody else meanwhile, so the rows were in motion and nothing is wrong with them.
        return;
      }
    }
    throw error;
  }
}

/** Consecutive inline extents on their way into one blob. */
interface Run {
  readonly offset: number;
  readonly rowKeys: Uint8Array[];
  readonly writer: BlobWriter;
  length: number;
  crc64: bigint;
}

class Merge {
  readonly #context: StoreContext;
  readonly #job: KeyValueEntry;
  readonly #contentId: ContentId;
  readonly #puts: KeyValuePut[] = [];
  readonly #deletes: Uint8Array[] = [];
  readonly #writers: BlobWriter[] = [];
  #run: Run | undefined;

  constructor(context: StoreContext, job: KeyValueEntry) {
    this.#context = context;
    this.#job = job;
    this.#contentId = compactionJobOf(job.key).contentId;
  }

  async run(): Promise<void> {
    try {
      await this.#copyAll();
    } catch (error) {
      await this.#letGo(false);
      throw error;
    }
    try {
      const { committed } = await this.#context.keyValues.commit({
        checks: [{ key: this.#job.key, version: this.#job.version }],
        puts: this.#puts,
        deletes: [this.#job.key, ...this.#deletes],
      });
      await this.#letGo(committed);
    } catch (error) {
      // With the outcome unknown the blobs stay in use: the sweep of orphans after the next start will know.
      if (isKnownNotCommitted(error)) {
        await this.#letGo(false);
      }
      throw error;
    }
  }

  async #copyAll(): Promise<void> {
    const end = decodeJobEnd(this.#job.value);
    let position = compactionJobOf(this.#job.key).from;
    while (position < end) {
      const entries = await this.#context.keyValues.list({
        start: extentKey(this.#contentId, position),
        end: extentKey(this.#contentId, end),
        limit: EXTENT_COUNT,
      });
      if (entries.length === 0) {
        throw corrupt(this.#contentId, position);
      }
      const first = position;
      position = await this.#copyBatch(entries, first);
    }
    await this.#endRun();
  }

  /** @returns The offset behind the last extent. */
  async #copyBatch(entries: readonly KeyValueEntry[], start: number): Promise<number> {
    let position = start;
    let chunks: Uint8Array[] = [];
    for (const entry of entries) {
      const offset = extentOffsetOf(entry.key);
      const extent = decodeExtent(entry.value);
      if (offset !== position) {
        throw corrupt(this.#contentId, position);
      }
      position += extent.length;
      if (extent.kind === 'inline') {
        verifyInlineExtent(extent);
        const run = this.#run ?? (await this.#beginRun(offset));
        run.rowKeys.push(entry.key);
        run.crc64 = combineCrc64(run.crc64, extent.crc64, extent.length);
        run.length += extent.length;
        chunks.push(extent.bytes);
      } else {
        await this.#write(chunks);
        chunks = [];
        await this.#endRun();
      }
    }
    await this.#write(chunks);
    return position;
  }

  async #beginRun(offset: number): Promise<Run> {
    const writer = await this.#context.blobs.create();
    this.#context.blobsInUse.add(writer.blobId);
    this.#writers.push(writer);
    const run: Run = { offset, rowKeys: [], writer, length: 0, crc64: 0n };
    this.#run = run;
    return run;
  }

  async #write(chunks: readonly Uint8Array[]): Promise<void> {
    if (chunks.length > 0) {
      await this.#run?.writer.write(chunks);
    }
  }

  async #endRun(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) {
      return;
    }
    await run.writer.seal();
    const { blobId } = run.writer;
    const [, ...others] = run.rowKeys;
    this.#puts.push(
      { key: extentKey(this.#contentId, run.offset), value: encodeBlobExtent(blobId, run.length, run.crc64) },
      { key: blobKey(blobId), value: encodeBlobOwner(this.#contentId, run.offset) },
    );
    this.#deletes.push(...others);
  }

  async #letGo(isCommitted: boolean): Promise<void> {
    for (const writer of this.#writers) {
      if (!isCommitted) {
        await writer.abort();
      }
      this.#context.blobsInUse.delete(writer.blobId);
    }
  }
}

function corrupt(contentId: ContentId, position: number): StoreFailure {
  return new StoreFailure({
    kind: 'corrupt',
    detail: `content ${contentId}: extents do not meet at offset ${position}`,
  });
}
