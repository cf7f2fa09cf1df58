/**
 * The object that says which store a prefix of a bucket belongs to. It is written once, before the first blob, and
 * never changed: two stores over one prefix would sweep each other's blobs.
 */
import type { BlobPlace } from '../../contract/blob-place.js';
import { corruptPlace, encodeStoreMark, readStoreMark, STORE_MARK_NAME } from '../store-mark.js';
import { bodyOf, type S3Bucket } from './s3-bucket.js';
import { s3ToEngineFailure } from './s3-failure.js';

/** Of the bucket's own: `annals-store.json` below the prefix. */
export class S3Identity implements BlobPlace {
  readonly name: string;
  readonly #bucket: S3Bucket;
  readonly #key: string;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
    this.name = bucket.connection.name;
    this.#key = `${bucket.connection.place.prefix}${STORE_MARK_NAME}`;
  }

  async readStoreId(): Promise<string | undefined> {
    const text = await this.#run(() => this.#bucket.get(this.#key));
    return text === undefined ? undefined : readStoreMark(text, `${this.#key} in ${this.name}`);
  }

  async claim(storeId: string): Promise<string> {
    await this.#run(async () => {
      const prefix = `${this.#bucket.connection.place.prefix}blobs/`;
      if ((await this.#bucket.listObjects(prefix, undefined, 1)).objects.length > 0) {
        throw corruptPlace(`${this.name} holds blobs, and does not say of which store`);
      }
      await this.#bucket.put(this.#key, bodyOf(encodeStoreMark(storeId)), { isNew: true });
    });
    // A service that does not know conditions has replaced what was there: then the last one counts, for both.
    const found = await this.readStoreId();
    if (found === undefined) throw corruptPlace(`${this.name} does not keep what is written into it`);
    return found;
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw s3ToEngineFailure(error);
    }
  }
}
