/**
 * AppendObject: adds bytes at the end of an appendable object. `append-stream/` builds on it for streams of unknown
 * length.
 */
import { combineCrc64 } from '@annals/checksum';
import { unquoteEtag } from '@annals/protocol';
import type { CallOptions } from '../client-options.js';
import type { Connection } from '../connection/connection.js';
import type { UploadBody } from '../connection/request-body.js';
import { optionalHeader, readCrc64, readLength, required } from '../connection/response-headers.js';
import { AnnalsError } from '../error.js';
import { attributeHeaders, type ObjectAttributes } from './object-attributes.js';

/** An append: the body, and where it must begin. */
export interface AppendObjectInput extends CallOptions, ObjectAttributes {
  readonly bucket: string;
  readonly key: string;
  /** Byte offset where this body must begin = current length; 0 creates the object. */
  readonly position: number;
  readonly body: UploadBody;
  /**
   * CRC-64 of the first `position` bytes, when known (the `crc64` of the append before): then the answer is checked.
   */
  readonly crc64Before?: bigint;
}

/** The object after an append. */
export interface AppendObjectResult {
  /** Where the next append must begin = the object's length, in bytes. */
  readonly nextPosition: number;
  /** Of the whole object. */
  readonly crc64: bigint;
  readonly etag: string | undefined;
  readonly versionId?: string;
}

/**
 * Appends a body whole or not at all; durable when it resolves. Not idempotent: never repeat it blindly after outcome
 * `unknown`.
 * @throws {OssServiceError} `PositionNotEqualToLength` (with `nextPosition`), `ObjectNotAppendable`,
 * `AppendSealedObjectNotAllowed`.
 * @throws {AnnalsError} `ChecksumMismatch` and `InvalidResponse` (both outcome `applied`), `SourceFailed`,
 * `NetworkFailed`.
 */
export async function appendObject(connection: Connection, input: AppendObjectInput): Promise<AppendObjectResult> {
  const action = `append to oss://${input.bucket}/${input.key} at position ${input.position}`;
  const { response, sentCrc64, sentLength } = await connection.sendForHeaders({
    ...input,
    action,
    method: 'POST',
    query: [
      ['append', ''],
      ['position', String(input.position)],
    ],
    headers: attributeHeaders(input),
  });
  const { headers } = response;
  const crc64 = required(readCrc64(headers), 'x-oss-hash-crc64ecma', action, 'applied');
  const crc64Before = input.position === 0 ? 0n : input.crc64Before;
  if (crc64Before !== undefined) {
    const expected = combineCrc64(crc64Before, sentCrc64, sentLength);
    if (crc64 !== expected) {
      throw new AnnalsError(
        'ChecksumMismatch',
        `Cannot ${action}: the object now has CRC-64 ${crc64}, what was sent makes ${expected}`,
        { outcome: 'applied' },
      );
    }
  }
  const nextPosition = readLength(headers, 'x-oss-next-append-position');
  const etag = headers.get('etag');
  return {
    nextPosition: required(
      nextPosition === input.position + sentLength ? nextPosition : undefined,
      'x-oss-next-append-position',
      action,
      'applied',
    ),
    crc64,
    etag: etag === null ? undefined : unquoteEtag(etag),
    ...optionalHeader(headers, 'x-oss-version-id', 'versionId'),
  };
}
