/** Checks that a signed request comes in time and for this server. Runs before the signature is verified. */
import { OssError } from '../error/oss-error.js';
import { formatIsoTime } from '../iso-time.js';
import type { Authentication } from './authentication.js';

/** How far a client's clock may be off: the service's 15 minutes. */
export const CLOCK_SKEW_MS_MAX = 900_000;

/** What the server checks a request's times against. */
export interface TimeCheck {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Default {@link CLOCK_SKEW_MS_MAX}. */
  readonly skewMsMax?: number;
}

/**
 * Checks a request's times.
 * @throws {OssError} `RequestTimeTooSkewed` when it was signed too long ago (headers) or too far ahead, `AccessDenied`
 * when a URL has expired.
 */
export function checkTimes(authentication: Authentication, { nowMs, skewMsMax = CLOCK_SKEW_MS_MAX }: TimeCheck): void {
  if (authentication.kind === 'anonymous') return;
  const { kind, signedAtMs, expiresAtMs } = authentication;
  // Expiries are said in seconds, and the last one counts to its end.
  if (expiresAtMs !== undefined && nowMs >= expiresAtMs + 1000) {
    throw new OssError('AccessDenied', {
      message: 'Request has expired.',
      ...ecOfExpiry(kind),
    });
  }
  if (signedAtMs === undefined) return;
  // A URL may be old as long as it has not expired, but no signature comes from the future.
  const skewMs = expiresAtMs === undefined ? Math.abs(nowMs - signedAtMs) : signedAtMs - nowMs;
  if (skewMs > skewMsMax) {
    throw requestTimeTooSkewed({ signedAtMs, nowMs, skewMsMax });
  }
}

/** Of a V2 URL none is known. */
function ecOfExpiry(kind: Authentication['kind']): { readonly ec?: string } {
  if (kind === 'v1-url') return { ec: '0002-00000069' };
  return kind === 'v4-url' ? { ec: '0002-00000236' } : {};
}

/** Makes the error for a time that is too far off; clients set their clocks by it. */
export function requestTimeTooSkewed(times: {
  readonly signedAtMs: number;
  readonly nowMs: number;
  readonly skewMsMax: number;
}): OssError {
  return new OssError('RequestTimeTooSkewed', {
    details: {
      MaxAllowedSkewMilliseconds: String(times.skewMsMax),
      RequestTime: formatIsoTime(times.signedAtMs),
      ServerTime: formatIsoTime(times.nowMs),
    },
  });
}

/** Detailed error codes of headers that are said to be signed and are not there; of a V4 URL none is documented. */
const MISSING_HEADER_ECS: Readonly<Partial<Record<Authentication['kind'], string>>> = {
  'v2-header': '0002-00000112',
  'v2-url': '0002-00000078',
  'v4-header': '0002-00000211',
};

/**
 * Checks that every header that was to be signed besides those that always are is in the request: a signature over a
 * header that is not there promises what it does not hold.
 * @param headers Of the request, by lower-case name.
 * @throws {OssError} `InvalidArgument`.
 */
export function checkAdditionalHeaders(authentication: Authentication, headers: ReadonlyMap<string, string>): void {
  if (authentication.kind === 'anonymous') return;
  const { kind, additionalHeaders } = authentication;
  const missing = additionalHeaders.find((name) => !headers.has(name));
  if (missing === undefined) return;
  const ec = MISSING_HEADER_ECS[kind];
  throw new OssError('InvalidArgument', {
    message: `The additional header ${missing} is not in the request.`,
    ...(ec !== undefined && { ec }),
    details: { ArgumentName: 'x-oss-additional-headers', ArgumentValue: additionalHeaders.join(';') },
  });
}

/** What V4 signatures a server takes. */
export interface ScopeCheck {
  /** Without `oss-`. If left out, any. */
  readonly region?: string;
  /** Default `oss` and `oss-cloudbox`. */
  readonly products?: readonly string[];
}

/**
 * Checks region and product of a V4 signature; others have neither.
 * @throws {OssError} `InvalidArgument` when one is not this server's.
 */
export function checkScope(
  authentication: Authentication,
  { region, products = ['oss', 'oss-cloudbox'] }: ScopeCheck = {},
): void {
  if (authentication.kind === 'anonymous' || authentication.scope === undefined) return;
  const { kind, scope } = authentication;
  const inHeader = kind === 'v4-header';
  if (region !== undefined && scope.region !== region) {
    throw new OssError('InvalidArgument', {
      message: inHeader
        ? 'Invalid signing region in Authorization header.'
        : 'The signing region in credential is invalid.',
      ec: '0002-00000226',
    });
  }
  if (!products.includes(scope.product)) {
    throw new OssError('InvalidArgument', {
      message: inHeader
        ? 'Invalid signing product in Authorization header.'
        : 'The signing product in credential is invalid.',
      ec: '0002-00000227',
    });
  }
}
