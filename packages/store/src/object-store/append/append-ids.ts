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
import type { ObjectRecord } from '../records/object-record.js';

const NO_NUMBERS: AppendIdNumbers = { first: 0, next: 0 };

/** Ids as they were read, and what becomes of them in one commit. */
export class AppendIds {
  readonly #contentId: ContentId;
  readonly #known = new Map<string, RememberedAppend>();
  readonly #puts = new Map<string, readonly KeyValuePut[]>();
  /** By key, in hex. */
  readonly #deletes = new Map<string, Uint8Array>();
  /** The rows of the ids asked for are as they were read. */
  readonly checks: KeyValueCheck[] = [];
  numbers: AppendIdNumbers;

  /** Of a content without any. */
  constructor(contentId: ContentId, numbers: AppendIdNumbers = NO_NUMBERS) {
    this.#contentId = contentId;
    this.numbers = numbers;
  }

  /**
   * Reads what is remembered of these ids, and which of the oldest are to go when they are added: a row for each id,
   * and one list where there are as many as are remembered.
   * @throws {EngineFailure} `corrupt`.
   */
  static async read(
    { keyValues, settings, clock }: StoreContext,
    { contentId, appendIds = NO_NUMBERS }: ObjectRecord,
    wanted: readonly string[],
  ): Promise<AppendIds> {
    const ids = new AppendIds(contentId, appendIds);
    if (wanted.length === 0) return ids;
    const { appendIdCountMax: countMax, appendIdAgeMsMax: ageMsMax } = settings.appendable;
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
        // Forgotten: the id will be another append's, and its old number nobody's.
        else ids.#remove(appendNumberKey(contentId, remembered.sequence));
      }),
    );
    // One more than are added, so that a setting that was lowered is caught up with.
    const surplus = Math.min(next - first + wanted.length - countMax, wanted.length + 1);
    if (surplus <= 0) return ids;
    const end = appendNumberKey(contentId, first + surplus);
    for (const { key, value } of await keyValues.list({
      start: appendNumberKey(contentId, first),
      end,
      limit: surplus,
    })) {
      ids.#remove(key);
      ids.#remove(appendIdKey(contentId, decodeAppendIdText(key, value)));
    }
    ids.numbers = { first: first + surplus, next };
    return ids;
  }

  /** @returns What is remembered of an append with this id. */
  find(appendId: string): RememberedAppend | undefined {
    return this.#known.get(appendId);
  }

  /** Remembers an append, from the commit on. */
  remember(appendId: string, append: Omit<RememberedAppend, 'sequence'>): void {
    const { first, next } = this.numbers;
    const remembered = { ...append, sequence: next };
    this.numbers = { first, next: next + 1 };
    this.#known.set(appendId, remembered);
    this.#puts.set(appendId, [
      { key: appendIdKey(this.#contentId, appendId), value: encodeAppendId(remembered) },
      { key: appendNumberKey(this.#contentId, next), value: encodeAppendIdText(appendId) },
    ]);
  }

  #remove(key: Uint8Array): void {
    this.#deletes.set(Buffer.from(key).toString('hex'), key);
  }

  /** @returns Rows to be written. */
  puts(): readonly KeyValuePut[] {
    return [...this.#puts.values()].flat();
  }

  /** @returns Keys to be removed, none of which is written. */
  deletes(): readonly Uint8Array[] {
    for (const { key } of this.puts()) this.#deletes.delete(Buffer.from(key).toString('hex'));
    return [...this.#deletes.values()];
  }
}
