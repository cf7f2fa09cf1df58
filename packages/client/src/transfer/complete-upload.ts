/**
 * Completes an upload until it is certain what became of it, and holds the object's CRC-64 against that of what was
 * sent.
 */
import type { PartToComplete } from '@annals/protocol';
import type { CallOptions } from '../client-options.js';
import { type Connection, isTransient } from '../connection/connection.js';
import { AnnalsError } from '../error.js';
import {
  type CompleteMultipartUploadResult,
  completeMultipartUpload,
} from '../operations/multipart/complete-multipart-upload.js';
import { headObject } from '../operations/object/head-object.js';
import { nameTarget } from '../operations/object/object-target.js';

/** An upload whose parts are all there. */
export interface CompleteUploadInput extends CallOptions {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  /** In the order of their numbers. */
  readonly parts: readonly PartToComplete[];
  /** Of the whole, in bytes. */
  readonly length: number;
  /** Of the whole; `undefined` when a server does not tell what its parts have. */
  readonly crc64: bigint | undefined;
  readonly forbidOverwrite: boolean;
}

const ATTEMPT_COUNT_MAX = 6;

/**
 * @throws {AnnalsError} `ChecksumMismatch` (outcome `applied`), and as `completeMultipartUpload`.
 */
export async function completeUpload(
  connection: Connection,
  input: CompleteUploadInput,
): Promise<CompleteMultipartUploadResult> {
  const result = await completeForCertain(connection, input);
  if (result.crc64 !== undefined && input.crc64 !== undefined && result.crc64 !== input.crc64) {
    throw new AnnalsError(
      'ChecksumMismatch',
      `Cannot upload ${nameTarget(input)}: the object has CRC-64 ${result.crc64}, what was sent makes ${input.crc64}`,
      { outcome: 'applied' },
    );
  }
  return result;
}

async function completeForCertain(
  connection: Connection,
  input: CompleteUploadInput,
): Promise<CompleteMultipartUploadResult> {
  let isInDoubt = false;
  for (let failedCount = 1; ; failedCount += 1) {
    try {
      return await completeMultipartUpload(connection, input);
    } catch (error) {
      if (!(error instanceof AnnalsError)) throw error;
      if (isInDoubt && error.code === 'NoSuchUpload') {
        const found = await findObject(connection, input);
        if (found !== undefined) return found;
      }
      isInDoubt ||= error.outcome === 'unknown';
      const isOver = failedCount === ATTEMPT_COUNT_MAX || input.signal?.aborted === true;
      if (isOver || error.outcome !== 'unknown' || !isTransient(error)) {
        throw isInDoubt && error.outcome === 'not-applied' ? error.withOutcome('unknown') : error;
      }
      await connection.pauseBeforeRetry(
        { ...connection.options.retry, ...input.retry },
        failedCount,
        error,
        input.signal,
      );
    }
  }
}

/** The object that a lost answer told of, if it is the one that was uploaded. */
async function findObject(
  connection: Connection,
  { bucket, key, length, crc64 }: CompleteUploadInput,
): Promise<CompleteMultipartUploadResult | undefined> {
  const head = await headObject(connection, { bucket, key }).catch(() => undefined);
  const isSame = head?.length === length && crc64 !== undefined && head.crc64 === crc64;
  if (!isSame || head.etag === undefined) return undefined;
  return {
    etag: head.etag,
    crc64: head.crc64,
    ...(head.versionId !== undefined && { versionId: head.versionId }),
  };
}
