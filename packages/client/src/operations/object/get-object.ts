/** GetObject: an object's bytes, as stored. Leaves out processing on read. */
import { Crc64 } from '@annals/checksum';
import type { Answer } from '../../connection/attempt.js';
import type { Connection } from '../../connection/connection.js';
import { readLength } from '../../connection/response-headers.js';
import { AnnalsError, OssServiceError } from '../../error.js';
import { type ChangeConditions, conditionHeaders, type MatchConditions } from './conditions.js';
import { type ObjectHead, readObjectHead } from './object-head.js';
import { nameTarget, type VersionTarget, versionQuery } from './object-target.js';

/** Half-open: `start <= offset < end`. */
export interface ByteRange {
  /** Bytes; default 0. */
  readonly start?: number;
  /** Bytes; default and bound: the object's length. */
  readonly end?: number;
}

/** The object to read, whole or in part. */
export interface GetObjectInput extends VersionTarget, MatchConditions {
  /** Default: the whole object. */
  readonly range?: ByteRange;
}

/** An object opened for reading: what is known of it, and its bytes. */
export interface GetObjectResult extends ObjectHead {
  /**
   * The bytes; fails rather than end early, and when a whole object's CRC-64 is not the announced one. Iterate it once,
   * to its end or out of a loop that is left, or `cancel` it: until then it holds a connection.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up the body without reading it. */
  cancel(): Promise<void>;
}

/**
 * Opens an object for reading; the bytes belong to one moment, whatever is appended meanwhile.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchBucket`, `NoSuchVersion`, `InvalidRange` (start at or behind the end),
 * `PreconditionFailed`.
 */
export async function getObject(
  connection: Connection,
  input: GetObjectInput & ChangeConditions,
): Promise<GetObjectResult> {
  const { range, ...options } = input;
  const action = `read ${nameTarget(input)}`;
  const answer = await connection.send({
    ...options,
    action,
    method: 'GET',
    // A stored Content-Encoding would make the runtime decode the body, and ranges and checksums are about the stored
    // bytes.
    query: [['response-content-encoding', 'identity'], ...versionQuery(input)],
    headers: { ...conditionHeaders(input), ...(range !== undefined && rangeHeaders(range, action)) },
  });
  const { response, watch } = answer;
  const { contentEncoding: _, ...head } = readObjectHead(response.headers);
  const isWhole = response.status === 200;
  return {
    ...head,
    body: readVerified(answer, action, isWhole ? head.crc64 : undefined),
    cancel: async () => {
      watch.close();
      await response.body?.cancel();
    },
  };
}

/**
 * Opens an object that may be another than the one that is known.
 * @returns `undefined` when it is the one that is known.
 * @throws As `getObject`.
 */
export function getObjectIfChanged(
  connection: Connection,
  input: GetObjectInput & ChangeConditions,
): Promise<GetObjectResult | undefined> {
  return unlessUnchanged(getObject(connection, input));
}

/** Makes a value of the answer 304. */
export async function unlessUnchanged<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof OssServiceError && error.status === 304) return undefined;
    throw error;
  }
}

function rangeHeaders(range: ByteRange, action: string): Record<string, string> {
  const { start = 0, end } = range;
  const isValid = Number.isSafeInteger(start) && start >= 0 && (end === undefined || Number.isSafeInteger(end));
  if (!isValid || (end !== undefined && end <= start)) {
    throw new AnnalsError('InvalidInput', `Cannot ${action}: the range ${start} to ${end} is empty or malformed`, {
      outcome: 'not-applied',
    });
  }
  // Without `standard` the service answers a range it cannot satisfy with the whole object.
  return { range: `bytes=${start}-${end === undefined ? '' : end - 1}`, 'x-oss-range-behavior': 'standard' };
}

async function* readVerified(
  { response, watch }: Answer,
  action: string,
  expectedCrc64: bigint | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  if (response.body === null) return watch.close();
  const announcedLength = readLength(response.headers, 'content-length');
  const checksum = new Crc64();
  let length = 0;
  const reader = response.body.getReader();
  try {
    for (;;) {
      watch.start();
      const { done, value } = await watch.until(reader.read()).catch((cause: unknown) => {
        const code = watch.isTimedOut ? 'TimedOut' : 'NetworkFailed';
        throw new AnnalsError(code, `Cannot ${action}: the connection broke after ${length} bytes`, {
          outcome: 'not-applied',
          cause,
        });
      });
      watch.stop();
      if (done) break;
      length += value.length;
      if (expectedCrc64 !== undefined) checksum.update(value);
      yield value;
    }
    if (announcedLength !== undefined && length !== announcedLength) {
      throw new AnnalsError('NetworkFailed', `Cannot ${action}: ${length} of ${announcedLength} bytes arrived`, {
        outcome: 'not-applied',
      });
    }
    if (expectedCrc64 !== undefined && checksum.digest() !== expectedCrc64) {
      throw new AnnalsError(
        'ChecksumMismatch',
        `Cannot ${action}: the bytes have CRC-64 ${checksum.digest()}, the object ${expectedCrc64}`,
        { outcome: 'not-applied' },
      );
    }
  } finally {
    watch.close();
    // Also when the reader leaves early: frees the connection. After the end it does nothing.
    const cancelled = reader.cancel().catch(() => undefined);
    if (!watch.signal.aborted) await cancelled;
  }
}
