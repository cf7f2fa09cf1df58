/**
 * The engines that `npm run test:engines` puts under the test servers in place of memory: PostgreSQL or LMDB for rows,
 * a bucket, a pool or a folder for bodies. Leaves out starting the servers (`test/engines`).
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  type BlobStore,
  checkBlobs,
  type KeyValueStore,
  openFileSystemBlobStore,
  openJournaledLmdbKeyValueStore,
  openPostgresKeyValueStore,
  openRadosBlobStore,
  openS3BlobStore,
  type RadosPlace,
  type S3Place,
} from '@annals/store';
import type { EnginePair } from '@annals/store/conformance';
import { temporaryFolder } from './temporary-folder.js';

/** What `ANNALS_TEST_ENGINES` says, as JSON. */
export interface ChosenEngines {
  readonly rows: 'postgres' | 'lmdb';
  readonly databaseUrl: string;
  readonly blobs:
    | { readonly kind: 'file' }
    | {
        readonly kind: 's3';
        readonly place: Omit<S3Place, 'credentials'>;
        readonly credentials: Awaited<ReturnType<S3Place['credentials']>>;
      }
    | { readonly kind: 'rados'; readonly place: RadosPlace };
}

/** A pair, and whether several gateways could share it. */
export interface ChosenPair extends EnginePair {
  readonly isShared: boolean;
  /** A place for both, empty at first, that outlives its engines. */
  makePlace(): Promise<ChosenPlace>;
}

/** Where rows and bodies of one test are. */
export interface ChosenPlace {
  /** @param isAlone Whether no other engine is open: it may have many connections, and need not look for changes. */
  openRows(isAlone: boolean): Promise<KeyValueStore>;
  openBodies(): Promise<BlobStore>;
  remove(): Promise<void>;
}

/** @returns `undefined`: the test chooses. */
export function chosenEngines(): ChosenPair | undefined {
  const text = process.env.ANNALS_TEST_ENGINES;
  if (text === undefined) return undefined;
  const chosen = JSON.parse(text) as ChosenEngines;
  const makePlace = async (): Promise<ChosenPlace> => {
    const { path: folder, remove } = await temporaryFolder();
    const name = randomBytes(8).toString('hex');
    return {
      openRows: (isAlone) => openRows(chosen, name, folder, isAlone),
      openBodies: () => openBodies(chosen.blobs, name, folder),
      remove,
    };
  };
  return {
    name: `${chosen.rows} and ${chosen.blobs.kind}`,
    isShared: chosen.rows === 'postgres',
    makePlace,
    async open() {
      const place = await makePlace();
      const keyValues = await place.openRows(false);
      const blobs = checkBlobs(await place.openBodies());
      return {
        keyValues,
        blobs,
        async remove() {
          await keyValues.close();
          await blobs.close();
          await place.remove();
        },
      };
    },
  };
}

/** @param name Of a schema of its own. */
function openRows(
  { rows, databaseUrl: url }: ChosenEngines,
  name: string,
  folder: string,
  isAlone: boolean,
): Promise<KeyValueStore> {
  if (rows === 'lmdb') return openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') });
  const limits = isAlone ? { watchIntervalMs: 3_600_000 } : { connectionCountMax: 8 };
  return openPostgresKeyValueStore({ url, schema: `test_${name}`, ...limits });
}

/** @param name Of a place of its own in what all share. */
async function openBodies(chosen: ChosenEngines['blobs'], name: string, folder: string): Promise<BlobStore> {
  switch (chosen.kind) {
    case 'file':
      return openFileSystemBlobStore({ directory: join(folder, 'blobs') });
    case 's3': {
      const { credentials } = chosen;
      return openS3BlobStore({
        place: { ...chosen.place, prefix: `${name}/`, credentials: async () => credentials },
      });
    }
    case 'rados':
      return openRadosBlobStore({ place: { ...chosen.place, namespace: name } });
  }
}
