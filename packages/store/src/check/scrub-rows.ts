/**
 * Checks the rows of a store at work as `annals fsck` checks those of one that stands still: references both ways,
 * counters, the order of versions, the CRC-64 of every object against those of its extents; and names the objects that
 * known damage of bytes hits. Reads no bytes of blobs but of versions that end inside a merged extent.
 *
 * A step looks at one moment and holds it for a bounded time. What one row and those it names tell is looked at place
 * by place, so the next step goes on with a moment of its own. What is true of all rows together (`sums`) must be of
 * one moment; where that takes too long it is left out, and the step says so. Leaves out pace, and keeping the place
 * (`ScrubWorker` of the server).
 */
import { readContent } from '../object-store/content/read-content.js';
import type { StoreContext } from '../object-store/context/store-context.js';
import { isOrphan } from '../object-store/maintenance/sweep-orphan-blobs.js';
import { fields, hexText, text } from '../object-store/records/checks.js';
import { serviceConfigurationKey } from '../object-store/records/key-space.js';
import { decodeJsonRow } from '../object-store/records/row-decoder.js';
import { type CallerChecks, formChecks } from './caller-checks.js';
import { checkContentRows } from './check-content-rows.js';
import { checkContents } from './check-contents.js';
import type { CheckContext, CheckedRows, CheckScope } from './check-context.js';
import { checkOrphanBlobs } from './check-orphan-blobs.js';
import { checkOtherRows } from './check-other-rows.js';
import { checkReferences } from './check-references.js';
import { checkPartOwners } from './check-uploads.js';
import { type BucketPlace, checkBuckets, type VersionLedgers } from './check-versions.js';
import { DamagedBytes } from './damaged-bytes.js';
import type { Finding, FindingKind } from './finding.js';
import { RowLedger } from './row-ledger.js';

/** Where a check goes on, what is known, and who is told. */
export interface RowScrubInput {
  /** Of the step before. */
  readonly after?: string;
  /** Damaged bytes of contents, as a walk over them found, and as steps before have found. */
  readonly damaged: readonly { readonly contentId: string; readonly start: number; readonly end: number }[];
  /** Checks of what the store's caller keeps in rows. Default: rows of JSON must be JSON. */
  readonly callerChecks?: CallerChecks;
  /** Repairs are left out: nothing is repaired beside a server. */
  readonly onFinding: (finding: Omit<Finding, 'repair'>) => void;
  /**
   * Called for each read. Resolves when the next read may begin; its rejection ends the check. @param rowCount Just
   * read.
   */
  readonly pace?: (rowCount: number) => Promise<void> | undefined;
  /** Whether the moment was held for as long as one may be. Default: never, so that one step is the whole check. */
  readonly isSpent?: () => boolean;
  /** Whether it was held for so long that sums are given up. Default: never. */
  readonly isOverlong?: () => boolean;
}

/** What a step looked at. */
export interface RowScrubStep {
  readonly rowCount: number;
  /** Blobs that no content knows, old enough to be sure of it. */
  readonly orphanBlobCount: number;
  readonly orphanBlobLengthBytes: number;
  /** What is true of all rows together was not looked at: it takes too long for one moment. */
  readonly areSumsLeftOut: boolean;
  /** For the next step; undefined: the check is over. */
  readonly next: string | undefined;
}

/** In their order. Those that need no moment come last. */
const STAGES = ['contents', 'beside contents', 'buckets', 'sums', 'alone'] as const;
type Stage = (typeof STAGES)[number];

/** What `sums` finds that no place tells; the rest was found there. */
const SUMS: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'counter-wrong',
  'reference-dangling',
  'version-orphaned',
  'part-orphaned',
  'bucket-missing',
]);
/** Counters and references are read for sums alone: what is wrong with their rows shows there. */
const SUM_ROWS = /^(?:43|52)/;

class SumsGivenUp extends Error {}

/**
 * @returns Share of a check that is behind a place, from 0 to 1, roughly: ids are random, so a place among contents
 * tells; among buckets none does.
 * @param next Of a step; `undefined`: none has begun.
 */
export function rowScrubProgress(next: string | undefined): number {
  const { stage, place } = placeOf(next);
  const share = stage === 'contents' && place !== undefined ? Number.parseInt(place.slice(0, 8), 16) / 2 ** 32 : 0;
  return (STAGES.indexOf(stage) + share) / STAGES.length;
}

function placeOf(after: string | undefined): { readonly stage: Stage; readonly place: string | undefined } {
  const [, name, place] = /^([a-z ]+?)(?:: (.*))?$/s.exec(after ?? '') ?? [];
  const stage = STAGES.find((candidate) => candidate === name);
  // With a place that a later program wrote, the scrub begins again.
  return stage === undefined ? { stage: 'contents', place: undefined } : { stage, place };
}

/**
 * Takes one step.
 * @throws {EngineFailure} `unavailable`; `corrupt` when the rows are beyond reading one by one.
 */
export function scrubRows(context: StoreContext, input: RowScrubInput): Promise<RowScrubStep> {
  return new RowScrub(context, input).run();
}

/** One step, and what its checks share. */
class RowScrub {
  readonly #context: StoreContext;
  readonly #input: RowScrubInput;
  readonly #begun: { readonly stage: Stage; readonly place: string | undefined };
  readonly #damagedBytes = new DamagedBytes();
  readonly #counts = { rowCount: 0, orphanBlobCount: 0, orphanBlobLengthBytes: 0, areSumsLeftOut: false };
  /** Where a check takes a failed read for damage, the wish to end must not get lost. */
  #end: { readonly reason: unknown } | undefined;

  constructor(context: StoreContext, input: RowScrubInput) {
    this.#context = context;
    this.#input = input;
    this.#begun = placeOf(input.after);
    for (const range of input.damaged) this.#damagedBytes.add(range.contentId, range.start, range.end);
  }

  async run(): Promise<RowScrubStep> {
    // Files of blobs that are moved meanwhile stay until the end: the rows of an earlier moment name them.
    const endHold = this.#context.pins.hold({ holds: () => false });
    try {
      return await this.#run();
    } finally {
      endHold();
    }
  }

  async #run(): Promise<RowScrubStep> {
    if (this.#isDue('sums')) {
      const snapshot = await this.#context.keyValues.snapshot();
      try {
        const reached = await this.#checkMoment(this.#paced(snapshot));
        if (reached !== undefined) return reached;
      } finally {
        await snapshot.close();
      }
    }
    // Each of these rows and files stands alone, so it may be of any moment.
    const alone = this.#checkContext(this.#paced(this.#context.keyValues), 'places');
    await checkOtherRows(alone);
    await checkOrphanBlobs(alone);
    return { ...this.#reached('alone'), next: undefined };
  }

  /** @returns Where the next step goes on; `undefined` when there is time left for what needs no moment. */
  async #checkMoment(rows: CheckedRows): Promise<RowScrubStep | undefined> {
    const places = this.#checkContext(rows, 'places');
    if (this.#isDue('contents')) {
      const next = await checkContents(places, this.#placeIn('contents'));
      if (next !== undefined) return this.#reached('contents', next);
    }
    if (this.#isDue('beside contents')) {
      const next = await checkContentRows(places, this.#placeIn('beside contents'));
      if (next !== undefined) return this.#reached('beside contents', next);
    }
    if (this.#isDue('buckets')) {
      const next = await checkBuckets(places, newLedgers(), bucketPlaceOf(this.#placeIn('buckets')));
      if (next !== undefined) return this.#reached('buckets', JSON.stringify(next));
      // Sums have a moment to themselves, unless this one is young.
      if (this.#isSpent()) return this.#reached('sums');
    }
    await checkSums(this.#checkContext(rows, 'sums')).catch((error: unknown) => {
      if (!(error instanceof SumsGivenUp)) throw error;
      this.#counts.areSumsLeftOut = true;
    });
    return this.#isSpent() ? this.#reached('alone') : undefined;
  }

  #isDue(stage: Stage): boolean {
    return STAGES.indexOf(this.#begun.stage) <= STAGES.indexOf(stage);
  }

  #placeIn(stage: Stage): string | undefined {
    return this.#begun.stage === stage ? this.#begun.place : undefined;
  }

  #isSpent(): boolean {
    return this.#input.isSpent?.() === true;
  }

  #reached(stage: Stage, place?: string): RowScrubStep {
    if (this.#end !== undefined) throw this.#end.reason;
    return { ...this.#counts, next: place === undefined ? stage : `${stage}: ${place}` };
  }

  async #wait(rowCount: number): Promise<void> {
    try {
      if (this.#end === undefined) await this.#input.pace?.(rowCount);
    } catch (reason) {
      this.#end = { reason };
    }
    if (this.#end !== undefined) throw this.#end.reason;
  }

  #paced(rows: CheckedRows): CheckedRows {
    return {
      get: async (key) => {
        await this.#wait(1);
        return rows.get(key);
      },
      list: async (range) => {
        const found = await rows.list(range);
        await this.#wait(1 + found.length);
        return found;
      },
    };
  }

  #checkContext(keyValues: CheckedRows, scope: CheckScope): CheckContext {
    return {
      scope,
      // Of sums all is of one moment, or nothing is said.
      isSpent: () => scope === 'places' && this.#isSpent(),
      keyValues,
      blobs: this.#context.blobs,
      contentKeys: this.#context.contentKeys,
      damagedBytes: this.#damagedBytes,
      callerChecks: this.#input.callerChecks ?? formChecks,
      read: (contentId, range) => readContent({ ...this.#context, keyValues }, contentId, range),
      // What the bytes say was read by the walk over contents.
      verify: async () => ({ damaged: [], isUnproven: false }),
      isOrphan: async (blob) => {
        await this.#wait(1);
        // Of now, not of the moment: what came since is none.
        if (!(await isOrphan(this.#context, blob))) return false;
        this.#counts.orphanBlobCount += 1;
        this.#counts.orphanBlobLengthBytes += blob.length;
        return true;
      },
      report: ({ repair: _, ...finding }) => {
        if (this.#end !== undefined) return;
        const isOfSums = SUMS.has(finding.kind) || SUM_ROWS.test(finding.rowKey ?? '');
        if (scope !== 'sums' || isOfSums) this.#input.onFinding(finding);
      },
      countRow: () => {
        this.#counts.rowCount += 1;
        if (scope === 'sums' && this.#input.isOverlong?.() === true) throw new SumsGivenUp();
      },
      countBytes: () => undefined,
      enter: () => undefined,
    };
  }
}

async function checkSums(context: CheckContext): Promise<void> {
  const ledgers = newLedgers();
  await checkBuckets(context, ledgers);
  await checkPartOwners(context, ledgers.uploads);
  await checkReferences(context, ledgers);
}

function newLedgers(): VersionLedgers {
  return { references: new RowLedger(), keys: new RowLedger(), uploads: new RowLedger() };
}

/** The row in which the server keeps the place, as docs/format.md says. */
const PLACE_ROW = 'scrub';
const bucketPlaceCheck = fields<BucketPlace>({ bucket: text, rowKey: hexText });

function bucketPlaceOf(place: string | undefined): BucketPlace | undefined {
  if (place === undefined) return undefined;
  return decodeJsonRow(Buffer.from(place, 'utf8'), bucketPlaceCheck, () => serviceConfigurationKey(PLACE_ROW));
}
