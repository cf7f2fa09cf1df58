/** The V4 signature (HMAC-SHA256 with a key per day, region and product): what is signed, and the signing key. */
import { LRUCache } from 'lru-cache';
import { bytesOfByteText, hmacSha256, hmacSha256Hex, sha256Hex } from '#digest';
import {
  canonicalQuery,
  type EmptyValueForm,
  encodePath,
  headerLines,
  type SignableRequest,
  type SigningScope,
  toByteText,
} from './signable-request.js';

/** Name of the algorithm, in headers, URLs and forms. */
export const V4_ALGORITHM = 'OSS4-HMAC-SHA256';
/** Bodies are not part of a V4 signature; this stands where their hash would. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
/** Last part of a V4 scope. */
export const V4_REQUEST = 'aliyun_v4_request';

/** The scope as it stands in credentials and in what is signed. */
export function formatScope(scope: SigningScope): string {
  return `${scope.date}/${scope.region}/${scope.product}/${V4_REQUEST}`;
}

/** Whether V4 signs a header although the request does not list it. */
export function isSignedByDefaultV4(name: string): boolean {
  return name.startsWith('x-oss-') || name === 'content-type' || name === 'content-md5';
}

/**
 * The canonical form of a request, ASCII except for header values.
 * @param path Path of the resource, not encoded.
 * @param additionalHeaders Lower-case names, sorted, without those that are signed by default.
 * @param emptyValueForm Documented is `bare`; ali-oss presigns `append=` when it was given `append: ''`.
 */
export function canonicalRequestV4(
  request: SignableRequest,
  path: string,
  additionalHeaders: readonly string[],
  emptyValueForm: EmptyValueForm = 'bare',
): string {
  const lines = headerLines(request.headers, (name) => isSignedByDefaultV4(name) || additionalHeaders.includes(name));
  return `${request.method}\n${encodePath(path)}\n${canonicalQuery(request.query, 'x-oss-signature', emptyValueForm)}\n${lines}\n${additionalHeaders.join(';')}\n${UNSIGNED_PAYLOAD}`;
}

/**
 * What V4 signs.
 * @param timestamp `20231216T162057Z`; for one client an HTTP date.
 */
export function stringToSignV4(canonicalRequest: string, timestamp: string, scope: SigningScope): string {
  return `${V4_ALGORITHM}\n${timestamp}\n${formatScope(scope)}\n${sha256Hex(canonicalRequest)}`;
}

/** The V4 signature of a byte text in lower-case hexadecimal digits. */
export function signatureV4(signingKey: Uint8Array, stringToSign: string): string {
  return hmacSha256Hex(signingKey, stringToSign);
}

/** The key of a scope: four HMACs. {@link SigningKeyCache} saves them. */
export function deriveSigningKeyV4(secret: string, scope: SigningScope): Uint8Array {
  let key = bytesOfByteText(toByteText(`aliyun_v4${secret}`));
  for (const part of [scope.date, scope.region, scope.product, V4_REQUEST]) {
    key = hmacSha256(key, toByteText(part));
  }
  return key;
}

/** Keys kept: some active access keys times yesterday, today and tomorrow; each takes about 300 bytes. */
const CACHED_KEY_COUNT_MAX = 1024;

/**
 * Remembers signing keys by secret and scope; the least recently used go first. A hash of the secret as the name of an
 * entry would hide nothing, because the process that has the cache has the secrets too, and it would cost as much as
 * the signature.
 */
export class SigningKeyCache {
  readonly #keys = new LRUCache<string, Uint8Array>({ max: CACHED_KEY_COUNT_MAX });

  /** The key, remembered or computed. */
  get(secret: string, scope: SigningScope): Uint8Array {
    return this.#keys.get(cacheName(secret, scope)) ?? deriveSigningKeyV4(secret, scope);
  }

  /**
   * Keeps a key that proved right. Keys of unproven requests are not kept, so strangers cannot displace those in use.
   */
  keep(secret: string, scope: SigningScope, key: Uint8Array): void {
    const name = cacheName(secret, scope);
    if (!this.#keys.has(name)) this.#keys.set(name, key);
  }

  /** Keys remembered. */
  get size(): number {
    return this.#keys.size;
  }
}

function cacheName(secret: string, scope: SigningScope): string {
  return `${scope.date}/${scope.region}/${scope.product}/${secret}`;
}
