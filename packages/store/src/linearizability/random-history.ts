/**
 * Histories made by chance, to test the checker with: of an object that is right, or with one fault planted in them
 * that no order of the calls can explain. The object here is a plain buffer, on purpose not the model of the checker.
 */
import { crc64 } from '@annals/checksum';
import { type SeededRandom, seededRandom } from '../conformance/seeded-random.js';
import {
  type ContentDigest,
  HistoryClock,
  HistoryRecorder,
  type ObjectCall,
  type ObjectOutcome,
  type Operation,
} from './history.js';

/** What a store may do wrong. Each is planted so that the history cannot be explained, whatever came before. */
export const HISTORY_FAULTS = [
  'lost-append',
  'doubled-append',
  'reordered-appends',
  'stale-read',
  'phantom-bytes',
  'vanished-unacknowledged',
  'two-winners',
  'late-effect',
  'append-after-seal',
  'resurrected',
  'lost-at-kill',
  'torn-append',
  'wrong-position-told',
  'seal-undone',
  'put-over-appendable',
  'other-version',
] as const;

/** A violation that can be planted into a history. */
export type HistoryFault = (typeof HISTORY_FAULTS)[number];

/** What a random history is made of. */
export interface RandomHistoryOptions {
  readonly seed: number;
  readonly clientCount: number;
  readonly operationCount: number;
  /** Planted at the end. */
  readonly fault?: HistoryFault;
}

interface BufferObject {
  readonly type: 'normal' | 'appendable';
  readonly bytes: Buffer;
  readonly isSealed: boolean;
  readonly versionId: string;
}

interface CallUnderWay {
  readonly started: number;
  readonly call: ObjectCall;
  readonly body: Buffer;
  outcome: ObjectOutcome | undefined;
}

/** @returns The operations of one object, in the order of their answers. */
export function randomHistory(options: RandomHistoryOptions): readonly Operation[] {
  const run = new HistoryRun(options.seed);
  run.goOn(options.clientCount, options.operationCount);
  if (options.fault !== undefined) run.plant(options.fault);
  return run.operations();
}

class HistoryRun {
  readonly #random: SeededRandom;
  readonly #recorder = new HistoryRecorder(new HistoryClock());
  readonly #underWay = new Map<string, CallUnderWay>();
  #object: BufferObject | undefined;
  #bodyCount = 0;
  #versionCount = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  operations(): readonly Operation[] {
    return this.#recorder.operations();
  }

  /** Calls that overlap, answers in any order, now and then a kill. */
  goOn(clientCount: number, operationCount: number): void {
    for (let begun = 0; begun < operationCount || this.#underWay.size > 0; ) {
      const client = `client ${this.#random.below(clientCount)}`;
      const current = this.#underWay.get(client);
      if (current === undefined) {
        if (begun === operationCount) continue;
        begun += 1;
        this.#begin(client, this.#randomCall());
      } else if (current.outcome === undefined) current.outcome = this.#perform(current.call, current.body);
      else this.#answer(client, current);
      if (this.#random.below(60) === 0) this.#kill();
    }
  }

  plant(fault: HistoryFault): void {
    // From here on one call comes after the other; each fault is one that no earlier call can explain.
    this.#ask({ kind: 'delete' });
    const [first, second] = [this.#body(), this.#body()];
    this.#append(first);
    const before = this.#object as BufferObject;
    switch (fault) {
      case 'lost-append':
        this.#append(second);
        this.#object = before;
        break;
      case 'doubled-append':
        this.#append(second);
        this.#change({ bytes: Buffer.concat([first, second, second]) });
        break;
      case 'reordered-appends':
        this.#append(second);
        this.#change({ bytes: Buffer.concat([second, first]) });
        break;
      case 'stale-read':
        this.#append(second);
        this.#record({ kind: 'get' }, found(before));
        break;
      case 'phantom-bytes':
        this.#change({ bytes: Buffer.concat([first, second]) });
        break;
      case 'vanished-unacknowledged':
        this.#begin('lost', this.#appendCall(second));
        this.#append(second, 'unknown');
        this.#ask({ kind: 'get' });
        this.#object = before;
        break;
      case 'two-winners':
        this.#append(second);
        this.#record(
          { kind: 'append', position: first.length, body: digestOf(second) },
          { kind: 'done', lengthBytes: first.length + second.length },
        );
        break;
      case 'late-effect':
        this.#begin('lost', this.#appendCall(second));
        this.#recorder.endUnanswered();
        this.#underWay.delete('lost');
        this.#ask({ kind: 'get' });
        this.#append(second, 'unknown');
        break;
      case 'append-after-seal':
        this.#ask({ kind: 'seal', position: first.length });
        this.#append(second, 'done');
        break;
      case 'resurrected':
        this.#ask({ kind: 'delete' });
        this.#object = before;
        break;
      case 'lost-at-kill':
        this.#append(second);
        this.#recorder.endUnanswered();
        this.#object = undefined;
        break;
      case 'torn-append':
        this.#begin('lost', this.#appendCall(second));
        this.#recorder.endUnanswered();
        this.#underWay.delete('lost');
        this.#change({ bytes: Buffer.concat([first, second.subarray(0, second.length >> 1)]) });
        break;
      case 'wrong-position-told':
        this.#record(
          { kind: 'append', position: first.length + 1, body: digestOf(second) },
          { kind: 'position-mismatch', lengthBytes: first.length + 1 },
        );
        break;
      case 'seal-undone':
        this.#ask({ kind: 'seal', position: first.length });
        this.#change({ isSealed: false });
        break;
      case 'put-over-appendable':
        this.#record({ kind: 'put', body: digestOf(second) }, { kind: 'done' });
        break;
      case 'other-version':
        this.#change({ versionId: 'never given' });
        break;
    }
    this.#ask({ kind: 'get' });
  }

  #randomCall(): { readonly call: ObjectCall; readonly body: Buffer } {
    const lengthBytes = this.#object?.bytes.length ?? 0;
    const choice = this.#random.next();
    const body = this.#body();
    if (choice < 0.35) {
      const position = this.#random.next() < 0.85 ? lengthBytes : this.#random.below(lengthBytes + 9);
      return { call: { kind: 'append', position, body: digestOf(body) }, body };
    }
    if (choice < 0.45) return { call: { kind: 'put', body: digestOf(body) }, body };
    if (choice < 0.53) return { call: { kind: 'delete' }, body };
    if (choice < 0.56) return { call: { kind: 'seal', position: lengthBytes }, body };
    return { call: { kind: choice < 0.8 ? 'get' : 'head' }, body };
  }

  #perform(call: ObjectCall, body: Buffer): ObjectOutcome {
    const object = this.#object;
    switch (call.kind) {
      case 'get':
        return object === undefined ? { kind: 'absent' } : found(object);
      case 'head':
        return object === undefined
          ? { kind: 'absent' }
          : { kind: 'found', object: { lengthBytes: object.bytes.length } };
      case 'delete':
        this.#object = undefined;
        return { kind: 'done' };
      case 'put':
        if (object?.type === 'appendable') return { kind: 'wrong-type' };
        return this.#create('normal', body);
      case 'seal':
        if (object === undefined) return { kind: 'absent' };
        if (object.type === 'normal') return { kind: 'wrong-type' };
        if (call.position !== object.bytes.length) return { kind: 'position-mismatch' };
        this.#change({ isSealed: true });
        return { kind: 'done' };
      case 'append':
        return this.#performAppend(call.position, body);
    }
  }

  #performAppend(position: number | 'auto', body: Buffer): ObjectOutcome {
    const object = this.#object;
    if (object?.type === 'normal') return { kind: 'wrong-type' };
    if (object?.isSealed === true) return { kind: 'sealed' };
    const lengthBytes = object?.bytes.length ?? 0;
    if (position !== 'auto' && position !== lengthBytes) return { kind: 'position-mismatch', lengthBytes };
    if (object === undefined) return this.#create('appendable', body);
    const bytes = Buffer.concat([object.bytes, body]);
    this.#change({ bytes });
    return { kind: 'done', lengthBytes: bytes.length, crc64: crc64(bytes) };
  }

  #create(type: BufferObject['type'], bytes: Buffer): ObjectOutcome {
    this.#versionCount += 1;
    const versionId = `v${this.#versionCount}`;
    this.#object = { type, bytes, isSealed: false, versionId };
    return { kind: 'done', lengthBytes: bytes.length, versionId };
  }

  #change(change: Partial<BufferObject>): void {
    this.#object = { ...(this.#object as BufferObject), ...change };
  }

  /** What was begun took place or not; nobody is told. */
  #kill(): void {
    for (const { call, body, outcome } of this.#underWay.values()) {
      if (outcome === undefined && this.#random.next() < 0.5) this.#perform(call, body);
    }
    this.#underWay.clear();
    this.#recorder.endUnanswered();
  }

  #begin(client: string, { call, body }: { readonly call: ObjectCall; readonly body: Buffer }): void {
    this.#underWay.set(client, { started: this.#recorder.start(client, call), call, body, outcome: undefined });
  }

  #answer(client: string, { started, outcome }: CallUnderWay): void {
    this.#underWay.delete(client);
    this.#recorder.end(started, outcome ?? { kind: 'unknown' });
  }

  #ask(call: ObjectCall): void {
    const started = this.#recorder.start('last', call);
    this.#recorder.end(started, this.#perform(call, Buffer.alloc(0)));
  }

  #record(call: ObjectCall, outcome: ObjectOutcome): void {
    this.#recorder.end(this.#recorder.start('last', call), outcome);
  }

  #appendCall(body: Buffer): { readonly call: ObjectCall; readonly body: Buffer } {
    return { call: { kind: 'append', position: this.#object?.bytes.length ?? 0, body: digestOf(body) }, body };
  }

  /**
   * @param told `unknown`: it takes place and nobody is told; `done`: it is told as done whatever the object thinks of
   * it.
   */
  #append(body: Buffer, told?: 'unknown' | 'done'): void {
    const { call } = this.#appendCall(body);
    if (told === 'unknown') {
      this.#performAppend(this.#object?.bytes.length ?? 0, body);
      return;
    }
    if (told === 'done') this.#change({ isSealed: false });
    const started = this.#recorder.start('last', call);
    this.#recorder.end(started, this.#perform(call, body));
  }

  #body(): Buffer {
    this.#bodyCount += 1;
    return Buffer.from(`<${this.#bodyCount}>`.repeat(1 + this.#random.below(3)));
  }
}

function digestOf(bytes: Buffer): ContentDigest {
  return { lengthBytes: bytes.length, crc64: crc64(bytes) };
}

function found({ bytes, type, isSealed, versionId }: BufferObject): ObjectOutcome {
  return { kind: 'found', object: { ...digestOf(bytes), type, isSealed, versionId } };
}
