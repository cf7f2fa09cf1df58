/** UploadPart: sends one part of an upload. */
import { unquoteEtag } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import type { UploadBody } from '../../connection/request-body.js';
import { readCrc64, required } from '../../connection/response-headers.js';
import { AnnalsError } from '../../error.js';
import { nameUpload, type UploadTarget, uploadQuery } from './upload-target.js';

/** The part to send. */
export interface UploadPartInput extends UploadTarget {
  /** 1 to 10,000; parts make the object in the order of their numbers. */
  readonly partNumber: number;
  /** At least 100 KiB unless it is the last part; at most 5 GiB. */
  readonly body: UploadBody;
}

/** A part as it was stored. */
export interface UploadedPart {
  readonly partNumber: number;
  /** Without quotes; completing names it. */
  readonly etag: string;
  /** Of the part's bytes. */
  readonly crc64: bigint | undefined;
}

/**
 * Sends a part, replacing one of the same number. The stored bytes' CRC-64 is compared with that of the bytes sent.
 * @throws {OssServiceError} `NoSuchUpload`, `InvalidArgument` (a number that no part can have).
 * @throws {AnnalsError} `ChecksumMismatch` (outcome `applied`), `SourceFailed`, `NetworkFailed`.
 */
export async function uploadPart(connection: Connection, input: UploadPartInput): Promise<UploadedPart> {
  const { partNumber } = input;
  const action = `send part ${partNumber} of ${nameUpload(input)}`;
  const { response, sentCrc64 } = await connection.sendForHeaders({
    ...input,
    action,
    method: 'PUT',
    query: [['partNumber', String(partNumber)], uploadQuery(input)],
    // The same bytes again make the same part.
    repeat: 'always',
  });
  const crc64 = readCrc64(response.headers);
  if (crc64 !== undefined && crc64 !== sentCrc64) {
    throw new AnnalsError(
      'ChecksumMismatch',
      `Cannot ${action}: the stored bytes have CRC-64 ${crc64}, those sent ${sentCrc64}`,
      { outcome: 'applied' },
    );
  }
  return { partNumber, etag: unquoteEtag(required(response.headers.get('etag'), 'ETag', action, 'applied')), crc64 };
}
