/**
 * Merges runs of inline extents into blobs, from the jobs that appends leave. One job is one commit: it checks and
 * removes the job's row, so of two compactors one wins, and a content that is being swept (its jobs go first) is left
 * alone. Heads are not touched: appends never conflict with it. Readers find every offset covered before, during and
 * after.
 */
import { combineCrc64 } from '@annals/checksum';
import type { BlobWriter } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueEntry, KeyValuePut } from '../../contract/key-value-store.js';
import type { ContentCipher } from '../../encryption/content-cipher.js';
import { SealedBlobWriter } from '../../encryption/sealed-blob.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import { isKnownNotCommitted } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import {
  decodeExtent,
  decodeJobEnd,
  encodeBlobExtent,
  encodeBlobOwner,
  type InlineExtent,
  type SealedInlineExtent,
  verifyInlineExtent,
} from '../records/extent-record.js';
import { blobKey, compactionJobOf, compactionJobRange, extentKey, extentOffsetOf } from '../records/key-space.js';

/** Which jobs to do, and how many at most. */
export interface CompactOptions {
  readonly contentId?: ContentId;
  readonly jobCountMax: number;
}

/** Rows read at once: with the longest inline extents some megabytes. */
const EXTENT_COUNT = 64;
/** Jobs looked at beyond those to be done, in case their keys are not at hand. */
const SKIPPED_JOB_COUNT_MAX = 64;

/**
 * @returns Jobs that are done with.
 * @throws {EngineFailure} `key-unavailable` when the key of an encrypted content is not at hand: its job stays, and
 *   others are done before it is reported. `corrupt` when an extent fails its checksum: the job is given up then, since
 *   merging would seal the damage, and readers of those bytes are told the same.
 */
export async function compactContent(context: StoreContext, options: CompactOptions): Promise<number> {
  // Jobs that cannot be done now must not keep those behind them waiting.
  const jobs = await context.keyValues.list({
    ...compactionJobRange(options.contentId),
    limit: options.jobCountMax + SKIPPED_JOB_COUNT_MAX,
  });
  let doneCount = 0;
  let unavailable: EngineFailure | undefined;
  for (const job of jobs) {
    if (doneCount === options.jobCountMax) break;
    try {
      await runJob(context, job);
      doneCount += 1;
    } catch (error) {
      if (!(error instanceof EngineFailure) || error.reason.kind !== 'key-unavailable') throw error;
      unavailable = error;
    }
  }
  if (doneCount === 0 && unavailable !== undefined) throw unavailable;
  return doneCount;
}

/** Counted at once: a few dozen are many. */
const JOB_COUNT_MAX = 64;

/** @returns How many jobs wait, up to 64. */
export async function countJobs({ keyValues }: StoreContext): Promise<number> {
  return (await keyValues.list({ ...compactionJobRange(), limit: JOB_COUNT_MAX })).length;
}

async function runJob(context: StoreContext, job: KeyValueEntry): Promise<void> {
  const merge = new Merge(context, job);
  try {
    await merge.run();
  } catch (error) {
    if (error instanceof EngineFailure && error.reason.kind === 'corrupt') {
      const given = await context.keyValues.commit({
        checks: [{ key: job.key, version: job.version }],
        deletes: [job.key],
      });
      if (!given.committed) {
        // Another process did or dropped the job meanwhile, so the rows were in motion and nothing is wrong with them.
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
  /** There once an encrypted extent was met: all extents of a content that hold bytes are encrypted, or none. */
  #cipher: ContentCipher | undefined;

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
      if (extent.kind === 'inline' || extent.kind === 'sealed-inline') {
        const inline = await this.#verified(extent, offset);
        const run = this.#run ?? (await this.#beginRun(offset));
        run.rowKeys.push(entry.key);
        run.crc64 = combineCrc64(run.crc64, inline.crc64, extent.length);
        run.length += extent.length;
        chunks.push(inline.bytes);
      } else {
        await this.#write(chunks);
        chunks = [];
        await this.#endRun();
      }
    }
    await this.#write(chunks);
    return position;
  }

  /** The bytes in the clear, proven to be those once written. */
  async #verified(
    extent: InlineExtent | SealedInlineExtent,
    offset: number,
  ): Promise<Pick<InlineExtent, 'bytes' | 'crc64'>> {
    if (extent.kind === 'inline') {
      verifyInlineExtent(extent);
      return extent;
    }
    this.#cipher ??= await this.#context.contentKeys.open(this.#contentId);
    return this.#cipher.openInline(extent.sealed, offset);
  }

  async #beginRun(offset: number): Promise<Run> {
    const blob = await this.#context.blobs.create();
    this.#context.blobsInUse.add(blob.blobId);
    // What was encrypted stays so, under the same data key.
    const writer = this.#cipher === undefined ? blob : new SealedBlobWriter(blob, this.#cipher, offset);
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
      {
        key: extentKey(this.#contentId, run.offset),
        value: encodeBlobExtent(blobId, run.length, run.crc64, this.#cipher !== undefined),
      },
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

function corrupt(contentId: ContentId, position: number): EngineFailure {
  return new EngineFailure({
    kind: 'corrupt',
    detail: `content ${contentId}: extents do not meet at offset ${position}`,
  });
}
