/** How gateways of one store find out about each other, and what they need for that. */

/** Calls back once after a delay. @returns A function that cancels it. */
export type GatewayTimer = (callback: () => void, delayMs: number) => () => void;

/** What a program that opens a store beside others may choose. */
export interface GatewaySettings {
  /** Between two signs of life. Default: 1000. */
  readonly intervalMs?: number;
  /** Without a sign of life for so long, others take a gateway for gone. The same for all. Default: 15,000. */
  readonly goneAfterMs?: number;
  /**
   * A reader is named by its content once it is so old, and holds up no other garbage any more. Default: 60,000.
   */
  readonly longReaderMs?: number;
  /** How long it is remembered that a blob was removed as an orphan. Default: 30 days. */
  readonly tombstoneMs?: number;
  /** Milliseconds that only go forward. Default: since the process started. */
  readonly elapsedMs?: () => number;
  readonly timer?: GatewayTimer;
  /** Called for each failure; the next round tries again. Default: failures are dropped. */
  readonly onFailure?: (error: unknown) => void;
  /** Called when others took this gateway for gone, and it goes on under a new id. Default: nothing. */
  readonly onTakenForGone?: () => void;
}

const DAY_MS = 24 * 3_600_000;

/** @returns The settings, complete. @throws {RangeError} A number is out of range, naming it. */
export function completeGatewaySettings(settings: GatewaySettings): Required<GatewaySettings> {
  const complete = {
    intervalMs: settings.intervalMs ?? 1000,
    goneAfterMs: settings.goneAfterMs ?? 15_000,
    longReaderMs: settings.longReaderMs ?? 60_000,
    tombstoneMs: settings.tombstoneMs ?? 30 * DAY_MS,
    elapsedMs: settings.elapsedMs ?? (() => performance.now()),
    timer: settings.timer ?? systemTimer,
    onFailure: settings.onFailure ?? (() => undefined),
    onTakenForGone: settings.onTakenForGone ?? (() => undefined),
  };
  if (!(complete.intervalMs > 0)) throw new RangeError(`Cannot use ${complete.intervalMs} as "intervalMs": wanted > 0`);
  // Two signs of life may be lost before the others act.
  if (!(complete.goneAfterMs >= 3 * complete.intervalMs)) {
    throw new RangeError(`Cannot use ${complete.goneAfterMs} as "goneAfterMs": wanted at least 3 intervals`);
  }
  return complete;
}

function systemTimer(callback: () => void, delayMs: number): () => void {
  const timeout = setTimeout(callback, delayMs);
  // A sign of life must not keep a process alive that has nothing else to do.
  timeout.unref();
  return () => clearTimeout(timeout);
}
