/**
 * Takes a body in, once: hashes it as it passes and puts it where it will stay, in memory while short, in a new blob when long.
 * Holds no lock and publishes nothing; that is the commit's business. Memory in use per body: the inline limit, or two batches.
 */
import { type BodyDigest, createBodyHasher } from '@annals/checksum';
import type { BlobId, BlobWriter } from '../contract/blob-store.js';
import type { KeyValuePut } from '../contract/key-value-store.js';
import { StoreFailure } from '../contract/store-failure.js';
import { isKnownNotCommitted } from './commit-loop.js';
import { encodeBlobExtent, encodeBlobOwner, encodeInlineExtent } from './records/extent-record.js';
import { blobKey, extentKey } from './records/key-space.js';
import type { StoreContext } from './store-context.js';
import type { BodySource, ContentId, ExpectedDigests } from './types.js';

/** Chunks go to the blob in batches of about this length: few enough calls, and little enough memory. */
const BATCH_LENGTH_BYTES = 1024 * 1024;

/** A body that is all here and verified, but part of nothing yet. */
export interface ReceivedBody {
  readonly length: number;
  readonly crc64: bigint;
  /** There when asked for. */
  readonly md5: Uint8Array | undefined;
  readonly isInline: boolean;
  /** The rows that make the body part of a content; none when it is empty. */
  rowsAt(contentId: ContentId, offset: number): readonly KeyValuePut[];
}

/** What a body must keep to. */
export interface ReceiveOptions {
  readonly lengthMax: number;
  /** Reported when the body is longer than `lengthMax`: the limit the caller knows. */
  readonly reportedLengthMax: number;
  readonly expected: ExpectedDigests;
  /** Compute the MD5 even if none is expected. */
  readonly wantsMd5: boolean;
}

/**
 * Receives the body, then lets `publish` commit it. Whatever goes wrong, no bytes are left behind, except when nobody can know
 * whether the commit took place: then the blob stays for the sweep of orphans after the next start, when it is known.
 * @throws {StoreFailure} `too-large`, `digest-mismatch`; what `publish` and the body's stream throw.
 */
export async function receiveBody<Result>(
  context: StoreContext,
  body: BodySource,
  options: ReceiveOptions,
  publish: (received: ReceivedBody) => Promise<Result>,
): Promise<Result> {
  const intake = new BodyIntake(context, options, body.length);
  let received: ReceivedBody;
  try {
    for await (const chunk of body.open()) {
      await intake.take(chunk);
    }
    received = await intake.finish();
  } catch (error) {
    await intake.discard();
    throw error;
  }
  try {
    const result = await publish(received);
    intake.keep();
    return result;
  } catch (error) {
    if (isKnownNotCommitted(error)) {
      await intake.discard();
    }
    throw error;
  }
}

class BodyIntake {
  readonly #context: StoreContext;
  readonly #options: ReceiveOptions;
  readonly #hasher;
  #chunks: Uint8Array[] = [];
  #chunksLength = 0;
  #length = 0;
  #writer: BlobWriter | undefined;
  /** The batch on its way to the blob; the next chunks come in meanwhile. */
  #writing: Promise<void> | undefined;

  constructor(context: StoreContext, options: ReceiveOptions, expectedLength: number | undefined) {
    this.#context = context;
    this.#options = options;
    this.#hasher = createBodyHasher({
      md5: options.wantsMd5 || options.expected.md5 !== undefined,
      ...(expectedLength === undefined ? {} : { expectedLength }),
    });
  }

  async take(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) {
      return;
    }
    this.#length += chunk.length;
    if (this.#length > this.#options.lengthMax) {
      throw new StoreFailure({ kind: 'too-large', lengthMax: this.#options.reportedLengthMax });
    }
    this.#chunks.push(chunk);
    this.#chunksLength += chunk.length;
    // Awaited only when there is something to wait for: a short body passes without leaving the current turn.
    const hashed = this.#hasher.update(chunk);
    if (hashed !== undefined) {
      await hashed;
    }
    if (this.#length > this.#context.settings.inlineLengthMax && this.#chunksLength >= BATCH_LENGTH_BYTES) {
      await this.#writeBatch();
    }
  }

  async finish(): Promise<ReceivedBody> {
    const digest = await this.#hasher.digest();
    this.#verify(digest);
    const { length } = this;
    const isInline = length <= this.#context.settings.inlineLengthMax;
    let row: Uint8Array | undefined;
    let blobId: BlobId | undefined;
    if (!isInline) {
      await this.#writeBatch();
      await this.#writing;
      const writer = this.#writer as BlobWriter;
      await writer.seal();
      blobId = writer.blobId;
      row = encodeBlobExtent(blobId, length, digest.crc64);
    } else if (length > 0) {
      row = encodeInlineExtent(this.#chunks, length, digest.crc64);
      this.#chunks = [];
    }
    return {
      length,
      crc64: digest.crc64,
      md5: digest.md5,
      isInline,
      rowsAt: (contentId, offset) => rowsOf(contentId, offset, row, blobId),
    };
  }

  get length(): number {
    return this.#length;
  }

  /** The blob is part of a content now: its row protects it. */
  keep(): void {
    if (this.#writer !== undefined) {
      this.#context.blobsInUse.delete(this.#writer.blobId);
    }
  }

  async discard(): Promise<void> {
    this.#hasher.dispose();
    this.#chunks = [];
    await this.#writing?.catch(() => undefined);
    if (this.#writer !== undefined) {
      await this.#writer.abort();
      this.keep();
    }
  }

  #verify(digest: BodyDigest): void {
    const { expected } = this.#options;
    if (expected.md5 !== undefined && (digest.md5 === undefined || Buffer.compare(expected.md5, digest.md5) !== 0)) {
      throw new StoreFailure({ kind: 'digest-mismatch', digest: 'md5' });
    }
    if (expected.crc64 !== undefined && expected.crc64 !== digest.crc64) {
      throw new StoreFailure({ kind: 'digest-mismatch', digest: 'crc64' });
    }
  }

  async #writeBatch(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunksLength = 0;
    if (this.#writer === undefined) {
      this.#writer = await this.#context.blobs.create();
      this.#context.blobsInUse.add(this.#writer.blobId);
    }
    await this.#writing;
    if (chunks.length > 0) {
      this.#writing = this.#writer.write(chunks);
      // A failure is seen at the next await of it; until then it must not count as unhandled.
      this.#writing.catch(() => undefined);
    }
  }
}

function rowsOf(
  contentId: ContentId,
  offset: number,
  row: Uint8Array | undefined,
  blobId: BlobId | undefined,
): readonly KeyValuePut[] {
  if (row === undefined) {
    return [];
  }
  const extent = { key: extentKey(contentId, offset), value: row };
  return blobId === undefined
    ? [extent]
    : [extent, { key: blobKey(blobId), value: encodeBlobOwner(contentId, offset) }];
}
