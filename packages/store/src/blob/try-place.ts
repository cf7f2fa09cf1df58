/** What trials of places share: steps one by one, times of calls, and what is judged of them. */
import type { PlaceFinding } from '../contract/place-finding.js';

/** What a step that did not fail found. */
export interface Judgement {
  readonly detail: string;
  readonly state?: 'warning' | 'failed';
  readonly remedy?: string;
  readonly figures?: Readonly<Record<string, number>>;
}

/** A step, and the right without which it is refused. */
export type PlaceStep = readonly [name: string, right: string, work: () => Promise<Judgement>];

const SAMPLE_COUNT = 5;
/** An append of a large body waits for one write and the commit. */
const LATENCY_MS_WARNED = 250;

/**
 * Runs the steps one by one, and ends after the first that failed.
 * @param remedyOf What to do about a failure, and about a right that is missing.
 */
export async function* tryPlace(
  steps: readonly PlaceStep[],
  remedyOf: (error: Error, right: string) => string,
): AsyncGenerator<PlaceFinding, void, undefined> {
  for (const [step, right, work] of steps) {
    const finding = await tryStep(step, work, (error) => remedyOf(error, right));
    yield finding;
    if (finding.state === 'failed') return;
  }
}

async function tryStep(
  step: string,
  work: () => Promise<Judgement>,
  remedyOf: (error: Error) => string,
): Promise<PlaceFinding> {
  try {
    return { step, state: 'ok', ...(await work()) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { step, state: 'failed', detail: error.message, remedy: remedyOf(error) };
  }
}

/** @returns Milliseconds of each of five calls, shortest first. */
export async function measure(work: (index: number) => Promise<unknown>): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let index = 0; index < SAMPLE_COUNT; index += 1) {
    const startedAtMs = performance.now();
    await work(index);
    taken.push(performance.now() - startedAtMs);
  }
  return taken.sort((one, other) => one - other);
}

/** Judges times of {@link measure}. */
export function latency(action: string, ms: readonly number[]): Judgement {
  const medianMs = ms[Math.floor(ms.length / 2)] ?? Number.NaN;
  const slowestMs = ms.at(-1) ?? Number.NaN;
  const detail = `${action} in ${medianMs.toFixed(1)} ms, at most ${slowestMs.toFixed(1)} ms of ${ms.length} times`;
  const figures = { medianMs, slowestMs };
  if (medianMs <= LATENCY_MS_WARNED) return { detail, figures };
  const remedy = 'Each write of a large body waits that long: use a service that is nearer.';
  return { state: 'warning', detail, remedy, figures };
}
