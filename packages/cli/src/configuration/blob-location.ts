/**
 * Where large bodies are stored, as an operator writes it: `file`, a bucket as `s3://BUCKET/PREFIX?endpoint=...`, or a
 * pool (`pool-location.ts`). Holds no keys and refuses them: they come from the environment or from a file. Leaves out
 * opening the place (`../serve/open-blobs.ts`).
 */
import { InvalidBlobLocation } from './invalid-blob-location.js';
import { type PoolLocation, parsePoolLocation } from './pool-location.js';
import { parseSize } from './quantities.js';
import { readParameters } from './read-parameters.js';

/** A prefix in a bucket. */
export interface BucketLocation {
  readonly kind: 's3';
  /** As written. */
  readonly text: string;
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  /** Default: what `AWS_ENDPOINT_URL` says, or AWS in the region. */
  readonly endpoint: string | undefined;
  /** Default: what `AWS_REGION` says, or `us-east-1`. */
  readonly region: string | undefined;
  /** Default: `path` with an endpoint, `virtual-hosted` without. */
  readonly addressing: 'path' | 'virtual-hosted' | undefined;
  readonly certificateAuthorityFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly uploadMemoryBytes: number | undefined;
}

/** Where large bodies are. */
export type BlobLocation = { readonly kind: 'file' } | BucketLocation | PoolLocation;

/** Longest body that fits into a blob in a bucket, with its checksums, in bytes: 10,000 parts of 8 MiB. */
export const BUCKET_BODY_LENGTH_BYTES_MAX: number = 78 * 1024 ** 3;

const PARAMETERS = ['endpoint', 'region', 'addressing', 'ca-file', 'key-file', 'upload-memory'] as const;
const FORM =
  '"file", a bucket such as s3://BUCKET/PREFIX?endpoint=https://s3.example.com, or a pool such as rados://POOL';
/** Less than that and a few long uploads wait for each other. */
const UPLOAD_MEMORY_BYTES_MIN = 64 * 1024 * 1024;

/** @throws {InvalidBlobLocation} */
export function parseBlobLocation(text: string): BlobLocation {
  if (text === 'file') return { kind: 'file' };
  if (text.startsWith('rados://') && URL.canParse(text)) return parsePoolLocation(text);
  if (!text.startsWith('s3://') || !URL.canParse(text)) throw new InvalidBlobLocation(`expected ${FORM}`);
  const { username, password, hostname, port, pathname, hash, searchParams } = new URL(text);
  if (username !== '' || password !== '' || port !== '' || hash !== '') {
    throw new InvalidBlobLocation(
      'expected a bucket without keys, port and "#"; keys come from the environment or from key-file',
    );
  }
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(hostname)) {
    throw new InvalidBlobLocation('expected a bucket of 3 to 63 of a-z, 0-9, "." and "-", not at either end');
  }
  const value = readParameters(searchParams, PARAMETERS);
  return {
    kind: 's3',
    text,
    bucket: hostname,
    prefix: parsePrefix(pathname),
    endpoint: parseEndpoint(value('endpoint')),
    region: parseRegion(value('region')),
    addressing: parseAddressing(value('addressing')),
    certificateAuthorityFile: parseFile('ca-file', value('ca-file')),
    keyFile: parseFile('key-file', value('key-file')),
    uploadMemoryBytes: parseMemory(value('upload-memory')),
  };
}

/**
 * @param text As the store remembers its place of bodies: a location, or the name of its own folder.
 * @throws {InvalidBlobLocation} The place is of another version of this program.
 */
export function parseBoundLocation(text: string | undefined): BlobLocation {
  return parseBlobLocation(text !== undefined && /^[a-z0-9]+:\/\//.test(text) ? text : 'file');
}

/** @returns The text without what may be a key that stands in the wrong place. */
export function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//...@').replace(/[?#].*/s, '?...');
}

function parsePrefix(pathname: string): string {
  const prefix = pathname.replace(/^\//, '');
  if (prefix === '') return '';
  if (!/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*\/?$/.test(prefix)) {
    throw new InvalidBlobLocation('expected a prefix of letters, digits, ".", "_", "-" and single slashes');
  }
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function parseEndpoint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!isPlain || !/^https?:$/.test(url?.protocol ?? '')) {
    throw new InvalidBlobLocation('expected an endpoint such as https://s3.example.com, without path and keys');
  }
  return url?.origin;
}

function parseRegion(text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9-]+$/.test(text)) return text;
  throw new InvalidBlobLocation('expected a region such as eu-central-1');
}

function parseAddressing(text: string | undefined): BucketLocation['addressing'] {
  if (text === undefined || text === 'path' || text === 'virtual-hosted') return text;
  throw new InvalidBlobLocation('expected addressing "path" or "virtual-hosted"');
}

function parseFile(name: string, text: string | undefined): string | undefined {
  if (text === '') throw new InvalidBlobLocation(`expected a file as ${name}`);
  return text;
}

function parseMemory(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const length = parseSize(text);
  if (length !== undefined && length >= UPLOAD_MEMORY_BYTES_MIN) return length;
  throw new InvalidBlobLocation('expected an upload-memory of 64MiB or more');
}
