/**
 * Serves requests over a store that another process keeps: reads rows and bodies itself, and hands commits over. Leaves
 * out the process (`worker-process.ts`).
 */
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createMetrics, createServer, DamageReports, OPERATION_ROWS, openLog, RootKeyRing } from '@annals/server';
import {
  type KeyValueStore,
  type OpenedStore,
  openMirroredKeyValueStore,
  openObjectStore,
  StoreFailure,
  type StoreFailureReason,
} from '@annals/store';
import { parseBlobLocation } from '../../configuration/blob-location.js';
import { loadCallbackKey } from '../callback-key.js';
import { withConnectionLimit } from '../connection-limit.js';
import { freeSpaceOf } from '../free-space.js';
import { openAccounts } from '../open-accounts.js';
import { openBlobs } from '../open-blobs.js';
import { openKeys } from '../open-keys.js';
import { toServerSettings, toStoreSettings, toTlsOptions } from '../server-settings.js';
import { OwnerLink } from './owner-link.js';
import { shareOfSettings } from './share-of-settings.js';
import { workerGateways } from './worker-gateways.js';
import { ROWS_DESCRIPTOR } from './worker-handle.js';
import type { OwnerMessage, WorkerStart } from './worker-messages.js';

/** A worker that serves. */
export interface RunningWorker {
  /** Takes what the process that keeps the store says; a connection comes with its socket. */
  receive(message: Exclude<OwnerMessage, WorkerStart>, socket: Socket | undefined): void;
}

/**
 * Starts to serve.
 * @throws {Error} What could not be opened.
 */
export async function runWorker(start: WorkerStart): Promise<RunningWorker> {
  const { configuration, folder, rootKeys, number } = start;
  const { log: plainLog, close: closeLog } = openLog(configuration['log-level']);
  const log = plainLog.child({ worker: number });
  const link = new OwnerLink();
  const metrics = createMetrics();
  const keys = await openKeys(folder, configuration, start.masterKey ?? configuration['master-key-file']);
  if (start.mayNotSeal) keys.master.stopSealing();
  const garbage = { noteCount: 0, lengthBytes: 0 };
  const { keyValues, store } = await openStore(start, { log, link, garbage, keyWrapping: keys.wrapping });
  const ring = new RootKeyRing(rootKeys);
  const settings = shareOfSettings(
    toServerSettings(configuration, rootKeys.current, start.probeToken),
    configuration.workers,
  );
  const server = createServer({
    store,
    settings: withConnectionLimit(settings, log),
    log,
    operations: OPERATION_ROWS,
    metrics,
    damage: new DamageReports(log, metrics),
    // Every look is at rows in memory: changes are seen at once.
    accounts: await openAccounts({ keyValues, root: ring, keys: keys.master, staleMsMax: 0 }),
    callbackKey: await loadCallbackKey(folder, configuration.callback.key),
    audit: link.audit(),
    worker: { count: configuration.workers, forward: (request) => link.forward(request) },
  });
  const tls = toTlsOptions(configuration);
  await server.serveHandedOver({ url: start.url, host: configuration.host, ...(tls && { tls }) });
  const stop = async (): Promise<void> => {
    await server.close();
    process.exitCode = 0;
    await store.maintenance.close();
    closeLog();
    process.exit(0);
  };
  return {
    receive(message, socket) {
      if (message.kind === 'drain') void server.drain();
      switch (message.kind) {
        case 'connection':
          link.say({ kind: 'taken', id: message.id });
          if (socket !== undefined) server.takeConnection(message.door, socket);
          break;
        case 'answer':
        case 'refusal':
          link.receive(message);
          break;
        case 'garbage':
          garbage.noteCount = message.noteCount;
          garbage.lengthBytes = message.lengthBytes;
          break;
        case 'root-keys':
          void ring.replace(message.keys);
          link.say({ kind: 'told', id: message.id });
          break;
        case 'measure':
          void metrics.snapshot().then((counted) => link.say({ kind: 'told', id: message.id, metrics: counted }));
          break;
        case 'stop':
          stop().catch((error: unknown) => {
            log.error({ err: error }, 'stopping failed');
            process.exit(1);
          });
      }
    },
  };
}

interface StoreParts {
  readonly log: ReturnType<typeof openLog>['log'];
  readonly link: OwnerLink;
  readonly garbage: { readonly noteCount: number; readonly lengthBytes: number };
  readonly keyWrapping: Awaited<ReturnType<typeof openKeys>>['wrapping'];
}

async function openStore(
  { configuration, folder }: WorkerStart,
  { log, link, garbage, keyWrapping }: StoreParts,
): Promise<{ readonly keyValues: KeyValueStore; readonly store: OpenedStore }> {
  const stream = new Socket({ fd: ROWS_DESCRIPTOR });
  // Nothing can be read or written any more: clients see what they see when a server is killed.
  stream.once('close', () => process.exit(process.exitCode ?? 1));
  const hear: { note: (note: string) => void } = { note: () => undefined };
  const keyValues = await openMirroredKeyValueStore({
    onNote: (note) => hear.note(note),
    directory: join(folder, 'metadata'),
    stream,
    reviveFailure: (name, reason) =>
      name === 'StoreFailure' ? new StoreFailure(reason as StoreFailureReason) : undefined,
  });
  const { blobs } = await openBlobs(folder, parseBlobLocation(configuration.storage.blobs));
  const store = await openObjectStore({
    keyValues,
    blobs,
    keyWrapping,
    settings: toStoreSettings(configuration),
    gateways: workerGateways(log),
    sharesSegments: true,
    sweptElsewhere: { garbage: () => garbage, hurry: () => link.say({ kind: 'held-up' }) },
    ...(configuration.storage.blobs === 'file' && { freeSpaceBytes: () => freeSpaceOf(folder) }),
  });
  hear.note = store.maintenance.workFor((note) => keyValues.note(note));
  return { keyValues, store };
}
