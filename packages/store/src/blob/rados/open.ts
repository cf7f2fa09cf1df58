/**
 * Blob engine over a pool of RADOS, the object store below Ceph: each blob is one or several objects, by its id.
 * Nothing is remembered that a restart would lose, and no failure poisons the store: when the cluster is back, so is
 * the engine. Leaves out checksums (`checked-blob-store.ts`), the sweep of blobs nobody refers to, and which store a
 * namespace belongs to.
 */
import type { BlobPlace } from '../../contract/blob-place.js';
import type { BlobId, BlobInfo, BlobRange, BlobStore, BlobWriter } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { createBlobId, type RandomBytes, secureRandomBytes } from '../blob-id.js';
import { assertBlobRange, assertRange } from '../blob-range.js';
import { PartMemory } from '../part-memory.js';
import { PartPool } from '../part-pool.js';
import { PieceWriter } from '../piece-writer.js';
import { putOwnBlob } from '../put-own-blob.js';
import { loadLibrados } from './librados.js';
import { stripeName } from './rados-blob-layout.js';
import { lookAtBlob, RadosListing, removeBlob, unfinishBlob } from './rados-blobs.js';
import { RadosConnection } from './rados-connection.js';
import { radosToEngineFailure } from './rados-failure.js';
import { RadosIdentity } from './rados-identity.js';
import { RadosPieces } from './rados-pieces.js';
import type { RadosPlace } from './rados-place.js';
import { RadosPool } from './rados-pool.js';
import { RadosReaders } from './rados-readers.js';
import { readRadosRange } from './read-rados-range.js';
import type { StripeBuffer } from './stripe-buffer.js';

/** Where the blobs lie; the rest is for tests. */
export interface RadosBlobStoreOptions {
  readonly place: RadosPlace;
  readonly random?: RandomBytes;
  /** Bytes of all uploads together that are here and not yet in the cluster. Default: 256 MiB. */
  readonly uploadMemoryBytes?: number;
}

const UPLOAD_MEMORY_BYTES = 256 * 1024 * 1024;
const UPLOAD_MEMORY_PATIENCE_MS = 30_000;

/** The engine, and the mark of the store that the namespace belongs to. */
export interface RadosBlobs extends BlobStore {
  readonly identity: BlobPlace;
}

/**
 * Loads the library and does not connect yet: whether the cluster answers shows with the first call.
 * @throws {LibradosMissing}
 */
export async function openRadosBlobStore(options: RadosBlobStoreOptions): Promise<RadosBlobs> {
  const { place, random = secureRandomBytes, uploadMemoryBytes = UPLOAD_MEMORY_BYTES } = options;
  const pool = new RadosPool(new RadosConnection(await loadLibrados(), place));
  return new RadosBlobStore(pool, random, new PartMemory(uploadMemoryBytes, UPLOAD_MEMORY_PATIENCE_MS));
}

class RadosBlobStore implements RadosBlobs {
  readonly identity: BlobPlace;
  readonly #pool: RadosPool;
  readonly #random: RandomBytes;
  readonly #memory: PartMemory;
  readonly #parts = new PartPool();
  /** Blobs that this process writes. */
  readonly #writers = new Map<BlobId, PieceWriter<StripeBuffer>>();
  readonly #readers: RadosReaders;
  /** Stripes without a head that the last listing found. */
  readonly #strays = new Map<BlobId, number[]>();

  constructor(pool: RadosPool, random: RandomBytes, memory: PartMemory) {
    this.#pool = pool;
    this.identity = new RadosIdentity(pool);
    this.#random = random;
    this.#memory = memory;
    this.#readers = new RadosReaders((blobId) => removeBlob(pool, blobId));
  }

  async create(blobId?: BlobId): Promise<BlobWriter> {
    this.#pool.connection.assertOpen();
    const id = blobId ?? createBlobId(this.#random);
    if (blobId !== undefined) await this.#run(() => this.#requireNone(blobId));
    const pieces = new RadosPieces(this.#pool, id, this.#memory, this.#parts);
    const writer = new PieceWriter(id, pieces, () => this.#writers.delete(id));
    this.#writers.set(id, writer);
    return writer;
  }

  readonly put: BlobStore['put'] = (lengthBytes, fill) => putOwnBlob(this, lengthBytes, fill);

  async *read(blobId: BlobId, range: BlobRange): AsyncGenerator<Uint8Array, void, undefined> {
    this.#pool.connection.assertOpen();
    assertRange(range);
    this.#readers.begin(blobId);
    try {
      yield* readRadosRange(this.#pool, blobId, range);
    } catch (error) {
      throw radosToEngineFailure(error);
    } finally {
      this.#readers.end(blobId);
    }
  }

  length(blobId: BlobId): Promise<number | undefined> {
    return this.#run(async () => {
      const found = await lookAtBlob(this.#pool, blobId);
      return typeof found === 'object' ? found.length : undefined;
    });
  }

  delete(blobId: BlobId): Promise<void> {
    return this.#run(async () => {
      await this.#writers.get(blobId)?.abort();
      const strays = this.#strays.get(blobId);
      this.#strays.delete(blobId);
      if (!this.#readers.isReading(blobId)) return removeBlob(this.#pool, blobId, strays);
      this.#readers.doom(blobId);
      await unfinishBlob(this.#pool, blobId);
    });
  }

  /** Blobs that are being written come first, then everything else. */
  async *list(): AsyncGenerator<BlobInfo, void, undefined> {
    this.#pool.connection.assertOpen();
    const told = new Set<BlobId>(this.#readers.doomed);
    for (const { blobId, length } of [...this.#writers.values()]) {
      told.add(blobId);
      yield { blobId, length, modifiedAtMs: Date.now() };
    }
    this.#strays.clear();
    try {
      yield* new RadosListing(this.#pool, told, this.#strays).list();
    } catch (error) {
      throw radosToEngineFailure(error);
    }
  }

  async overwriteEnd(blobId: BlobId, end: Uint8Array): Promise<void> {
    await this.#run(async () => {
      const layout = await lookAtBlob(this.#pool, blobId);
      if (typeof layout !== 'object') throw new EngineFailure({ kind: 'missing-blob', blobId });
      const { length, stripeLength } = layout;
      const start = length - end.length;
      assertBlobRange({ start: Math.max(0, start), end: Math.max(end.length, length) }, length);
      for (let position = start; position < length; ) {
        const index = Math.floor(position / stripeLength);
        const stripeStart = index * stripeLength;
        const stripeEnd = Math.min(length, stripeStart + stripeLength);
        const bytes = Buffer.alloc(stripeEnd - stripeStart);
        let filled = 0;
        for await (const chunk of readRadosRange(this.#pool, blobId, { start: stripeStart, end: position })) {
          bytes.set(chunk, filled);
          filled += chunk.length;
        }
        bytes.set(end.subarray(position - start, stripeEnd - start), position - stripeStart);
        await this.#pool.write(stripeName(blobId, index), { expects: 'object', bytes });
        position = stripeEnd;
      }
    });
  }

  close(): Promise<void> {
    return this.#pool.connection.close();
  }

  /** @throws {EngineFailure} There is a blob of this id. What was left of one is removed. */
  async #requireNone(blobId: BlobId): Promise<void> {
    const found = this.#writers.has(blobId) ? 'unfinished' : await lookAtBlob(this.#pool, blobId);
    if (this.#writers.has(blobId) || typeof found === 'object') {
      throw new EngineFailure({ kind: 'unavailable', because: 'input-output' }, new Error(`there is a blob ${blobId}`));
    }
    if (found === 'unfinished') await removeBlob(this.#pool, blobId);
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#pool.connection.assertOpen();
    try {
      return await work();
    } catch (error) {
      throw radosToEngineFailure(error);
    }
  }
}
