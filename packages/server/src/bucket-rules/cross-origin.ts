/**
 * What a bucket's CORS rules let the pages of other origins see: headers of answers, and whether a preflight passes.
 * Leaves out the rules' document (`cors-configuration.ts` in protocol) and the operation of a preflight
 * (`option-object.ts`).
 */
import { type CorsConfiguration, type CorsRule, EXTENSION_HEADERS, OssError, RESPONSE_HEADERS } from '@annals/protocol';
import { matchesWildcard } from '../policy/wildcard.js';

/** What a page that appends or follows must be able to read, whether or not the rule says so. */
const ALWAYS_EXPOSED = [
  RESPONSE_HEADERS.nextAppendPosition,
  RESPONSE_HEADERS.crc64,
  RESPONSE_HEADERS.etag,
  RESPONSE_HEADERS.requestId,
  RESPONSE_HEADERS.contentRange,
  RESPONSE_HEADERS.sealedTime,
  RESPONSE_HEADERS.versionId,
  RESPONSE_HEADERS.objectType,
  ...EXTENSION_HEADERS,
];

type Headers = ReadonlyMap<string, string>;

/**
 * Gives the headers of an answer to a page of another origin; with `ResponseVary` also of every other answer.
 * @returns None when no rule lets the page see the answer: the browser then keeps it from the page.
 */
export function crossOriginHeaders(
  cors: CorsConfiguration | undefined,
  method: string,
  headers: Headers,
): Readonly<Record<string, string>> {
  const origin = headers.get('origin');
  if (cors === undefined) return {};
  // A cache must keep this answer apart from those to pages, too.
  if (origin === undefined) return cors.responseVary === true ? { Vary: 'Origin' } : {};
  const rule = cors.rules.find((candidate) => allowsOrigin(candidate, origin) && allowsMethod(candidate, method));
  const vary = varyHeader(cors, rule);
  return rule === undefined ? vary : { ...allowHeaders(rule, origin), ...vary };
}

/**
 * Answers a preflight.
 * @returns Headers of the answer.
 * @throws {OssError} `BadRequest` for a request that is no preflight, `AccessForbidden` when no rule allows what it
 * asks for.
 */
export function preflightHeaders(cors: CorsConfiguration | undefined, headers: Headers): Record<string, string> {
  const origin = headers.get('origin');
  if (!origin) throw new OssError('BadRequest');
  const method = headers.get('access-control-request-method');
  if (!method) {
    throw new OssError('BadRequest', {
      message: 'Insufficient information. Request Access-Control-Request-Method header needed.',
    });
  }
  if (cors === undefined) {
    throw new OssError('AccessForbidden', { message: 'CORSResponse: CORS is not enabled for this bucket.' });
  }
  const requested = (headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const rule = cors.rules.find(
    (candidate) =>
      allowsOrigin(candidate, origin) && allowsMethod(candidate, method) && allowsHeaders(candidate, requested),
  );
  if (rule === undefined) {
    throw new OssError('AccessForbidden', {
      message:
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
    });
  }
  return {
    ...allowHeaders(rule, origin),
    ...(requested.length > 0 && {
      'Access-Control-Allow-Headers': requested.map((name) => name.toLowerCase()).join(', '),
    }),
    ...varyHeader(cors, rule),
  };
}

function allowHeaders(rule: CorsRule, origin: string): Record<string, string> {
  const exposed = new Map([...ALWAYS_EXPOSED, ...rule.exposeHeaders].map((name) => [name.toLowerCase(), name]));
  return {
    'Access-Control-Allow-Origin': isForAll(rule) ? '*' : origin,
    'Access-Control-Allow-Methods': rule.allowedMethods.join(', '),
    'Access-Control-Expose-Headers': [...exposed.values()].join(', '),
    ...(rule.maxAgeSeconds !== undefined && { 'Access-Control-Max-Age': String(rule.maxAgeSeconds) }),
  };
}

/** A cache in between must not give one origin's answer to another. */
function varyHeader({ rules, responseVary }: CorsConfiguration, rule: CorsRule | undefined): Record<string, string> {
  const depends = rule === undefined ? !rules.every(isForAll) : !isForAll(rule);
  return depends || responseVary === true ? { Vary: 'Origin' } : {};
}

function isForAll({ allowedOrigins }: CorsRule): boolean {
  return allowedOrigins.includes('*');
}

function allowsOrigin({ allowedOrigins }: CorsRule, origin: string): boolean {
  return allowedOrigins.some((pattern) => matchesOne(pattern, origin));
}

function allowsMethod({ allowedMethods }: CorsRule, method: string): boolean {
  return allowedMethods.some((allowed) => allowed === method);
}

function allowsHeaders({ allowedHeaders }: CorsRule, requested: readonly string[]): boolean {
  return requested.every((name) =>
    allowedHeaders.some((pattern) => matchesOne(pattern.toLowerCase(), name.toLowerCase())),
  );
}

/** In these patterns only `*` is special. */
function matchesOne(pattern: string, text: string): boolean {
  return pattern.includes('*') ? matchesWildcard(pattern, text) : pattern === text;
}
