/**
 * One life of the server process: take the data folder, open the engines, listen, wait for a signal, let go of
 * everything in reverse. Standard output gets exactly one line, when requests are accepted; everything else goes to
 * standard error.
 */
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type AnnalsServer,
  createMetrics,
  createServer,
  DamageReports,
  OPERATION_ROWS,
  type OpenLog,
  openLog,
  type ServerAccounts,
} from '@annals/server';
import {
  claimBlobPlace,
  type KeyValueStore,
  type KeyWrapping,
  type OpenedStore,
  openObjectStore,
  type RewrapProgress,
  StoreFailure,
} from '@annals/store';
import { CommandFailure, systemErrorCode } from '../command-failure.js';
import { parseBlobLocation } from '../configuration/blob-location.js';
import { parseMetadataLocation } from '../configuration/metadata-location.js';
import type { Configuration } from '../configuration/schema.js';
import { writeOutput } from '../terminal/standard-output.js';
import { agreeWithGateways } from './agree-with-gateways.js';
import { loadCallbackKey } from './callback-key.js';
import { ClosingStack } from './closing-stack.js';
import { withConnectionLimit } from './connection-limit.js';
import { prepareDataFolder } from './data-folder.js';
import { describeEngineError, whereToLook } from './describe-engine-error.js';
import { freeSpaceOf } from './free-space.js';
import { missingMasterKey } from './missing-master-key.js';
import { openAccounts, refuseKeyOfUser } from './open-accounts.js';
import { openAudit, recordStart, recordStop } from './open-audit.js';
import { openBlobs } from './open-blobs.js';
import { openKeys, type ServerKeys } from './open-keys.js';
import { openMetadata } from './open-metadata.js';
import { noticeOfRootKey, openRootKeys } from './open-root-keys.js';
import { readProbeToken } from './probe-token.js';
import { watchReloadSignal } from './reload-signal.js';
import { reportMigration } from './report-migration.js';
import type { RootAccessKey } from './root-access-key.js';
import { toServerSettings, toStoreSettings, toTlsOptions } from './server-settings.js';
import { firstStopSignal } from './stop-signals.js';
import { takeFolder } from './take-folder.js';
import type { ServedConfiguration } from './workers/default-worker-count.js';
import { startWorkers, type WorkersParts } from './workers/start-workers.js';

/** Secrets that were not written into a file of settings. */
export interface GivenSecrets {
  readonly rootAccessKey: RootAccessKey | undefined;
  readonly masterKey: string | undefined;
  readonly probeToken: string | undefined;
}

/**
 * Runs the server until a signal stops it and everything is closed.
 * @param given From the environment; without it the data folder's own.
 * @throws {CommandFailure} The folder or the address cannot be used.
 */
export async function runServer(configuration: ServedConfiguration, given: GivenSecrets): Promise<void> {
  const { log, close: closeLog } = openLog(configuration['log-level']);
  const opened = new ClosingStack();
  opened.push(closeLog);
  // From here on, so that no signal finds the process without its hands on what it has opened.
  const stopSignal = firstStopSignal((exitCode) => process.exit(exitCode));
  try {
    const folder = resolve(configuration.data);
    const start = { hasSucceeded: false };
    await openDataFolder(folder, start, log, opened);
    const keyFile = configuration['root-key-file'];
    const rootKeys = await openRootKeys(folder, { given: given.rootAccessKey, file: keyFile && resolve(keyFile) });
    const audit = await openAudit(folder, opened);
    const metrics = createMetrics();
    const damage = new DamageReports(log, metrics);
    const keys = await openKeys(folder, configuration, given.masterKey ?? configuration['master-key-file']);
    const { store, keyValues } = await openStore(
      folder,
      configuration,
      { metrics, keyWrapping: keys.wrapping, log },
      opened,
    );
    const masterKeyWarning = await settleMasterKey(keys, folder, configuration, keyValues);
    startMaintenance(store, damage, log);
    const probeToken = await readProbeToken(given.probeToken, configuration.probes['token-file']);
    const settings = withConnectionLimit(toServerSettings(configuration, rootKeys.current, probeToken), log);
    const accounts = await openAccounts({ keyValues, root: rootKeys.ring, keys: keys.master });
    const checkRootKey = (accessKeyId: string): Promise<void> => refuseKeyOfUser(accounts, accessKeyId);
    await checkRootKey(rootKeys.current.accessKeyId);
    await createBuckets(store, configuration, accounts);
    const callbackKey = await loadCallbackKey(folder, configuration.callback.key);
    metrics.watchAudit(() => audit.head);
    const operations = OPERATION_ROWS;
    const server = createServer({ store, settings, log, operations, metrics, damage, accounts, callbackKey, audit });
    // After the last request: its records are among those before.
    let stoppedBy: string | undefined;
    opened.push(() => recordStop(audit, stoppedBy, log));
    opened.push(() => server.close());
    const workers = {
      ...{ configuration, folder, store, keyValues, server, audit, metrics, rootKeys, probeToken, log },
      masterKey: given.masterKey,
      mayNotSeal: masterKeyWarning !== undefined,
    };
    const { url, secureUrl, probesUrl } = await listen(workers, opened);
    start.hasSucceeded = true;
    process.stderr.write(
      (keys.isNew ? noticeOfMasterKey(masterKeyWarning, folder) : '') + noticeOfRootKey(rootKeys, folder),
    );
    await recordStart(audit, configuration, keys.wrapping.describe(), log);
    opened.push(watchReloadSignal(rootKeys, checkRootKey, audit, log));
    log.info({ url, secureUrl, probesUrl, folder }, 'listening');
    await writeOutput(`annals listening on ${url}\n`);
    stoppedBy = await stopSignal;
    log.info({ signal: stoppedBy }, 'stopping');
  } catch (error) {
    await opened.closeAll().catch((closeError: unknown) => log.error({ err: closeError }, 'closing failed'));
    throw error;
  }
  await opened.closeAll();
}

function startMaintenance(store: OpenedStore, damage: DamageReports, log: OpenLog['log']): void {
  store.maintenance.startMaintenance({
    onFailure: (error) => {
      log.error({ err: error }, 'background work failed');
      damage.note(error, { foundBy: 'background' });
    },
    onRewrapped: (walk) => reportRewrapping(log, walk),
    onHeldUp: reportHeldUpWriters(log, store),
  });
}

/** A start that fails leaves nothing: no folder that was not there, and no key that was made for nothing. */
async function openDataFolder(
  folder: string,
  start: { readonly hasSucceeded: boolean },
  log: OpenLog['log'],
  opened: ClosingStack,
): Promise<void> {
  const { tookRights, made } = await prepareDataFolder(folder);
  if (tookRights) log.warn({ folder }, 'the data folder was open to all users of this machine, and is no longer');
  await takeFolder(folder, opened);
  opened.push(async () => {
    if (!start.hasSucceeded && made !== undefined) await rm(made, { recursive: true, force: true });
  });
}

/**
 * A key that was made just now opens nothing that an earlier one sealed; neither does one that other gateways lack.
 * @returns What to tell the operator when a key is missing.
 */
async function settleMasterKey(
  { master, isNew }: ServerKeys,
  folder: string,
  { storage }: Configuration,
  keyValues: KeyValueStore,
): Promise<string | undefined> {
  if (storage.metadata !== 'lmdb') await agreeWithGateways(keyValues, master);
  const warning = isNew ? await missingMasterKey(folder, keyValues) : undefined;
  if (warning !== undefined) master.stopSealing();
  return warning;
}

function noticeOfMasterKey(warning: string | undefined, folder: string): string {
  return `${warning ?? `A master key was made and is kept in ${folder}. Secrets of users and encrypted objects cannot be read without it: keep a copy apart from backups of the folder.`}\n`;
}

/** Begins to serve: in this process, or by workers. @returns Where clients reach the server. */
async function listen(
  parts: WorkersParts,
  opened: ClosingStack,
): Promise<Pick<AnnalsServer, 'url' | 'secureUrl' | 'probesUrl'>> {
  const { server, configuration } = parts;
  const { host, port, workers } = configuration;
  const tls = toTlsOptions(configuration);
  try {
    if (workers === 1) {
      await server.listen({ host, port, ...(tls && { tls }) });
      opened.push(() => server.drain());
      return server;
    }
    await server.serveWorkers();
    return await startWorkers(parts, opened);
  } catch (error) {
    throw explainListenFailure(error, host, tls === undefined ? String(port) : `${port} and ${tls.port}`);
  }
}

async function openStore(
  folder: string,
  configuration: ServedConfiguration,
  {
    metrics,
    keyWrapping,
    log,
  }: {
    readonly metrics: ReturnType<typeof createMetrics>;
    readonly keyWrapping: KeyWrapping;
    readonly log: OpenLog['log'];
  },
  opened: ClosingStack,
): Promise<{ readonly store: OpenedStore; readonly keyValues: KeyValueStore }> {
  const engines = new ClosingStack();
  try {
    const location = parseMetadataLocation(configuration.storage.metadata);
    const { workers } = configuration;
    const { keyValues, gateways } = await openMetadata(folder, location, { metrics, log, workers });
    engines.push(() => keyValues.close());
    metrics.watchStore(() => keyValues.statistics());
    const { blobs, wanted } = await openBlobs(folder, parseBlobLocation(configuration.storage.blobs), {
      isMarked: location.kind !== 'lmdb',
    });
    engines.push(() => blobs.close());
    const store = await openObjectStore({
      keyValues,
      blobs,
      keyWrapping,
      settings: toStoreSettings(configuration),
      onMigration: reportMigration(log),
      ...(gateways !== undefined && { gateways, sharesSegments: location.kind === 'lmdb' }),
      // How much room a bucket has is not known.
      ...(configuration.storage.blobs === 'file' && { freeSpaceBytes: () => freeSpaceOf(folder) }),
    });
    await claimBlobPlace(keyValues, wanted);
    metrics.watchDebt(store.maintenance);
    opened.push(() => store.maintenance.close());
    return { store, keyValues };
  } catch (error) {
    await engines.closeAll();
    if (error instanceof CommandFailure) throw error;
    const reason = describeEngineError(error) + whereToLook(configuration.storage);
    throw new CommandFailure(`Cannot open the store in ${folder}: ${reason}`, { cause: error });
  }
}

/** How often it is told that writers wait, while they do. */
const HELD_UP_REPORT_MS = 60_000;

/** Tells that garbage waits faster than it is swept, and slows writers. */
function reportHeldUpWriters(log: OpenLog['log'], store: OpenedStore): () => void {
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (nowMs - reportedAtMs < HELD_UP_REPORT_MS) return;
    reportedAtMs = nowMs;
    log.warn(
      { ...store.maintenance.garbageDebt(), ...store.maintenance.brakeStatistics() },
      'writers are slowed: deleted and replaced objects wait to be freed',
    );
  };
}

/** Tells when an old version of a key is needed no more, and when data keys do not open. */
function reportRewrapping(log: OpenLog['log'], walk: Omit<RewrapProgress, 'next'>): void {
  if (walk.failedCount > 0) log.error(walk, 'data keys of encrypted objects do not open');
  else if (walk.rewrappedCount > 0) log.info(walk, 'all data keys are wrapped with the newest keys');
}

async function createBuckets(
  store: OpenedStore,
  { bucket: names, 'block-public-access': isBlocked }: Pick<Configuration, 'bucket' | 'block-public-access'>,
  { directory }: ServerAccounts,
): Promise<void> {
  for (const name of names) {
    try {
      await store.createBucket({
        name,
        ownerId: directory.accountId,
        acl: 'private',
        storageClass: 'Standard',
        dataRedundancyType: 'LRS',
        ...(isBlocked === true && { configurations: { publicAccessBlock: true } }),
      });
    } catch (error) {
      if (!(error instanceof StoreFailure) || error.reason.kind !== 'bucket-already-exists') throw error;
    }
  }
}

function explainListenFailure(error: unknown, host: string, port: string): unknown {
  const explanations: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there; stop it, or choose another port with --port',
    EACCES: 'this user may not use that port; choose one of 1024 or more with --port',
    EADDRNOTAVAIL: 'this machine does not have that address; choose another with --host',
    ENOTFOUND: 'there is no such host; choose another with --host',
    EAI_AGAIN: 'that host name cannot be looked up; choose another with --host',
  };
  const explanation = explanations[systemErrorCode(error) ?? ''];
  if (explanation === undefined) return error;
  return new CommandFailure(`Cannot listen on ${host}:${port}: ${explanation}`, { cause: error });
}
