/**
 * Where requests get their turn at the store. Before its body is read a request is refused when its flow has more
 * waiting than its share; when the body is there (or there is none) it waits for its turn. A slow client holds no turn
 * while it sends. Past the bound the answer is 503 at once: an honest "later" costs a client less than a second in a
 * queue that grows.
 */
import { OssError } from '@annals/protocol';
import { FairQueue, type FairQueueBounds, type Flow } from './fair-queue.js';

/**
 * Bodies longer than this have cost much: when they are here at last they are let in beyond their share, as long as
 * there is space at all.
 */
const REFUSABLE_LENGTH_BYTES_MAX = 1024 * 1024;
/** Of a longer body the rest is in a file by then; what is not yet written is about this. */
const HELD_LENGTH_BYTES_MAX = 2 * 1024 * 1024;

/** The turn of one request. */
export interface RequestTurn {
  /**
   * Called when nothing of the client is waited for any more, at most once.
   * @param lengthBytes Of the body.
   * @returns `undefined` when the turn is now, else what resolves when it is.
   * @throws {OssError} `ServiceUnavailable` when too many wait.
   */
  begin(lengthBytes: number): Promise<void> | undefined;
  /** The request is done with the store. Idempotent, and right whether the turn began or not. */
  end(): void;
}

/** Gives requests their turns. */
export class Admission {
  readonly #queue: FairQueue;
  readonly #onRefusal: () => void;

  /** @param onRefusal Called for each request that is refused. */
  constructor(bounds: FairQueueBounds, onRefusal: () => void) {
    this.#queue = new FairQueue(bounds);
    this.#onRefusal = onRefusal;
  }

  get runningCount(): number {
    return this.#queue.runningCount;
  }

  get waitingCount(): number {
    return this.#queue.waitingCount;
  }

  /** Bytes of the bodies that wait, as far as they are in memory. */
  get waitingLengthBytes(): number {
    return this.#queue.waitingLengthBytes;
  }

  /** @throws {OssError} `ServiceUnavailable` when too many wait. */
  admit(flow: Flow): RequestTurn {
    const queue = this.#queue;
    if (!queue.hasRoomFor(flow)) throw this.#refusal();
    let hasTurn = false;
    return {
      begin: (lengthBytes) => {
        if (hasTurn) return undefined;
        const heldLengthBytes = Math.min(lengthBytes, HELD_LENGTH_BYTES_MAX);
        const mayEnter =
          lengthBytes <= REFUSABLE_LENGTH_BYTES_MAX
            ? queue.hasRoomFor(flow, heldLengthBytes)
            : queue.hasSpaceFor(heldLengthBytes);
        if (!mayEnter) throw this.#refusal();
        hasTurn = true;
        return queue.enter(flow, heldLengthBytes);
      },
      end: () => {
        if (hasTurn) queue.leave();
        hasTurn = false;
      },
    };
  }

  #refusal(): OssError {
    this.#onRefusal();
    return new OssError('ServiceUnavailable', {
      message: 'Too many requests are waiting. Nothing was done, please retry later.',
      headers: { 'Retry-After': '1' },
    });
  }
}

/** Hands a body on, and begins the turn behind its last byte. */
export function beginAfter(stream: AsyncIterable<Uint8Array>, turn: RequestTurn): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = stream[Symbol.asyncIterator]();
      let lengthBytes = 0;
      const weigh = (step: IteratorResult<Uint8Array>): typeof step | Promise<typeof step> => {
        if (step.done !== true) {
          lengthBytes += step.value.length;
          return step;
        }
        const beginning = turn.begin(lengthBytes);
        return beginning === undefined ? step : beginning.then(() => step);
      };
      return {
        next: () => iterator.next().then(weigh),
        async return(value?: unknown) {
          await iterator.return?.(value);
          return { done: true, value: undefined };
        },
      };
    },
  };
}
