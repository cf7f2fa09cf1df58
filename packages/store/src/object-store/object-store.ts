/**
 * The object store: buckets, objects and appends over two narrow engines, with two faces. `ObjectStore` is what a
 * server may call for a client; its methods stand in the `...-operations.ts` of each folder. `StoreMaintenance` is what
 * the process that runs the store may call. Everything that changes something is durable when its promise resolves.
 * Leaves out HTTP, signatures, permissions and limits of the protocol; they are the caller's.
 */
import { type AppendOperations, appendOperations } from './append/append-operations.js';
import { type BucketOperations, bucketOperations } from './buckets/bucket-operations.js';
import { type LiveChannelOperations, liveChannelOperations } from './buckets/live-channel-operations.js';
import { buildContext, type StoreParts } from './context/build-context.js';
import type { ObjectStoreSettings } from './context/settings.js';
import type { StoreContext } from './context/store-context.js';
import type { LeaseName } from './gateways/gateway.js';
import type { MigrationProgress } from './maintenance/identify-blobs.js';
import { prepareFormat } from './maintenance/prepare-format.js';
import { StoreMaintenance } from './maintenance/store-maintenance.js';
import { type MultipartOperations, multipartOperations } from './multipart/multipart-operations.js';
import { type ObjectOperations, objectOperations } from './objects/object-operations.js';
import { type VersionOperations, versionOperations } from './versions/version-operations.js';

/** What an object store is opened with. */
export interface ObjectStoreOptions extends StoreParts {
  /** Called with the steps of the migration of a store of the format before, while `openObjectStore` waits for them. */
  readonly onMigration?: (progress: MigrationProgress) => void;
}

/** What a server may call for a client. */
export interface ObjectStore
  extends BucketOperations,
    LiveChannelOperations,
    AppendOperations,
    ObjectOperations,
    VersionOperations,
    MultipartOperations {
  readonly settings: ObjectStoreSettings;
}

/** An open store, for the process that runs it: it hands on one face or the other. */
export interface OpenedStore extends ObjectStore {
  readonly maintenance: StoreMaintenance;
  /** Whether other processes may have it open, too: then what is kept in memory may be out of date. */
  readonly isShared: boolean;
  /** The right to work that one process at a time does, of all that have the store open. */
  exclusive(name: ExclusiveWork): ExclusiveStore;
}

/** Work of a server that one process at a time does. */
export type ExclusiveWork = Extract<LeaseName, 'lifecycle' | 'scrub'>;

/** A store for work that one process at a time does. */
export interface ExclusiveStore {
  /** Whether other processes may have the right, too. */
  readonly isShared: boolean;
  /**
   * Takes the right or renews it; asks nobody where that is not due, and where this process is alone.
   * @returns Whether this process has it. @throws {EngineFailure} `unavailable`.
   */
  hold(): Promise<boolean>;
  /**
   * Takes the right at once, also from a process that has it.
   * @throws {StoreFailure} `contended`. @throws {EngineFailure} `unavailable`.
   */
  seize(): Promise<void>;
  /** Whether this process has the right now; it is lost when the process was cut off from the store. */
  isHeld(): boolean;
  /** Its commits count only while the right is held; otherwise they fail with `contended`. */
  readonly store: ObjectStore;
}

/**
 * Opens a store over two engines; empty engines become an empty store. Takes constant time, whatever is stored, except
 * at the first start after a change of the format: then a step for each blob.
 * @throws {Error} When the engines hold another format than this program's; nothing is touched then.
 * @throws {EngineFailure} `unavailable`.
 */
export async function openObjectStore(options: ObjectStoreOptions): Promise<OpenedStore> {
  let maintenance: StoreMaintenance | undefined;
  const context = buildContext(options, () => maintenance?.hurryMaintenance());
  await prepareFormat(context, options.onMigration ?? (() => undefined));
  await context.gateway?.open();
  maintenance = new StoreMaintenance(context);
  const store = operationsOf(context);
  return {
    ...store,
    maintenance,
    isShared: context.gateway !== undefined,
    exclusive: (name) => exclusiveStore(context, store, name),
  };
}

function exclusiveStore(context: StoreContext, store: ObjectStore, name: ExclusiveWork): ExclusiveStore {
  const { gateway, keyValues } = context;
  if (gateway === undefined) {
    return { isShared: false, hold: async () => true, seize: async () => undefined, isHeld: () => true, store };
  }
  const lease = gateway.lease(name);
  return {
    isShared: true,
    hold: () => lease.hold(),
    seize: () => lease.seize(),
    isHeld: () => lease.isHeld,
    store: operationsOf({ ...context, keyValues: lease.fence(keyValues) }),
  };
}

function operationsOf(context: StoreContext): ObjectStore {
  return {
    settings: context.settings,
    ...bucketOperations(context),
    ...liveChannelOperations(context),
    ...appendOperations(context),
    ...objectOperations(context),
    ...versionOperations(context),
    ...multipartOperations(context),
  };
}
