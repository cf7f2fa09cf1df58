/** What the pieces of a blob are in a bucket: one PUT for a short one, parts of a multipart upload for a long one. */
import type { PartMemory } from '../part-memory.js';
import type { PartPool } from '../part-pool.js';
import type { Pieces } from '../piece-writer.js';
import { PartBuffer } from './part-buffer.js';
import type { S3Bucket } from './s3-bucket.js';
import type { CompletedPart } from './s3-documents.js';
import { S3Failure, s3ToEngineFailure } from './s3-failure.js';

/**
 * Of every part but the last, and of the longest blob that is one PUT: a body of 8 MiB with what sealed blocks and the
 * trailer of the blob add to it. Services take 5 MiB at least, and some only parts of one length.
 */
const PART_LENGTH_BYTES = 8 * 1024 * 1024 + 64 * 1024;

/** As many as services take. */
const PART_COUNT_MAX = 10_000;

/** Longest blob, in bytes: 78.7 GiB. */
const BLOB_LENGTH_BYTES_MAX: number = PART_LENGTH_BYTES * PART_COUNT_MAX;

/** Those of one blob. Everything throws {@link S3Failure}. */
export class S3Pieces implements Pieces<PartBuffer> {
  readonly lengthBytes = PART_LENGTH_BYTES;
  readonly toEngineFailure = s3ToEngineFailure;
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #memory: PartMemory;
  readonly #pool: PartPool;
  readonly #completed: CompletedPart[] = [];
  /** Its id, once there is one. */
  #upload: Promise<string> | undefined;
  /** Whether the object may be there. */
  #mayExist = false;

  /** @param key Of the object. */
  constructor(bucket: S3Bucket, key: string, memory: PartMemory, pool: PartPool) {
    this.#bucket = bucket;
    this.#key = key;
    this.#memory = memory;
    this.#pool = pool;
  }

  assertOpen(): void {
    this.#bucket.connection.assertOpen();
  }

  newBuffer(): PartBuffer {
    return new PartBuffer(this.#memory, this.#pool);
  }

  async sendWhole(buffer: PartBuffer, signal: AbortSignal): Promise<void> {
    this.#mayExist = true;
    await this.#bucket.put(this.#key, buffer.toBody(), { signal });
  }

  async send(buffer: PartBuffer, index: number, signal: AbortSignal): Promise<void> {
    this.#upload ??= this.#bucket.beginUpload(this.#key, signal);
    const uploadId = await this.#upload;
    if (index >= PART_COUNT_MAX) {
      throw new S3Failure(`Cannot write ${this.#key}: it has more than ${BLOB_LENGTH_BYTES_MAX} bytes`, {
        status: 400,
      });
    }
    this.#completed.push(await this.#bucket.putPart(this.#key, uploadId, index + 1, buffer.toBody(), signal));
  }

  async complete(lengthBytes: number, signal: AbortSignal): Promise<void> {
    const key = this.#key;
    this.#mayExist = true;
    this.#completed.sort((one, other) => one.number - other.number);
    const uploadId = (await this.#upload) as string;
    const wasThere = await this.#bucket.completeUpload(key, uploadId, this.#completed, signal);
    // Also tells whether it was an earlier attempt that ended the upload.
    const length = await this.#bucket.length(key);
    if (length !== lengthBytes) {
      const found = length === undefined ? 'no object' : `an object of ${length} bytes`;
      const upload = wasThere ? 'the service completed the upload' : 'the upload is gone';
      throw new S3Failure(`Cannot write ${key}: ${upload}, and there is ${found} instead of ${lengthBytes} bytes`, {
        status: 200,
      });
    }
    this.#upload = undefined;
  }

  async remove(): Promise<void> {
    const uploadId = await this.#upload?.catch(() => undefined);
    if (uploadId !== undefined) await this.#bucket.abortUpload(this.#key, uploadId);
    if (this.#mayExist) await this.#bucket.delete(this.#key);
  }
}
