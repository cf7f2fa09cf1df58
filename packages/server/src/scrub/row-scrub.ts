/**
 * The walk over rows: once all bytes were read, or some were found damaged, all rows are checked step by step, which
 * names the objects that are hit. Leaves out the checks (`scrubRows` of the store).
 */
import { type CallerChecks, EngineFailure, type Finding, type StoreMaintenance } from '@annals/store';
import type { Logger } from 'pino';
import type { DamageReports } from '../observe/damage-reports.js';
import type { ScrubPace } from './scrub-pace.js';
import {
  FINDING_COUNT_MAX,
  type KeptRowCheck,
  type RowCheck,
  type RowFinding,
  type ScrubState,
} from './scrub-state.js';

/** Between checks of the rows in the middle of a pass, however much damage there is. */
const ROWS_PAUSE_MS = 3_600_000;
/**
 * So long one moment of the rows is held; the next step has another. What changes meanwhile makes the file of rows
 * longer.
 */
const ROWS_MOMENT_MS_MAX = 120_000;
/** What needs one moment of all rows is given up when it takes longer. */
const SUMS_MOMENT_MS_MAX = 900_000;
/** Rows after which it waits; a list of some hundred is one read. */
const ROWS_WAIT_COUNT = 1024;
/** Lines in the log for one check of the rows. */
const LINE_COUNT_MAX = 100;
/** For how long it stands back behind requests. */
const STAND_BACK_MS = 1000;

/** Objects and parts of which bytes are damaged or missing. */
const HITS: ReadonlySet<Finding['kind']> = new Set(['object-damaged', 'object-checksum', 'part-damaged']);

const FOLLOWS_FROM_BYTES: ReadonlySet<Finding['kind']> = new Set(['object-damaged', 'part-damaged']);

/** What one step has found. */
type RowsOfStep = Omit<RowCheck, 'endedAtMs'>;

/** What the walk works with. */
export interface RowScrubServices {
  readonly maintenance: Pick<StoreMaintenance, 'scrubRows'>;
  /** Of the rows that the server keeps beside objects. */
  readonly callerChecks: CallerChecks;
  readonly state: ScrubState;
  readonly pace: ScrubPace;
  readonly damage: DamageReports;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Tells whether the next step is one over rows. @param nowMs Since 1970. */
export function areRowsDue({ current: { rowsDue, rows } }: ScrubState, nowMs: number): boolean {
  return rowsDue === 'now' || (rowsDue === 'soon' && nowMs >= (rows?.endedAtMs ?? 0) + ROWS_PAUSE_MS);
}

/**
 * Takes one step, and keeps what it found. Rows that cannot be read end the check; they must not keep the scrub from
 * the bytes.
 * @throws What the signal says, once it is aborted.
 */
export async function checkRows(services: RowScrubServices, signal: AbortSignal): Promise<void> {
  const { state, damage, log, clock } = services;
  try {
    const { rows: last, rowsUnderWay: before } = state.current;
    const { next, ...found } = await readRows(services, before?.next, signal);
    const known = new Set([last, before].flatMap((rows) => rows?.findings.map(({ message }) => message)));
    const added = found.findings.filter(({ message }) => !known.has(message));
    const lines = added.slice(0, LINE_COUNT_MAX - (before?.lineCount ?? 0));
    for (const finding of lines) report(finding, services);
    const rows = before === undefined ? found : sumOf(before, found);
    const lineCount = (before?.lineCount ?? 0) + lines.length;
    if (next === undefined) endRows(services, { rows: { endedAtMs: clock(), ...rows } });
    else state.change({ rowsUnderWay: { ...rows, next, lineCount } });
  } catch (error) {
    if (signal.aborted) throw error;
    damage.note(error, { foundBy: 'scrub' });
    log.error({ err: error }, 'the scrub could not check the rows');
    endRows(services, {});
  }
  await state.keep();
}

/** One step: what it found, and where the next one goes on. */
async function readRows(
  { maintenance, callerChecks, state, pace, clock }: RowScrubServices,
  after: string | undefined,
  signal: AbortSignal,
): Promise<RowsOfStep & { readonly next: string | undefined }> {
  const { findings: damaged, rowsUnderWay } = state.current;
  const counts = { hitCount: 0, damageCount: 0, contradictionCount: 0 };
  const findings: RowFinding[] = [];
  const isBusy = pace.standBack();
  let waitingRowCount = 0;
  const startedAtMs = clock();
  const heldMs = (): number => clock() - startedAtMs;
  const step = await maintenance.scrubRows({
    ...(after !== undefined && { after }),
    callerChecks,
    damaged: [...damaged, ...damageIn(rowsUnderWay?.findings ?? [])],
    isSpent: () => heldMs() >= ROWS_MOMENT_MS_MAX,
    isOverlong: () => heldMs() >= SUMS_MOMENT_MS_MAX,
    pace: async (count) => {
      signal.throwIfAborted();
      waitingRowCount += count;
      if (waitingRowCount < ROWS_WAIT_COUNT) return;
      const durationMs = pace.durationOfRowsMs(waitingRowCount);
      waitingRowCount = 0;
      await pace.wait(isBusy() ? Math.max(durationMs, STAND_BACK_MS) : durationMs, signal);
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

function endRows({ state, clock }: RowScrubServices, change: { readonly rows?: RowCheck }): void {
  const { rowsDue, rowsUnderWay: _, ...rest } = state.current;
  const end = rowsDue === 'now' && { passCount: rest.passCount + 1, lastPassEndedAtMs: clock() };
  state.replace({ ...rest, ...change, ...end });
}

function report(finding: RowFinding, { log, damage }: RowScrubServices): void {
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

/** What two steps have found together. */
function sumOf(before: KeptRowCheck, step: RowsOfStep): RowsOfStep {
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
