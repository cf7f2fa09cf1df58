/**
 * Reads who claims to have signed a request and how, from its Authorization header or its query, and nothing more:
 * whether the claim is true is for `verify-signature.ts`, whether it is in time for `check-times.ts`.
 */
import { OssError, type OssErrorOptions } from '../error/oss-error.js';
import { parseHttpDate } from '../http-date.js';
import { refuseAmazonSignature } from './amazon-signature.js';
import { parseBasicTime, parseCredentialV4 } from './credential-v4.js';
import { formatBasicTime, type SignableRequest, type SigningScope, toByteText } from './signable-request.js';
import { isSignedByDefaultV4, UNSIGNED_PAYLOAD, V4_ALGORITHM } from './v4.js';

/** Which signature, and where it stands. */
export type SignatureKind = 'v1-header' | 'v1-url' | 'v2-header' | 'v2-url' | 'v4-header' | 'v4-url';

/** A request without a signature. */
export interface AnonymousAuthentication {
  readonly kind: 'anonymous';
}

/** A request with a claimed signature. */
export interface SignedAuthentication {
  readonly kind: SignatureKind;
  readonly accessKeyId: string;
  readonly signature: string;
  /** Token of temporary credentials. */
  readonly securityToken: string | undefined;
  /** What stands in the place of the date in what is signed, as it was sent: Go v1 signs an HTTP date in V4 too. */
  readonly dateSlot: string;
  /** When it was signed. Unknown for V1 and V2 in a URL. */
  readonly signedAtMs: number | undefined;
  /** When it ends. URLs only. */
  readonly expiresAtMs: number | undefined;
  /** Headers signed besides those that always are: lower case, sorted. V2 and V4 only. */
  readonly additionalHeaders: readonly string[];
  /** V4 only. */
  readonly scope: SigningScope | undefined;
}

/** The signer of a request, if it has one. */
export type Authentication = AnonymousAuthentication | SignedAuthentication;

/** Longest validity of a V4 URL: 7 days. */
const V4_EXPIRES_SECONDS_MAX = 604_800;
/** Of `20231216T162057Z`; an HTTP date is longer. */
const BASIC_TIME_LENGTH = 16;
const INVALID_HEADER = 'Authorization header is invalid.';
/** Detailed error codes of a header whose parts are not where they belong. */
const V1_FORM_EC = '0002-00000062';
const V4_FORM_EC = '0002-00000202';
/** Longest Authorization header worth reading; the longest real ones have some hundred characters. */
const AUTHORIZATION_LENGTH_MAX = 8192;

/**
 * Reads the authentication of a request. Tolerates spaces and any order of fields in the Authorization header.
 * @throws {OssError} `InvalidArgument` for a malformed one or two at once, `AccessDenied` for an incomplete signed URL
 * or a missing or invalid date.
 */
export function readAuthentication(request: SignableRequest): Authentication {
  const authorization = request.headers.get('authorization');
  refuseAmazonSignature(request);
  const urlKind = findUrlKind(request);
  if (authorization !== undefined && urlKind !== undefined) {
    throw invalidArgument(
      'Only one auth mechanism allowed; authentication information is in both the header and the URL.',
    );
  }
  if (authorization !== undefined) return readAuthorizationHeader(request, authorization);
  switch (urlKind) {
    case 'v1-url':
      return readUrlV1(request);
    case 'v2-url':
      return readUrlV2(request);
    case 'v4-url':
      return readUrlV4(request);
    default:
      return { kind: 'anonymous' };
  }
}

function findUrlKind({ query }: SignableRequest): SignatureKind | undefined {
  const version = query.get('x-oss-signature-version');
  if (version === V4_ALGORITHM) return 'v4-url';
  if (version === 'OSS2') return 'v2-url';
  if (version !== undefined) throw invalidArgument('Invalid signature version in the URL.');
  if (query.has('x-oss-signature') || query.has('x-oss-credential')) {
    throw invalidArgument('The signature version is missing in the URL.');
  }
  return query.has('OSSAccessKeyId') || query.has('Signature') || query.has('Expires') ? 'v1-url' : undefined;
}

function readAuthorizationHeader(request: SignableRequest, authorization: string): SignedAuthentication {
  const text = authorization.trim();
  if (text === '') throw invalidArgument('Authorization header value is empty.');
  if (text.length > AUTHORIZATION_LENGTH_MAX) throw invalidArgument(INVALID_HEADER);
  const space = text.search(/\s/);
  const scheme = space < 0 ? text : text.slice(0, space);
  const rest = space < 0 ? '' : text.slice(space).trim();
  switch (scheme) {
    case 'OSS':
      return readHeaderV1(request, rest);
    case 'OSS2':
      return readHeaderV2(request, rest);
    case V4_ALGORITHM:
      return readHeaderV4(request, rest);
    default:
      throw invalidArgument(INVALID_HEADER, { ec: '0002-00000061' });
  }
}

function readHeaderV1(request: SignableRequest, rest: string): SignedAuthentication {
  const [accessKeyId = '', signature = '', ...more] = rest.split(':').map((part) => part.trim());
  requireBoth(accessKeyId, signature, ecOfIncompleteV1(rest, accessKeyId));
  if (more.length > 0) throw invalidArgument(INVALID_HEADER, { ec: V1_FORM_EC });
  // The V2 SDKs for Python and Java name it so, and do not sign it. A token that is not that of the key still fails.
  const securityToken = tokenOfHeader(request).securityToken ?? request.headers.get('security-token')?.trim();
  return { kind: 'v1-header', accessKeyId, signature, ...readDate(request), ...HEADER_ONLY, securityToken };
}

function readHeaderV2(request: SignableRequest, rest: string): SignedAuthentication {
  const fields = readFields(rest, ':', ['AccessKeyId', 'AdditionalHeaders', 'Signature'], '0002-00000104');
  const [accessKeyId, signature] = requireBoth(fields.get('AccessKeyId'), fields.get('Signature'), '0002-00000102');
  return {
    kind: 'v2-header',
    accessKeyId,
    signature,
    ...readDate(request),
    ...HEADER_ONLY,
    ...tokenOfHeader(request),
    additionalHeaders: readHeaderNames(fields.get('AdditionalHeaders')),
  };
}

function readHeaderV4(request: SignableRequest, rest: string): SignedAuthentication {
  const fields = readFields(rest, '=', ['Credential', 'AdditionalHeaders', 'Signature'], V4_FORM_EC);
  const [credential, signature] = requireBoth(fields.get('Credential'), fields.get('Signature'), V4_FORM_EC);
  const { accessKeyId, scope } = readCredential(credential, 'Invalid credential in Authorization header.');
  const { dateSlot, signedAtMs } = readDate(request);
  const date = dateSlot.length === BASIC_TIME_LENGTH ? dateSlot : formatBasicTime(signedAtMs);
  if (date.slice(0, 8) !== scope.date) throw invalidArgument('Invalid signing date in Authorization header.');
  checkPayloadHash(request);
  return {
    kind: 'v4-header',
    accessKeyId,
    signature,
    dateSlot,
    signedAtMs,
    ...tokenOfHeader(request),
    expiresAtMs: undefined,
    additionalHeaders: readAdditionalHeadersV4(fields.get('AdditionalHeaders')),
    scope,
  };
}

function readUrlV1({ query }: SignableRequest): SignedAuthentication {
  const [accessKeyId, expires, signature] = [query.get('OSSAccessKeyId'), query.get('Expires'), query.get('Signature')];
  if (!accessKeyId || !expires || !signature) {
    throw new OssError('AccessDenied', {
      message: 'Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters',
    });
  }
  return {
    kind: 'v1-url',
    accessKeyId,
    signature,
    ...URL_ONLY,
    ...readExpiry(expires),
    securityToken: query.get('security-token'),
  };
}

function readUrlV2({ query }: SignableRequest): SignedAuthentication {
  const accessKeyId = query.get('x-oss-access-key-id');
  const [expires, signature] = [query.get('x-oss-expires'), query.get('x-oss-signature')];
  if (!accessKeyId || !expires || !signature) {
    throw new OssError('AccessDenied', {
      message:
        'Query-string authentication requires the x-oss-signature, x-oss-expires and x-oss-access-key-id parameters',
    });
  }
  return {
    kind: 'v2-url',
    accessKeyId,
    signature,
    ...URL_ONLY,
    ...readExpiry(expires),
    securityToken: query.get('security-token') ?? query.get('x-oss-security-token'),
    additionalHeaders: readHeaderNames(query.get('x-oss-additional-headers')),
  };
}

function readUrlV4(request: SignableRequest): SignedAuthentication {
  const { query } = request;
  const [credential, signature] = [query.get('x-oss-credential'), query.get('x-oss-signature')];
  if (!credential || !signature) {
    throw new OssError('AccessDenied', {
      message:
        'Query-string authentication requires the x-oss-credential, x-oss-date, x-oss-expires and x-oss-signature parameters',
    });
  }
  const { accessKeyId, scope } = readCredential(credential, 'The credential in the URL is invalid.');
  const dateSlot = query.get('x-oss-date') ?? '';
  const signedAtMs = parseBasicTime(dateSlot);
  if (signedAtMs === undefined) throw missingDate();
  if (dateSlot.slice(0, 8) !== scope.date) throw invalidArgument('The signing date in credential is invalid.');
  const expiresSeconds = readExpiresSeconds(query.get('x-oss-expires'));
  checkPayloadHash(request);
  return {
    kind: 'v4-url',
    accessKeyId,
    signature,
    dateSlot,
    signedAtMs,
    expiresAtMs: signedAtMs + expiresSeconds * 1000,
    securityToken: query.get('x-oss-security-token'),
    additionalHeaders: readAdditionalHeadersV4(query.get('x-oss-additional-headers')),
    scope,
  };
}

const HEADER_ONLY = { expiresAtMs: undefined, additionalHeaders: [], scope: undefined } as const;
const URL_ONLY = { signedAtMs: undefined, additionalHeaders: [], scope: undefined } as const;

function tokenOfHeader({ headers }: SignableRequest): { securityToken: string | undefined } {
  return { securityToken: headers.get('x-oss-security-token')?.trim() };
}

/**
 * `x-oss-date` goes before `Date`, which browsers do not let a page set. Both forms of date occur in either version.
 */
function readDate({ headers }: SignableRequest): { dateSlot: string; signedAtMs: number } {
  const dateSlot = (headers.get('x-oss-date') ?? headers.get('date') ?? '').trim();
  const signedAtMs = parseBasicTime(dateSlot) ?? parseHttpDate(dateSlot);
  if (signedAtMs === undefined || !isFourDigitYear(signedAtMs)) throw missingDate();
  return { dateSlot, signedAtMs };
}

function readExpiry(text: string): { dateSlot: string; expiresAtMs: number } {
  if (!/^[0-9]{1,13}$/.test(text)) {
    throw new OssError('AccessDenied', {
      message: 'Invalid date (should be seconds since epoch).',
      ec: '0002-00000070',
    });
  }
  return { dateSlot: text, expiresAtMs: Number(text) * 1000 };
}

function readExpiresSeconds(text: string | undefined): number {
  if (text === undefined) throw invalidArgument('The x-oss-expires parameter is missing.', { ec: '0002-00000215' });
  const seconds = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > V4_EXPIRES_SECONDS_MAX) {
    throw invalidArgument(`The x-oss-expires parameter must be from 1 to ${V4_EXPIRES_SECONDS_MAX} seconds.`, {
      ec: '0002-00000232',
    });
  }
  return seconds;
}

function readCredential(text: string, complaint: string): { accessKeyId: string; scope: SigningScope } {
  const credential = parseCredentialV4(text);
  if (credential === undefined) throw invalidArgument(complaint);
  return credential;
}

/** Reads `name=value, name=value`, spaces or not. A value may hold the separator, as base64 does. */
function readFields(
  text: string,
  separator: string,
  names: readonly string[],
  ec: string,
): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let start = 0; start <= text.length; ) {
    const comma = text.indexOf(',', start);
    const end = comma < 0 ? text.length : comma;
    const at = text.indexOf(separator, start);
    const name = at < 0 || at > end ? '' : text.slice(start, at).trim();
    if (!names.includes(name) || fields.has(name)) throw invalidArgument(INVALID_HEADER, { ec });
    fields.set(name, text.slice(at + 1, end).trim());
    start = end + 1;
  }
  return fields;
}

function readAdditionalHeadersV4(text: string | undefined): readonly string[] {
  return readHeaderNames(text).filter((name) => !isSignedByDefaultV4(name));
}

function readHeaderNames(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const names = text.split(';').map((name) => toByteText(name.trim().toLowerCase()));
  return [...new Set(names.filter((name) => name !== ''))].sort();
}

/** No colon, nothing in front of it, or nothing behind it. */
function ecOfIncompleteV1(rest: string, accessKeyId: string): string {
  if (!rest.includes(':')) return V1_FORM_EC;
  return accessKeyId === '' ? '0002-00000063' : '0002-00000065';
}

function requireBoth(first: string | undefined, signature: string | undefined, ec: string): readonly [string, string] {
  if (!first || !signature) {
    throw invalidArgument('AccessKeyId or Signature is missing in Authorization header value.', { ec });
  }
  return [first, signature];
}

/**
 * The body is not hashed into the signature, so a client that claims another hash would believe in a check that nobody
 * makes.
 */
function checkPayloadHash({ headers }: SignableRequest): void {
  const hash = headers.get('x-oss-content-sha256')?.trim();
  if (hash !== undefined && hash !== UNSIGNED_PAYLOAD) {
    throw invalidArgument(`The x-oss-content-sha256 header must be ${UNSIGNED_PAYLOAD}.`);
  }
}

function isFourDigitYear(atMs: number): boolean {
  return atMs >= Date.UTC(1970, 0) && atMs < Date.UTC(10_000, 0);
}

function missingDate(): OssError {
  return new OssError('AccessDenied', { message: 'OSS authentication requires a valid Date.' });
}

function invalidArgument(message: string, options: OssErrorOptions = {}): OssError {
  return new OssError('InvalidArgument', { ...options, message });
}
