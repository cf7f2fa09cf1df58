/**
 * Streams a range of an object, and goes on where a connection broke: the object is immutable, so two answers fit
 * together. Memory: what the socket holds.
 */
import type { BlobId, BlobRange } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { assertBlobRange } from '../blob-range.js';
import type { S3Bucket } from './s3-bucket.js';
import type { S3Response } from './s3-connection.js';
import { S3Failure } from './s3-failure.js';

/**
 * Never a short stream. Stopping early ends the request and frees its connection.
 * @throws {EngineFailure} `missing-blob`; `corrupt`: the object is not as long as the range asks. @throws {S3Failure}
 */
export async function* readS3Range(
  bucket: S3Bucket,
  key: string,
  blobId: BlobId,
  range: BlobRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (range.start === range.end) {
    assertBlobRange(range, await lengthOf(bucket, key, blobId));
    return;
  }
  let position = range.start;
  for (let attempt = 1; position < range.end; attempt += 1) {
    const response = await bucket.read(key, position, range.end);
    if (response === undefined) throw new EngineFailure({ kind: 'missing-blob', blobId });
    let failure: S3Failure;
    try {
      await requireRange(bucket, key, blobId, range, position, response);
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        if (chunk.length > range.end - position) throw tooLong(key);
        position += chunk.length;
        // What made progress begins to count from the beginning.
        attempt = 1;
        if (chunk.length > 0) yield chunk;
      }
      failure = bucket.connection.brokenOff({ action: 'read', key }, `the answer ended at byte ${position}`);
    } catch (error) {
      if (error instanceof S3Failure || error instanceof EngineFailure) throw error;
      failure = bucket.connection.brokenOff({ action: 'read', key }, error);
    }
    bucket.connection.assertOpen();
    if (position === range.end) return;
    if (!bucket.connection.mayRepeat(attempt, failure)) throw failure;
    await bucket.connection.pause(attempt, failure, undefined);
  }
}

async function requireRange(
  bucket: S3Bucket,
  key: string,
  blobId: BlobId,
  range: BlobRange,
  position: number,
  response: S3Response,
): Promise<void> {
  if (response.status === 416) {
    await response.body.dump();
    const length = await lengthOf(bucket, key, blobId);
    assertBlobRange(range, length);
    throw new S3Failure(`Cannot read ${key}: the service refuses bytes that the object of ${length} bytes has`, {
      status: 416,
    });
  }
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.header('content-range') ?? '') ?? [];
  if (Number(start) !== position || total === undefined) {
    response.body.destroy();
    throw new S3Failure(`Cannot read ${key}: the service answers other bytes than it was asked for`, {
      status: response.status,
    });
  }
  try {
    assertBlobRange(range, Number(total));
  } catch (error) {
    response.body.destroy();
    throw error;
  }
}

async function lengthOf(bucket: S3Bucket, key: string, blobId: BlobId): Promise<number> {
  const length = await bucket.length(key);
  if (length === undefined) throw new EngineFailure({ kind: 'missing-blob', blobId });
  return length;
}

function tooLong(key: string): S3Failure {
  return new S3Failure(`Cannot read ${key}: the service answers more bytes than it was asked for`, { status: 206 });
}
