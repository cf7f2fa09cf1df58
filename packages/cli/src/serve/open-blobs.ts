/**
 * Opens the place of large bodies: the folder `blobs` of the data folder, a bucket or a pool. Keys of a bucket come
 * from the environment or from a file, and are read again when the service refuses them; no message holds one. Leaves
 * out how the place is written (`../configuration/blob-location.ts`).
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type BlobStore,
  checkBlobs,
  type KeyValueStore,
  LibradosMissing,
  openFileSystemBlobStore,
  openRadosBlobStore,
  openS3BlobStore,
  type RadosBlobs,
  type RadosPlace,
  readBlobPlace,
  type S3Credentials,
  type S3Place,
  type WantedPlace,
} from '@annals/store';
import { CommandFailure, EXIT_CODES, systemErrorCode } from '../command-failure.js';
import { type BlobLocation, type BucketLocation, parseBoundLocation } from '../configuration/blob-location.js';
import type { PoolLocation } from '../configuration/pool-location.js';
import { FolderPlace } from './folder-place.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Blobs with their checksums, and what binds the store to their place when that is not its own folder. */
export interface OpenedBlobs {
  readonly blobs: BlobStore;
  readonly wanted: WantedPlace | undefined;
}

const KEY_VARIABLES = [
  ['ANNALS_STORAGE_ACCESS_KEY_ID', 'ANNALS_STORAGE_SECRET_ACCESS_KEY', 'ANNALS_STORAGE_SESSION_TOKEN'],
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
] as const;

/**
 * Opens the place; sends no request yet.
 * @param isMarked Whether a folder must bear the mark of its store: it does not hold the store's metadata.
 * @throws {CommandFailure} Exit code 2: keys, a file or the library of pools is missing.
 */
export async function openBlobs(
  folder: string,
  location: BlobLocation,
  {
    environment = process.env,
    isMarked = false,
  }: { readonly environment?: Environment; readonly isMarked?: boolean } = {},
): Promise<OpenedBlobs> {
  if (location.kind === 'file') {
    const place = new FolderPlace(folder);
    if (!isMarked && (await place.readStoreId()) !== undefined) {
      throw new CommandFailure(
        `Cannot use ${place.name}: it belongs to a store whose metadata lies in a database; set storage.metadata to that`,
        { exitCode: EXIT_CODES.usage },
      );
    }
    const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder, 'blobs') }));
    return { blobs, wanted: isMarked ? { place, text: place.name } : undefined };
  }
  const { uploadMemoryBytes } = location;
  const memory = uploadMemoryBytes === undefined ? {} : { uploadMemoryBytes };
  const blobs =
    location.kind === 's3'
      ? await openS3BlobStore({ place: await toS3Place(location, environment), ...memory })
      : await openPool(location, memory);
  return { blobs: checkBlobs(blobs), wanted: { place: blobs.identity, text: location.text } };
}

/**
 * Opens the place that a store is bound to, for commands that know nothing but its data folder.
 * @throws {CommandFailure} The place is unknown to this program, or keys are missing.
 */
export async function openBoundBlobs(folder: string, keyValues: KeyValueStore): Promise<OpenedBlobs> {
  return openBlobs(folder, parseBoundLocation(await readBlobPlace(keyValues)));
}

/** What the engine of pools is told. */
export function toRadosPlace(location: PoolLocation): RadosPlace {
  const { pool, namespace, user, cluster, configurationFile, keyringFile, timeoutMs } = location;
  return {
    ...{ pool, namespace, user, cluster, timeoutMs },
    ...(configurationFile !== undefined && { configurationFile: resolve(configurationFile) }),
    ...(keyringFile !== undefined && { keyringFile: resolve(keyringFile) }),
  };
}

/** @returns What to throw when the library of pools cannot be loaded; any other error stays. */
export function describeMissingLibrary(error: unknown): unknown {
  return error instanceof LibradosMissing ? unusable(error.message, error) : error;
}

async function openPool(location: PoolLocation, memory: { readonly uploadMemoryBytes?: number }): Promise<RadosBlobs> {
  try {
    return await openRadosBlobStore({ place: toRadosPlace(location), ...memory });
  } catch (error) {
    throw describeMissingLibrary(error);
  }
}

/**
 * What the engine of buckets is told.
 * @throws {CommandFailure} Exit code 2: keys or a file are missing.
 */
export async function toS3Place(location: BucketLocation, environment: Environment): Promise<S3Place> {
  const { bucket, prefix, certificateAuthorityFile } = location;
  const region = location.region ?? environment.AWS_REGION ?? 'us-east-1';
  const endpoint = location.endpoint ?? environment.AWS_ENDPOINT_URL;
  const credentials = await openCredentials(location, environment);
  return {
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    region,
    bucket,
    prefix,
    addressing: location.addressing ?? (endpoint === undefined ? 'virtual-hosted' : 'path'),
    ...(certificateAuthorityFile !== undefined && {
      certificateAuthority: await readFile(resolve(certificateAuthorityFile), 'utf8').catch((error: unknown) => {
        throw unusable(`ca-file ${certificateAuthorityFile} cannot be read (${systemErrorCode(error)})`, error);
      }),
    }),
    credentials,
  };
}

async function openCredentials(
  { keyFile, text }: BucketLocation,
  environment: Environment,
): Promise<S3Place['credentials']> {
  if (keyFile !== undefined) {
    const path = resolve(keyFile);
    let current = await readKeyFile(path);
    return async (isRefused) => {
      // A file that is just being replaced leaves the old keys in force.
      if (isRefused) current = await readKeyFile(path).catch(() => current);
      return current;
    };
  }
  for (const [idName, secretName, tokenName] of KEY_VARIABLES) {
    const [accessKeyId, secretAccessKey] = [environment[idName], environment[secretName]];
    const sessionToken = environment[tokenName];
    if (!accessKeyId || !secretAccessKey) continue;
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
    return async () => credentials;
  }
  const names = KEY_VARIABLES.map(([id, secret]) => `${id} and ${secret}`).join(', or ');
  throw unusable(`${text} needs keys: set ${names}, or name a file with key-file`);
}

async function readKeyFile(path: string): Promise<S3Credentials> {
  const wanted = 'expected JSON with accessKeyId, secretAccessKey and maybe sessionToken';
  let found: unknown;
  try {
    found = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    // The message of a parser would quote what is in the file.
    throw unusable(`key-file ${path} cannot be read (${systemErrorCode(error) ?? 'it is no JSON'}): ${wanted}`);
  }
  const { accessKeyId, secretAccessKey, sessionToken } = (found ?? {}) as Record<string, unknown>;
  const isToken = sessionToken === undefined || typeof sessionToken === 'string';
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || !isToken) {
    throw unusable(`key-file ${path} lacks keys: ${wanted}`);
  }
  return { accessKeyId, secretAccessKey, ...(typeof sessionToken === 'string' && { sessionToken }) };
}

function unusable(reason: string, cause?: unknown): CommandFailure {
  return new CommandFailure(`Cannot use storage.blobs: ${reason}`, {
    exitCode: EXIT_CODES.usage,
    ...(cause !== undefined && { cause }),
  });
}
