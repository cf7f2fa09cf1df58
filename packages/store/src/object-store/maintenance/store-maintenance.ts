/**
 * What an operator's process may do to an open store: background work, checks, snapshots, limits, figures, closing.
 * Leaves out everything that a client may ask for; that is `ObjectStore`.
 */
import { type RowScrubInput, type RowScrubStep, scrubRows } from '../../check/scrub-rows.js';
import type { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueCommit, KeyValueCommitOutcome } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { LargestCommit } from '../context/commit-meter.js';
import type { GarbageDebt } from '../context/garbage-meter.js';
import type { StoreQuotas } from '../context/quota-ledger.js';
import { SegmentsOfWorker, SegmentsOfWorkers, type TellNote } from '../context/shared-segments.js';
import type { StoreContext } from '../context/store-context.js';
import type { BrakeStatistics } from '../context/write-brake.js';
import type { LeaseName } from '../gateways/gateway.js';
import { checkWritable } from './check-writable.js';
import { cleanSegments, type SegmentProgress } from './clean-segments.js';
import { compactContent, countJobs } from './compact-content.js';
import { type Backlog, MaintenanceLoop, type MaintenanceOptions } from './maintenance-loop.js';
import { measureDebt, type StoreDebt } from './measure-debt.js';
import { type RewrapInput, type RewrapProgress, rewrapContents } from './rewrap-contents.js';
import { type ScrubInput, type ScrubStep, scrubContents } from './scrub-contents.js';
import { openStoreSnapshot, type StoreSnapshot } from './store-snapshot.js';
import { type SweepProgress, sweepGarbage } from './sweep-garbage.js';
import { type OrphanProgress, sweepOrphanBlobs } from './sweep-orphan-blobs.js';

const NOTHING_SWEPT: SweepProgress = { contentCount: 0, extentCount: 0, hasMore: false };
const NOT_REWRAPPED: RewrapProgress = {
  examinedCount: 0,
  rewrappedCount: 0,
  failedCount: 0,
  next: undefined,
  isElsewhere: true,
};
const NOT_WALKED: OrphanProgress = { blobCount: 0, removedCount: 0, removedLength: 0, isElsewhere: true };
/** So often a gateway counts the garbage that others make and sweep, at most. */
const RECOUNT_PAUSE_MS = 5000;
/** And so much longer than counting took it waits. */
const RECOUNT_PAUSE_SHARE = 20;

/**
 * The face of a store for the process that runs it. Every method throws {@link EngineFailure} `unavailable`, and what
 * is named with it.
 */
export class StoreMaintenance {
  readonly #context: StoreContext;
  #loop: MaintenanceLoop | undefined;
  #isClosing = false;
  /** Whether the last step of the sweep left something that can go. */
  #hasGarbage = false;
  /** Of the clock of this gateway. */
  #recountAtMs = 0;

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
    this.#isClosing = true;
    await this.#loop?.stop();
    await this.#context.gateway?.close();
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
    return this.#alone('compact', 0, (context) => compactContent(context, options));
  }

  /**
   * Removes content without references, in bounded steps.
   * @returns What was done, and whether there is more to do now.
   * @throws {EngineFailure} the first one, after all that could be removed has been: `unavailable`, `corrupt`.
   */
  sweepGarbage(options: { readonly rowCountMax: number }): Promise<SweepProgress> {
    return this.#alone('sweep', NOTHING_SWEPT, async (context) => {
      const isRenewed = await context.gateway?.advanceSweep(context.keyValues, !this.#hasGarbage);
      const progress = await sweepGarbage(context, options);
      this.#hasGarbage = progress.hasMore;
      return { ...progress, hasMore: progress.hasMore || isRenewed === true };
    });
  }

  /**
   * Removes blobs no content knows, left by broken uploads and crashes. Walks all blobs, asking `isStopped` between
   * them.
   */
  sweepOrphanBlobs(isStopped?: () => boolean): Promise<OrphanProgress> {
    return this.#alone('sweep', NOT_WALKED, (context) => sweepOrphanBlobs(context, isStopped));
  }

  /**
   * Gives back the space of dead short blobs, in a bounded step: of the segments in which some have died, or, as a
   * walk, of all.
   * @throws {EngineFailure} the first one, after all that could be done has been: `unavailable`, `corrupt`.
   */
  cleanSegments(options: { readonly isWalk: boolean; readonly isStopped: () => boolean }): Promise<SegmentProgress> {
    return cleanSegments(this.#context, options);
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
    return this.#alone('compact', NOT_REWRAPPED, (context) => rewrapContents(context, input));
  }

  /**
   * Writes a little to an engine, syncs it, and takes it away again: two commits, or one small blob. Repeatable;
   * nothing adds up.
   * @throws {EngineFailure} `unavailable` with the reason why nothing can be written now.
   */
  checkWritable(engine: 'blobs' | 'rows'): Promise<void> {
    return checkWritable(this.#context, engine);
  }

  /**
   * Limits what buckets and their creators hold; replaces all limits there were. Nothing is stored: the program that
   * opens the store sets them again. A commit that would go over one fails with `quota-exceeded`, whatever operation it
   * belongs to; what shrinks or stays passes.
   */
  setQuotas(quotas: StoreQuotas): void {
    this.#context.quotas.set(quotas);
  }

  /**
   * Carries out a commit of another process that reads the rows itself: counted, measured and limited like those of
   * this store. @throws {StoreFailure} `quota-exceeded`.
   */
  commitForWorker(commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    return this.#context.keyValues.commit(commit);
  }

  /**
   * Takes care of the segments of workers, which have the store open with `sharesSegments`.
   * @param tell Sends a note to all of them.
   * @returns What takes their notes, each worker's in order with its commits.
   */
  serveWorkers(tell: TellNote): Pick<SegmentsOfWorkers, 'receive' | 'ended'> {
    const { blobs, segmentLedger } = this.#context;
    if (blobs.segments === undefined) return { receive: () => undefined, ended: () => undefined };
    return new SegmentsOfWorkers(blobs.segments, segmentLedger, tell);
  }

  /**
   * Lets another process, which has called `serveWorkers`, take care of the segments of this one.
   * @param tell Sends it a note, in order with commits.
   * @returns What takes its notes.
   */
  workFor(tell: TellNote): (note: string) => void {
    const { blobs, segmentLedger, blobsInUse } = this.#context;
    if (blobs.segments === undefined) return () => undefined;
    const segments = new SegmentsOfWorker(blobs.segments, blobsInUse, tell);
    segmentLedger.handOver((blobId) => segments.died(blobId));
    return (note) => segments.receive(note);
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

  /** Garbage that could be swept now, as far as is known; no reads. */
  sweepableGarbage(): Omit<GarbageDebt, 'isComplete'> {
    const { noteCount, lengthBytes } = this.#context.garbageMeter.debt();
    const { kept } = this.#context.sweepState;
    return {
      noteCount: Math.max(0, noteCount - kept.noteCount),
      lengthBytes: Math.max(0, lengthBytes - kept.lengthBytes),
    };
  }

  /** Everything that waits for the background work; some reads for each bucket. */
  measureDebt(): Promise<StoreDebt> {
    return measureDebt(this.#context);
  }

  /** Garbage that waits for the sweep; no reads. */
  garbageDebt(): GarbageDebt {
    return this.#context.garbageMeter.debt();
  }

  /**
   * What the pace of the background work depends on; one read. Beside other gateways the garbage is counted again now
   * and then.
   */
  async backlog(): Promise<Backlog> {
    await this.#recountGarbage();
    const { noteCount, lengthBytes } = this.#context.garbageMeter.debt();
    return { noteCount, lengthBytes, jobCount: await countJobs(this.#context) };
  }

  /** Counts the garbage that was there when the store was opened; in the background, once. */
  countGarbage(isStopped: () => boolean = () => false): Promise<void> {
    return this.#context.garbageMeter.countAll(this.#context.keyValues, isStopped);
  }

  /** What others leave and sweep passes by no meter of this process. */
  async #recountGarbage(): Promise<void> {
    const { gateway, garbageMeter, keyValues } = this.#context;
    if (gateway === undefined || !garbageMeter.debt().isComplete) return;
    const beganAtMs = gateway.elapsedMs();
    if (beganAtMs < this.#recountAtMs) return;
    await garbageMeter.countAgain(keyValues, () => this.#isClosing);
    const endedAtMs = gateway.elapsedMs();
    this.#recountAtMs = endedAtMs + Math.max(RECOUNT_PAUSE_MS, RECOUNT_PAUSE_SHARE * (endedAtMs - beganAtMs));
  }

  /**
   * Does work that one gateway at a time does: at once where this process is alone, otherwise under a lease, and with
   * commits that count only while it is held.
   * @param otherwise What is returned when another gateway holds the lease.
   */
  async #alone<Result>(
    name: LeaseName,
    otherwise: Result,
    work: (context: StoreContext) => Promise<Result>,
  ): Promise<Result> {
    const { gateway, keyValues } = this.#context;
    if (gateway === undefined) return work(this.#context);
    const lease = gateway.lease(name);
    if (!(await lease.hold())) return otherwise;
    return work({ ...this.#context, keyValues: lease.fence(keyValues) });
  }
}
