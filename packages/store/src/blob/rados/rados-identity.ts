/**
 * The object that says which store a namespace of a pool belongs to. It is written once, before the first blob, and
 * never changed: two stores in one namespace would sweep each other's blobs.
 */
import type { BlobPlace } from '../../contract/blob-place.js';
import { corruptPlace, encodeStoreMark, readStoreMark, STORE_MARK_NAME } from '../store-mark.js';
import { parseStripeName } from './rados-blob-layout.js';
import { radosToEngineFailure } from './rados-failure.js';
import type { RadosPool } from './rados-pool.js';

const LENGTH_BYTES_MAX = 4096;

/** Of the namespace's own: `annals-store.json` beside the blobs. */
export class RadosIdentity implements BlobPlace {
  readonly name: string;
  readonly #pool: RadosPool;

  constructor(pool: RadosPool) {
    this.#pool = pool;
    this.name = pool.connection.name;
  }

  async readStoreId(): Promise<string | undefined> {
    const bytes = await this.#run(() => this.#pool.read(STORE_MARK_NAME, 0, LENGTH_BYTES_MAX));
    return bytes === undefined
      ? undefined
      : readStoreMark(Buffer.from(bytes).toString('utf8'), `${STORE_MARK_NAME} in ${this.name}`);
  }

  async claim(storeId: string): Promise<string> {
    await this.#run(async () => {
      for await (const names of this.#pool.list()) {
        if (names.some((name) => parseStripeName(name) !== undefined)) {
          throw corruptPlace(`${this.name} holds blobs, and does not say of which store`);
        }
      }
      await this.#pool.write(STORE_MARK_NAME, { expects: 'nothing', bytes: encodeStoreMark(storeId) });
    });
    const found = await this.readStoreId();
    if (found === undefined) throw corruptPlace(`${this.name} does not keep what is written into it`);
    return found;
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw radosToEngineFailure(error);
    }
  }
}
