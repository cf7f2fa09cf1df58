/**
 * Blob engine over a bucket of any service that speaks the S3 protocol: one object per blob, `blobs/ab/cdef…` below the
 * prefix, by its id. Objects are written whole and never changed. Nothing is remembered that a restart would lose, and
 * no failure poisons the store: when the service is back, so is the engine. Leaves out checksums
 * (`checked-blob-store.ts`), the sweep of blobs nobody refers to, and which store a prefix belongs to.
 */
import type { BlobPlace } from '../../contract/blob-place.js';
import type { BlobId, BlobInfo, BlobRange, BlobStore, BlobWriter } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { createBlobId, isBlobId, type RandomBytes, secureRandomBytes } from '../blob-id.js';
import { assertBlobRange, assertRange } from '../blob-range.js';
import { PartMemory } from '../part-memory.js';
import { PartPool } from '../part-pool.js';
import { PieceWriter } from '../piece-writer.js';
import { putOwnBlob } from '../put-own-blob.js';
import type { PartBuffer } from './part-buffer.js';
import { readS3Range } from './read-s3-range.js';
import { S3Bucket } from './s3-bucket.js';
import { connectToS3 } from './s3-connection.js';
import type { ListedUpload, UploadPage } from './s3-documents.js';
import { s3ToEngineFailure } from './s3-failure.js';
import { S3Identity } from './s3-identity.js';
import { S3Pieces } from './s3-pieces.js';
import type { S3Place, S3Timing } from './s3-place.js';

/** Where the blobs lie; the rest is for tests. */
export interface S3BlobStoreOptions {
  readonly place: S3Place;
  readonly timing?: S3Timing;
  readonly random?: RandomBytes;
  /** Bytes of all uploads together that are here and not yet at the service. Default: 256 MiB. */
  readonly uploadMemoryBytes?: number;
}

const UPLOAD_MEMORY_BYTES = 256 * 1024 * 1024;
const UPLOAD_MEMORY_PATIENCE_MS = 30_000;
const FAN_OUT_LENGTH = 2;

/** The engine, and the mark of the store that the prefix belongs to. */
export interface S3Blobs extends BlobStore {
  readonly identity: BlobPlace;
}

/** Sends no request yet: whether the service answers, and how, shows with the first one. */
export async function openS3BlobStore(options: S3BlobStoreOptions): Promise<S3Blobs> {
  const { place, timing, random = secureRandomBytes, uploadMemoryBytes = UPLOAD_MEMORY_BYTES } = options;
  const bucket = new S3Bucket(await connectToS3(place, timing));
  return new S3BlobStore(bucket, random, new PartMemory(uploadMemoryBytes, UPLOAD_MEMORY_PATIENCE_MS));
}

class S3BlobStore implements S3Blobs {
  readonly identity: BlobPlace;
  readonly #bucket: S3Bucket;
  readonly #random: RandomBytes;
  readonly #memory: PartMemory;
  readonly #pool = new PartPool();
  readonly #folder: string;
  /** Blobs that this process writes. */
  readonly #writers = new Map<BlobId, PieceWriter<PartBuffer>>();
  /** Uploads that the last listing found, of other processes or of none. */
  readonly #leftUploads = new Map<BlobId, string[]>();

  constructor(bucket: S3Bucket, random: RandomBytes, memory: PartMemory) {
    this.#bucket = bucket;
    this.identity = new S3Identity(bucket);
    this.#random = random;
    this.#memory = memory;
    this.#folder = `${bucket.connection.place.prefix}blobs/`;
  }

  async create(blobId?: BlobId): Promise<BlobWriter> {
    this.#bucket.connection.assertOpen();
    const id = blobId ?? createBlobId(this.#random);
    const key = this.#keyOf(id);
    if (blobId !== undefined && (this.#writers.has(id) || (await this.length(id)) !== undefined)) {
      throw new EngineFailure({ kind: 'unavailable', because: 'input-output' }, new Error(`there is a blob ${id}`));
    }
    const writer = this.#writerOf(id, key, () => this.#writers.delete(id));
    this.#writers.set(id, writer);
    return writer;
  }

  readonly put: BlobStore['put'] = (lengthBytes, fill) => putOwnBlob(this, lengthBytes, fill);

  async *read(blobId: BlobId, range: BlobRange): AsyncGenerator<Uint8Array, void, undefined> {
    this.#bucket.connection.assertOpen();
    assertRange(range);
    try {
      yield* readS3Range(this.#bucket, this.#keyOf(blobId), blobId, range);
    } catch (error) {
      throw s3ToEngineFailure(error);
    }
  }

  length(blobId: BlobId): Promise<number | undefined> {
    return this.#run(() => this.#bucket.length(this.#keyOf(blobId)));
  }

  async delete(blobId: BlobId): Promise<void> {
    const key = this.#keyOf(blobId);
    await this.#run(async () => {
      await this.#writers.get(blobId)?.abort();
      for (const uploadId of this.#leftUploads.get(blobId) ?? []) await this.#bucket.abortUpload(key, uploadId);
      this.#leftUploads.delete(blobId);
      await this.#bucket.delete(key);
    });
  }

  /** Blobs that are being written come first, then unfinished uploads of others, then what is sealed. */
  async *list(): AsyncGenerator<BlobInfo, void, undefined> {
    this.#bucket.connection.assertOpen();
    const told = new Set<BlobId>();
    const nowMs = (): number => this.#bucket.connection.timing.nowMs();
    for (const { blobId, length } of [...this.#writers.values()]) {
      told.add(blobId);
      yield { blobId, length, modifiedAtMs: nowMs() };
    }
    try {
      yield* this.#listUploads(told);
      let token: string | undefined;
      do {
        const page = await this.#bucket.listObjects(this.#folder, token);
        for (const { key, length, modifiedAtMs } of page.objects) {
          const blobId = this.#blobIdOf(key);
          if (blobId === undefined || told.has(blobId)) continue;
          yield { blobId, length, modifiedAtMs: modifiedAtMs - page.clockOffsetMs };
        }
        token = page.next;
      } while (token !== undefined);
    } catch (error) {
      throw s3ToEngineFailure(error);
    }
  }

  /** Writes the object again as a whole, so that a loss of power leaves either. */
  async overwriteEnd(blobId: BlobId, end: Uint8Array): Promise<void> {
    const length = await this.length(blobId);
    if (length === undefined) throw new EngineFailure({ kind: 'missing-blob', blobId });
    const start = length - end.length;
    assertBlobRange({ start: Math.max(0, start), end: Math.max(end.length, length) }, length);
    const key = this.#keyOf(blobId);
    const writer = this.#writerOf(blobId, key, () => undefined);
    for await (const chunk of this.read(blobId, { start: 0, end: start, blobLength: length })) {
      await writer.write([chunk]);
    }
    await writer.write([end]);
    await writer.seal();
  }

  close(): Promise<void> {
    return this.#bucket.connection.close();
  }

  async *#listUploads(told: Set<BlobId>): AsyncGenerator<BlobInfo, void, undefined> {
    this.#leftUploads.clear();
    let after: UploadPage['next'];
    do {
      const page = await this.#bucket.listUploads(this.#folder, after);
      for (const upload of page.uploads) {
        const blobId = this.#blobIdOf(upload.key);
        if (blobId === undefined || this.#writers.has(blobId)) continue;
        const info = await this.#describeUpload(blobId, upload, page.clockOffsetMs);
        if (info === undefined) continue;
        this.#leftUploads.set(blobId, [...(this.#leftUploads.get(blobId) ?? []), upload.uploadId]);
        if (told.has(blobId)) continue;
        told.add(blobId);
        yield info;
      }
      after = page.next;
    } while (after !== undefined);
  }

  /** As young as its newest part. @returns `undefined`: it is over. */
  async #describeUpload(
    blobId: BlobId,
    { key, uploadId, initiatedAtMs }: ListedUpload,
    clockOffsetMs: number,
  ): Promise<BlobInfo | undefined> {
    let modifiedAtMs = initiatedAtMs;
    let length = 0;
    let after: string | undefined;
    do {
      const page = await this.#bucket.listParts(key, uploadId, after);
      if (page === undefined) return undefined;
      modifiedAtMs = Math.max(modifiedAtMs, page.modifiedAtMs ?? 0);
      length += page.length;
      after = page.next;
    } while (after !== undefined);
    return { blobId, length, modifiedAtMs: modifiedAtMs - clockOffsetMs };
  }

  #writerOf(blobId: BlobId, key: string, onEnd: () => void): PieceWriter<PartBuffer> {
    return new PieceWriter(blobId, new S3Pieces(this.#bucket, key, this.#memory, this.#pool), onEnd);
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#bucket.connection.assertOpen();
    try {
      return await work();
    } catch (error) {
      throw s3ToEngineFailure(error);
    }
  }

  #keyOf(blobId: BlobId): string {
    // An id that is none must never become a key.
    if (!isBlobId(blobId)) throw new EngineFailure({ kind: 'missing-blob', blobId });
    return `${this.#folder}${blobId.slice(0, FAN_OUT_LENGTH)}/${blobId.slice(FAN_OUT_LENGTH)}`;
  }

  /** @returns Undefined: what lies there is not ours to touch. */
  #blobIdOf(key: string): BlobId | undefined {
    const name = key.slice(this.#folder.length);
    const blobId = name.replace('/', '');
    return key.startsWith(this.#folder) && name[FAN_OUT_LENGTH] === '/' && isBlobId(blobId) ? blobId : undefined;
  }
}
