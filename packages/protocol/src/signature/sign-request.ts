/**
 * Signs requests for a client: gives the headers or query parameters to add. Dates travel in `x-oss-date`, because
 * browsers do not let a page set `Date`. V2 is here for completeness; new clients use V4.
 */
import { formatHttpDate } from '../http-date.js';
import { Query, type QueryParameter } from '../query.js';
import type { ResourceAddress } from '../request-target.js';
import {
  type Credentials,
  formatBasicTime,
  resourcePaths,
  type SignableRequest,
  type SigningScope,
} from './signable-request.js';
import { resourceTextV1, signatureV1, stringToSignV1 } from './v1.js';
import { signatureV2, stringToSignV2 } from './v2.js';
import {
  canonicalRequestV4,
  deriveSigningKeyV4,
  formatScope,
  isSignedByDefaultV4,
  type SigningKeyCache,
  signatureV4,
  stringToSignV4,
  UNSIGNED_PAYLOAD,
  V4_ALGORITHM,
} from './v4.js';

/** What every signature needs. */
export interface SignOptions {
  /** The request without authentication. Names of headers in lower case. */
  readonly request: SignableRequest;
  /** What it addresses. */
  readonly resource: ResourceAddress;
  readonly credentials: Credentials;
}

/** A signature in headers is made at a time. */
export interface SignHeadersOptions extends SignOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** V4 names where it is valid. */
export interface SignV4Options extends SignHeadersOptions {
  /** Without `oss-`: `cn-hangzhou`. */
  readonly region: string;
  /** Default `oss`. */
  readonly product?: string;
  /** Headers to sign besides those that always are. Default: none. */
  readonly additionalHeaders?: readonly string[];
  /** Where signing keys are remembered. Default: nowhere. */
  readonly cache?: SigningKeyCache;
}

/** Headers to set, by lower-case name. They replace those of the same name. */
export type SignedHeaders = Readonly<Record<string, string>>;

/** Signs with V1. @returns `authorization`, `x-oss-date` and, with temporary credentials, `x-oss-security-token`. */
export function signHeadersV1({ request, resource, credentials, nowMs }: SignHeadersOptions): SignedHeaders {
  const date = formatHttpDate(nowMs);
  const added = { 'x-oss-date': date, ...tokenHeader(credentials) };
  const stringToSign = stringToSignV1(
    withHeaders(request, added),
    date,
    resourceTextV1(resourcePaths(resource)[0], request.query),
  );
  const signature = signatureV1(credentials.accessKeySecret, stringToSign);
  return { ...added, authorization: `OSS ${credentials.accessKeyId}:${signature}` };
}

/** Signs with V2. @returns as for V1. */
export function signHeadersV2({
  request,
  resource,
  credentials,
  nowMs,
  additionalHeaders = [],
}: SignHeadersOptions & { readonly additionalHeaders?: readonly string[] }): SignedHeaders {
  const date = formatHttpDate(nowMs);
  const added = { 'x-oss-date': date, ...tokenHeader(credentials) };
  const names = sortNames(additionalHeaders);
  const stringToSign = stringToSignV2(withHeaders(request, added), date, resourcePaths(resource)[0], names);
  const signature = signatureV2(credentials.accessKeySecret, stringToSign);
  const additional = names.length === 0 ? '' : `AdditionalHeaders:${names.join(';')},`;
  return {
    ...added,
    authorization: `OSS2 AccessKeyId:${credentials.accessKeyId},${additional}Signature:${signature}`,
  };
}

/** Signs with V4. @returns as for V1, and `x-oss-content-sha256`. */
export function signHeadersV4(options: SignV4Options): SignedHeaders {
  const { request, resource, credentials } = options;
  const { scope, timestamp, names, key } = prepareV4(options);
  const added = { 'x-oss-content-sha256': UNSIGNED_PAYLOAD, 'x-oss-date': timestamp, ...tokenHeader(credentials) };
  const canonicalRequest = canonicalRequestV4(withHeaders(request, added), resourcePaths(resource)[0], names);
  const signature = signatureV4(key, stringToSignV4(canonicalRequest, timestamp, scope));
  const additional = names.length === 0 ? '' : `AdditionalHeaders=${names.join(';')},`;
  return {
    ...added,
    authorization: `${V4_ALGORITHM} Credential=${credentials.accessKeyId}/${formatScope(scope)},${additional}Signature=${signature}`,
  };
}

/**
 * Makes a URL that carries a V1 signature. Headers `content-type`, `content-md5` and `x-oss-*` must be sent as given
 * here.
 * @returns The whole query, signature included.
 */
export function presignV1(options: SignOptions & { readonly expiresAtMs: number }): readonly QueryParameter[] {
  const { request, resource, credentials } = options;
  const expires = String(Math.floor(options.expiresAtMs / 1000));
  const entries: QueryParameter[] = [...request.query];
  if (credentials.securityToken !== undefined) entries.push(['security-token', credentials.securityToken]);
  const query = new Query(entries);
  const stringToSign = stringToSignV1(
    { ...request, query },
    expires,
    resourceTextV1(resourcePaths(resource)[0], query),
  );
  return [
    ...entries,
    ['OSSAccessKeyId', credentials.accessKeyId],
    ['Expires', expires],
    ['Signature', signatureV1(credentials.accessKeySecret, stringToSign)],
  ];
}

/** Makes a URL that carries a V2 signature. @returns as for V1. */
export function presignV2(
  options: SignOptions & { readonly expiresAtMs: number; readonly additionalHeaders?: readonly string[] },
): readonly QueryParameter[] {
  const { request, resource, credentials } = options;
  const expires = String(Math.floor(options.expiresAtMs / 1000));
  const names = sortNames(options.additionalHeaders ?? []);
  const entries: QueryParameter[] = [
    ...request.query,
    ['x-oss-signature-version', 'OSS2'],
    ['x-oss-expires', expires],
    ['x-oss-access-key-id', credentials.accessKeyId],
  ];
  if (names.length > 0) entries.push(['x-oss-additional-headers', names.join(';')]);
  if (credentials.securityToken !== undefined) entries.push(['security-token', credentials.securityToken]);
  const signed = { ...request, query: new Query(entries) };
  const stringToSign = stringToSignV2(signed, expires, resourcePaths(resource)[0], names);
  return [...entries, ['x-oss-signature', signatureV2(credentials.accessKeySecret, stringToSign)]];
}

/**
 * Makes a URL that carries a V4 signature.
 * @param options `expiresSeconds` from 1 to 604800.
 * @returns as for V1.
 */
export function presignV4(options: SignV4Options & { readonly expiresSeconds: number }): readonly QueryParameter[] {
  const { request, resource, credentials } = options;
  const { scope, timestamp, names, key } = prepareV4(options);
  const entries: QueryParameter[] = [
    ...request.query,
    ['x-oss-signature-version', V4_ALGORITHM],
    ['x-oss-credential', `${credentials.accessKeyId}/${formatScope(scope)}`],
    ['x-oss-date', timestamp],
    ['x-oss-expires', String(options.expiresSeconds)],
  ];
  if (names.length > 0) entries.push(['x-oss-additional-headers', names.join(';')]);
  if (credentials.securityToken !== undefined) entries.push(['x-oss-security-token', credentials.securityToken]);
  const signed = { ...request, query: new Query(entries) };
  const canonicalRequest = canonicalRequestV4(signed, resourcePaths(resource)[0], names);
  return [...entries, ['x-oss-signature', signatureV4(key, stringToSignV4(canonicalRequest, timestamp, scope))]];
}

interface PreparedV4 {
  readonly scope: SigningScope;
  readonly timestamp: string;
  readonly names: readonly string[];
  readonly key: Uint8Array;
}

function prepareV4(options: SignV4Options): PreparedV4 {
  const timestamp = formatBasicTime(options.nowMs);
  const scope = { date: timestamp.slice(0, 8), region: options.region, product: options.product ?? 'oss' };
  const secret = options.credentials.accessKeySecret;
  const key = options.cache?.get(secret, scope) ?? deriveSigningKeyV4(secret, scope);
  options.cache?.keep(secret, scope, key);
  const names = sortNames(options.additionalHeaders ?? []).filter((name) => !isSignedByDefaultV4(name));
  return { scope, timestamp, names, key };
}

function sortNames(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))].sort();
}

function tokenHeader({ securityToken }: Credentials): { 'x-oss-security-token'?: string } {
  return securityToken === undefined ? {} : { 'x-oss-security-token': securityToken };
}

function withHeaders(request: SignableRequest, added: Readonly<Record<string, string>>): SignableRequest {
  return { ...request, headers: new Map([...request.headers, ...Object.entries(added)]) };
}
