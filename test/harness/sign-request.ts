/**
 * Signatures written from their description and not with the project's own code, so that a mistake shared by both sides
 * shows. Covers what a client may send: V1 and V4, in headers and in URLs. `../interop` proves the official SDKs' own
 * variants.
 */
import { createHash, createHmac } from 'node:crypto';

export type SignatureKind = 'v1' | 'v1-url' | 'v4' | 'v4-url' | 'anonymous';

export const SIGNED_KINDS = ['v1', 'v1-url', 'v4', 'v4-url'] as const satisfies SignatureKind[];

export interface KeyPair {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

export interface UnsignedRequest {
  readonly method: string;
  readonly bucket?: string;
  readonly key?: string;
  /** Decoded. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SignedParts {
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

const REGION = 'cn-hangzhou';
const VALIDITY_SECONDS = 600;

/** Of the query parameters these tests use, those that V1 does not sign. */
const UNSIGNED_BY_V1 = new Set(
  'prefix marker delimiter max-keys encoding-type list-type start-after fetch-owner tag-key tag-value type wait max-uploads key-marker version-id-marker upload-id-marker max-parts part-number-marker'.split(
    ' ',
  ),
);

/** Of those, the ones that V1 signs where an object is followed or converted. */
const EXTENSION_PARAMETERS = new Set(['type', 'wait']);

/** Adds to query and headers what makes the request signed. */
export function signRequest(request: UnsignedRequest, kind: SignatureKind, keys: KeyPair, atMs: number): SignedParts {
  switch (kind) {
    case 'anonymous':
      return request;
    case 'v1':
      return signV1(request, keys, atMs);
    case 'v1-url':
      return signV1Url(request, keys, atMs);
    case 'v4':
      return signV4(request, keys, atMs);
    case 'v4-url':
      return signV4Url(request, keys, atMs);
  }
}

/** Percent-encodes as RFC 3986 has it. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Path of a request in path style, percent-encoded. */
export function encodedPath(bucket: string | undefined, key: string | undefined): string {
  if (bucket === undefined) return '/';
  return `/${bucket}/${key === undefined ? '' : key.split('/').map(encode).join('/')}`;
}

/** Query as it is sent. */
export function encodedQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => (value === '' ? encode(name) : `${encode(name)}=${encode(value)}`))
    .join('&');
}

function signV1(request: UnsignedRequest, keys: KeyPair, atMs: number): SignedParts {
  const headers = { ...request.headers, date: new Date(atMs).toUTCString() };
  const signature = signatureV1({ ...request, headers }, headers.date, keys);
  return { query: request.query, headers: { ...headers, authorization: `OSS ${keys.accessKeyId}:${signature}` } };
}

function signV1Url(request: UnsignedRequest, keys: KeyPair, atMs: number): SignedParts {
  const expires = String(Math.floor(atMs / 1000) + VALIDITY_SECONDS);
  const signature = signatureV1(request, expires, keys);
  return {
    query: { ...request.query, OSSAccessKeyId: keys.accessKeyId, Expires: expires, Signature: signature },
    headers: request.headers,
  };
}

function signatureV1({ method, bucket, key, query, headers }: UnsignedRequest, date: string, keys: KeyPair): string {
  const resource = bucket === undefined ? '/' : `/${bucket}/${key ?? ''}`;
  const isExtended = 'follow' in query || 'convert' in query;
  const subResources = Object.entries(query)
    .filter(([name]) => !UNSIGNED_BY_V1.has(name) || (isExtended && EXTENSION_PARAMETERS.has(name)))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&');
  const text = [
    method,
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    date,
    headerLines(headers, (name) => name.startsWith('x-oss-')) +
      resource +
      (subResources === '' ? '' : `?${subResources}`),
  ].join('\n');
  return createHmac('sha1', keys.accessKeySecret).update(text).digest('base64');
}

function signV4(request: UnsignedRequest, keys: KeyPair, atMs: number): SignedParts {
  const timestamp = basicTime(atMs);
  const headers = { ...request.headers, 'x-oss-date': timestamp, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD' };
  const scope = scopeOf(timestamp);
  const signature = signatureV4({ ...request, headers }, timestamp, keys);
  const credential = `${keys.accessKeyId}/${scope}`;
  return {
    query: request.query,
    headers: { ...headers, authorization: `OSS4-HMAC-SHA256 Credential=${credential},Signature=${signature}` },
  };
}

function signV4Url(request: UnsignedRequest, keys: KeyPair, atMs: number): SignedParts {
  const timestamp = basicTime(atMs);
  const query = {
    ...request.query,
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': `${keys.accessKeyId}/${scopeOf(timestamp)}`,
    'x-oss-date': timestamp,
    'x-oss-expires': String(VALIDITY_SECONDS),
  };
  const signature = signatureV4({ ...request, query }, timestamp, keys);
  return { query: { ...query, 'x-oss-signature': signature }, headers: request.headers };
}

function signatureV4(
  { method, bucket, key, query, headers }: UnsignedRequest,
  timestamp: string,
  keys: KeyPair,
): string {
  const canonicalQuery = Object.entries(query)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&');
  const isSigned = (name: string) => name.startsWith('x-oss-') || name === 'content-type' || name === 'content-md5';
  const canonical = [
    method,
    encodedPath(bucket, key),
    canonicalQuery,
    headerLines(headers, isSigned),
    '',
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = `OSS4-HMAC-SHA256\n${timestamp}\n${scopeOf(timestamp)}\n${digest}`;
  const signingKey = scopeOf(timestamp)
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `aliyun_v4${keys.accessKeySecret}`,
    );
  return createHmac('sha256', signingKey).update(text).digest('hex');
}

function scopeOf(timestamp: string): string {
  return `${timestamp.slice(0, 8)}/${REGION}/oss/aliyun_v4_request`;
}

function basicTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function headerLines(headers: Readonly<Record<string, string>>, isSigned: (name: string) => boolean): string {
  return Object.entries(headers)
    .filter(([name]) => isSigned(name))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim()}\n`)
    .join('');
}
