/**
 * Builds a store out of rows and blobs that another one was read as: the reverse of `store-snapshot.ts`. Until the end
 * no program takes what is there for a store, because the row of the format goes in last. Everything may be repeated.
 * Leaves out where the bytes come from.
 */
import { type BlobId, type BlobStore, PUT_LENGTH_BYTES_MAX } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValuePut, KeyValueStore } from '../../contract/key-value-store.js';
import { formatKey } from '../records/key-space.js';
import { isBlobPlaceKey } from './claim-blob-place.js';
import { FORMAT_VERSION, unfinishedKey } from './prepare-format.js';

/** Rows of one commit: an engine takes them in without holding up others for long. */
const COMMIT_ROW_COUNT_MAX = 512;
const COMMIT_LENGTH_BYTES_MAX = 2 * 1024 * 1024;

/** Takes rows and blobs in; engines are its user's, who closes them. */
export class StoreImport {
  readonly #keyValues: KeyValueStore;
  readonly #blobs: BlobStore;

  constructor(keyValues: KeyValueStore, blobs: BlobStore) {
    this.#keyValues = keyValues;
    this.#blobs = blobs;
  }

  /** Whether {@link finish} has been here: then what is here is a store. */
  async isFinished(): Promise<boolean> {
    return (await this.#keyValues.get(formatKey)) !== undefined;
  }

  /** Whether {@link begin} has been here, and {@link finish} has not. */
  async isBegun(): Promise<boolean> {
    return (await this.#keyValues.get(unfinishedKey)) !== undefined;
  }

  /**
   * Must come first: from now on no program takes the folder for a store.
   * @throws {Error} A store is here already.
   */
  async begin(): Promise<void> {
    const { committed } = await this.#keyValues.commit({
      checks: [{ key: formatKey, version: undefined }],
      puts: [{ key: unfinishedKey, value: new Uint8Array() }],
    });
    if (!committed) throw new Error('Cannot restore into a store that is there already');
  }

  /**
   * Puts rows; durable when it resolves. The row of the format is left for {@link finish}, and the one that names the
   * place of the blobs is left out.
   */
  async putRows(rows: readonly KeyValuePut[]): Promise<void> {
    let puts: KeyValuePut[] = [];
    let lengthBytes = 0;
    const commits: Promise<unknown>[] = [];
    const commit = (): void => {
      if (puts.length > 0) commits.push(this.#keyValues.commit({ puts }));
      puts = [];
      lengthBytes = 0;
    };
    for (const row of rows) {
      // The copy has blobs of its own.
      if (Buffer.compare(row.key, formatKey) === 0 || isBlobPlaceKey(row.key)) continue;
      puts.push(row);
      lengthBytes += row.key.length + row.value.length;
      if (puts.length >= COMMIT_ROW_COUNT_MAX || lengthBytes >= COMMIT_LENGTH_BYTES_MAX) commit();
    }
    commit();
    await Promise.all(commits);
  }

  /**
   * Tells whether a blob is here whole, having read all of it; removes what is here of one that is not.
   * @param length In bytes.
   */
  async hasBlob(blobId: BlobId, length: number): Promise<boolean> {
    try {
      const found = await this.#blobs.length(blobId);
      if (found === undefined) return false;
      if (found === length) {
        for await (const _ of this.#blobs.read(blobId, { start: 0, end: length, blobLength: length }));
        return true;
      }
    } catch (error) {
      if (!(error instanceof EngineFailure) || error.reason.kind === 'unavailable') throw error;
    }
    await this.#blobs.delete(blobId);
    return false;
  }

  /**
   * Writes a blob under the id it had; durable after `finish`. There must be none of this id. One call at a time.
   * @param length In bytes.
   */
  async putBlob(blobId: BlobId, length: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (length <= PUT_LENGTH_BYTES_MAX && this.#blobs.restore !== undefined) {
      const bytes: Uint8Array[] = [];
      for await (const chunk of chunks) bytes.push(chunk);
      if (!(await this.#blobs.restore(blobId, length, () => bytes))) await this.#writeBlob(blobId, bytes);
    } else await this.#writeBlob(blobId, chunks);
  }

  async #writeBlob(blobId: BlobId, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const writer = await this.#blobs.create(blobId);
    try {
      for await (const chunk of chunks) await writer.write([chunk]);
      await writer.seal();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  /**
   * Makes a store of it.
   * @param formatRow Value of the row of the format, as the store had it.
   * @param notes Rows that the caller kept about its work, which go in the same moment.
   */
  async finish(formatRow: Uint8Array, notes: readonly Uint8Array[] = []): Promise<void> {
    await this.#blobs.syncRestored?.();
    await this.#keyValues.commit({
      puts: [{ key: formatKey, value: formatRow }],
      deletes: [unfinishedKey, ...notes],
    });
  }
}

/** @returns Whether a key is that of the row that says which format a store has. */
export function isFormatKey(key: Uint8Array): boolean {
  return Buffer.compare(key, formatKey) === 0;
}

/** The newest format that this program reads. */
export const STORE_FORMAT_VERSION: number = FORMAT_VERSION;
