/**
 * One reader that follows an object, from the moment its request is answered: what the store gives, and everything that
 * ends it besides: its own patience, its temporary key, its client leaving, the server stopping. Leaves out how what is
 * given looks on the wire (`event-stream.ts`, `../object/follow-object.ts`).
 */
import type { FollowStep, ObjectFollower } from '@annals/store';
import type { OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';

/** Bytes given before everything that may end a reader is looked at again. */
const STEP_LENGTH_BYTES_MAX = 8 * 1024 * 1024;

/** Why a reader gets no more. */
export type SessionEnd = 'sealed' | 'deleted' | 'replaced' | 'timeout' | 'shutdown';

/** What becomes of one wait. */
export type SessionStep =
  | Extract<FollowStep, { readonly kind: 'bytes' }>
  | { readonly kind: 'end'; readonly because: SessionEnd }
  /** Nothing came for as long as the caller wanted to wait this time. */
  | { readonly kind: 'pause' };

/** What a reader asks for. */
interface SessionWish {
  /** Without new bytes. */
  readonly waitMs: number;
}

/** The object was deleted or replaced under a reader: what it got must not look like all there is. */
class FollowCutError extends Error {
  /** @param because What became of the object. */
  constructor(because: SessionEnd) {
    super(`The followed object was ${because}`);
    this.name = 'FollowCutError';
  }
}

/** A reader. Counted, and told of the end of the server, until it is closed. */
export class FollowSession {
  readonly follower: ObjectFollower;
  readonly #request: Pick<OperationRequest, 'signal' | 'caller'>;
  readonly #clock: () => number;
  readonly #waitMs: number;
  readonly #onAbort: () => void;
  readonly #leave: () => void;
  #isShuttingDown = false;
  #idleSinceMs: number | undefined;

  constructor(
    follower: ObjectFollower,
    request: Pick<OperationRequest, 'signal' | 'caller'>,
    { followers, clock }: Pick<OperationContext, 'followers' | 'clock'>,
    { waitMs }: SessionWish,
  ) {
    this.follower = follower;
    this.#request = request;
    this.#clock = clock;
    this.#waitMs = waitMs;
    this.#onAbort = () => follower.stop();
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#leave = followers.begin(() => {
      this.#isShuttingDown = true;
      follower.stop();
    });
  }

  /**
   * Waits for bytes; those given before have been read.
   * @param pauseMs How long this time at most.
   * @throws {Error} The client is gone; what reading the object throws.
   */
  async next(pauseMs = Number.POSITIVE_INFINITY): Promise<SessionStep> {
    const nowMs = performance.now();
    this.#idleSinceMs ??= nowMs;
    const patienceMs = this.#idleSinceMs + this.#waitMs - nowMs;
    const leftMs = Math.max(0, Math.min(patienceMs, this.#keyLeftMs()));
    const step = await this.follower.next({ waitMs: Math.min(leftMs, pauseMs), lengthMax: STEP_LENGTH_BYTES_MAX });
    switch (step.kind) {
      case 'bytes':
        // Patience begins when they have been taken.
        this.#idleSinceMs = undefined;
        return this.#keyLeftMs() > 0 ? step : { kind: 'end', because: 'timeout' };
      case 'end':
        return { kind: 'end', because: step.because === 'whole' ? 'sealed' : step.because };
      case 'nothing':
        return pauseMs < leftMs ? { kind: 'pause' } : { kind: 'end', because: 'timeout' };
      case 'stopped':
        if (this.#isShuttingDown) return { kind: 'end', because: 'shutdown' };
        throw this.#request.signal.reason;
    }
  }

  #keyLeftMs(): number {
    const { expiresAtMs } = this.#request.caller;
    return expiresAtMs === undefined ? Number.POSITIVE_INFINITY : expiresAtMs - this.#clock();
  }

  /** The bytes as they come. @throws {FollowCutError} The object was deleted or replaced; what `next` throws. */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const step = await this.next();
      if (step.kind === 'end') return endInOrder(step.because);
      if (step.kind !== 'bytes') continue;
      // `yield*` of an array costs more than the rest of a delivery.
      if (Array.isArray(step.bytes)) for (const piece of step.bytes) yield piece;
      else yield* step.bytes;
    }
  }

  /** The reader is gone. Idempotent. */
  close(): void {
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    this.#leave();
    this.follower.release();
  }
}

function endInOrder(because: SessionEnd): void {
  if (because === 'deleted' || because === 'replaced') throw new FollowCutError(because);
}
