/**
 * Decides whether the history of one object is linearizable: whether every call can be given one moment between its
 * start and its end so that, one after the other, all answers are what `object-model.ts` says. After Wing and Gong,
 * with Lowe's just-in-time order: calls are placed as late as an answer allows, and everything that is possible at a
 * moment is kept as a set. Calls that change nothing are placed at the first moment they fit, which loses no
 * possibility.
 */
import type { Operation } from './history.js';
import { applyCall, isReadOnly, type ObjectState, stateText } from './object-model.js';

/** `linearizable: false` says at which answer nothing was possible any more. */
export type HistoryVerdict =
  | { readonly linearizable: true; readonly configurationCount: number }
  | {
      readonly linearizable: false;
      /** The operation whose answer cannot be explained, given all before. */
      readonly operation: Operation;
      /** What the object may have been just before that answer. */
      readonly possibleStates: readonly string[];
      /** For people: the operations around it. */
      readonly explanation: string;
    };

/** What a check may cost and begins with. */
export interface CheckOptions {
  /** Of the object before the first operation. Default: there is none. */
  readonly initialState?: ObjectState;
  /**
   * Possibilities kept at once at most; beyond it the check gives up with an error rather than with a wrong verdict.
   * Default: 200,000.
   */
  readonly configurationCountMax?: number;
}

/** One way in which everything up to now may have taken place. */
interface Configuration {
  readonly state: ObjectState;
  /** Calls under way that have taken place in it, by index, ascending. */
  readonly placed: readonly number[];
}

interface Moment {
  readonly at: number;
  readonly isStart: boolean;
  readonly index: number;
}

/**
 * @param operations Of one object, in any order.
 * @throws {RangeError} There are more possibilities than `configurationCountMax`, or an operation ends before it
 * starts.
 */
export function checkHistory(operations: readonly Operation[], options: CheckOptions = {}): HistoryVerdict {
  return new HistoryCheck(operations, options.configurationCountMax ?? 200_000).run(options.initialState);
}

class HistoryCheck {
  readonly #operations: readonly Operation[];
  readonly #countMax: number;
  readonly #underWay = new Set<number>();
  #configurationCount = 0;

  constructor(operations: readonly Operation[], countMax: number) {
    this.#operations = operations;
    this.#countMax = countMax;
  }

  run(initialState: ObjectState): HistoryVerdict {
    let configurations: readonly Configuration[] = [{ state: initialState, placed: [] }];
    for (const { isStart, index } of momentsOf(this.#operations)) {
      if (isStart) {
        this.#underWay.add(index);
        configurations = this.#distinct(configurations.map((one) => this.#withReads(one)));
        continue;
      }
      const before = configurations;
      configurations = this.#afterEnd(configurations, index);
      this.#underWay.delete(index);
      if (configurations.length === 0) return this.#violation(index, before);
    }
    return { linearizable: true, configurationCount: this.#configurationCount };
  }

  /** Of each configuration, all ways to have the call take place by now; without an answer, also never. */
  #afterEnd(configurations: readonly Configuration[], index: number): readonly Configuration[] {
    const isOptional = this.#operation(index).outcome.kind === 'unknown';
    const ended: Configuration[] = [];
    const seen = new Set<string>();
    const open = [...configurations];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      const text = configurationText(one);
      if (seen.has(text)) continue;
      seen.add(text);
      if (seen.size > this.#countMax) {
        throw new RangeError(
          `Cannot check the history: more than ${this.#countMax} possibilities at operation ${index} of ${this.#operations.length}`,
        );
      }
      if (one.placed.includes(index)) {
        ended.push({ state: one.state, placed: one.placed.filter((placed) => placed !== index) });
        continue;
      }
      // Never to take place: nothing has to be placed before that.
      if (isOptional) ended.push(one);
      for (const candidate of this.#underWay) {
        if (!one.placed.includes(candidate)) open.push(...this.#place(one, candidate));
      }
    }
    return this.#distinct(ended);
  }

  #place(one: Configuration, index: number): readonly Configuration[] {
    const { call, outcome } = this.#operation(index);
    const state = applyCall(one.state, call, outcome);
    if (state === 'impossible') return [];
    return [this.#withReads({ state, placed: insert(one.placed, index) })];
  }

  /** Places every call under way that changes nothing and fits. */
  #withReads(one: Configuration): Configuration {
    let { placed } = one;
    for (const index of this.#underWay) {
      const { call, outcome } = this.#operation(index);
      if (!isReadOnly(call, outcome) || placed.includes(index)) continue;
      if (applyCall(one.state, call, outcome) !== 'impossible') placed = insert(placed, index);
    }
    return placed === one.placed ? one : { state: one.state, placed };
  }

  #distinct(configurations: readonly Configuration[]): readonly Configuration[] {
    const byText = new Map(configurations.map((one) => [configurationText(one), one]));
    this.#configurationCount += byText.size;
    return [...byText.values()];
  }

  #operation(index: number): Operation {
    return this.#operations[index] as Operation;
  }

  #violation(index: number, before: readonly Configuration[]): HistoryVerdict {
    const operation = this.#operation(index);
    const possibleStates = [...new Set(before.map(({ state }) => stateText(state)))];
    const around = this.#operations
      .filter(({ startedAt, endedAt }) => startedAt <= operation.endedAt && endedAt >= operation.startedAt - 12)
      .sort((one, other) => one.startedAt - other.startedAt)
      .map((one) => `${one === operation ? '>' : ' '} ${operationText(one)}`);
    const explanation = [
      `No order of the calls explains this answer: ${operationText(operation)}`,
      `The object may have been: ${possibleStates.join('; or ')}`,
      'Operations around it:',
      ...around.slice(-40),
    ].join('\n');
    return { linearizable: false, operation, possibleStates, explanation };
  }
}

/** Starts and ends in order; of one moment the starts first, so that calls that touch count as concurrent. */
function momentsOf(operations: readonly Operation[]): Moment[] {
  const moments = operations.flatMap((operation, index): Moment[] => {
    const { startedAt, endedAt } = operation;
    if (endedAt < startedAt) {
      throw new RangeError(`Cannot check the history: an operation ends before it starts: ${operationText(operation)}`);
    }
    return [
      { at: startedAt, isStart: true, index },
      { at: endedAt, isStart: false, index },
    ];
  });
  return moments.sort((one, other) => compare(one.at, other.at) || Number(other.isStart) - Number(one.isStart));
}

/** Not by subtraction: two infinities have none. */
function compare(one: number, other: number): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function insert(sorted: readonly number[], index: number): readonly number[] {
  return [...sorted, index].sort((one, other) => one - other);
}

function configurationText({ state, placed }: Configuration): string {
  return `${placed.join(',')} ${stateText(state)}`;
}

/** @returns One line that says all of an operation. */
export function operationText({ client, call, outcome, startedAt, endedAt }: Operation): string {
  const told = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
  return `[${startedAt}, ${endedAt}] ${client}: ${JSON.stringify(call, told)} -> ${JSON.stringify(outcome, told)}`;
}
