/** PutObject: stores an object in one piece. */
import { unquoteEtag } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import type { UploadBody } from '../../connection/request-body.js';
import { optionalHeader, readCrc64, required } from '../../connection/response-headers.js';
import { AnnalsError } from '../../error.js';
import { attributeHeaders, type ObjectAttributes } from './object-attributes.js';

/** The object to store. */
export interface PutObjectInput extends CallOptions, ObjectAttributes {
  readonly bucket: string;
  readonly key: string;
  readonly body: UploadBody;
  /** Refuse to replace an object that exists. Default false. */
  readonly forbidOverwrite?: boolean;
}

/** The object as it was stored. */
export interface PutObjectResult {
  readonly etag: string;
  readonly crc64: bigint | undefined;
  readonly versionId?: string;
}

/**
 * Stores an object whole or not at all, replacing what was there. The stored bytes' CRC-64 is compared with that of the
 * bytes sent.
 * @throws {OssServiceError} `FileAlreadyExists` with `forbidOverwrite` or onto an appendable object, `NoSuchBucket`.
 * @throws {AnnalsError} `ChecksumMismatch` (outcome `applied`), `SourceFailed`, `NetworkFailed`.
 */
export async function putObject(connection: Connection, input: PutObjectInput): Promise<PutObjectResult> {
  const action = `put oss://${input.bucket}/${input.key}`;
  const { response, sentCrc64 } = await connection.sendForHeaders({
    ...input,
    action,
    method: 'PUT',
    // The same bytes again make the same object, unless the first attempt is what forbids the second.
    repeat: input.forbidOverwrite === true ? 'when-not-applied' : 'always',
    headers: {
      ...attributeHeaders(input),
      ...(input.forbidOverwrite === true && { 'x-oss-forbid-overwrite': 'true' }),
    },
  });
  const { headers } = response;
  const crc64 = readCrc64(headers);
  if (crc64 !== undefined && crc64 !== sentCrc64) {
    throw new AnnalsError(
      'ChecksumMismatch',
      `Cannot ${action}: the stored bytes have CRC-64 ${crc64}, those sent ${sentCrc64}`,
      { outcome: 'applied' },
    );
  }
  return {
    etag: unquoteEtag(required(headers.get('etag'), 'ETag', action, 'applied')),
    crc64,
    ...optionalHeader(headers, 'x-oss-version-id', 'versionId'),
  };
}
