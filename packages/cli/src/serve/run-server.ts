/**
 * One life of the server process: take the data folder, open the engines, listen, wait for a signal, let go of
 * everything in reverse. Standard output gets exactly one line, when requests are accepted; everything else goes to
 * standard error.
 */
import { rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type AnnalsServer,
  connectionCountsThatFit,
  createMetrics,
  createServer,
  DamageReports,
  OPERATION_ROWS,
  type OpenLog,
  openLog,
  type ServerAccounts,
  type ServerSettings,
} from '@annals/server';
import {
  checkBlobs,
  EngineFailure,
  type KeyValueStore,
  type KeyWrapping,
  type OpenedStore,
  openFileSystemBlobStore,
  openJournaledLmdbKeyValueStore,
  openObjectStore,
  type RewrapProgress,
  StoreFailure,
} from '@annals/store';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import type { Configuration } from '../configuration/schema.js';
import { writeOutput } from '../terminal/standard-output.js';
import { loadCallbackKey } from './callback-key.js';
import { ClosingStack } from './closing-stack.js';
import { prepareDataFolder } from './data-folder.js';
import { missingMasterKey } from './missing-master-key.js';
import { openAccounts, refuseKeyOfUser } from './open-accounts.js';
import { openAudit, recordStart, recordStop } from './open-audit.js';
import { openKeys, type ServerKeys } from './open-keys.js';
import { noticeOfRootKey, openRootKeys } from './open-root-keys.js';
import { readProbeToken } from './probe-token.js';
import { watchReloadSignal } from './reload-signal.js';
import { reportMigration } from './report-migration.js';
import { reportRowMigration } from './report-row-migration.js';
import type { RootAccessKey } from './root-access-key.js';
import { toServerSettings, toStoreSettings, toTlsOptions } from './server-settings.js';
import { firstStopSignal } from './stop-signals.js';
import { takeFolder } from './take-folder.js';

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
export async function runServer(configuration: Configuration, given: GivenSecrets): Promise<void> {
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
    const masterKeyNotice = keys.isNew ? await noticeOfMasterKey(keys, folder, keyValues) : '';
    store.maintenance.startMaintenance({
      onFailure: (error) => {
        log.error({ err: error }, 'background work failed');
        damage.note(error, { foundBy: 'background' });
      },
      onRewrapped: (walk) => reportRewrapping(log, walk),
      onHeldUp: reportHeldUpWriters(log, store),
    });
    const probeToken = await readProbeToken(given.probeToken, configuration.probes['token-file']);
    const settings = withConnectionLimit(toServerSettings(configuration, rootKeys.current, probeToken), log);
    const accounts = await openAccounts({ keyValues, root: rootKeys.ring, keys: keys.master });
    const checkRootKey = (accessKeyId: string): Promise<void> => refuseKeyOfUser(accounts, accessKeyId);
    await checkRootKey(rootKeys.current.accessKeyId);
    await createBuckets(store, configuration, accounts);
    const callbackKey = await loadCallbackKey(folder, configuration.callback.key);
    metrics.watchAudit(() => audit.head);
    const server = createServer({
      store,
      settings,
      log,
      operations: OPERATION_ROWS,
      metrics,
      damage,
      accounts,
      callbackKey,
      audit,
    });
    // After the last request: its records are among those before.
    let stoppedBy: string | undefined;
    opened.push(() => recordStop(audit, stoppedBy, log));
    opened.push(() => server.close());
    await listen(server, configuration);
    start.hasSucceeded = true;
    process.stderr.write(masterKeyNotice + noticeOfRootKey(rootKeys, folder));
    await recordStart(audit, configuration, keys.wrapping.describe(), log);
    opened.push(watchReloadSignal(rootKeys, checkRootKey, audit, log));
    log.info({ url: server.url, secureUrl: server.secureUrl, probesUrl: server.probesUrl, folder }, 'listening');
    await writeOutput(`annals listening on ${server.url}\n`);
    const signal = await stopSignal;
    log.info({ signal }, 'stopping');
    stoppedBy = signal;
  } catch (error) {
    await opened.closeAll().catch((closeError: unknown) => log.error({ err: closeError }, 'closing failed'));
    throw error;
  }
  await opened.closeAll();
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

/** A key that was made just now opens nothing that an earlier one sealed. */
async function noticeOfMasterKey(keys: ServerKeys, folder: string, keyValues: KeyValueStore): Promise<string> {
  const warning = await missingMasterKey(folder, keyValues);
  if (warning !== undefined) keys.master.stopSealing();
  return `${warning ?? `A master key was made and is kept in ${folder}. Secrets of users and encrypted objects cannot be read without it: keep a copy apart from backups of the folder.`}\n`;
}

async function listen(server: AnnalsServer, configuration: Configuration): Promise<void> {
  const { host, port } = configuration;
  const tls = toTlsOptions(configuration);
  await server.listen({ host, port, ...(tls && { tls }) }).catch((error: unknown) => {
    throw explainListenFailure(error, host, tls === undefined ? String(port) : `${port} and ${tls.port}`);
  });
}

/**
 * Without a limit of the operator's: as many connections as leave descriptors for the files of their requests. With
 * one: no more than can be accepted, since the server could not even answer a connection past that.
 */
function withConnectionLimit(settings: ServerSettings, log: OpenLog['log']): ServerSettings {
  const { limits } = settings;
  const fitting = connectionCountsThatFit();
  if (limits.connectionCountMax === undefined) {
    const connectionCountMax = fitting?.comfortableCount;
    log.info({ connectionCountMax }, 'limit of connections');
    return { ...settings, limits: { ...limits, connectionCountMax } };
  }
  if (fitting === undefined || limits.connectionCountMax <= fitting.comfortableCount) return settings;
  const connectionCountMax = Math.min(limits.connectionCountMax, fitting.countMax);
  log.warn({ asked: limits.connectionCountMax, connectionCountMax }, 'more connections than descriptors allow');
  return { ...settings, limits: { ...limits, connectionCountMax } };
}

async function openStore(
  folder: string,
  configuration: Configuration,
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
    const keyValues = await openJournaledLmdbKeyValueStore({
      directory: join(folder, 'metadata'),
      observeBatch: metrics.observeCommit,
      observeMigration: reportRowMigration(log),
    });
    engines.push(() => keyValues.close());
    metrics.watchStore(() => keyValues.statistics());
    const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder, 'blobs') }));
    engines.push(() => blobs.close());
    const store = await openObjectStore({
      keyValues,
      blobs,
      keyWrapping,
      settings: toStoreSettings(configuration),
      onMigration: reportMigration(log),
      freeSpaceBytes: async () => {
        const { bavail, bsize } = await statfs(folder);
        return bavail * bsize;
      },
    });
    metrics.watchDebt(store.maintenance);
    opened.push(() => store.maintenance.close());
    return { store, keyValues };
  } catch (error) {
    await engines.closeAll();
    const reason = error instanceof EngineFailure ? (error.cause ?? error) : error;
    throw new CommandFailure(`Cannot open the store in ${folder}: ${describeError(reason)}`, { cause: error });
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
