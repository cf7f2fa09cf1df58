/** Finds out where the store lies that is to be checked: from a data folder alone, a configuration, or both. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { type BlobLocation, parseBlobLocation, withoutSecrets } from '../configuration/blob-location.js';
import { InvalidBlobLocation } from '../configuration/invalid-blob-location.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import {
  InvalidMetadataLocation,
  type MetadataLocation,
  parseMetadataLocation,
} from '../configuration/metadata-location.js';
import type { Configuration } from '../configuration/schema.js';
import { prepareDataFolder } from '../serve/data-folder.js';
import type { FsckOptions } from './fsck-options.js';

/** Where the parts of a store are. */
export interface FsckPlaces {
  readonly folder: string;
  readonly metadata: MetadataLocation;
  /** `undefined`: where the rows say. */
  readonly blobs: BlobLocation | undefined;
  /** As given, and what the configuration says of keys. */
  readonly options: FsckOptions;
}

/**
 * @param directory Data folder; wins over the configuration.
 * @throws {CommandFailure} Exit code 2: there is no such store, or something is named wrongly.
 */
export async function findPlaces(directory: string | undefined, options: FsckOptions): Promise<FsckPlaces> {
  const { config, metadata, blobs } = options;
  if (directory === undefined && config === undefined) {
    throw usage('Cannot check: name a data folder, or a configuration with --config');
  }
  const configuration =
    config === undefined ? undefined : loadConfiguration(directory === undefined ? {} : { data: directory }, config);
  const folder = resolve(directory ?? configuration?.data ?? '');
  const rows = metadata ?? configuration?.storage.metadata ?? 'lmdb';
  const places: FsckPlaces = {
    folder,
    metadata: parsed('--metadata', rows, parseMetadataLocation),
    blobs: blobs === undefined ? undefined : parsed('--blobs', blobs, parseBlobLocation),
    options: { ...keysOf(configuration), ...options },
  };
  if (places.metadata.kind === 'lmdb') {
    await requireStore(folder);
    return places;
  }
  if (options.compact === true) throw usage('Cannot compact a database: --compact is for data folders');
  // What is repaired is recorded there, and can be taken back from there.
  await prepareDataFolder(folder);
  return { ...places, blobs: places.blobs ?? (configuration && parseBlobLocation(configuration.storage.blobs)) };
}

function keysOf(configuration: Configuration | undefined): Pick<FsckOptions, 'masterKeyFile' | 'kmsFolder'> {
  const masterKeyFile = configuration?.['master-key-file'];
  const kmsFolder = configuration?.kms.folder;
  return { ...(masterKeyFile !== undefined && { masterKeyFile }), ...(kmsFolder !== undefined && { kmsFolder }) };
}

function parsed<Location>(option: string, text: string, parse: (text: string) => Location): Location {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof InvalidMetadataLocation) throw usage(`Cannot use ${option}: ${error.message}`);
    if (!(error instanceof InvalidBlobLocation)) throw error;
    throw usage(`Cannot use ${option} "${withoutSecrets(text)}": ${error.message}`);
  }
}

/** Opening an engine would make a new, empty one where there is none. */
async function requireStore(folder: string): Promise<void> {
  const metadata = await stat(join(folder, 'metadata')).catch(() => undefined);
  if (metadata?.isDirectory() !== true) throw usage(`Cannot check ${folder}: it is no data folder of a server`);
}

function usage(message: string): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT_CODES.usage });
}
