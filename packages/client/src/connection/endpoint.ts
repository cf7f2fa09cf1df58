/**
 * Turns endpoint, bucket and key into a URL that no URL library rewrites on its way.
 * Leaves out the query and signing (`connection.ts`).
 */
import { isBucketName, percentEncode } from '@annals/protocol';
import type { Addressing } from '../client-options.js';
import { AnnalsError } from '../error.js';

/** A checked endpoint. */
export interface Endpoint {
  /** `http:` or `https:`. */
  readonly scheme: string;
  /** Host with port. */
  readonly host: string;
  readonly addressing: Addressing;
}

/**
 * Checks an endpoint.
 * @param text Such as `http://127.0.0.1:9000`; without a scheme https is meant.
 * @param addressing Default: by the kind of host.
 * @throws {AnnalsError} `InvalidInput`.
 */
export function parseEndpoint(text: string, addressing?: Addressing): Endpoint {
  const withScheme = text.includes('://') ? text : `https://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (
    url === undefined ||
    (url.protocol !== 'http:' && url.protocol !== 'https:') ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    // The text itself may hold a password, so only a harmless one is quoted.
    const quoted = url?.password ? 'one with a password' : JSON.stringify(text);
    throw invalidInput(`Cannot use the endpoint ${quoted}: expected http://HOST:PORT or https://HOST`);
  }
  return {
    scheme: url.protocol,
    host: url.host,
    addressing: addressing ?? (isSingleHost(url.hostname) ? 'path' : 'virtual-hosted'),
  };
}

/**
 * Writes the URL of the service, a bucket or an object, without query.
 * @throws {AnnalsError} `InvalidInput` for an illegal bucket name or a key that this addressing cannot express.
 */
export function formatUrl(endpoint: Endpoint, bucket: string | undefined, key: string | undefined): string {
  const { scheme, host, addressing } = endpoint;
  if (bucket === undefined) return `${scheme}//${host}/`;
  // Also keeps a bucket name from becoming part of a host name or path it must not reach.
  if (!isBucketName(bucket)) {
    throw invalidInput(
      `Cannot use the bucket name ${JSON.stringify(bucket)}: expected 3 to 63 of a-z, 0-9 and "-", not at either end`,
    );
  }
  if (key === '') throw invalidInput(`Cannot use an empty key in oss://${bucket}/: expected at least one character`);
  const root = addressing === 'path' ? `${scheme}//${host}/${bucket}` : `${scheme}//${bucket}.${host}`;
  if (key === undefined) return `${root}/`;
  if (!hasDotSegment(key)) return `${root}/${percentEncode(key, { keepSlash: true })}`;
  // URL libraries resolve `/../`, even as `%2E`, so the slashes around dots travel escaped; servers decode before they
  // split.
  const encoded = percentEncode(key);
  if (key !== '.' && key !== '..') return `${root}/${encoded}`;
  if (addressing === 'path') return `${root}%2F${encoded}`;
  throw invalidInput(`Cannot use the key "${key}" with virtual-hosted addressing: use path addressing or another key`);
}

function hasDotSegment(key: string): boolean {
  return key.split('/').some((segment) => segment === '.' || segment === '..');
}

function isSingleHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('[') || /^[0-9]+(\.[0-9]+){3}$/.test(hostname);
}

function invalidInput(message: string): AnnalsError {
  return new AnnalsError('InvalidInput', message, { outcome: 'not-applied' });
}
