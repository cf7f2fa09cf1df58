/**
 * AppendObject: adds bytes at the end of an appendable object. `append-stream/` and `append-writer/` build on it for
 * streams of unknown length.
 */
import { combineCrc64 } from '@annals/checksum';
import { unquoteEtag } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Answer } from '../../connection/attempt.js';
import type { Connection } from '../../connection/connection.js';
import type { UploadBody } from '../../connection/request-body.js';
import { optionalHeader, readCrc64, readLength, required } from '../../connection/response-headers.js';
import { AnnalsError } from '../../error.js';
import { attributeHeaders, type ObjectAttributes } from './object-attributes.js';

/** What an append may ask of a server that has the extensions; others refuse or ignore it. */
export interface AppendExtensionOptions {
  /** Names this append, 1 to 64 visible ASCII characters: a repetition is answered, and not applied again. */
  readonly appendId?: string;
  /** The writer's epoch: from now on lower ones are refused with `WriterFenced`. */
  readonly writerEpoch?: number;
  /** Bytes that the object must not pass; otherwise `AppendMaxLengthExceeded`. */
  readonly maxLengthBytes?: number;
}

/** An append: the body, and where it must begin. */
export interface AppendObjectInput extends CallOptions, ObjectAttributes, AppendExtensionOptions {
  readonly bucket: string;
  readonly key: string;
  /**
   * Byte offset where this body must begin = current length; 0 creates the object. `auto` (an extension of Annals):
   * wherever the object ends when the body has arrived.
   */
  readonly position: number | 'auto';
  readonly body: UploadBody;
  /**
   * CRC-64 of the first `position` bytes, when known (the `crc64` of the append before): then the answer is checked.
   */
  readonly crc64Before?: bigint;
  /** CRC-64 of the body: a server that has the extensions refuses a body that arrives differently. */
  readonly bodyCrc64?: bigint;
}

/** The object after an append. */
export interface AppendObjectResult {
  /** Where the body begins in the object, in bytes. */
  readonly position: number;
  /** Where the next append must begin = the object's length, in bytes. */
  readonly nextPosition: number;
  /** Of the whole object. */
  readonly crc64: bigint;
  readonly etag: string | undefined;
  readonly versionId?: string;
  /** The server knew the id: this is the answer to an earlier attempt, and nothing was applied now. */
  readonly isReplayed: boolean;
  /** The names of the extension headers that the server honoured, without `x-oss-annals-`. */
  readonly honoured: readonly ExtensionName[];
}

/** Extension headers of an append, without their prefix. */
export type ExtensionName = 'append-id' | 'writer-epoch' | 'max-length';

const EXTENSION_PREFIX = 'x-oss-annals-';
const EXTENSION_NAMES: readonly ExtensionName[] = ['append-id', 'writer-epoch', 'max-length'];

/**
 * Appends a body whole or not at all; durable when it resolves. Not idempotent without an id: never repeat it blindly
 * after outcome `unknown`.
 * @throws {OssServiceError} `PositionNotEqualToLength` (with `nextPosition` and `crc64`), `ObjectNotAppendable`,
 * `AppendSealedObjectNotAllowed`, `WriterFenced`, `AppendIdConflict`, `AppendMaxLengthExceeded`.
 * @throws {AnnalsError} `ChecksumMismatch` and `InvalidResponse` (both outcome `applied`), `SourceFailed`,
 * `NetworkFailed`.
 */
export async function appendObject(connection: Connection, input: AppendObjectInput): Promise<AppendObjectResult> {
  const action = `append to oss://${input.bucket}/${input.key} at position ${input.position}`;
  const answer = await connection.sendForHeaders({
    ...input,
    action,
    method: 'POST',
    query: [
      ['append', ''],
      ['position', String(input.position)],
    ],
    headers: { ...attributeHeaders(input), ...extensionHeaders(input) },
  });
  return readResult(answer, input, action);
}

function extensionHeaders(input: AppendObjectInput): Record<string, string> {
  const headers: Record<string, string> = {};
  if (input.appendId !== undefined) headers['x-oss-annals-append-id'] = input.appendId;
  if (input.writerEpoch !== undefined) headers['x-oss-annals-writer-epoch'] = String(input.writerEpoch);
  if (input.maxLengthBytes !== undefined) headers['x-oss-annals-max-length'] = String(input.maxLengthBytes);
  if (input.bodyCrc64 !== undefined) headers['x-oss-hash-crc64ecma'] = input.bodyCrc64.toString();
  return headers;
}

function readResult({ response, ...sent }: Answer, input: AppendObjectInput, action: string): AppendObjectResult {
  const { headers } = response;
  const crc64 = required(readCrc64(headers), 'x-oss-hash-crc64ecma', action, 'applied');
  const crc64Before = input.position === 0 ? 0n : input.crc64Before;
  if (crc64Before !== undefined && input.position !== 'auto') {
    const expected = combineCrc64(crc64Before, sent.sentCrc64, sent.sentLength);
    if (crc64 !== expected) {
      throw new AnnalsError(
        'ChecksumMismatch',
        `Cannot ${action}: the object now has CRC-64 ${crc64}, what was sent makes ${expected}`,
        { outcome: 'applied' },
      );
    }
  }
  const position =
    input.position === 'auto'
      ? required(readLength(headers, 'x-oss-annals-append-position'), 'x-oss-annals-append-position', action, 'applied')
      : input.position;
  const nextPosition = readLength(headers, 'x-oss-next-append-position');
  const etag = headers.get('etag');
  return {
    position,
    nextPosition: required(
      nextPosition === position + sent.sentLength ? nextPosition : undefined,
      'x-oss-next-append-position',
      action,
      'applied',
    ),
    crc64,
    etag: etag === null ? undefined : unquoteEtag(etag),
    ...optionalHeader(headers, 'x-oss-version-id', 'versionId'),
    isReplayed: headers.get('x-oss-annals-replayed') === 'true',
    honoured: EXTENSION_NAMES.filter((name) => headers.has(`${EXTENSION_PREFIX}${name}`)),
  };
}
