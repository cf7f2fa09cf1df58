/**
 * The newer signature of the same service: ACS3-HMAC-SHA256 in the Authorization header, over method, path, query,
 * named headers and body.
 */
import { createHash, createHmac } from 'node:crypto';
import { canonicalQuery, checkNonce, parseTimestamp, type StsAuthentication } from './rpc-signature.js';
import { StsError } from './sts-error.js';
import { parseParameters, type StsHttpRequest } from './sts-request.js';

const ALGORITHM = 'ACS3-HMAC-SHA256';
const AUTHORIZATION =
  /^ACS3-HMAC-SHA256 +Credential=([^, ]+), *SignedHeaders=([a-z0-9;_-]+), *Signature=([0-9a-f]{64}) *$/;

/** Headers that mean something to this service, and that a signature therefore must cover. */
const SIGNED_IF_SENT = /^(?:host$|x-acs-)/;

/** Tells whether a request is signed this way. */
export function isAcs3(request: StsHttpRequest): boolean {
  return (request.headers.get('authorization') ?? '').startsWith(ALGORITHM);
}

/**
 * Reads the signature.
 * @throws {StsError} The header is malformed, leaves out what it must cover, or the body is not the one that was
 * signed.
 */
export function readAcs3Authentication(request: StsHttpRequest): StsAuthentication {
  const { headers } = request;
  const match = AUTHORIZATION.exec(headers.get('authorization') ?? '');
  if (match === null) throw new StsError('IncompleteSignature');
  const [, accessKeyId = '', signedHeaderList = '', signature = ''] = match;
  const signedHeaders = signedHeaderList.split(';');
  for (const name of headers.keys()) {
    if (SIGNED_IF_SENT.test(name) && !signedHeaders.includes(name)) {
      throw new StsError('IncompleteSignature', { message: `The header ${name} must be signed.` });
    }
  }
  const bodyDigest = createHash('sha256').update(request.body).digest('hex');
  if (requireHeader(request, 'x-acs-content-sha256') !== bodyDigest) {
    throw new StsError('SignatureDoesNotMatch', { message: 'The body does not match x-acs-content-sha256.' });
  }
  return {
    accessKeyId,
    securityToken: headers.get('x-acs-security-token'),
    nonce: checkNonce(requireHeader(request, 'x-acs-signature-nonce')),
    signedAtMs: parseTimestamp(requireHeader(request, 'x-acs-date')),
    signature,
    expect: (secret) =>
      createHmac('sha256', secret)
        .update(stringToSign(request, signedHeaders, bodyDigest))
        .digest('hex'),
  };
}

/** @throws {StsError} The header is missing. */
export function requireHeader(request: StsHttpRequest, name: string): string {
  const value = request.headers.get(name);
  if (value !== undefined && value !== '') return value;
  throw new StsError('IncompleteSignature', { message: `The header ${name} is mandatory.` });
}

function stringToSign(request: StsHttpRequest, signedHeaders: readonly string[], bodyDigest: string): string {
  const names = [...signedHeaders].sort();
  const canonicalHeaders = names.map((name) => `${name}:${(request.headers.get(name) ?? '').trim()}\n`).join('');
  const canonicalRequest = [
    request.method,
    request.path,
    canonicalQuery(parseParameters(request.query)),
    canonicalHeaders,
    names.join(';'),
    bodyDigest,
  ].join('\n');
  return `${ALGORITHM}\n${createHash('sha256').update(canonicalRequest).digest('hex')}`;
}
