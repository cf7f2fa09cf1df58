/**
 * Finds out which bucket and key a request addresses, from its raw target and its Host header.
 *
 * Clients do not agree: a bucket may stand in the path or in the host, `/` may arrive as `%2F` even between bucket and
 * key, the service root may be `//` or `///`, and one client names the bucket in a public-service host although it
 * talks to an IP address, sometimes in the path as well. Where two readings remain, both are listed and the signature
 * decides.
 *
 * Leaves out whether names are legal (`names.ts`) and which operation is meant (`operation/identify-operation.ts`).
 */
import { OssError } from './error/oss-error.js';
import { NOT_UTF8_NAME_EC } from './names.js';
import { percentDecode } from './percent-encoding.js';
import { parseQuery, type Query } from './query.js';

/** What a request addresses: the service (neither), a bucket, or an object in a bucket. */
export interface ResourceAddress {
  readonly bucket?: string;
  readonly key?: string;
}

/** What kind of thing an operation works on. */
export type Scope = 'service' | 'bucket' | 'object';

/** A request's target, decoded. */
export interface RequestTarget {
  /** Host in lower case without port and trailing dot; `''` if the request has none. IPv6 in brackets. */
  readonly host: string;
  /** Decoded path, `/` at least. */
  readonly path: string;
  readonly query: Query;
  /**
   * Readings of host and path, the likeliest first; never empty. A signed request means the first one whose signature
   * is right; an anonymous request means the first.
   */
  readonly candidates: readonly [ResourceAddress, ...ResourceAddress[]];
}

/** What `parseRequestTarget` needs. */
export interface RequestTargetInput {
  /** Target of the request line, undecoded: `/bucket/key?acl`, `http://host/key` or `*`. */
  readonly target: string;
  /** The Host header, with or without port. */
  readonly host: string | undefined;
  /**
   * Domains of this server, with or without port; an array that does not change: `bucket.DOMAIN` names a bucket,
   * `DOMAIN` does not. `localhost` is always one.
   */
  readonly domains?: readonly string[];
  /**
   * Looks up the bucket that a host of its own (CNAME) stands for. Asked first, with the host in lower case without
   * port.
   */
  readonly bucketOfHost?: (host: string) => string | undefined;
  /**
   * Whether a host that `bucketOfHost` knows may also be meant as the server itself, path style, when the signature
   * says so.
   */
  readonly isMappedHostShared?: boolean;
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;
/** Hosts of the public service. ali-oss sends them even to a plain IP endpoint, as `bucket.oss-REGION.aliyuncs.com`. */
const PUBLIC_SERVICE_HOST = /^(?:(.*)\.)?oss-[a-z0-9-]+\.aliyuncs\.com$/;

/**
 * Reads a request's target.
 *
 * A host names a bucket if, in this order, `bucketOfHost` knows it, it ends in one of the domains, or it is a host of
 * the public service. Anything else (IP addresses, unknown names) means path style: the first path segment is the
 * bucket. A path that is all slashes is the root. A path that repeats the host's bucket (`sldEnable` of ali-oss) gives
 * a second candidate with the bucket taken from the path; both name the same bucket. With `isMappedHostShared` so does
 * a host that `bucketOfHost` knows, whatever the path: there the two may name different buckets, and only a signature
 * made for the second one leads there.
 *
 * @param input Raw target, host and what this server knows about hosts.
 * @returns Decoded path and query, and the candidates.
 * @throws {OssError} `InvalidArgument` for a broken escape or a target that is no path, `InvalidObjectName` for a path
 * that is no UTF-8, `InvalidBucketName` for a path-style request with an empty bucket before a key, and whatever
 * `parseQuery` throws.
 */
export function parseRequestTarget(input: RequestTargetInput): RequestTarget {
  const absolute = ABSOLUTE_FORM.exec(input.target);
  // RFC 9112 section 3.2.2: the authority of an absolute-form target replaces the Host header.
  const host = normalizeHost(absolute ? (absolute[1] ?? '') : (input.host ?? ''));
  const { rawPath, rawQuery } = splitTarget(absolute ? input.target.slice(absolute[0].length) : input.target);
  const path = decodePath(rawPath);
  const query = parseQuery(rawQuery);
  return { host, path, query, candidates: readCandidates(host, path, input) };
}

/**
 * Tells what kind of thing an address names.
 * @param address Service, bucket or object.
 */
export function scopeOf(address: ResourceAddress): Scope {
  if (address.bucket === undefined) return 'service';
  return address.key === undefined ? 'bucket' : 'object';
}

/**
 * Strips port, trailing dot and upper case from a Host header.
 * @param host `Example.com:80`, `[::1]:9000`, `10.0.0.1`.
 * @returns `example.com`, `[::1]`, `10.0.0.1`.
 */
export function normalizeHost(host: string): string {
  const text = host.trim();
  // An IPv6 literal is in brackets, so a colon outside them begins the port.
  let end = text.startsWith('[') ? text.indexOf(']') + 1 : 0;
  if (end === 0) end = text.indexOf(':');
  const withoutPort = end < 0 ? text : text.slice(0, end);
  return (withoutPort.endsWith('.') ? withoutPort.slice(0, -1) : withoutPort).toLowerCase();
}

function splitTarget(target: string): { rawPath: string; rawQuery: string } {
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const rawQuery = mark < 0 ? '' : target.slice(mark + 1);
  // `http://host` and `http://host?acl` have an empty path; `OPTIONS *` asks about the server as a whole.
  if (rawPath === '' || rawPath === '*') return { rawPath: '/', rawQuery };
  if (!rawPath.startsWith('/')) {
    throw new OssError('InvalidArgument', { message: 'The request target must be a path or an absolute URL.' });
  }
  return { rawPath, rawQuery };
}

function decodePath(rawPath: string): string {
  const decoded = percentDecode(rawPath);
  if ('text' in decoded) return decoded.text;
  if (decoded.fault === 'utf8') throw new OssError('InvalidObjectName', { ec: NOT_UTF8_NAME_EC });
  // A guess at what a lone % meant could address another object than the one signed, so it is refused.
  throw new OssError('InvalidArgument', {
    message: 'The request path must be percent-encoded.',
    details: { ArgumentName: 'path' },
  });
}

function readCandidates(
  host: string,
  path: string,
  input: RequestTargetInput,
): readonly [ResourceAddress, ...ResourceAddress[]] {
  const mapped = input.bucketOfHost?.(host);
  const bucket = mapped ?? bucketOfHost(host, input);
  if (bucket === undefined) return [readPathStyle(path)];
  const fromHost: ResourceAddress = isRoot(path) ? { bucket } : { bucket, key: path.slice(1) };
  // A name may have been the server's long before a user put it on a bucket: requests signed for it still work.
  if (mapped !== undefined && input.isMappedHostShared === true && !EMPTY_BUCKET.test(path))
    return [fromHost, readPathStyle(path)];
  if (path === `/${bucket}` || path.startsWith(`/${bucket}/`)) return [fromHost, readPathStyle(path)];
  return [fromHost];
}

function readPathStyle(path: string): ResourceAddress {
  if (isRoot(path)) return {};
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  if (bucket === '') throw new OssError('InvalidBucketName');
  const key = slash < 0 ? '' : path.slice(slash + 1);
  return key === '' ? { bucket } : { bucket, key };
}

/** A path that names no bucket before its key: path style it means nothing. */
const EMPTY_BUCKET = /^\/\/+[^/]/;

function isRoot(path: string): boolean {
  return /^\/+$/.test(path);
}

const NO_DOMAINS: readonly string[] = [];
const sortedDomains = new WeakMap<readonly string[], readonly string[]>();

/** The longest domain wins: with `a.example` and `b.a.example`, `x.b.a.example` is the bucket `x`, not `x.b`. */
function longestFirst(domains: readonly string[]): readonly string[] {
  let sorted = sortedDomains.get(domains);
  if (sorted === undefined) {
    const names = ['localhost', ...domains.map(normalizeHost)].filter((domain) => domain !== '');
    sorted = names.sort((a, b) => b.length - a.length);
    sortedDomains.set(domains, sorted);
  }
  return sorted;
}

function bucketOfHost(host: string, input: RequestTargetInput): string | undefined {
  for (const domain of longestFirst(input.domains ?? NO_DOMAINS)) {
    if (host === domain) return undefined;
    // A leading dot (`.DOMAIN`, an empty bucket name) is how ali-oss addresses the service.
    if (host.endsWith(`.${domain}`)) return host.slice(0, -domain.length - 1) || undefined;
  }
  return PUBLIC_SERVICE_HOST.exec(host)?.[1] || undefined;
}
