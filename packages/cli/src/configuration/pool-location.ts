/**
 * A pool of RADOS for large bodies, as an operator writes it: `rados://POOL/NAMESPACE?user=...`. Holds no keys and
 * refuses them: they are in a keyring. Leaves out opening it (`../serve/open-blobs.ts`).
 */
import { InvalidBlobLocation } from './invalid-blob-location.js';
import { parseDuration, parseSize } from './quantities.js';
import { readParameters } from './read-parameters.js';

/** A namespace in a pool. */
export interface PoolLocation {
  readonly kind: 'rados';
  /** As written. */
  readonly text: string;
  readonly pool: string;
  /** Empty: the one without a name. */
  readonly namespace: string;
  /** Without `client.` in front. */
  readonly user: string;
  readonly cluster: string;
  /** Default: where the library looks. */
  readonly configurationFile: string | undefined;
  /** Default: what the configuration of the cluster says. */
  readonly keyringFile: string | undefined;
  readonly timeoutMs: number;
  readonly uploadMemoryBytes: number | undefined;
}

const PARAMETERS = ['user', 'cluster', 'conf', 'keyring', 'timeout', 'upload-memory'] as const;
const TIMEOUT_MS_DEFAULT = 30_000;
const TIMEOUT_MS_MIN = 1_000;
const TIMEOUT_MS_MAX = 300_000;
const UPLOAD_MEMORY_BYTES_MIN = 64 * 1024 * 1024;
const NAME = /^[A-Za-z0-9._-]{1,255}$/;

/** @param text Begins with `rados://`. @throws {InvalidBlobLocation} */
export function parsePoolLocation(text: string): PoolLocation {
  const { username, password, hostname, port, pathname, hash, searchParams } = new URL(text);
  if (username !== '' || password !== '' || port !== '' || hash !== '') {
    throw new InvalidBlobLocation('expected a pool without keys, port and "#"; the key comes from keyring');
  }
  const namespace = pathname.replace(/^\//, '');
  if (!NAME.test(hostname) || (namespace !== '' && !NAME.test(namespace))) {
    throw new InvalidBlobLocation('expected a pool, and maybe a namespace, of letters, digits, ".", "_" and "-"');
  }
  const value = readParameters(searchParams, PARAMETERS);
  return {
    kind: 'rados',
    text,
    pool: hostname,
    namespace,
    user: parseName('user', value('user') ?? 'admin'),
    cluster: parseName('cluster', value('cluster') ?? 'ceph'),
    configurationFile: parseFile('conf', value('conf')),
    keyringFile: parseFile('keyring', value('keyring')),
    timeoutMs: parseTimeout(value('timeout')),
    uploadMemoryBytes: parseMemory(value('upload-memory')),
  };
}

function parseName(name: string, text: string): string {
  if (NAME.test(text) && !text.startsWith('client.')) return text;
  throw new InvalidBlobLocation(`expected a ${name} of letters, digits, ".", "_" and "-", without "client."`);
}

function parseFile(name: string, text: string | undefined): string | undefined {
  if (text === '') throw new InvalidBlobLocation(`expected a file as ${name}`);
  return text;
}

function parseTimeout(text: string | undefined): number {
  if (text === undefined) return TIMEOUT_MS_DEFAULT;
  const timeoutMs = parseDuration(text);
  if (timeoutMs !== undefined && timeoutMs >= TIMEOUT_MS_MIN && timeoutMs <= TIMEOUT_MS_MAX) return timeoutMs;
  throw new InvalidBlobLocation('expected a timeout from 1s to 5m');
}

function parseMemory(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const length = parseSize(text);
  if (length !== undefined && length >= UPLOAD_MEMORY_BYTES_MIN) return length;
  throw new InvalidBlobLocation('expected an upload-memory of 64MiB or more');
}
