/**
 * What the pieces of a blob are in a pool: one object for a short one, stripes for a long one, which the attribute of
 * the head makes a blob.
 */
import type { BlobId } from '../../contract/blob-store.js';
import type { PartMemory } from '../part-memory.js';
import type { PartPool } from '../part-pool.js';
import type { Pieces } from '../piece-writer.js';
import { BLOB_ATTRIBUTE, encodeLayout, STRIPE_LENGTH_BYTES, stripeName } from './rados-blob-layout.js';
import { removeBlob } from './rados-blobs.js';
import { RadosFailure, radosToEngineFailure } from './rados-failure.js';
import type { RadosPool } from './rados-pool.js';
import { StripeBuffer } from './stripe-buffer.js';

/** Those of one blob. Everything throws {@link RadosFailure}. */
export class RadosPieces implements Pieces<StripeBuffer> {
  readonly lengthBytes = STRIPE_LENGTH_BYTES;
  readonly toEngineFailure = radosToEngineFailure;
  readonly #pool: RadosPool;
  readonly #blobId: BlobId;
  readonly #memory: PartMemory;
  readonly #parts: PartPool;
  /** Settles when the first object was written; undefined: nothing may be there. */
  #head: Promise<void> | undefined;

  constructor(pool: RadosPool, blobId: BlobId, memory: PartMemory, parts: PartPool) {
    this.#pool = pool;
    this.#blobId = blobId;
    this.#memory = memory;
    this.#parts = parts;
  }

  assertOpen(): void {
    this.#pool.connection.assertOpen();
  }

  newBuffer(): StripeBuffer {
    return new StripeBuffer(this.#memory, this.#parts);
  }

  sendWhole(buffer: StripeBuffer): Promise<void> {
    this.#head = this.#write(0, buffer.bytes(), this.#mark(buffer.length));
    return this.#head;
  }

  async send(buffer: StripeBuffer, index: number): Promise<void> {
    if (index === 0) this.#head = this.#write(0, buffer.bytes());
    // No stripe without a head, so that the listing finds all.
    await this.#head;
    if (index > 0) await this.#write(index, buffer.bytes());
  }

  async complete(lengthBytes: number): Promise<void> {
    const head = stripeName(this.#blobId, 0);
    if (await this.#pool.write(head, { expects: 'object', attribute: this.#mark(lengthBytes) })) return;
    throw new RadosFailure(`seal ${head} in ${this.#pool.connection.name}: it was removed meanwhile`, 'ENOENT');
  }

  async remove(): Promise<void> {
    if (this.#head !== undefined) await removeBlob(this.#pool, this.#blobId);
  }

  #mark(lengthBytes: number): { readonly name: string; readonly value: Uint8Array } {
    return { name: BLOB_ATTRIBUTE, value: encodeLayout(lengthBytes) };
  }

  async #write(index: number, bytes: Uint8Array, attribute?: { name: string; value: Uint8Array }): Promise<void> {
    const name = stripeName(this.#blobId, index);
    const change = { bytes, expects: 'nothing', ...(attribute !== undefined && { attribute }) } as const;
    if (await this.#pool.write(name, change)) return;
    throw new RadosFailure(`write ${name} in ${this.#pool.connection.name}`, 'EEXIST');
  }
}
