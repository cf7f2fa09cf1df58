/**
 * Makes histories: many clients call a few objects at once, at random, and the driver records all calls and answers. It
 * does not know what the clients call (a server over HTTP, a store in process, one worker of many) or how that is
 * killed: the caller reports a kill.
 */
import { crc64 } from '@annals/checksum';
import { type SeededRandom, seededRandom } from '../conformance/seeded-random.js';
import { checkHistory } from './check-history.js';
import { HistoryClock, HistoryRecorder, type ObjectCall, type ObjectOutcome } from './history.js';

/** One client, which has one call under way at a time. */
export interface ObjectClient {
  /**
   * @param body Bytes of an append or a put; empty otherwise.
   * @param sending Must be called before each request. A client that repeats a request after a broken connection calls
   *   it again: what it sent before may have taken place, or does so before its receiver is gone, or never.
   * @returns What was answered to the last request. `unknown` ends this client: its receiver counts as gone.
   */
  perform(key: string, call: ObjectCall, body: Uint8Array, sending: Sending): Promise<ObjectOutcome>;
}

/** @param receiver Who gets the request, where there are several. */
export type Sending = (receiver?: string) => void;

/** What is called, and how. */
export interface HistoryDriverOptions {
  readonly keys: readonly string[];
  readonly seed: number;
  /** Bytes of most bodies at most; one in twenty is `longBodyLengthBytes` long. */
  readonly bodyLengthBytesMax: number;
  readonly longBodyLengthBytes: number;
}

interface KeyHistory {
  readonly key: string;
  readonly recorder: HistoryRecorder;
  /** As the client that asked last was told: where the next append is tried. */
  lengthBytes: number;
  /** Appends with an id that were asked for: some are asked for again, as by a writer that lost the answer. */
  readonly named: { readonly call: ObjectCall; readonly body: Uint8Array }[];
}

/** Drives one run over its objects, through any number of lives of what is called. */
export class HistoryDriver {
  readonly #options: HistoryDriverOptions;
  readonly #random: SeededRandom;
  readonly #histories: readonly KeyHistory[];
  #clientCount = 0;
  #bodyCount = 0;
  #answeredCount = 0;
  #unansweredCount = 0;
  #repeatedCount = 0;
  readonly #doneCounts = new Map<string, number>();

  constructor(options: HistoryDriverOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    const clock = new HistoryClock();
    this.#histories = options.keys.map((key) => ({
      key,
      recorder: new HistoryRecorder(clock),
      lengthBytes: 0,
      named: [],
    }));
  }

  /** Calls that were answered, and that never were, in all lives; requests that repeat one without an answer. */
  get counts(): { readonly answeredCount: number; readonly unansweredCount: number; readonly repeatedCount: number } {
    const [answeredCount, unansweredCount] = [this.#answeredCount, this.#unansweredCount];
    return { answeredCount, unansweredCount, repeatedCount: this.#repeatedCount };
  }

  /** How often each kind of call succeeded: a history proves nothing of one that never did. */
  get doneCounts(): Readonly<Record<'append' | 'append-auto' | 'put' | 'delete' | 'seal' | 'get' | 'head', number>> {
    const of = (kind: string): number => this.#doneCounts.get(kind) ?? 0;
    return {
      append: of('append'),
      'append-auto': of('append-auto'),
      put: of('put'),
      delete: of('delete'),
      seal: of('seal'),
      get: of('get'),
      head: of('head'),
    };
  }

  /**
   * Lets the clients call until the receiver of each is gone, or `isOver` returns true.
   * @returns Resolves when no client has a call under way any more.
   */
  async live(clients: readonly ObjectClient[], isOver: () => boolean): Promise<void> {
    await Promise.all(clients.map((client) => this.#liveOne(client, isOver)));
  }

  /**
   * The receiver is gone for certain: calls without an answer can have no effect from now on.
   * @param receiver Default: all are gone.
   */
  endUnanswered(receiver?: string): void {
    for (const { recorder } of this.#histories) recorder.endUnanswered(receiver);
  }

  /** Reads every object once, one after the other: what was lost for good shows here at the latest. */
  async readAll(client: ObjectClient): Promise<void> {
    for (const history of this.#histories) await this.#ask(client, 'last reader', history, { kind: 'get' }, EMPTY);
  }

  /** @throws {Error} That explains the first history that is not linearizable, and says the seed. */
  check(): { readonly operationCount: number; readonly configurationCount: number } {
    let operationCount = 0;
    let configurationCount = 0;
    for (const { key, recorder } of this.#histories) {
      const operations = recorder.operations();
      const verdict = checkHistory(operations);
      if (!verdict.linearizable) {
        throw new Error(
          `The history of "${key}" is not linearizable, seed ${this.#options.seed}:\n${verdict.explanation}`,
        );
      }
      operationCount += operations.length;
      configurationCount += verdict.configurationCount;
    }
    return { operationCount, configurationCount };
  }

  async #liveOne(client: ObjectClient, isOver: () => boolean): Promise<void> {
    this.#clientCount += 1;
    const name = `client ${this.#clientCount}`;
    while (!isOver()) {
      const history = this.#pick(this.#histories);
      const { call, body } = this.#chooseCall(history);
      const outcome = await this.#ask(client, name, history, call, body);
      if (outcome.kind === 'unknown') return;
    }
  }

  async #ask(
    client: ObjectClient,
    name: string,
    history: KeyHistory,
    call: ObjectCall,
    body: Uint8Array,
  ): Promise<ObjectOutcome> {
    let started: number | undefined;
    const outcome = await client.perform(history.key, call, body, (receiver) => {
      if (started !== undefined) this.#repeatedCount += 1;
      started = history.recorder.start(name, call, receiver);
    });
    if (started !== undefined) history.recorder.end(started, outcome);
    else if (outcome.kind !== 'unknown') throw new Error(`${name} was answered what it did not send`);
    if (outcome.kind === 'unknown') this.#unansweredCount += 1;
    else this.#answeredCount += 1;
    if (outcome.kind === 'done' || outcome.kind === 'found') {
      const kind = call.kind === 'append' && call.position === 'auto' ? 'append-auto' : call.kind;
      this.#doneCounts.set(kind, (this.#doneCounts.get(kind) ?? 0) + 1);
    }
    this.#learn(history, call, outcome);
    return outcome;
  }

  #learn(history: KeyHistory, call: ObjectCall, outcome: ObjectOutcome): void {
    if (outcome.kind === 'found') history.lengthBytes = outcome.object.lengthBytes;
    else if (outcome.kind === 'absent' || (call.kind === 'delete' && outcome.kind === 'done')) history.lengthBytes = 0;
    else if (outcome.kind === 'position-mismatch' || outcome.kind === 'done') {
      history.lengthBytes = outcome.lengthBytes ?? history.lengthBytes;
    }
  }

  #chooseCall(history: KeyHistory): { readonly call: ObjectCall; readonly body: Uint8Array } {
    const choice = this.#random.next();
    const { lengthBytes } = history;
    if (choice < 0.5) {
      const body = this.#body();
      const kind = this.#random.next();
      if (kind < 0.1 && history.named.length > 0) return this.#pick(history.named.slice(-4));
      const position = kind < 0.35 ? 'auto' : this.#position(lengthBytes);
      const appendId = this.#random.next() < 0.2 ? { appendId: `id-${this.#bodyCount}` } : {};
      const append = { call: { kind: 'append', position, body: digestOf(body), ...appendId } as const, body };
      if (append.call.appendId !== undefined) history.named.push(append);
      return append;
    }
    if (choice < 0.55) {
      const body = this.#body();
      return { call: { kind: 'put', body: digestOf(body) }, body };
    }
    if (choice < 0.62) return { call: { kind: 'delete' }, body: EMPTY };
    if (choice < 0.64) return { call: { kind: 'seal', position: lengthBytes }, body: EMPTY };
    return { call: { kind: choice < 0.85 ? 'get' : 'head' }, body: EMPTY };
  }

  /** Mostly the right one. */
  #position(lengthBytes: number): number {
    return this.#random.next() < 0.9 ? lengthBytes : this.#random.below(lengthBytes + 10);
  }

  /** Never the same twice, so that a doubled or foreign one shows. */
  #body(): Uint8Array {
    const { bodyLengthBytesMax, longBodyLengthBytes } = this.#options;
    this.#bodyCount += 1;
    const lengthBytes =
      this.#random.below(20) === 0 ? longBodyLengthBytes : 12 + this.#random.below(bodyLengthBytesMax);
    return Buffer.alloc(lengthBytes, `<body ${this.#bodyCount}>`);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }
}

const EMPTY = new Uint8Array();

function digestOf(bytes: Uint8Array): { readonly lengthBytes: number; readonly crc64: bigint } {
  return { lengthBytes: bytes.length, crc64: crc64(bytes) };
}
