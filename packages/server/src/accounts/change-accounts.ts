/**
 * Changes to accounts, one after the other: each is committed only if the generation row is still what it was before
 * the change read anything, so everything the change has read still holds. Changes are rare; competing for one row is
 * the price of having no rules about which rows depend on which.
 */
import { EngineFailure, type KeyValuePut, type KeyValueStore } from '@annals/store';
import { AccountFailure } from './account-failure.js';
import { generationKey, type RowFamily } from './account-rows.js';
import type { ReadRow } from './read-row.js';

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
    return entry && family.decode(entry);
  }

  /** Tells whether there is a row, without reading what it says: a damaged one can be replaced or removed, too. */
  async has<Row>(family: RowFamily<Row>, name: string): Promise<boolean> {
    return (await this.#keyValues.get(family.key(name))) !== undefined;
  }

  /**
   * @param limit Rows at most.
   * @throws {EngineFailure} `corrupt` when one of them is damaged.
   */
  async list<Row>(family: RowFamily<Row>, limit: number): Promise<readonly Row[]> {
    return (await this.listEach(family, limit)).map((read) => {
      if ('damage' in read) throw read.damage;
      return read.row;
    });
  }

  /** As `list`, for those that can do without the rows that are damaged. */
  async listEach<Row>(family: RowFamily<Row>, limit: number): Promise<readonly ReadRow<Row>[]> {
    const entries = await this.#keyValues.list(family.range({ limit }));
    return entries.map((entry) => {
      const name = family.nameOf(entry.key);
      try {
        return { name, row: family.decode(entry) };
      } catch (error) {
        if (!(error instanceof EngineFailure)) throw error;
        return { name, damage: error };
      }
    });
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
