/**
 * How many requests begin in one turn of the event loop, and whose they are. A turn that takes up everything that
 * thousands of connections have sent lasts a second; and Node accepts one connection in each turn, so a client that
 * connects during a flood would wait for as many turns as there are connections before it. Therefore few requests begin
 * in a turn and the others wait. Addresses and the keys they name take turns. While connections come they go first, for
 * up to ten milliseconds at a time. Leaves out turns at the store (`../limits/admission.ts`).
 */
import { FairQueue } from '../limits/fair-queue.js';

/** So long only connections are taken; then requests have their turn, whatever comes. */
const ACCEPT_MS_MAX = 10;
/** Requests that begin in one turn of the loop. */
const BEGIN_COUNT = 16;

/** What it needs of the world, so that tests need not wait. */
export interface TurnClock {
  /** Milliseconds since any fixed moment, never going back. */
  now(): number;
  /** Calls back in the next turn of the event loop. */
  nextTurn(call: () => void): void;
}

const SYSTEM_CLOCK: TurnClock = { now: () => performance.now(), nextTurn: (call) => void setImmediate(call) };

/** The sender that a request names, before anything of it is checked. */
export interface ClaimedSender {
  readonly address: string;
  readonly accessKeyId: string;
}

/** The turns of one server. There are never more waiting than connections. */
export class RequestTurns {
  readonly #clock: TurnClock;
  readonly #queue = new FairQueue({
    runningCountMax: BEGIN_COUNT,
    waitingCountMax: Number.POSITIVE_INFINITY,
    waitingLengthBytesMax: Number.POSITIVE_INFINITY,
  });
  #isTurning = false;
  #hasAccepted = false;
  #acceptingSinceMs: number | undefined;

  constructor(clock: TurnClock = SYSTEM_CLOCK) {
    this.#clock = clock;
  }

  /** A connection was accepted: there may be more. */
  noteAccepted(): void {
    this.#hasAccepted = true;
    this.#acceptingSinceMs ??= this.#clock.now();
    this.#turn();
  }

  /**
   * @param senderOf Called only when the request has to wait.
   * @returns What it waits for before anything is done about it; nothing as long as few begin in this turn.
   */
  begin(senderOf: () => ClaimedSender): Promise<void> | undefined {
    this.#turn();
    if (this.#queue.runningCount < BEGIN_COUNT) return this.#queue.enter({ caller: '', bucket: '' });
    const { address, accessKeyId } = senderOf();
    return this.#queue.enter({ caller: address, bucket: accessKeyId });
  }

  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    this.#clock.nextTurn(() => this.#step());
  }

  #step(): void {
    this.#isTurning = false;
    const sinceMs = this.#acceptingSinceMs;
    const goesOn = this.#hasAccepted && sinceMs !== undefined && this.#clock.now() - sinceMs < ACCEPT_MS_MAX;
    this.#hasAccepted = false;
    if (goesOn) {
      this.#turn();
      return;
    }
    this.#acceptingSinceMs = undefined;
    // Those of the turn before make room; a request that comes next has its place until the next turn.
    for (let count = this.#queue.runningCount; count > 0; count -= 1) this.#queue.leave();
    if (this.#queue.runningCount > 0) this.#turn();
  }
}

const CLAIMED_KEY = /(?:^OSS |Credential=|AccessKeyId=)([^:/&%,\s]{1,128})/i;

/** @returns The key that a request names in its header or its URL, unchecked; empty for none. */
export function keyNamedBy(authorization: string | undefined, target: string): string {
  return CLAIMED_KEY.exec(authorization ?? target)?.[1] ?? '';
}
