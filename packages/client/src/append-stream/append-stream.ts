/**
 * Appends a stream of unknown length piece by piece, so that every piece is durable and readable as soon as possible,
 * and no piece is lost or doubled when connections break.
 *
 * A call whose outcome is unknown is never repeated blindly. The object is looked at first: if its length and CRC-64
 * are those it has *with* the piece, the call was applied; if they are those *without*, repeating is safe even when the
 * lost call is still on its way, because only one of the two can win the position, and the other's refusal leads to
 * another look. Anything else means that somebody else writes the object, and the stream stops.
 */
import { combineCrc64, crc64 } from '@annals/checksum';
import { type ByteStream, chunksOf } from '../byte-stream.js';
import type { CallOptions } from '../client-options.js';
import type { Connection } from '../connection/connection.js';
import { AnnalsError, OssServiceError, type Outcome } from '../error.js';
import { appendObject } from '../operations/object/append-object.js';
import { headObject } from '../operations/object/head-object.js';
import type { ObjectAttributes } from '../operations/object/object-attributes.js';
import { collectPieces } from './collect-pieces.js';

/** What an append stream has made durable so far. */
export interface AppendProgress {
  /** Length of the object = where the next piece begins, in bytes. */
  readonly nextPosition: number;
  /** Of the whole object. */
  readonly crc64: bigint;
}

/** What to append where, and how patiently. */
export interface AppendStreamInput extends CallOptions, ObjectAttributes {
  readonly bucket: string;
  readonly key: string;
  /** Byte offset where the stream must begin, or `current`: wherever the object ends now (0 when there is none). */
  readonly position: number | 'current';
  readonly source: ByteStream;
  /** Bytes of one append at most; held in memory until it is durable. Default 1 MiB. */
  readonly chunkBytes?: number;
  /** How long started bytes wait for more. Default 200. */
  readonly flushIntervalMs?: number;
  /** Tries per piece, looks included, before a failing server is given up. Default 6. */
  readonly attemptCountMax?: number;
  /** Pause before the second try; it doubles with every further one. Default 200. */
  readonly retryDelayMs?: number;
  /** Called after each piece has become durable. */
  readonly onAppended?: (progress: AppendProgress) => void;
}

/** Where a finished stream began and ended. */
export interface AppendStreamResult extends AppendProgress {
  /** Where the stream began, in bytes. */
  readonly position: number;
  /** Bytes appended. */
  readonly length: number;
}

const CHUNK_BYTES_DEFAULT = 1024 * 1024;
const FLUSH_INTERVAL_MS_DEFAULT = 200;
const ATTEMPT_COUNT_MAX_DEFAULT = 6;
const RETRY_DELAY_MS_DEFAULT = 200;

/** The stream itself repeats, because it knows how to find out what became of an append. */
const ONCE = { attemptCountMax: 1 };

/**
 * Appends everything `source` gives. When it throws, everything reported to `onAppended` is durable; the error's
 * outcome is about the piece under way.
 * @returns After the last piece is durable. A stream without bytes still creates the object.
 * @throws {AnnalsError} `PositionTaken` when somebody else writes the object, `ChecksumMismatch`, and as
 * `appendObject`.
 * @throws {OssServiceError} `ObjectNotAppendable`, `AppendSealedObjectNotAllowed`, ... Whatever `source` throws, as it
 * is.
 */
export async function appendStream(connection: Connection, input: AppendStreamInput): Promise<AppendStreamResult> {
  const { chunkBytes = CHUNK_BYTES_DEFAULT, flushIntervalMs = FLUSH_INTERVAL_MS_DEFAULT } = input;
  if (!Number.isSafeInteger(chunkBytes) || chunkBytes < 1) {
    throw new AnnalsError('InvalidInput', `Cannot append in pieces of ${chunkBytes} bytes: expected 1 or more`, {
      outcome: 'not-applied',
    });
  }
  let progress = await findStart(connection, input);
  const position = progress.nextPosition;
  let isTouched = false;
  for await (const piece of collectPieces(chunksOf(input.source), { chunkBytes, flushIntervalMs })) {
    progress = await appendPiece(connection, input, progress, piece);
    isTouched = true;
    input.onAppended?.(progress);
  }
  if (!isTouched) progress = await appendPiece(connection, input, progress, new Uint8Array(0));
  return { ...progress, position, length: progress.nextPosition - position };
}

/** An object as far as an append stream cares; one that does not exist has no bytes. */
async function look(connection: Connection, input: AppendStreamInput): Promise<AppendProgress> {
  const { bucket, key, signal } = input;
  try {
    const head = await headObject(connection, {
      bucket,
      key,
      retry: ONCE,
      ...(signal !== undefined && { signal }),
    });
    if (head.crc64 === undefined) {
      throw new AnnalsError(
        'InvalidResponse',
        `Cannot append to oss://${bucket}/${key}: the server does not tell its CRC-64, so nothing could be verified`,
        { outcome: 'not-applied' },
      );
    }
    return { nextPosition: head.length, crc64: head.crc64 };
  } catch (error) {
    if (error instanceof OssServiceError && error.code === 'NoSuchKey') return { nextPosition: 0, crc64: 0n };
    throw error;
  }
}

async function findStart(connection: Connection, input: AppendStreamInput): Promise<AppendProgress> {
  if (input.position === 0) return { nextPosition: 0, crc64: 0n };
  const start = await look(connection, input);
  if (input.position !== 'current' && input.position !== start.nextPosition) {
    throw positionTaken(input, input.position, start, 'not-applied');
  }
  return start;
}

async function appendPiece(
  connection: Connection,
  input: AppendStreamInput,
  before: AppendProgress,
  piece: Uint8Array,
): Promise<AppendProgress> {
  const { attemptCountMax = ATTEMPT_COUNT_MAX_DEFAULT, retryDelayMs = RETRY_DELAY_MS_DEFAULT } = input;
  const position = before.nextPosition;
  const after: AppendProgress = {
    nextPosition: position + piece.length,
    crc64: combineCrc64(before.crc64, crc64(piece), piece.length),
  };
  let isInDoubt = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      // An append of nothing may be repeated at will, and looking could not tell whether it created the object.
      if (isInDoubt && piece.length > 0) {
        const found = await look(connection, input);
        if (isSame(found, after)) return after;
        if (!isSame(found, before)) throw positionTaken(input, position, found, 'unknown');
      }
      const { bucket, key, source: _, ...options } = input;
      await appendObject(connection, {
        ...options,
        retry: ONCE,
        bucket,
        key,
        position,
        crc64Before: before.crc64,
        body: piece,
      });
      return after;
    } catch (error) {
      if (!(error instanceof AnnalsError)) throw error;
      const isRefusedPosition = error.code === 'PositionNotEqualToLength';
      if (isRefusedPosition && !isInDoubt) {
        const nextPosition = error instanceof OssServiceError ? error.nextPosition : undefined;
        throw positionTaken(input, position, { nextPosition }, 'not-applied', error);
      }
      if (error.outcome === 'unknown' && error.code !== 'PositionTaken') isInDoubt = true;
      else if (!isRefusedPosition && !isTransient(error)) throw withDoubt(error, isInDoubt);
      if (attempt >= attemptCountMax || input.signal?.aborted === true) throw withDoubt(error, isInDoubt);
    }
    await pause(retryDelayMs * 2 ** (attempt - 1), input.signal);
  }
}

function isSame(one: AppendProgress, other: AppendProgress): boolean {
  return one.nextPosition === other.nextPosition && one.crc64 === other.crc64;
}

/** Failures that another try may not meet; nothing was applied. */
function isTransient(error: AnnalsError): boolean {
  return error.code === 'NetworkFailed' || (error instanceof OssServiceError && error.status >= 500);
}

/** A look that failed says `not-applied` of itself, but the piece it was to ask about stays in doubt. */
function withDoubt(error: AnnalsError, isInDoubt: boolean): AnnalsError {
  if (!isInDoubt || error.outcome !== 'not-applied') return error;
  return new AnnalsError(error.code, error.message, { outcome: 'unknown', cause: error });
}

function positionTaken(
  input: AppendStreamInput,
  position: number,
  found: { readonly nextPosition: number | undefined },
  outcome: Outcome,
  cause?: AnnalsError,
): AnnalsError {
  const length = found.nextPosition === undefined ? 'another length' : `a length of ${found.nextPosition}`;
  const doubt = outcome === 'unknown' ? '; it is not known whether the last piece was applied' : '';
  return new AnnalsError(
    'PositionTaken',
    `Cannot append to oss://${input.bucket}/${input.key} at position ${position}: the object has ${length} and other content, another writer is at work${doubt}`,
    { outcome, cause },
  );
}

function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, durationMs);
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    }
    signal?.addEventListener('abort', finish);
  });
}
