/** SealAppendObject: closes an appendable object for good. */
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { readTimeMs, required } from '../../connection/response-headers.js';

/** The object to seal, and the length it must have. */
export interface SealObjectInput extends CallOptions {
  readonly bucket: string;
  readonly key: string;
  /** The object's current length in bytes. */
  readonly position: number;
}

/** When the object was sealed. */
export interface SealObjectResult {
  /** Time of the first seal, milliseconds since 1970. */
  readonly sealedAtMs: number;
}

/**
 * Seals an appendable object: no append will be accepted again. Idempotent.
 * @throws {OssServiceError} `PositionNotEqualToLength`, `AppendSealedObjectNotAllowed` (not appendable), `NoSuchKey`.
 */
export async function sealObject(connection: Connection, input: SealObjectInput): Promise<SealObjectResult> {
  const action = `seal oss://${input.bucket}/${input.key} at position ${input.position}`;
  const { response } = await connection.sendForHeaders({
    ...input,
    action,
    method: 'POST',
    query: [
      ['seal', ''],
      ['position', String(input.position)],
    ],
    body: new Uint8Array(0),
    repeat: 'always',
  });
  const sealedAtMs = readTimeMs(response.headers, 'x-oss-sealed-time');
  return { sealedAtMs: required(sealedAtMs, 'x-oss-sealed-time', action, 'applied') };
}
