/** Signed URLs: another program may make one request with this client's rights, until a time. */
import { formatQuery, LIMITS, presignV1, presignV4, Query, type QueryParameter, toHeaderText } from '@annals/protocol';
import type { Connection } from '../connection/connection.js';
import { formatUrl } from '../connection/endpoint.js';
import { regionOf } from '../connection/sign-call.js';
import { AnnalsError } from '../error.js';

/** The request that may be made. */
export interface PresignUrlInput {
  readonly bucket: string;
  /** Without one it is a request on the bucket. */
  readonly key?: string;
  /** Default `GET`. */
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** How long the URL is good for, 1 to 604,800 (7 days), with V1 to 315,360,000 (3,650 days). Default 900. */
  readonly expiresSeconds?: number;
  readonly versionId?: string;
  /**
   * Headers that the request will have, and that are signed: it must be sent with exactly these. V1 signs only
   * `content-type`, `content-md5` and `x-oss-*`; another one is refused there.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further parameters, such as `{ uploadId, partNumber }`. An empty value is the bare name. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers that the answer to a GET is to have instead of the object's. */
  readonly responseHeaders?: ResponseHeaderOverrides;
  /** Default: that of the client. */
  readonly signatureVersion?: 'v4' | 'v1';
}

/** Headers of an answer that a signed GET may ask for. */
export interface ResponseHeaderOverrides {
  readonly contentType?: string;
  readonly contentLanguage?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
  readonly expires?: string;
}

/** A request that anyone can send. */
export interface PresignedUrl {
  readonly url: string;
  readonly method: string;
  /** To be sent as they are; a body given to `fetch` as text adds a Content-Type of its own unless one is here. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. With temporary keys the URL ends with them, if that is earlier. */
  readonly expiresAtMs: number;
}

const EXPIRES_SECONDS_DEFAULT = 900;

/**
 * Signs a URL; nothing is sent.
 * @throws {AnnalsError} `InvalidInput` for a time out of bounds, a bad name, or a header that cannot be signed;
 * `CredentialsMissing`.
 */
export async function presignUrl(connection: Connection, input: PresignUrlInput): Promise<PresignedUrl> {
  const { bucket, key, method = 'GET', expiresSeconds = EXPIRES_SECONDS_DEFAULT } = input;
  const isV1 = (input.signatureVersion ?? connection.options.signatureVersion) === 'v1';
  refuseBadLifetime(expiresSeconds, isV1 ? LIMITS.presignedUrlV1SecondsMax : LIMITS.presignedUrlSecondsMax);
  const url = formatUrl(connection.endpoint, bucket, key);
  const headers = new Map(
    Object.entries(input.headers ?? {}).map(([name, value]) => [name.toLowerCase(), toHeaderText(value)]),
  );
  const names = [...headers.keys()];
  if (isV1) refuseUnsigned(names);
  const nowMs = connection.nowMs();
  const options = {
    request: { method, query: new Query(queryOf(input)), headers },
    resource: { bucket, ...(key !== undefined && { key }) },
    credentials: await connection.credentials(),
  };
  const expiresAtMs = nowMs + expiresSeconds * 1000;
  const query = isV1
    ? presignV1({ ...options, expiresAtMs })
    : presignV4({ ...options, nowMs, expiresSeconds, region: regionOf(connection.options), additionalHeaders: names });
  return {
    url: `${url}?${formatQuery(query)}`,
    method,
    headers: Object.fromEntries(headers),
    expiresAtMs: Math.floor(expiresAtMs / 1000) * 1000,
  };
}

/**
 * Refuses a time that no signature can have.
 * @param max Seconds, inclusive.
 * @throws {AnnalsError} `InvalidInput`.
 */
export function refuseBadLifetime(expiresSeconds: number, max: number): void {
  const { presignedUrlSecondsMin: min } = LIMITS;
  if (Number.isSafeInteger(expiresSeconds) && expiresSeconds >= min && expiresSeconds <= max) return;
  throw new AnnalsError('InvalidInput', `Cannot sign for ${expiresSeconds} seconds: expected ${min} to ${max}`, {
    outcome: 'not-applied',
  });
}

function refuseUnsigned(names: readonly string[]): void {
  const unsigned = names.find(
    (name) => name !== 'content-type' && name !== 'content-md5' && !name.startsWith('x-oss-'),
  );
  if (unsigned === undefined) return;
  throw new AnnalsError(
    'InvalidInput',
    `Cannot sign the header "${unsigned}" with V1: expected V4, or no such header`,
    {
      outcome: 'not-applied',
    },
  );
}

function queryOf({ query = {}, versionId, responseHeaders = {} }: PresignUrlInput): QueryParameter[] {
  const named = {
    versionId,
    'response-content-type': responseHeaders.contentType,
    'response-content-language': responseHeaders.contentLanguage,
    'response-content-encoding': responseHeaders.contentEncoding,
    'response-content-disposition': responseHeaders.contentDisposition,
    'response-cache-control': responseHeaders.cacheControl,
    'response-expires': responseHeaders.expires,
  };
  const present = Object.entries(named).flatMap(([name, value]): QueryParameter[] =>
    value === undefined ? [] : [[name, value]],
  );
  return [...Object.entries(query), ...present];
}
