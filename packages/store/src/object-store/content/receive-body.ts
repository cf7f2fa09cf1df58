/**
 * Takes a body in, once: hashes it as it passes and puts it where it will stay. A short one stays in memory until its
 * commit, a longer one is put as a blob when it is all here, a long one is written to a blob of its own while it comes
 * in. Holds no lock and publishes nothing; that is the commit's business. Memory in use per body, whatever the pieces
 * it comes in: the put limit, or two batches.
 */
import { PieceGatherer } from '@annals/checksum';
import { type BodyDigest, createBodyHasher } from '@annals/checksum/node';
import type { BlobId, BlobWriter } from '../../contract/blob-store.js';
import type { KeyValuePut } from '../../contract/key-value-store.js';
import { UNIT_ID_LENGTH_BYTES } from '../../encryption/content-cipher.js';
import { SealedBlobWriter, sealBlob, sealedLengthOf } from '../../encryption/sealed-blob.js';
import { isKnownNotCommitted } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import {
  encodeBlobExtent,
  encodeBlobOwner,
  encodeInlineExtent,
  encodeSealedInlineExtent,
} from '../records/extent-record.js';
import { blobKey, extentKey } from '../records/key-space.js';
import { StoreFailure } from '../store-failure.js';
import type { BodySource, ExpectedDigests } from '../types.js';
import type { TargetContent } from './target-content.js';

/** Chunks go to the blob in batches of about this length: few enough calls, and little enough memory. */
const BATCH_LENGTH_BYTES = 1024 * 1024;

/** What is known of the bytes of a body once all of them have passed. */
export interface DigestedBody {
  readonly length: number;
  readonly crc64: bigint;
}

/** A body that is all here and verified, but part of nothing yet. */
export interface ReceivedBody extends DigestedBody {
  /** There when asked for. */
  readonly md5: Uint8Array | undefined;
  readonly isInline: boolean;
  /** All bytes; undefined when they are in a blob. */
  readonly bytes: (() => Uint8Array) | undefined;
  /**
   * The rows that make the body part of a content; none when it is empty. Bytes in memory are encrypted now, those in a
   * blob already were.
   * @throws {StoreFailure} `contended` when the blob was encrypted for another content, which another writer's success
   * has replaced.
   */
  rowsAt(content: TargetContent, offset: number): readonly KeyValuePut[];
}

/** What a body must keep to. */
export interface ReceiveOptions {
  readonly lengthMax: number;
  /** Reported when the body is longer than `lengthMax`: the limit the caller knows. */
  readonly reportedLengthMax: number;
  readonly expected: ExpectedDigests;
  /** Compute the MD5 even if none is expected. */
  readonly wantsMd5: boolean;
  /** What the body is expected to become part of, and where. */
  readonly content: TargetContent;
  readonly offset: number;
  /** Whether it may become part of another place of the content after all. */
  readonly mayMove: boolean;
  /** Whether the compactor merges what lies in the rows of the content. */
  readonly isCompacted: boolean;
}

/**
 * Receives the body, then lets `publish` commit it. Whatever goes wrong, no bytes are left behind, except when nobody
 * can know whether the commit took place: then the blob stays for the sweep of orphans after the next start, when it is
 * known.
 * @param isUnused Tells that what was published has none of the bytes after all.
 * @throws {StoreFailure} `too-large`, `digest-mismatch`; what `publish` and the body's stream throw.
 */
export async function receiveBody<Result>(
  context: StoreContext,
  body: BodySource,
  options: ReceiveOptions,
  publish: (received: ReceivedBody) => Promise<Result>,
  isUnused: (result: Result) => boolean = () => false,
): Promise<Result> {
  const intake = new BodyIntake(context, options, body.length);
  let isPublishing = false;
  context.bodiesUnderWay.begin();
  try {
    for await (const chunk of body.open()) {
      const taking = intake.take(chunk);
      if (taking !== undefined) await taking;
    }
    const received = await intake.finish();
    isPublishing = true;
    const result = await publish(received);
    if (isUnused(result)) await intake.discard();
    else intake.keep();
    return result;
  } catch (error) {
    if (!isPublishing || isKnownNotCommitted(error)) await intake.discard();
    throw error;
  } finally {
    context.bodiesUnderWay.end();
  }
}

/**
 * Reads a body and keeps nothing of it.
 * @param applied How long the body must be, and what another one is refused with.
 * @throws {StoreFailure} `otherwise`, `digest-mismatch`; what the body's stream throws.
 */
export async function digestBody(
  body: BodySource,
  expected: ExpectedDigests,
  { appliedLength, otherwise }: { readonly appliedLength: number; readonly otherwise: StoreFailure },
): Promise<DigestedBody> {
  if (body.length !== undefined && body.length !== appliedLength) throw otherwise;
  const hasher = createBodyHasher({ md5: expected.md5 !== undefined, expectedLength: appliedLength });
  let length = 0;
  try {
    for await (const chunk of body.open()) {
      length += chunk.length;
      if (length > appliedLength) throw otherwise;
      const hashed = hasher.update(chunk);
      if (hashed !== undefined) await hashed;
    }
  } catch (error) {
    hasher.dispose();
    throw error;
  }
  const digest = await hasher.digest();
  requireDigests(expected, digest);
  return { length, crc64: digest.crc64 };
}

function requireDigests(expected: ExpectedDigests, digest: BodyDigest): void {
  if (expected.md5 !== undefined && (digest.md5 === undefined || Buffer.compare(expected.md5, digest.md5) !== 0)) {
    throw new StoreFailure({ kind: 'digest-mismatch', digest: 'md5' });
  }
  if (expected.crc64 !== undefined && expected.crc64 !== digest.crc64) {
    throw new StoreFailure({ kind: 'digest-mismatch', digest: 'crc64' });
  }
}

class BodyIntake {
  readonly #context: StoreContext;
  readonly #options: ReceiveOptions;
  readonly #hasher;
  readonly #gatherer = new PieceGatherer();
  #chunks: Uint8Array[] = [];
  #chunksLength = 0;
  #length = 0;
  #writer: BlobWriter | undefined;
  /** Of the blob that was put, or is being put. */
  #putBlobId: BlobId | undefined;
  /** The batch on its way to the blob; the next chunks come in meanwhile. */
  #writing: Promise<void> | undefined;

  constructor(context: StoreContext, options: ReceiveOptions, expectedLength: number | undefined) {
    this.#context = context;
    this.#options = options;
    this.#hasher = createBodyHasher({
      md5: options.wantsMd5 || options.expected.md5 !== undefined,
      ...(expectedLength !== undefined && { expectedLength }),
    });
  }

  /**
   * @returns What to wait for before the next; nothing for a short body, which passes without leaving the current turn.
   */
  take(chunk: Uint8Array): Promise<void> | undefined {
    if (chunk.length === 0) return undefined;
    this.#length += chunk.length;
    if (this.#length > this.#options.lengthMax) {
      throw new StoreFailure({ kind: 'too-large', lengthMax: this.#options.reportedLengthMax });
    }
    const pieces = this.#gatherer.add(chunk);
    return pieces.length === 0 ? undefined : this.#takeAll(pieces);
  }

  #takeAll(pieces: readonly Uint8Array[]): Promise<void> | undefined {
    const [first, ...more] = pieces;
    if (first === undefined) return undefined;
    const taking = this.#takePiece(first);
    if (more.length === 0) return taking;
    return taking === undefined ? this.#takeAll(more) : taking.then(() => this.#takeAll(more));
  }

  #takePiece(piece: Uint8Array): Promise<void> | undefined {
    this.#chunks.push(piece);
    this.#chunksLength += piece.length;
    const hashed = this.#hasher.update(piece);
    const isBatch = this.#length > this.#memoryLengthMax && this.#chunksLength >= BATCH_LENGTH_BYTES;
    return hashed === undefined && !isBatch ? undefined : this.#settle(hashed, isBatch);
  }

  async #settle(hashed: Promise<void> | undefined, isBatch: boolean): Promise<void> {
    await hashed;
    if (isBatch) await this.#writeBatch();
  }

  async finish(): Promise<ReceivedBody> {
    const rest = this.#gatherer.flush();
    if (rest !== undefined) await this.#takePiece(rest);
    const digest = await this.#hasher.digest();
    requireDigests(this.#options.expected, digest);
    const { length } = this;
    // One that is being written to a blob came in while it was not known to be so short.
    const isInline = this.#writer === undefined && length <= Math.max(this.#inlineLengthMax, this.#loneLengthMax);
    const { crc64 } = digest;
    let rowsAt: ReceivedBody['rowsAt'] = () => [];
    const chunks = this.#chunks;
    const bytes = isInline ? (): Uint8Array => (chunks.length === 1 && chunks[0]) || Buffer.concat(chunks) : undefined;
    if (!isInline) {
      const isLong = this.#writer !== undefined || length > this.#context.settings.putLengthMax;
      rowsAt = this.#blobRows(isLong ? await this.#endBlob() : await this.#putBlob(), length, crc64);
    } else if (length > 0) {
      rowsAt = this.#inlineRows(length, crc64);
    }
    return {
      length,
      crc64,
      md5: digest.md5,
      isInline,
      bytes,
      rowsAt,
    };
  }

  get length(): number {
    return this.#length;
  }

  /** A longer body becomes a blob. One that is encrypted is bound to its place. */
  get #inlineLengthMax(): number {
    const { inlineLengthMax, unplacedInlineLengthMax } = this.#context.settings;
    const { content, mayMove } = this.#options;
    return mayMove && content.cipher !== undefined
      ? Math.max(inlineLengthMax, unplacedInlineLengthMax)
      : inlineLengthMax;
  }

  /** A longer body becomes a blob also where nobody would share the sync of one. */
  get #loneLengthMax(): number {
    const { bodiesUnderWay, settings } = this.#context;
    return this.#options.isCompacted && bodiesUnderWay.isLone ? settings.loneInlineLengthMax : 0;
  }

  /** A longer body is written while it comes in. */
  get #memoryLengthMax(): number {
    return Math.max(this.#inlineLengthMax, this.#context.settings.putLengthMax);
  }

  /** The blob is part of a content now, its row protects it; or it is given up. */
  keep(): void {
    const { blobsInUse } = this.#context;
    if (this.#writer !== undefined) blobsInUse.delete(this.#writer.blobId);
    if (this.#putBlobId !== undefined) blobsInUse.delete(this.#putBlobId);
  }

  async discard(): Promise<void> {
    this.#hasher.dispose();
    this.#chunks = [];
    await this.#writing?.catch(() => undefined);
    await this.#writer?.abort();
    this.keep();
    if (this.#putBlobId === undefined) return;
    await this.#context.blobs.delete(this.#putBlobId).catch(() => undefined);
    this.#context.segmentLedger.noteDeath(this.#putBlobId);
  }

  /** @returns The blob that was written while the body came in, durable. */
  async #endBlob(): Promise<BlobId> {
    await this.#writeBatch();
    await this.#writing;
    const writer = this.#writer as BlobWriter;
    await writer.seal();
    return writer.blobId;
  }

  /** @returns The blob of a body that is all here, durable. */
  #putBlob(): Promise<BlobId> {
    const chunks = this.#chunks;
    this.#chunks = [];
    const { cipher } = this.#options.content;
    const lengthBytes = cipher === undefined ? this.#length : sealedLengthOf(this.#length);
    return this.#context.blobs.put(lengthBytes, (blobId) => {
      this.#putBlobId = blobId;
      this.#context.blobsInUse.add(blobId);
      return cipher === undefined ? chunks : sealBlob(blobId, cipher, this.#options.offset, chunks);
    });
  }

  #inlineRows(length: number, crc64: bigint): ReceivedBody['rowsAt'] {
    const chunks = this.#chunks;
    this.#chunks = [];
    const { randomBytes } = this.#context;
    let plainRow: Uint8Array | undefined;
    return ({ contentId, cipher }, offset) => {
      const key = extentKey(contentId, offset);
      if (cipher === undefined) {
        plainRow ??= encodeInlineExtent(chunks, length, crc64);
        return [{ key, value: plainRow }];
      }
      const sealed = cipher.sealInline(randomBytes(UNIT_ID_LENGTH_BYTES), offset, chunks, crc64);
      return [{ key, value: encodeSealedInlineExtent(sealed, length) }];
    };
  }

  #blobRows(blobId: BlobId, length: number, crc64: bigint): ReceivedBody['rowsAt'] {
    const { content: expected, offset: expectedOffset } = this.#options;
    const row = encodeBlobExtent(blobId, length, crc64, expected.cipher !== undefined);
    return ({ contentId, cipher }, offset) => {
      const isAsExpected =
        cipher?.contentId === expected.cipher?.contentId && (cipher === undefined || offset === expectedOffset);
      if (!isAsExpected) throw new StoreFailure({ kind: 'contended' });
      return [
        { key: extentKey(contentId, offset), value: row },
        { key: blobKey(blobId), value: encodeBlobOwner(contentId, offset) },
      ];
    };
  }

  async #writeBatch(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunksLength = 0;
    if (this.#writer === undefined) {
      const { content, offset } = this.#options;
      const writer = await this.#context.blobs.create();
      this.#context.blobsInUse.add(writer.blobId);
      this.#writer = content.cipher === undefined ? writer : new SealedBlobWriter(writer, content.cipher, offset);
    }
    await this.#writing;
    if (chunks.length > 0) {
      this.#writing = this.#writer.write(chunks);
      // A failure is seen at the next await of it; until then it must not count as unhandled.
      this.#writing.catch(() => undefined);
    }
  }
}
