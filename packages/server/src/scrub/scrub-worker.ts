/**
 * Reads all stored bytes again and again, slowly, so that damage is found while there is still a backup of what it
 * hits; then checks all rows, and so names the objects that are hit. Its place is kept, so that a restart goes on where
 * the last one ended. It stands back while many requests run. Leaves out the reading (`StoreMaintenance.scrubContents`)
 * and the checks (`scrubRows`).
 */
import {
  EngineFailure,
  type Finding,
  type ObjectStore,
  rowScrubProgress,
  type ScrubFinding,
  type StoreMaintenance,
} from '@annals/store';
import type { Logger } from 'pino';
import type { DamageReports } from '../observe/damage-reports.js';
import type { ScrubSettings } from '../settings.js';

/** What a worker is built from. */
export interface ScrubWorkerOptions {
  readonly store: Pick<ObjectStore, 'serviceConfiguration' | 'setServiceConfiguration'>;
  readonly maintenance: Pick<StoreMaintenance, 'scrubContents' | 'scrubRows'>;
  readonly settings: ScrubSettings;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: Logger;
  readonly damage: DamageReports;
  /** Requests being carried out. */
  readonly runningRequestCount: () => number;
  /** Resolves after a delay, at once when the signal is aborted. Default: the system's timer. */
  readonly wait?: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

/** Damage that a pass has found. */
export interface KeptFinding extends Omit<ScrubFinding, 'failure'> {
  readonly foundAtMs: number;
}

/** What a check of the rows has found: the objects that are hit, and whatever contradicts itself. */
export type RowFinding = Omit<Finding, 'repair'>;

/** What the last whole check of the rows came to. */
export interface RowCheck {
  readonly endedAtMs: number;
  readonly rowCount: number;
  /** Versions of objects, and parts, of which bytes are damaged or missing. */
  readonly hitCount: number;
  /** Other damage, such as rows that cannot be read. */
  readonly damageCount: number;
  readonly contradictionCount: number;
  /** Blobs that no content knows. */
  readonly orphanBlobCount: number;
  readonly orphanBlobLengthBytes: number;
  /**
   * Counters, and references that nothing refers to, were not looked at: that needs one moment of all rows, and takes
   * too long for one.
   */
  readonly areSumsLeftOut: boolean;
  /** The first of them; those of orphans are left out. */
  readonly findings: readonly RowFinding[];
}

/** A check of the rows that is not over. */
export interface RowCheckUnderWay {
  readonly rowCount: number;
  /** Share that is behind it, from 0 to 1, roughly. */
  readonly progress: number;
}

/** What the scrub does and has found. */
export interface ScrubStatus {
  readonly isRunning: boolean;
  readonly bytesPerSecond: number;
  /** When this pass began; absent before the first. */
  readonly startedAtMs?: number;
  readonly extentCount: number;
  readonly lengthBytes: number;
  /** Share of all contents this pass has behind it, from 0 to 1: their ids are random, so its place tells. */
  readonly progress: number;
  readonly passCount: number;
  readonly lastPassEndedAtMs?: number;
  readonly findingCount: number;
  /** The first of them, of this pass and the one before. */
  readonly findings: readonly KeptFinding[];
  /** Absent before the first. */
  readonly rows?: RowCheck;
  /** Absent between checks. */
  readonly rowsUnderWay?: RowCheckUnderWay;
}

/** When rows are checked: as soon as may be, or before all else, since all contents were read. */
type RowsDue = 'soon' | 'now';

/** What a check of the rows has come to, and where the next step goes on. */
type KeptRowCheck = Omit<RowCheck, 'endedAtMs'> & { readonly next: string; readonly lineCount: number };

type Stored = Omit<ScrubStatus, 'isRunning' | 'bytesPerSecond' | 'progress' | 'rowsUnderWay'> & {
  readonly rowsUnderWay?: KeptRowCheck;
  readonly isStopped: boolean;
  readonly after?: string;
  readonly rowsDue?: RowsDue;
};

/** Where its state is kept. */
export const SCRUB_CONFIGURATION = 'scrub';
const STARTED_RATE_BYTES = 4 * 1024 * 1024;
const FINDING_COUNT_MAX = 1000;
const EXTENT_COUNT_MAX = 64;
const STEP_LENGTH_BYTES = 4 * 1024 * 1024;
const KEEP_INTERVAL_MS = 30_000;
/** A pass that found the store small need not begin again at once. */
const PASS_PAUSE_MS = 3_600_000;
const FAILURE_PAUSE_MS = 60_000;
/** Between checks of the rows in the middle of a pass, however much damage there is. */
const ROWS_PAUSE_MS = 3_600_000;
/**
 * So long one moment of the rows is held; the next step has another. What changes meanwhile makes the file of rows
 * longer.
 */
const ROWS_MOMENT_MS_MAX = 120_000;
/** What needs one moment of all rows is given up when it takes longer. */
const SUMS_MOMENT_MS_MAX = 900_000;
/** Rows a second, for each byte a second: at the usual rate 16,384. */
const ROWS_PER_BYTE = 1 / 256;
/** Rows after which it waits; a list of some hundred is one read. */
const ROWS_WAIT_COUNT = 1024;
/** Lines in the log for one check of the rows. */
const LINE_COUNT_MAX = 100;
/** With more requests under way it stands back, a second at a time, but not for ever. */
const RUNNING_REQUEST_COUNT_MAX = 8;
const STAND_BACK_COUNT_MAX = 30;

/** Objects and parts of which bytes are damaged or missing. */
const HITS: ReadonlySet<Finding['kind']> = new Set(['object-damaged', 'object-checksum', 'part-damaged']);

const FOLLOWS_FROM_BYTES: ReadonlySet<Finding['kind']> = new Set(['object-damaged', 'part-damaged']);

const NOTHING: Stored = {
  isStopped: false,
  extentCount: 0,
  lengthBytes: 0,
  passCount: 0,
  findingCount: 0,
  findings: [],
};

/** One for each server. */
export class ScrubWorker {
  readonly #options: ScrubWorkerOptions;
  #state: Stored = NOTHING;
  #isOpen = false;
  #running: Promise<void> = Promise.resolve();
  #abort = new AbortController();
  #keptAtMs = 0;

  constructor(options: ScrubWorkerOptions) {
    this.#options = options;
  }

  /** Begins, or goes on with, what was under way when the last process ended. Idempotent. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#running = this.#takeUp();
  }

  /** Ends, and keeps its place. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#abort.abort();
    await this.#running;
  }

  status(): ScrubStatus {
    const { isStopped, after, rowsDue, rowsUnderWay, ...shown } = this.#state;
    const progress =
      rowsDue === 'now' ? 1 : after === undefined ? 0 : Number.parseInt(after.slice(2, 10), 16) / 2 ** 32;
    return {
      ...shown,
      ...(rowsUnderWay !== undefined && {
        rowsUnderWay: { rowCount: rowsUnderWay.rowCount, progress: rowScrubProgress(rowsUnderWay.next) },
      }),
      isRunning: this.#isOpen && !isStopped,
      bytesPerSecond: this.#bytesPerSecond,
      progress,
    };
  }

  /** Begins a pass now, from where the last was stopped; until it is stopped. */
  async start(): Promise<ScrubStatus> {
    await this.#settle();
    if (this.#state.isStopped || this.#state.startedAtMs === undefined) this.#change({ isStopped: false });
    await this.#keep();
    this.#isOpen = true;
    this.#abort = new AbortController();
    this.#running = this.#run();
    return this.status();
  }

  /** Stops until it is started, also over restarts. */
  async stop(): Promise<ScrubStatus> {
    await this.#settle();
    this.#change({ isStopped: true });
    await this.#keep();
    return this.status();
  }

  async #settle(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  get #bytesPerSecond(): number {
    return this.#options.settings.bytesPerSecond || STARTED_RATE_BYTES;
  }

  async #takeUp(): Promise<void> {
    const { store, settings, log } = this.#options;
    try {
      const stored = await store.serviceConfiguration(SCRUB_CONFIGURATION);
      this.#state = isStored(stored) ? stored : { ...NOTHING, isStopped: settings.bytesPerSecond === 0 };
    } catch (error) {
      log.error({ err: error }, 'cannot tell where the scrub was');
    }
    await this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { log, damage, clock } = this.#options;
    if (this.#state.isStopped) return;
    let standBackCount = 0;
    while (!signal.aborted && !this.#state.isStopped) {
      if (this.#options.runningRequestCount() > RUNNING_REQUEST_COUNT_MAX && standBackCount < STAND_BACK_COUNT_MAX) {
        standBackCount += 1;
        await this.#wait(1000, signal);
        continue;
      }
      standBackCount = 0;
      try {
        if (this.#areRowsDue()) await this.#checkRows(signal);
        else await this.#step(signal);
        if (this.#state.after === undefined && this.#state.rowsDue === undefined && !signal.aborted) {
          // Of an empty store there is nothing to say, at each of its starts.
          if (this.#state.extentCount > 0) log.info(this.status(), 'the scrub has read all contents');
          await this.#keep();
          await this.#wait(PASS_PAUSE_MS, signal);
        } else if (clock() - this.#keptAtMs >= KEEP_INTERVAL_MS) await this.#keep();
      } catch (error) {
        if (signal.aborted) break;
        damage.note(error, { foundBy: 'scrub' });
        log.error({ err: error }, 'the scrub failed and tries again');
        await this.#wait(FAILURE_PAUSE_MS, signal);
      }
    }
    await this.#keep().catch((error: unknown) => log.warn({ err: error }, 'the place of the scrub was not kept'));
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { maintenance, clock, damage } = this.#options;
    const { after } = this.#state;
    if (after === undefined) {
      const { passCount } = this.#state;
      const findings = this.#state.findings.filter(({ foundAtMs }) => foundAtMs >= (this.#state.startedAtMs ?? 0));
      this.#change({ startedAtMs: clock(), extentCount: 0, lengthBytes: 0, passCount, findings, findingCount: 0 });
    }
    const step = await maintenance.scrubContents({
      ...(after !== undefined && { after }),
      extentCountMax: EXTENT_COUNT_MAX,
      lengthBytesMax: STEP_LENGTH_BYTES,
      pace: async (lengthBytes) => {
        await this.#wait((lengthBytes / this.#bytesPerSecond) * 1000, signal);
        // In the middle of a long blob, too: the next run reads it again.
        signal.throwIfAborted();
      },
    });
    for (const { failure, ...finding } of step.findings) {
      damage.note(failure, { foundBy: 'scrub', operation: `content ${finding.contentId}` });
      const kept = { ...finding, foundAtMs: clock() };
      const findings = this.#state.findings.filter(
        ({ contentId, start }) => contentId !== finding.contentId || start !== finding.start,
      );
      this.#change({
        findingCount: this.#state.findingCount + 1,
        findings: findings.length < FINDING_COUNT_MAX ? [...findings, kept] : findings,
      });
    }
    if (step.findings.length > 0 && this.#state.rowsDue === undefined) this.#change({ rowsDue: 'soon' });
    const { after: _, ...rest } = this.#state;
    this.#state = {
      ...rest,
      extentCount: this.#state.extentCount + step.extentCount,
      lengthBytes: this.#state.lengthBytes + step.lengthBytes,
      ...(step.next === undefined ? { rowsDue: 'now' as const } : { after: step.next }),
    };
  }

  #areRowsDue(): boolean {
    const { rowsDue, rows } = this.#state;
    return rowsDue === 'now' || (rowsDue === 'soon' && this.#options.clock() >= (rows?.endedAtMs ?? 0) + ROWS_PAUSE_MS);
  }

  async #checkRows(signal: AbortSignal): Promise<void> {
    try {
      const before = this.#state.rowsUnderWay;
      const { next, ...found } = await this.#readRows(before?.next, signal);
      const known = new Set([this.#state.rows, before].flatMap((rows) => rows?.findings.map(({ message }) => message)));
      const added = found.findings.filter(({ message }) => !known.has(message));
      const lines = added.slice(0, LINE_COUNT_MAX - (before?.lineCount ?? 0));
      for (const finding of lines) this.#report(finding);
      const rows = before === undefined ? found : sumOf(before, found);
      const lineCount = (before?.lineCount ?? 0) + lines.length;
      if (next === undefined) this.#endRows({ rows: { endedAtMs: this.#options.clock(), ...rows } });
      else this.#change({ rowsUnderWay: { ...rows, next, lineCount } });
    } catch (error) {
      if (signal.aborted) throw error;
      // Rows that are beyond reading must not keep it from the bytes.
      this.#options.damage.note(error, { foundBy: 'scrub' });
      this.#options.log.error({ err: error }, 'the scrub could not check the rows');
      this.#endRows({});
    }
    await this.#keep();
  }

  /** One step: what it found, and where the next one goes on. */
  async #readRows(
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<Omit<RowCheck, 'endedAtMs'> & { readonly next: string | undefined }> {
    const { maintenance, clock, runningRequestCount } = this.#options;
    const counts = { hitCount: 0, damageCount: 0, contradictionCount: 0 };
    const findings: RowFinding[] = [];
    let waitingRowCount = 0;
    let standBackCount = 0;
    const heldMs = (): number => clock() - startedAtMs;
    const startedAtMs = clock();
    const step = await maintenance.scrubRows({
      ...(after !== undefined && { after }),
      damaged: [...this.#state.findings, ...damageIn(this.#state.rowsUnderWay?.findings ?? [])],
      isSpent: () => heldMs() >= ROWS_MOMENT_MS_MAX,
      isOverlong: () => heldMs() >= SUMS_MOMENT_MS_MAX,
      pace: async (count) => {
        signal.throwIfAborted();
        waitingRowCount += count;
        if (waitingRowCount < ROWS_WAIT_COUNT) return;
        const durationMs = (waitingRowCount / (this.#bytesPerSecond * ROWS_PER_BYTE)) * 1000;
        waitingRowCount = 0;
        const isBusy = runningRequestCount() > RUNNING_REQUEST_COUNT_MAX && standBackCount < STAND_BACK_COUNT_MAX;
        standBackCount = isBusy ? standBackCount + 1 : 0;
        await this.#wait(isBusy ? Math.max(durationMs, 1000) : durationMs, signal);
        signal.throwIfAborted();
      },
      onFinding: (finding) => {
        if (finding.severity === 'note') return;
        if (HITS.has(finding.kind)) counts.hitCount += 1;
        else if (finding.severity === 'damage') counts.damageCount += 1;
        else counts.contradictionCount += 1;
        if (findings.length < FINDING_COUNT_MAX) findings.push(finding);
      },
    });
    return { ...step, ...counts, findings };
  }

  #endRows(change: { readonly rows?: RowCheck }): void {
    const { rowsDue, rowsUnderWay: _, ...rest } = this.#state;
    const end = rowsDue === 'now' && { passCount: rest.passCount + 1, lastPassEndedAtMs: this.#options.clock() };
    this.#state = { ...rest, ...change, ...end };
  }

  #report(finding: RowFinding): void {
    const { log, damage } = this.#options;
    const { severity, message, bucket, key } = finding;
    if (severity !== 'damage') {
      log.warn(finding, 'the scrub found rows that contradict each other');
      return;
    }
    // Of what follows from damaged bytes those were counted when they were read.
    if (FOLLOWS_FROM_BYTES.has(finding.kind))
      log.error({ ...finding, foundBy: 'scrub' }, 'the scrub found an object that is hit');
    else {
      damage.note(new EngineFailure({ kind: 'corrupt', detail: message }), {
        foundBy: 'scrub',
        ...(bucket !== undefined && { bucket }),
        ...(key !== undefined && { key }),
      });
    }
  }

  #change(change: Partial<Stored>): void {
    this.#state = { ...this.#state, ...change };
  }

  async #keep(): Promise<void> {
    this.#keptAtMs = this.#options.clock();
    await this.#options.store.setServiceConfiguration(SCRUB_CONFIGURATION, this.#state);
  }

  #wait(durationMs: number, signal: AbortSignal): Promise<void> {
    return (this.#options.wait ?? systemWait)(durationMs, signal);
  }
}

/** What two steps have found together. */
function sumOf(before: KeptRowCheck, step: Omit<RowCheck, 'endedAtMs'>): Omit<RowCheck, 'endedAtMs'> {
  return {
    rowCount: before.rowCount + step.rowCount,
    hitCount: before.hitCount + step.hitCount,
    damageCount: before.damageCount + step.damageCount,
    contradictionCount: before.contradictionCount + step.contradictionCount,
    orphanBlobCount: before.orphanBlobCount + step.orphanBlobCount,
    orphanBlobLengthBytes: before.orphanBlobLengthBytes + step.orphanBlobLengthBytes,
    areSumsLeftOut: before.areSumsLeftOut || step.areSumsLeftOut,
    findings: [...before.findings, ...step.findings].slice(0, FINDING_COUNT_MAX),
  };
}

/** Damage of contents that steps before have met: objects that are hit are looked for later. */
function damageIn(findings: readonly RowFinding[]): { contentId: string; start: number; end: number }[] {
  return findings.flatMap(({ contentId, range }) =>
    contentId === undefined || range === undefined ? [] : [{ contentId, start: range.start, end: range.end }],
  );
}

function isStored(value: unknown): value is Stored {
  return (
    typeof value === 'object' &&
    value !== null &&
    'isStopped' in value &&
    'findings' in value &&
    Array.isArray(value.findings)
  );
}

function systemWait(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, durationMs);
    timer.unref();
    signal.addEventListener('abort', finish, { once: true });
  });
}
