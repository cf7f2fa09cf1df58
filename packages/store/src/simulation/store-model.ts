/**
 * What a whole store must hold at one moment: keys of two buckets and unfinished uploads. A view of it costs nothing:
 * parts are replaced, never changed.
 */
import {
  type CallUnderWay,
  type KeyCall,
  type KeyKnowledge,
  type KeyOutcome,
  type KeyState,
  possibleStates,
} from './key-model.js';

/** One of the two buckets: in the second every version is kept. */
export const PLAIN_BUCKET = 'plain';
/** The bucket of the model whose versions are kept. */
export const VERSIONED_BUCKET = 'versioned';

/** An upload that was initiated. */
export interface ModelUpload {
  readonly uploadId: string;
  readonly bucket: string;
  readonly key: string;
  readonly parts: ReadonlyMap<number, Buffer>;
  /** A part that is being written: it may be there or not. */
  readonly partUnderWay?: { readonly partNumber: number; readonly bytes: Buffer };
  /** It is being completed or aborted: it may be gone. */
  readonly mayBeGone: boolean;
}

/** All that is known at one moment. */
export interface StoreKnowledge {
  /** By bucket and key, as `keyName` joins them. */
  readonly keys: ReadonlyMap<string, KeyKnowledge>;
  readonly uploads: ReadonlyMap<string, ModelUpload>;
  /** Uploads whose initiation was not answered. */
  readonly initiationsUnderWay: number;
}

/** Names a key of a bucket. */
export function keyName(bucket: string, key: string): string {
  return `${bucket}/${key}`;
}

/** Whether the bucket of a `keyName` keeps versions. */
export function isVersioned(name: string): boolean {
  return name.startsWith(`${VERSIONED_BUCKET}/`);
}

/** The knowledge of one run as it grows. */
export class StoreModel {
  #knowledge: StoreKnowledge = { keys: new Map(), uploads: new Map(), initiationsUnderWay: 0 };
  #moment = 0;

  /** As it is now; later changes do not touch it. */
  get knowledge(): StoreKnowledge {
    return this.#knowledge;
  }

  /** The state of a key with no calls under way, if it is certain. */
  settledState(name: string): KeyState | undefined {
    const { settled, calls } = this.#key(name);
    return calls.length === 0 && settled.length === 1 ? settled[0] : undefined;
  }

  callCount(name: string): number {
    return this.#key(name).calls.length;
  }

  /** @returns Names the call for `end`. */
  start(name: string, call: KeyCall, uploadId?: string): CallUnderWay {
    this.#moment += 1;
    const underWay = { call, startedAt: this.#moment, ...(uploadId !== undefined && { uploadId }) };
    const { settled, calls } = this.#key(name);
    this.#setKey(name, { settled, calls: [...calls, underWay] });
    return underWay;
  }

  /**
   * @param outcome `not-done`: it surely did not take place. `unknown`: nobody can say; it stays under way.
   * @throws {Error} What was answered is not what a right store answers.
   */
  end(name: string, underWay: CallUnderWay, outcome: KeyOutcome | 'not-done' | 'unknown'): void {
    if (outcome === 'unknown') return;
    this.#moment += 1;
    const { settled, calls } = this.#key(name);
    const at = this.#moment;
    const rest = calls.flatMap((call) => {
      if (call !== underWay) return [call];
      return outcome === 'not-done' ? [] : [{ ...call, ended: { at, outcome } }];
    });
    const knowledge = { settled, calls: rest };
    const possible = possibleStates(knowledge, isVersioned(name));
    if (possible.length === 0) {
      const asked = rest.map((call) => describeCall(call)).join('; ');
      throw new Error(`No order of the calls of "${name}" explains their answers: ${asked}`);
    }
    this.#setKey(name, rest.every(({ ended }) => ended !== undefined) ? { settled: possible, calls: [] } : knowledge);
  }

  /** After a loss of power: what was found is what is. */
  settle(keys: ReadonlyMap<string, KeyState>, uploads: ReadonlyMap<string, ModelUpload>): void {
    const known = new Map([...keys].map(([name, state]) => [name, { settled: [state], calls: [] }]));
    this.#knowledge = { keys: known, uploads, initiationsUnderWay: 0 };
  }

  /** Something begins that may make an upload. @returns The function that says which, or that there is none. */
  startInitiation(): (upload: ModelUpload | undefined) => void {
    const { initiationsUnderWay } = this.#knowledge;
    this.#knowledge = { ...this.#knowledge, initiationsUnderWay: initiationsUnderWay + 1 };
    return (upload) => {
      this.#knowledge = { ...this.#knowledge, initiationsUnderWay: this.#knowledge.initiationsUnderWay - 1 };
      if (upload !== undefined) this.setUpload(upload);
    };
  }

  setUpload(upload: ModelUpload): void {
    this.#knowledge = { ...this.#knowledge, uploads: new Map(this.#knowledge.uploads).set(upload.uploadId, upload) };
  }

  removeUpload(uploadId: string): void {
    const uploads = new Map(this.#knowledge.uploads);
    uploads.delete(uploadId);
    this.#knowledge = { ...this.#knowledge, uploads };
  }

  #key(name: string): KeyKnowledge {
    return this.#knowledge.keys.get(name) ?? { settled: [[]], calls: [] };
  }

  #setKey(name: string, knowledge: KeyKnowledge): void {
    this.#knowledge = { ...this.#knowledge, keys: new Map(this.#knowledge.keys).set(name, knowledge) };
  }
}

/** @returns A call and its answer in one line. */
export function describeCall({ call, ended }: CallUnderWay): string {
  const { kind } = call;
  const what = 'bytes' in call ? ` of ${call.bytes.length} bytes "${call.bytes.toString('latin1', 0, 24)}"` : '';
  const where = 'position' in call ? ` at ${call.position}` : '';
  return `${kind}${what}${where} -> ${ended === undefined ? 'no answer yet' : JSON.stringify(ended.outcome)}`;
}
