/**
 * Damage of what is stored, as it is met: every meeting is counted, and each damaged place is logged once with what it
 * belongs to. The lines are bounded in number and in time, since a client may ask for a damaged object a thousand times
 * a second. Leaves out looking for damage (the scrub).
 */
import { EngineFailure } from '@annals/store';
import type { Logger } from 'pino';
import type { DamageFinder, DamageKind, ServerMetrics } from './metrics.js';

/** What was being done when damage was met; as far as it is known. */
export interface DamagePlace {
  readonly foundBy: DamageFinder;
  readonly requestId?: string;
  readonly operation?: string;
  readonly bucket?: string;
  readonly key?: string;
}

interface Damage {
  readonly kind: DamageKind;
  readonly detail: string;
}

const PLACE_COUNT_MAX = 10_000;
const LINE_COUNT_MAX = 60;
const LINE_INTERVAL_MS = 60_000;

/** Counts and reports. One for each server. */
export class DamageReports {
  readonly #log: Pick<Logger, 'error'>;
  readonly #metrics: Pick<ServerMetrics, 'countDamage'>;
  readonly #clock: () => number;
  /** Oldest first. */
  readonly #known = new Set<string>();
  #lineCount = 0;
  #intervalEndMs = 0;

  /** @param clock Milliseconds of any clock. */
  constructor(
    log: Pick<Logger, 'error'>,
    metrics: Pick<ServerMetrics, 'countDamage'>,
    clock: () => number = () => performance.now(),
  ) {
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** @param error Whatever was thrown; what is no damage, and has none for a cause, is ignored. */
  note(error: unknown, place: DamagePlace): void {
    const damage = damageOf(error);
    if (damage === undefined) return;
    this.#metrics.countDamage(damage.kind, place.foundBy);
    const { bucket = '', key = '' } = place;
    const name = `${damage.kind}\n${damage.detail}\n${bucket}\n${key}`;
    if (this.#known.has(name) || !this.#hasLineLeft()) return;
    this.#known.add(name);
    if (this.#known.size > PLACE_COUNT_MAX) {
      const [oldest] = this.#known;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#log.error({ ...damage, ...place }, 'stored bytes are damaged');
  }

  #hasLineLeft(): boolean {
    const nowMs = this.#clock();
    if (nowMs >= this.#intervalEndMs) {
      this.#intervalEndMs = nowMs + LINE_INTERVAL_MS;
      this.#lineCount = 0;
    }
    this.#lineCount += 1;
    return this.#lineCount <= LINE_COUNT_MAX;
  }
}

/** Causes lie a few deep at most; a circle would be a mistake of the program. */
const CAUSE_DEPTH_MAX = 8;

function damageOf(error: unknown): Damage | undefined {
  let cause = error;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && cause instanceof Error; depth += 1) {
    if (cause instanceof EngineFailure) {
      const { reason } = cause;
      if (reason.kind === 'corrupt') return { kind: 'corrupt', detail: reason.detail };
      if (reason.kind === 'missing-blob') return { kind: 'missing-blob', detail: `blob ${reason.blobId}` };
      if (reason.kind === 'unavailable' && reason.because === 'input-output') {
        return { kind: 'unreadable', detail: cause.cause instanceof Error ? cause.cause.message : 'input or output' };
      }
    }
    cause = cause.cause;
  }
  return undefined;
}
