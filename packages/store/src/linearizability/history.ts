/**
 * A history: what the clients of one object asked, what they were answered, and which call began before which answer
 * came. Plain data that any driver can record: over HTTP, in process, with servers or workers that are killed. Leaves
 * out what is right (`object-model.ts`).
 */

/** Bytes as far as the checker needs them: two contents of the same length and CRC-64 are taken for the same. */
export interface ContentDigest {
  readonly lengthBytes: number;
  readonly crc64: bigint;
}

/** What a client asked of the object. */
export type ObjectCall =
  | {
      readonly kind: 'append';
      /** `auto`: wherever the object ends. */
      readonly position: number | 'auto';
      readonly body: ContentDigest;
      /** Names the append: a repeat is answered as the first, and not applied. */
      readonly appendId?: string;
    }
  | { readonly kind: 'put'; readonly body: ContentDigest }
  | { readonly kind: 'delete' }
  | { readonly kind: 'seal'; readonly position: number }
  /** Reads the whole object. */
  | { readonly kind: 'get' }
  | { readonly kind: 'head' };

/** An object as a GET or HEAD shows it. What the answer did not say is left out and fits everything. */
export interface ObservedObject {
  readonly lengthBytes: number;
  readonly crc64?: bigint;
  readonly type?: 'normal' | 'appendable';
  readonly isSealed?: boolean;
  readonly versionId?: string;
}

/** What the client was answered. */
export type ObjectOutcome =
  /** It is done. `lengthBytes` and `crc64`: of the whole object afterwards, where the answer said so. */
  | { readonly kind: 'done'; readonly lengthBytes?: number; readonly crc64?: bigint; readonly versionId?: string }
  | { readonly kind: 'found'; readonly object: ObservedObject }
  | { readonly kind: 'absent' }
  /** Refused for its position; `lengthBytes`: the true one, where the answer said so. */
  | { readonly kind: 'position-mismatch'; readonly lengthBytes?: number }
  | { readonly kind: 'wrong-type' }
  /** The append's id was used before with another body. */
  | { readonly kind: 'id-conflict' }
  | { readonly kind: 'sealed' }
  /** Surely not done, for a reason that has nothing to do with the object: too many requests, a full disk. */
  | { readonly kind: 'not-done' }
  /** No answer came, or one that does not say: it took place once before `endedAt`, or never. */
  | { readonly kind: 'unknown' };

/** One call of one client. Times only have to be ordered: a counter will do. */
export interface Operation {
  readonly client: string;
  readonly call: ObjectCall;
  readonly outcome: ObjectOutcome;
  /** Before the call was sent. */
  readonly startedAt: number;
  /**
   * After the answer came. Without an answer: from when on the call can have no effect any more, for instance because
   * the process that had it is gone; `Infinity` when nobody can say.
   */
  readonly endedAt: number;
}

interface OpenCall {
  readonly client: string;
  readonly call: ObjectCall;
  readonly startedAt: number;
  readonly receiver: string | undefined;
}

/** Records one object's operations as they go on. */
export class HistoryRecorder {
  readonly #operations: Operation[] = [];
  readonly #open = new Map<number, OpenCall>();
  readonly #clock: HistoryClock;

  /** @param clock Shared by all objects of a run, so that a kill ends the calls of all. */
  constructor(clock: HistoryClock) {
    this.#clock = clock;
  }

  /**
   * @param receiver Who has the call, where there are several.
   * @returns Names the call for `end`.
   */
  start(client: string, call: ObjectCall, receiver?: string): number {
    const startedAt = this.#clock.next();
    this.#open.set(startedAt, { client, call, startedAt, receiver });
    return startedAt;
  }

  /** The answer came. An unknown outcome stays open until `endUnanswered`. */
  end(started: number, outcome: ObjectOutcome): void {
    const open = this.#open.get(started);
    if (open === undefined || outcome.kind === 'unknown') return;
    this.#open.delete(started);
    this.#operations.push(operationOf(open, outcome, this.#clock.next()));
  }

  /**
   * The receiver of the open calls is gone, and whatever it handed on: from now on they have no effect.
   * @param receiver Default: all are gone.
   */
  endUnanswered(receiver?: string): void {
    const endedAt = this.#clock.next();
    for (const [started, open] of this.#open) {
      if (receiver !== undefined && open.receiver !== receiver) continue;
      this.#open.delete(started);
      this.#operations.push(operationOf(open, { kind: 'unknown' }, endedAt));
    }
  }

  /** @returns All operations so far, those still open as of unknown outcome without an end. */
  operations(): readonly Operation[] {
    const open = [...this.#open.values()].map((one) => operationOf(one, { kind: 'unknown' }, Number.POSITIVE_INFINITY));
    return [...this.#operations, ...open];
  }
}

function operationOf({ client, call, startedAt }: OpenCall, outcome: ObjectOutcome, endedAt: number): Operation {
  return { client, call, outcome, startedAt, endedAt };
}

/** Numbers moments. */
export class HistoryClock {
  #last = 0;

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
