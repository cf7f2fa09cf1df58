/**
 * Writers that race for a few rows through any number of stores, whatever happens to the database meanwhile, and what
 * must be true afterwards: everything acknowledged is there once and in order, nothing else is, and no answer was
 * wrong.
 */
import assert from 'node:assert/strict';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';

const text = (value: string): Uint8Array => Buffer.from(value);
const LOG_COUNT = 3;
const counterKey = text('sum of all');
const logKey = (index: number): Uint8Array => text(`log ${index}`);

/** What became of the commits, so far. */
export class RacingWriters {
  readonly #stores: readonly KeyValueStore[];
  /** Ids by what their writers were told. */
  readonly #told = { committed: new Set<string>(), refused: new Set<string>(), unknown: new Set<string>() };
  #isOver = false;
  #idCount = 0;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(stores: readonly KeyValueStore[]) {
    this.#stores = stores;
  }

  get committedCount(): number {
    return this.#told.committed.size;
  }

  get unknownCount(): number {
    return this.#told.unknown.size;
  }

  /** Begins, with so many writers at each store. */
  start(writerCount: number): void {
    const writers = this.#stores.flatMap((store) =>
      Array.from({ length: writerCount }, (_, index) => this.#write(store, index)),
    );
    this.#writing = Promise.all(writers);
  }

  /** Lets them go on until so many more commits were acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.committedCount + count;
    while (this.committedCount < wanted) await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Ends them, and looks.
   * @throws {AssertionError} Something is lost, doubled, out of order, or was answered wrongly.
   */
  async end(reader: KeyValueStore): Promise<void> {
    this.#isOver = true;
    await this.#writing;
    const found: string[] = [];
    for (let index = 0; index < LOG_COUNT; index += 1) {
      const ids = Buffer.from((await reader.get(logKey(index)))?.value ?? [])
        .toString()
        .split(' ')
        .filter((id) => id !== '');
      assert.deepEqual(ids, [...new Set(ids)], 'nothing is there twice');
      found.push(...ids);
    }
    const all = new Set(found);
    for (const id of this.#told.committed) assert.ok(all.has(id), `the acknowledged commit ${id} is there`);
    for (const id of this.#told.refused) assert.ok(!all.has(id), `commit ${id}, which was refused, is not there`);
    for (const id of all) {
      assert.ok(this.#told.committed.has(id) || this.#told.unknown.has(id), `commit ${id} was asked for`);
      assert.ok(await reader.get(text(`row of ${id}`)), 'all of a commit is there');
    }
    const sum = Buffer.from((await reader.get(counterKey))?.value ?? Buffer.alloc(8)).readBigInt64LE();
    assert.equal(sum, BigInt(all.size), 'each commit was counted once');
  }

  async #write(store: KeyValueStore, writer: number): Promise<void> {
    for (let round = writer; !this.#isOver; round += 1) {
      this.#idCount += 1;
      const id = `${this.#idCount}`;
      try {
        const key = logKey(round % LOG_COUNT);
        const entry = await store.get(key);
        const row = text(`row of ${id}`);
        const { committed } = await store.commit({
          checks: [
            { key, version: entry?.version },
            { key: row, version: undefined },
          ],
          puts: [
            { key, value: text(`${Buffer.from(entry?.value ?? []).toString()} ${id}`) },
            { key: row, value: new Uint8Array(300) },
          ],
          sums: [{ key: counterKey, delta: 1n }],
        });
        (committed ? this.#told.committed : this.#told.refused).add(id);
      } catch (error) {
        const because = error instanceof EngineFailure && error.reason.kind === 'unavailable' && error.reason.because;
        if (because === 'outcome-unknown') this.#told.unknown.add(id);
        else if (because === 'unreachable' || because === 'read-only') this.#told.refused.add(id);
        else throw error;
      }
    }
  }
}
