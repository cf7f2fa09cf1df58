/**
 * What an operator's process may do to an open store: background work, checks, snapshots, limits, figures, closing.
 * Leaves out everything that a client may ask for; that is `ObjectStore`.
 */
import { type RowScrubInput, type RowScrubStep, scrubRows } from '../../check/scrub-rows.js';
import type { EngineFailure } from '../../contract/engine-failure.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { LargestCommit } from '../context/commit-meter.js';
import type { GarbageDebt } from '../context/garbage-meter.js';
import type { StoreQuotas } from '../context/quota-ledger.js';
import type { StoreContext } from '../context/store-context.js';
import type { BrakeStatistics } from '../context/write-brake.js';
import { checkWritable } from './check-writable.js';
import { compactContent, countJobs } from './compact-content.js';
import { type Backlog, MaintenanceLoop, type MaintenanceOptions } from './maintenance-loop.js';
import { measureDebt, type StoreDebt } from './measure-debt.js';
import { type RewrapInput, type RewrapProgress, rewrapContents } from './rewrap-contents.js';
import { type ScrubInput, type ScrubStep, scrubContents } from './scrub-contents.js';
import { openStoreSnapshot, type StoreSnapshot } from './store-snapshot.js';
import { type SweepProgress, sweepGarbage } from './sweep-garbage.js';
import { type OrphanProgress, sweepOrphanBlobs } from './sweep-orphan-blobs.js';

/**
 * The face of a store for the process that runs it. Every method throws {@link EngineFailure} `unavailable`, and what
 * is named with it.
 */
export class StoreMaintenance {
  readonly #context: StoreContext;
  #loop: MaintenanceLoop | undefined;

  /** Use `openObjectStore`, which checks the format first. */
  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** Starts the background work (compaction, garbage, orphans) in this process; once per store. */
  startMaintenance(options: MaintenanceOptions = {}): void {
    this.#loop ??= new MaintenanceLoop(this, options);
    this.#loop.start();
  }

  /** Ends the background work, waits for commits under way, closes both engines. Idempotent. */
  async close(): Promise<void> {
    await this.#loop?.stop();
    await this.#context.keyValues.close();
    await this.#context.blobs.close();
  }

  /**
   * Opens a snapshot of everything, for a backup; what it refers to is not swept before it is closed.
   * @throws {EngineFailure} `unavailable`.
   */
  snapshot(): Promise<StoreSnapshot> {
    return openStoreSnapshot(this.#context);
  }

  /**
   * Merges inline extents that are due into blobs. Readers and appends go on undisturbed.
   * @param contentId Only of this content; default: the next ones in the queue, up to `jobCountMax`.
   * @returns Jobs done.
   */
  compactContent(options: { readonly contentId?: ContentId; readonly jobCountMax: number }): Promise<number> {
    return compactContent(this.#context, options);
  }

  /**
   * Removes content without references, in bounded steps.
   * @returns What was done, and whether there is more to do now.
   * @throws {EngineFailure} the first one, after all that could be removed has been: `unavailable`, `corrupt`.
   */
  sweepGarbage(options: { readonly rowCountMax: number }): Promise<SweepProgress> {
    return sweepGarbage(this.#context, options);
  }

  /**
   * Removes blobs no content knows, left by broken uploads and crashes. Walks all blobs, asking `isStopped` between
   * them.
   */
  sweepOrphanBlobs(isStopped?: () => boolean): Promise<OrphanProgress> {
    return sweepOrphanBlobs(this.#context, isStopped);
  }

  /**
   * Verifies the bytes of some contents: one step of a walk over all of them, in the order of their ids. Safe beside
   * everything else.
   * @throws {EngineFailure} `unavailable`; `corrupt` when rows cannot be listed. Damage of bytes is in what it returns.
   */
  scrubContents(input: ScrubInput): Promise<ScrubStep> {
    return scrubContents(this.#context, input);
  }

  /**
   * Checks the rows, and names the objects that known damage hits: one step of a walk over all of them. The moment it
   * looks at is held until it resolves. Safe beside everything else.
   * @throws {EngineFailure} `unavailable`; `corrupt` when the rows are beyond reading one by one. What `pace` rejects
   * with.
   */
  scrubRows(input: RowScrubInput): Promise<RowScrubStep> {
    return scrubRows(this.#context, input);
  }

  /**
   * Rewraps the data keys of encrypted contents that are wrapped with an older version of their key. One step of a walk
   * over all of them, in the order of their ids; a small commit for each that is due. Safe to stop, repeat and run
   * beside everything else.
   */
  rewrapContents(input: RewrapInput): Promise<RewrapProgress> {
    return rewrapContents(this.#context, input);
  }

  /**
   * Writes a little to both engines, syncs it, and takes it away again: two commits and one small blob. Repeatable;
   * nothing adds up.
   * @throws {EngineFailure} `unavailable` with the reason why nothing can be written now.
   */
  checkWritable(): Promise<void> {
    return checkWritable(this.#context);
  }

  /**
   * Limits what buckets and their creators hold; replaces all limits there were. Nothing is stored: the program that
   * opens the store sets them again. A commit that would go over one fails with `quota-exceeded`, whatever operation it
   * belongs to; what shrinks or stays passes.
   */
  setQuotas(quotas: StoreQuotas): void {
    this.#context.quotas.set(quotas);
  }

  /** Begins the next round of the background work now, if one is being waited for. */
  hurryMaintenance(): void {
    this.#loop?.hurry();
  }

  /** How far writers are held up; no reads. */
  brakeStatistics(): BrakeStatistics {
    return this.#context.brake.statistics();
  }

  /** @returns The largest commit since this was last asked. */
  takeLargestCommit(): LargestCommit {
    return this.#context.commitMeter.take();
  }

  /** Everything that waits for the background work; some reads for each bucket. */
  measureDebt(): Promise<StoreDebt> {
    return measureDebt(this.#context);
  }

  /** Garbage that waits for the sweep; no reads. */
  garbageDebt(): GarbageDebt {
    return this.#context.garbageMeter.debt();
  }

  /** What the pace of the background work depends on; one read. */
  async backlog(): Promise<Backlog> {
    const { noteCount, lengthBytes } = this.#context.garbageMeter.debt();
    return { noteCount, lengthBytes, jobCount: await countJobs(this.#context) };
  }

  /** Counts the garbage that was there when the store was opened; in the background, once. */
  countGarbage(isStopped: () => boolean = () => false): Promise<void> {
    return this.#context.garbageMeter.countAll(this.#context.keyValues, isStopped);
  }
}
