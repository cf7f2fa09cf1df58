/**
 * Appends without a position, in the order in which their bodies are here: one queue for each object, and one commit
 * for all that wait when the one before is durable. So any number of writers of one object share commits, and none of
 * them ever loses a race to another. Appends with a position go their own way; the commit's checks tell.
 */
import type { AppendInput, AppendResult } from '../append-types.js';
import { growingContent, newContent } from '../content/target-content.js';
import type { Arrival } from '../content/write-body.js';
import { commitLoop, type Decision } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import type { ObjectRecord } from '../records/version-record.js';
import { StoreFailure } from '../store-failure.js';
import { type AppendState, idsOf, judge, readForAppend, resultOfRepeat } from './append-state.js';
import { decideCreation } from './create-appendable.js';
import { ObjectGrowth } from './object-growth.js';

/** Bodies of one commit: no other commit waits long behind it. */
const BODY_COUNT_MAX = 128;
/** Bytes of one commit that lie in rows. */
const ROW_LENGTH_BYTES_MAX = 4 * 1024 * 1024;

/** A body that waits for its place. */
interface WaitingAppend {
  readonly input: AppendInput;
  readonly arrival: Arrival;
  /** The object whose content the body was prepared for; undefined: there was none. */
  readonly preparedFor: ObjectRecord | undefined;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What becomes of a body: told when the commit it shares is durable. */
type Outcome = { readonly result: AppendResult } | { readonly failure: unknown } | 'later';

/** The queues of one store. */
export class AppendQueues {
  readonly #context: StoreContext;
  /** By bucket and key, while anything waits. A bucket's name has no slash. */
  readonly #waiting = new Map<string, WaitingAppend[]>();

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /**
   * Appends a body that is here, behind all that came before it.
   * @param preparedFor The object whose content the body was prepared for.
   * @throws {StoreFailure | EngineFailure} As `ObjectStore.appendObject`.
   */
  append(input: AppendInput, arrival: Arrival, preparedFor: ObjectRecord | undefined): Promise<AppendResult> {
    const name = `${input.bucket}/${input.key}`;
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(name);
      const mine: WaitingAppend = { input, arrival, preparedFor, resolve, reject };
      if (waiting !== undefined) {
        waiting.push(mine);
        return;
      }
      this.#waiting.set(name, [mine]);
      void this.#run(name);
    });
  }

  async #run(name: string): Promise<void> {
    for (;;) {
      const waiting = this.#waiting.get(name) ?? [];
      const batch = takeBatch(waiting);
      if (batch.length === 0) break;
      const later = await this.#settle(batch);
      waiting.unshift(...later);
    }
    this.#waiting.delete(name);
  }

  /** @returns Those whose turn is not yet. */
  async #settle(batch: readonly WaitingAppend[]): Promise<readonly WaitingAppend[]> {
    let outcomes: readonly Outcome[];
    try {
      outcomes = await commitLoop(this.#context, () => this.#decide(batch));
    } catch (failure) {
      // Together they may be too much for a quota that has room for some.
      const isTooMuch = failure instanceof StoreFailure && failure.reason.kind === 'quota-exceeded';
      if (isTooMuch && batch.length > 1) {
        for (const one of batch) await this.#settle([one]);
        return [];
      }
      outcomes = batch.map(() => ({ failure }));
    }
    const later: WaitingAppend[] = [];
    for (const [index, one] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || outcome === 'later') later.push(one);
      else if ('failure' in outcome) one.reject(outcome.failure);
      else one.resolve(outcome.result);
    }
    return later;
  }

  async #decide(batch: readonly WaitingAppend[]): Promise<Decision<readonly Outcome[]>> {
    const context = this.#context;
    const [leader] = batch;
    if (leader === undefined) return { result: [] };
    const state = await readForAppend(context, leader.input, idsOf(batch.map(({ input }) => input)));
    if (state.current === undefined) return this.#create(leader, state);
    const { current, ids, rowContext } = state;
    const known = { ...state, current };
    const content =
      current.head.type === 'appendable' ? await growingContent(context, current) : leader.arrival.content;
    const growth = new ObjectGrowth(context, known, content, ids);
    const outcomes = batch.map(({ input, arrival }): Outcome => {
      try {
        const sight: AppendState = { ...known, current: growth.record };
        const verdict = judge(context, input, sight, arrival.received.length);
        if (verdict.kind === 'repeat') return { result: resultOfRepeat(verdict, arrival.received) };
        return { result: growth.add(input, arrival) };
      } catch (failure) {
        if (!(failure instanceof StoreFailure)) throw failure;
        return { failure };
      }
    });
    const commit = growth.commit();
    if (commit === undefined) return { result: outcomes };
    return {
      commit,
      result: outcomes,
      committed: (version) => context.decodedObjects.keep(rowContext, version, growth.record),
    };
  }

  /** The first makes the object; the others find it there, in the next commit. */
  async #create(
    { input, arrival, preparedFor }: WaitingAppend,
    state: AppendState,
  ): Promise<Decision<readonly Outcome[]>> {
    const context = this.#context;
    try {
      judge(context, input, state, arrival.received.length);
      const content =
        preparedFor === undefined ? arrival.content : await newContent(context, input.attributes.encryption);
      const { commit, result } = decideCreation(context, input, state, { ...arrival, content });
      return { ...(commit !== undefined && { commit }), result: [{ result }] };
    } catch (failure) {
      if (!(failure instanceof StoreFailure)) throw failure;
      return { result: [{ failure }] };
    }
  }
}

/** Takes from the front as many as one commit may have; one at least. */
function takeBatch(waiting: WaitingAppend[]): readonly WaitingAppend[] {
  let lengthBytes = 0;
  let count = 0;
  for (const { arrival } of waiting) {
    const { isInline, length } = arrival.received;
    lengthBytes += isInline ? length : 0;
    if (count > 0 && (count === BODY_COUNT_MAX || lengthBytes > ROW_LENGTH_BYTES_MAX)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}
