/**
 * The walk over bytes: one step after another through all contents, whose damage is counted, logged and kept. Leaves
 * out the reading (`StoreMaintenance.scrubContents`).
 */
import type { StoreMaintenance } from '@annals/store';
import type { DamageReports } from '../observe/damage-reports.js';
import type { ScrubPace } from './scrub-pace.js';
import { FINDING_COUNT_MAX, type ScrubState } from './scrub-state.js';

const EXTENT_COUNT_MAX = 64;
const STEP_LENGTH_BYTES = 4 * 1024 * 1024;

/** What the walk works with. */
export interface ByteScrubServices {
  readonly maintenance: Pick<StoreMaintenance, 'scrubContents'>;
  readonly state: ScrubState;
  readonly pace: ScrubPace;
  readonly damage: DamageReports;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * Takes one step from where the state says, and lets the state say where the next one begins.
 * @throws {EngineFailure} The store cannot be read. What the signal says, once it is aborted.
 */
export async function scrubBytes(services: ByteScrubServices, signal: AbortSignal): Promise<void> {
  const { maintenance, state, pace, clock, damage } = services;
  const { after } = state.current;
  if (after === undefined) beginPass(state, clock());
  const step = await maintenance.scrubContents({
    ...(after !== undefined && { after }),
    extentCountMax: EXTENT_COUNT_MAX,
    lengthBytesMax: STEP_LENGTH_BYTES,
    pace: async (lengthBytes) => {
      await pace.wait(pace.durationOfBytesMs(lengthBytes), signal);
      // In the middle of a long blob, too: the next step begins with it again.
      signal.throwIfAborted();
    },
  });
  for (const { failure, ...finding } of step.findings) {
    damage.note(failure, { foundBy: 'scrub', operation: `content ${finding.contentId}` });
    const kept = { ...finding, foundAtMs: clock() };
    const findings = state.current.findings.filter(
      ({ contentId, start }) => contentId !== finding.contentId || start !== finding.start,
    );
    state.change({
      findingCount: state.current.findingCount + 1,
      findings: findings.length < FINDING_COUNT_MAX ? [...findings, kept] : findings,
    });
  }
  if (step.findings.length > 0 && state.current.rowsDue === undefined) state.change({ rowsDue: 'soon' });
  const { after: _, ...rest } = state.current;
  state.replace({
    ...rest,
    extentCount: rest.extentCount + step.extentCount,
    lengthBytes: rest.lengthBytes + step.lengthBytes,
    ...(step.next === undefined ? { rowsDue: 'now' as const } : { after: step.next }),
  });
}

/** What the pass before has found stays until this one has come by. */
function beginPass(state: ScrubState, startedAtMs: number): void {
  const { findings, startedAtMs: before = 0 } = state.current;
  state.change({
    startedAtMs,
    extentCount: 0,
    lengthBytes: 0,
    findings: findings.filter(({ foundAtMs }) => foundAtMs >= before),
    findingCount: 0,
  });
}
