/**
 * What the two sides of a migration are: a configuration of a server, which names data folder, database, bucket and
 * files of keys, or a data folder alone. Leaves out opening them (`open-sides.ts`).
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { KMS_FOLDER_NAME, MASTER_KEY_FILE_NAME } from '@annals/server';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { type BlobLocation, parseBlobLocation } from '../configuration/blob-location.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { type MetadataLocation, parseMetadataLocation } from '../configuration/metadata-location.js';
import { ROOT_KEY_FILE_NAME } from '../serve/open-root-keys.js';

/** Files of keys, whether they are there or not. */
export interface KeyFiles {
  readonly masterKey: string;
  readonly rootKey: string;
  readonly callbackKey: string;
  readonly kmsFolder: string;
}

/** One side. */
export interface MigrationPlace {
  /** For people, without secrets. */
  readonly name: string;
  readonly folder: string;
  readonly metadata: MetadataLocation;
  /** `undefined`: where the rows say. */
  readonly blobs: BlobLocation | undefined;
  readonly keys: KeyFiles;
}

/**
 * @param text A configuration file, or a data folder.
 * @param mustExist Whether a folder must be there.
 * @throws {CommandFailure} Exit code 2.
 */
export async function findMigrationPlace(
  option: '--from' | '--to',
  text: string,
  { mustExist }: { readonly mustExist: boolean },
): Promise<MigrationPlace> {
  const found = await stat(text).catch(() => undefined);
  const isFile = found?.isFile() === true;
  if (found === undefined && (mustExist || /[.](?:ya?ml|json)$/i.test(text))) {
    throw new CommandFailure(`Cannot use ${option} "${text}": there is no such configuration file or data folder`, {
      exitCode: EXIT_CODES.usage,
    });
  }
  const configuration = loadConfiguration(isFile ? {} : { data: text }, isFile ? text : undefined);
  const folder = resolve(configuration.data);
  const metadata = parseMetadataLocation(configuration.storage.metadata);
  const given = (path: string | undefined, name: string): string =>
    path === undefined ? join(folder, name) : resolve(path);
  return {
    name: metadata.kind === 'lmdb' ? folder : nameOfDatabase(metadata.url, metadata.tuning.schema ?? 'annals'),
    folder,
    metadata,
    blobs: isFile ? parseBlobLocation(configuration.storage.blobs) : undefined,
    keys: {
      masterKey: given(configuration['master-key-file'], MASTER_KEY_FILE_NAME),
      rootKey: given(configuration['root-key-file'], ROOT_KEY_FILE_NAME),
      callbackKey: given(configuration.callback.key, 'callback-key.pem'),
      kmsFolder: given(configuration.kms.folder, KMS_FOLDER_NAME),
    },
  };
}

/** Hosts, database and schema; neither user nor password nor parameters. */
function nameOfDatabase(url: string, schema: string): string {
  const [, rest = ''] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(url.replace(/[?].*/s, '')) ?? [];
  return `postgres://${rest.replace(/^.*@/s, '')} (schema ${schema})`;
}
