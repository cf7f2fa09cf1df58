/**
 * The error for a wrong signature. It says what the server would have signed, so that people can find their mistake;
 * that holds no secret.
 */
import { OssError } from '../error/oss-error.js';

/**
 * Makes the error.
 * @param claim What the request said.
 * @param signed What the server would have signed, in UTF-8.
 * @param canonicalRequest V4 only: what the string to sign has the hash of.
 * @returns `SignatureDoesNotMatch`.
 */
export function signatureDoesNotMatch(
  { accessKeyId, signature }: { readonly accessKeyId: string; readonly signature: string },
  signed: Uint8Array,
  canonicalRequest?: Uint8Array,
): OssError {
  return new OssError('SignatureDoesNotMatch', {
    details: {
      OSSAccessKeyId: accessKeyId,
      SignatureProvided: signature,
      StringToSign: decodeUtf8(signed),
      StringToSignBytes: Array.from(signed, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' '),
      ...(canonicalRequest !== undefined && { CanonicalRequest: decodeUtf8(canonicalRequest) }),
    },
  });
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
