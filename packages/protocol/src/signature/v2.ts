/** The V2 signature (HMAC-SHA256, whole query signed), which a few older SDKs still offer: what is signed. */
import { bytesOfByteText, hmacSha256Base64 } from '#digest';
import { canonicalQuery, encodeComponent, headerLines, type SignableRequest, toByteText } from './signable-request.js';

/**
 * What V2 signs, as byte text.
 * @param dateSlot The date header, or the expiry of a signed URL.
 * @param path Path of the resource, not encoded.
 * @param additionalHeaders Lower-case names, sorted.
 */
export function stringToSignV2(
  request: SignableRequest,
  dateSlot: string,
  path: string,
  additionalHeaders: readonly string[],
): string {
  const { method, headers, query } = request;
  const lines = headerLines(headers, (name) => name.startsWith('x-oss-') || additionalHeaders.includes(name));
  const queryText = canonicalQuery(query, 'x-oss-signature');
  const resource = encodeComponent(path) + (queryText === '' ? '' : `?${queryText}`);
  return `${method}\n${headers.get('content-md5') ?? ''}\n${headers.get('content-type') ?? ''}\n${dateSlot}\n${lines}${additionalHeaders.join(';')}\n${resource}`;
}

/** The V2 signature of a byte text, in base64. */
export function signatureV2(secret: string, stringToSign: string): string {
  return hmacSha256Base64(bytesOfByteText(toByteText(secret)), stringToSign);
}
