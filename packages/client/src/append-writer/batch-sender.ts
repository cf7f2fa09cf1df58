/**
 * Appends one batch exactly once, however often it has to be sent.
 *
 * A batch is always sent again at the position where it was sent first. Only one of its copies can win that position,
 * also when a lost one arrives late; all others are refused, and the refusal proves what happened: it carries the
 * object's length and CRC-64. If these are those of the object with the batch, it was applied. A server that knows
 * append ids answers a repetition itself. Where a refusal has no CRC-64 the object is looked at (HEAD). Anything else
 * means that somebody else writes the object, and the writer ends rather than guess.
 */
import { combineCrc64, crc64 } from '@annals/checksum';
import type { Connection } from '../connection/connection.js';
import { isTransient } from '../connection/connection.js';
import { AnnalsError, OssServiceError, type Outcome } from '../error.js';
import {
  type AppendExtensionOptions,
  type AppendObjectResult,
  appendObject,
} from '../operations/object/append-object.js';
import { headObject } from '../operations/object/head-object.js';
import { pickAttributes } from '../operations/object/object-attributes.js';
import type { AppendWriterSettings } from './append-writer-options.js';

/** An object's length and content, as one number each. */
export interface ObjectExtent {
  /** Length in bytes. */
  readonly position: number;
  readonly crc64: bigint;
}

/** One batch and where it goes. */
export interface OutgoingBatch {
  readonly key: string;
  readonly id: string;
  readonly bytes: Uint8Array;
  /** The object before it. */
  readonly before: ObjectExtent;
  /** Whether a writer before this one may have sent it already. */
  readonly isInDoubt: boolean;
}

/** The writer itself repeats, because it knows how to find out what became of an append. */
const ONCE = { attemptCountMax: 1 };

/** Sends the batches of one writer. */
export class BatchSender {
  readonly #connection: Connection;
  readonly #settings: AppendWriterSettings;
  readonly #signal: AbortSignal;
  /** Whether the server repeats the id in its answer: `undefined` until it has answered. */
  #knowsIds: boolean | undefined;

  /** @param signal Ends a batch under way. */
  constructor(connection: Connection, settings: AppendWriterSettings, signal: AbortSignal) {
    this.#connection = connection;
    this.#settings = settings;
    this.#signal = signal;
  }

  /**
   * Looks where an object ends, by an append of nothing at its beginning: it creates a missing object, and is refused
   * with the length of another one. So a writer needs no right but to append.
   * @throws {AnnalsError} As `appendObject`.
   */
  async findEnd(key: string): Promise<ObjectExtent> {
    const { writerEpoch } = this.#settings.options;
    const found = await this.#untilCertain(key, async () => {
      try {
        const { nextPosition, crc64 } = await this.#append(key, 0, new Uint8Array(0), {});
        return { position: nextPosition, crc64 };
      } catch (error) {
        if (!isPositionRefused(error)) throw error;
        return this.#refusedExtent(error, key);
      }
    });
    return writerEpoch === undefined ? found : this.#fence(key, found, writerEpoch);
  }

  /** Fences the writers before by an empty append at the end, which also shows whether the server knows epochs. */
  async #fence(key: string, found: ObjectExtent, writerEpoch: number): Promise<ObjectExtent> {
    let end = found;
    return this.#untilCertain(key, async () => {
      for (;;) {
        try {
          const { honoured } = await this.#append(key, end.position, new Uint8Array(0), { writerEpoch });
          if (!honoured.includes('writer-epoch')) throw this.#missing(key, 'fence other writers', 'epochs');
          return end;
        } catch (error) {
          // A writer that is not fenced yet has moved the end.
          if (isPositionRefused(error)) end = await this.#refusedExtent(error, key);
          else if (isExtensionRefused(error)) throw this.#missing(key, 'fence other writers', 'epochs', error);
          else throw error;
        }
      }
    });
  }

  /**
   * Makes a batch durable.
   * @returns The object with it.
   * @throws {AnnalsError} `PositionTaken` when somebody else writes the object; `OssServiceError` for refusals that no
   * repetition changes; the last failure when `retryForMs` is over.
   */
  send(batch: OutgoingBatch): Promise<ObjectExtent> {
    const { key, id, bytes, before } = batch;
    const { writerEpoch } = this.#settings.options;
    const after: ObjectExtent = {
      position: before.position + bytes.length,
      crc64: combineCrc64(before.crc64, crc64(bytes), bytes.length),
    };
    let isInDoubt = batch.isInDoubt;
    return this.#untilCertain(key, async (hasFailed) => {
      isInDoubt ||= hasFailed;
      try {
        const extensions = {
          ...(this.#knowsIds !== false && { appendId: id }),
          ...(writerEpoch !== undefined && { writerEpoch }),
          crc64Before: before.crc64,
        };
        const { honoured } = await this.#append(key, before.position, bytes, extensions);
        this.#knowsIds = honoured.includes('append-id');
        return after;
      } catch (error) {
        if (this.#knowsIds === undefined && isExtensionRefused(error)) {
          this.#knowsIds = false;
          throw new RepeatAtOnce(error);
        }
        if (!isPositionRefused(error)) throw error;
        const found = await this.#refusedExtent(error, key);
        if (isInDoubt && isSame(found, after)) return after;
        throw this.#positionTaken(key, before.position, found, isInDoubt ? 'unknown' : 'not-applied', error);
      }
    });
  }

  /**
   * Appends a batch wherever the object ends, under an id that the server answers only once.
   * @param maxLengthBytes Length that the object must not pass; beyond it `AppendMaxLengthExceeded` leaves the batch
   * unapplied, also one that was sent before, because a known id is answered first.
   * @returns The object with it, as of that moment.
   * @throws {AnnalsError} `ExtensionMissing` where the server does not know ids, and as `send`.
   */
  sendAnywhere(batch: Pick<OutgoingBatch, 'key' | 'id' | 'bytes'>, maxLengthBytes?: number): Promise<ObjectExtent> {
    const { key, id, bytes } = batch;
    const { writerEpoch } = this.#settings.options;
    return this.#untilCertain(key, async () => {
      try {
        const { nextPosition, crc64, honoured } = await this.#append(key, 'auto', bytes, {
          appendId: id,
          ...(writerEpoch !== undefined && { writerEpoch }),
          ...(maxLengthBytes !== undefined && { maxLengthBytes }),
        });
        if (!honoured.includes('append-id')) throw this.#missing(key, 'append beside other writers', 'append ids');
        return { position: nextPosition, crc64 };
      } catch (error) {
        if (isExtensionRefused(error)) throw this.#missing(key, 'append beside other writers', 'position=auto', error);
        throw error;
      }
    });
  }

  #append(
    key: string,
    position: number | 'auto',
    bytes: Uint8Array,
    extensions: AppendExtensionOptions & { readonly crc64Before?: bigint },
  ): Promise<AppendObjectResult> {
    const { bucket, attributes, options } = this.#settings;
    return appendObject(this.#connection, {
      ...pickAttributes(attributes),
      bucket,
      key,
      position,
      body: bytes,
      ...extensions,
      // Only a server that has shown its extensions is asked to check what arrives; another might refuse the header.
      ...((this.#knowsIds === true || position === 'auto') && { bodyCrc64: crc64(bytes) }),
      signal: this.#signal,
      retry: ONCE,
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    });
  }

  /** Where the object ends, as a refusal says, or a look if it does not say it all. */
  async #refusedExtent(refusal: OssServiceError, key: string): Promise<ObjectExtent> {
    if (refusal.nextPosition !== undefined && refusal.crc64 !== undefined) {
      return { position: refusal.nextPosition, crc64: refusal.crc64 };
    }
    if (refusal.nextPosition === 0) return { position: 0, crc64: 0n };
    const { bucket } = this.#settings;
    const head = await headObject(this.#connection, { bucket, key, signal: this.#signal, retry: ONCE });
    if (head.crc64 !== undefined) return { position: head.length, crc64: head.crc64 };
    throw new AnnalsError(
      'InvalidResponse',
      `Cannot append to oss://${bucket}/${key}: the server does not tell its CRC-64, so nothing can be proven`,
      { outcome: 'not-applied' },
    );
  }

  /** Tries until something is certain. @param attempt Is told whether an earlier try may have been applied. */
  async #untilCertain<Result>(key: string, attempt: (hasFailed: boolean) => Promise<Result>): Promise<Result> {
    const { retryForMs, options } = this.#settings;
    let firstFailedAtMs: number | undefined;
    let isInDoubt = false;
    for (let failedCount = 0; ; ) {
      try {
        return await attempt(isInDoubt);
      } catch (error) {
        if (error instanceof RepeatAtOnce) continue;
        if (!(error instanceof AnnalsError)) throw error;
        // An answer of 200 that is not whole may have been cut on its way.
        const isCut = error.code === 'InvalidResponse' && error.outcome === 'applied';
        isInDoubt ||= isCut || error.outcome === 'unknown';
        if (this.#signal.aborted) throw this.#aborted(key, isInDoubt);
        const nowMs = performance.now();
        firstFailedAtMs ??= nowMs;
        const isLasting = !isCut && !isTransient(error);
        if (isLasting || nowMs - firstFailedAtMs >= retryForMs) {
          throw isInDoubt && error.outcome === 'not-applied' ? error.withOutcome('unknown') : error;
        }
        options.onRetry?.(error);
        failedCount += 1;
        await this.#connection.pauseBeforeRetry(options.retry ?? {}, failedCount, error, this.#signal);
      }
    }
  }

  #positionTaken(key: string, position: number, found: ObjectExtent, outcome: Outcome, cause: unknown): AnnalsError {
    const doubt = outcome === 'unknown' ? '; it is not known whether the last batch was applied' : '';
    return new AnnalsError(
      'PositionTaken',
      `Cannot append to oss://${this.#settings.bucket}/${key} at position ${position}: the object has a length of ${found.position} and other content, another writer is at work${doubt}`,
      { outcome, cause },
    );
  }

  #missing(key: string, purpose: string, extension: string, cause?: unknown): AnnalsError {
    return new AnnalsError(
      'ExtensionMissing',
      `Cannot ${purpose} at oss://${this.#settings.bucket}/${key}: the server does not know ${extension}`,
      { outcome: cause === undefined ? 'applied' : 'not-applied', cause },
    );
  }

  #aborted(key: string, isInDoubt: boolean): AnnalsError {
    return new AnnalsError('Aborted', `Cannot append to oss://${this.#settings.bucket}/${key}: the writer was ended`, {
      outcome: isInDoubt ? 'unknown' : 'not-applied',
      cause: this.#signal.reason,
    });
  }
}

/** The server refused what the next try leaves out. */
class RepeatAtOnce extends Error {
  constructor(cause: unknown) {
    super('The next try leaves out what was refused', { cause });
  }
}

function isPositionRefused(error: unknown): error is OssServiceError {
  return error instanceof OssServiceError && error.code === 'PositionNotEqualToLength';
}

/** Of servers that refuse headers and parameters they do not know. */
function isExtensionRefused(error: unknown): boolean {
  return error instanceof OssServiceError && (error.status === 400 || error.status === 501);
}

function isSame(one: ObjectExtent, other: ObjectExtent): boolean {
  return one.position === other.position && one.crc64 === other.crc64;
}
