/**
 * Changes to accounts, one after the other: each is committed only if the generation row is still what it was before
 * the change read anything, so everything the change has read still holds. Changes are rare; competing for one row is
 * the price of having no rules about which rows depend on which.
 */
import type { KeyValuePut, KeyValueStore } from '@annals/store';
import { AccountFailure } from './account-failure.js';
import { generationKey, type RowFamily } from './account-rows.js';

const ATTEMPT_COUNT_MAX = 64;

/** What a change sees and does. Reads do not show the change's own writes. */
export class AccountChange {
  readonly #keyValues: KeyValueStore;
  readonly puts: KeyValuePut[] = [];
  readonly deletes: Uint8Array[] = [];

  constructor(keyValues: KeyValueStore) {
    this.#keyValues = keyValues;
  }

  async get<Row>(family: RowFamily<Row>, name: string): Promise<Row | undefined> {
    const entry = await this.#keyValues.get(family.key(name));
    return entry && family.decode(entry.value);
  }

  /** @param limit Rows at most. */
  async list<Row>(family: RowFamily<Row>, limit: number): Promise<readonly Row[]> {
    const entries = await this.#keyValues.list(family.range({ limit }));
    return entries.map(({ value }) => family.decode(value));
  }

  put<Row>(family: RowFamily<Row>, name: string, row: Row): void {
    this.puts.push({ key: family.key(name), value: family.encode(row) });
  }

  delete<Row>(family: RowFamily<Row>, name: string): void {
    this.deletes.push(family.key(name));
  }
}

/**
 * Reads, decides and commits.
 * @param decide Called again after each lost race; throws to refuse. What it neither puts nor deletes stays.
 * @returns What `decide` returned, once it is durable.
 * @throws {AccountFailure} `contended` after too many lost races; what `decide` throws.
 */
export async function changeAccounts<Result>(
  keyValues: KeyValueStore,
  decide: (change: AccountChange) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 0; attempt < ATTEMPT_COUNT_MAX; attempt += 1) {
    const generation = await keyValues.get(generationKey);
    const change = new AccountChange(keyValues);
    const result = await decide(change);
    if (change.puts.length === 0 && change.deletes.length === 0) return result;
    const { committed } = await keyValues.commit({
      checks: [{ key: generationKey, version: generation?.version }],
      // The value says nothing: the version of the row is the generation.
      puts: [...change.puts, { key: generationKey, value: Buffer.of(1) }],
      deletes: change.deletes,
    });
    if (committed) return result;
  }
  throw new AccountFailure({ kind: 'contended' });
}
