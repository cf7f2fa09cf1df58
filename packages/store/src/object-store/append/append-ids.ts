/**
 * Remembers appends by the ids that their writers gave them. Two rows for each, beside the bytes they belong to: so an
 * append with an id costs the same however many there were, and what is remembered ends with the object version. Leaves
 * out what a repeat is answered with (`judge-append.ts`).
 */
import type { KeyValueCheck, KeyValuePut } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { AppendIdNumbers, RememberedAppend } from '../append-types.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeAppendId, decodeAppendIdText, encodeAppendId, encodeAppendIdText } from '../records/append-id-row.js';
import { appendIdKey, appendNumberKey } from '../records/key-space.js';
import type { ObjectRecord } from '../records/version-record.js';

const NO_NUMBERS: AppendIdNumbers = { first: 0, next: 0 };
/** With one that is added. */
const FORGOTTEN_WITH_EACH = 2;

/** A number, and the row of the id that it names. */
interface OldestId {
  readonly numberKey: Uint8Array;
  readonly idKey: Uint8Array | undefined;
}

/** What reading them takes. */
type IdContext = Pick<StoreContext, 'keyValues' | 'clock'> & {
  readonly settings: { readonly appendable: Pick<AppendableSettings, 'appendIdCountMax' | 'appendIdAgeMsMax'> };
};
type AppendableSettings = StoreContext['settings']['appendable'];

const hexOf = (key: Uint8Array): string => Buffer.from(key).toString('hex');

/** Ids as they were read, and what becomes of them in one commit. */
export class AppendIds {
  readonly #contentId: ContentId;
  readonly #known = new Map<string, RememberedAppend>();
  /** Ids that may name another append, with the rows of their old numbers. */
  readonly #forgotten = new Map<string, Uint8Array>();
  readonly #puts = new Map<string, readonly KeyValuePut[]>();
  /** By key, in hex. */
  readonly #deletes = new Map<string, Uint8Array>();
  readonly #countMax: number;
  /** The oldest, in their order: as many as there can be too many of after this commit. */
  readonly #oldest: OldestId[] = [];
  /** The rows of the ids asked for are as they were read. */
  readonly checks: KeyValueCheck[] = [];
  numbers: AppendIdNumbers;

  /** Of a content without any. */
  constructor(contentId: ContentId, numbers: AppendIdNumbers = NO_NUMBERS, countMax = Number.POSITIVE_INFINITY) {
    this.#contentId = contentId;
    this.#countMax = countMax;
    this.numbers = numbers;
  }

  /**
   * Reads what is remembered of these ids, and which of the oldest may have to go when they are added: a row for each
   * id, and one list where there are as many as are remembered.
   * @throws {EngineFailure} `corrupt`.
   */
  static async read(
    { keyValues, settings, clock }: IdContext,
    { contentId, appendIds = NO_NUMBERS }: Pick<ObjectRecord, 'contentId' | 'appendIds'>,
    wanted: readonly string[],
  ): Promise<AppendIds> {
    const { appendIdCountMax: countMax, appendIdAgeMsMax: ageMsMax } = settings.appendable;
    const ids = new AppendIds(contentId, appendIds, countMax);
    if (wanted.length === 0) return ids;
    const { first, next } = appendIds;
    const bornAfterMs = clock.nowMs() - ageMsMax;
    await Promise.all(
      wanted.map(async (appendId) => {
        const key = appendIdKey(contentId, appendId);
        const row = await keyValues.get(key);
        ids.checks.push({ key, version: row?.version });
        if (row === undefined) return;
        const remembered = decodeAppendId(key, row.value);
        if (remembered.sequence >= next - countMax && remembered.atMs > bornAfterMs)
          ids.#known.set(appendId, remembered);
        else ids.#forgotten.set(appendId, appendNumberKey(contentId, remembered.sequence));
      }),
    );
    // One more than are added, so that a setting that was lowered is caught up with.
    const surplus = Math.min(next - first + wanted.length - countMax, wanted.length + 1, next - first);
    if (surplus > 0) await ids.#readOldest(keyValues, surplus);
    return ids;
  }

  async #readOldest(keyValues: StoreContext['keyValues'], limit: number): Promise<void> {
    const { first } = this.numbers;
    const [start, end] = [first, first + limit].map((sequence) => appendNumberKey(this.#contentId, sequence));
    if (start === undefined || end === undefined) return;
    const named = new Map<string, Uint8Array>();
    for (const { key, value } of await keyValues.list({ start, end, limit })) {
      named.set(hexOf(key), appendIdKey(this.#contentId, decodeAppendIdText(key, value)));
    }
    for (let sequence = first; sequence < first + limit; sequence += 1) {
      const numberKey = appendNumberKey(this.#contentId, sequence);
      // Without a row: its id names a later append.
      this.#oldest.push({ numberKey, idKey: named.get(hexOf(numberKey)) });
    }
  }

  /** @returns What is remembered of an append with this id. */
  find(appendId: string): RememberedAppend | undefined {
    return this.#known.get(appendId);
  }

  /** Remembers an append, from the commit on, and forgets the oldest that are too many then. */
  remember(appendId: string, append: Omit<RememberedAppend, 'sequence'>): void {
    const { next } = this.numbers;
    const remembered = { ...append, sequence: next };
    this.numbers = { first: this.#forgetOldest(next + 1), next: next + 1 };
    this.#known.set(appendId, remembered);
    const oldNumberKey = this.#forgotten.get(appendId);
    if (oldNumberKey !== undefined) this.#remove(oldNumberKey);
    this.#puts.set(appendId, [
      { key: appendIdKey(this.#contentId, appendId), value: encodeAppendId(remembered) },
      { key: appendNumberKey(this.#contentId, next), value: encodeAppendIdText(appendId) },
    ]);
  }

  /**
   * Counts what was added and not what was asked for: of a batch of repeats no id may go that has fewer newer ones than
   * are remembered.
   * @returns The number of the oldest that is left.
   */
  #forgetOldest(next: number): number {
    let { first } = this.numbers;
    // Two at once catch up with a setting that was lowered.
    for (let count = 0; count < FORGOTTEN_WITH_EACH && first < next - this.#countMax; count += 1) {
      const oldest = this.#oldest.shift();
      if (oldest === undefined) break;
      if (oldest.idKey !== undefined) {
        this.#remove(oldest.numberKey);
        this.#remove(oldest.idKey);
      }
      first += 1;
    }
    return first;
  }

  #remove(key: Uint8Array): void {
    this.#deletes.set(hexOf(key), key);
  }

  /** @returns Rows to be written. */
  puts(): readonly KeyValuePut[] {
    return [...this.#puts.values()].flat();
  }

  /** @returns Keys to be removed, none of which is written. */
  deletes(): readonly Uint8Array[] {
    for (const { key } of this.puts()) this.#deletes.delete(hexOf(key));
    return [...this.#deletes.values()];
  }
}
