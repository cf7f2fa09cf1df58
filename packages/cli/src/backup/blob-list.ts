/** Lists of blobs in little memory: a store may have millions. */
import { type BlobEntry, decodeBlobEntries, encodeBlobEntry } from './backup-format.js';
import type { SourceBlob } from './backup-source.js';

const ID_LENGTH_BYTES = 16;
const BLOB_LENGTH_BYTES = 24;
const FIRST_LENGTH_BYTES = 1024 * 1024;

/** Ids and lengths in the order in which they were added, 24 bytes each. */
export class BlobList {
  #bytes = Buffer.alloc(FIRST_LENGTH_BYTES);
  #count = 0;
  #length = 0;

  get count(): number {
    return this.#count;
  }

  /** Sum of all lengths, in bytes. */
  get length(): number {
    return this.#length;
  }

  add({ blobId, length }: SourceBlob): void {
    const at = this.#count * BLOB_LENGTH_BYTES;
    if (at + BLOB_LENGTH_BYTES > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2);
    this.#bytes.write(blobId, at, 'hex');
    this.#bytes.writeBigUInt64BE(BigInt(length), at + ID_LENGTH_BYTES);
    this.#count += 1;
    this.#length += length;
  }

  *[Symbol.iterator](): Generator<SourceBlob> {
    for (let at = 0; at < this.#count * BLOB_LENGTH_BYTES; at += BLOB_LENGTH_BYTES) {
      yield {
        blobId: this.#bytes.toString('hex', at, at + ID_LENGTH_BYTES),
        length: Number(this.#bytes.readBigUInt64BE(at + ID_LENGTH_BYTES)),
      };
    }
  }
}

/** Where blobs were copied to, each as it is written down. */
export class BlobMap {
  readonly #entries = new Map<string, Uint8Array>();
  #fresh: Uint8Array[] = [];

  get count(): number {
    return this.#entries.size;
  }

  set(entry: BlobEntry): void {
    const bytes = encodeBlobEntry(entry);
    this.#entries.set(entry.blobId, bytes);
    this.#fresh.push(bytes);
  }

  has({ blobId, length }: SourceBlob): boolean {
    return this.get({ blobId, length }) !== undefined;
  }

  get({ blobId, length }: SourceBlob): BlobEntry | undefined {
    const bytes = this.#entries.get(blobId);
    if (bytes === undefined) return undefined;
    const [entry] = decodeBlobEntries(bytes);
    return entry?.length === length ? entry : undefined;
  }

  /** @returns What was set since the last time, one after the other. */
  takeNew(): Uint8Array {
    const bytes = Buffer.concat(this.#fresh);
    this.#fresh = [];
    return bytes;
  }
}
