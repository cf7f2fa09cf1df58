/**
 * Puts the parts of a server together: those that answer requests, and those that work in the background. Leaves out
 * what starts and stops them (`../server.ts`).
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { OssError } from '@annals/protocol';
import type { OpenedStore, RandomBytes } from '@annals/store';
import type { Logger } from 'pino';
import { AccessLog } from '../access-log/access-log.js';
import type { AccountDirectory } from '../accounts/account-directory.js';
import type { AdminServices } from '../admin/answer-admin-request.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { AccessKeyDirectory } from '../auth/access-key-directory.js';
import { FailedSignatureLimit } from '../auth/failed-signature-limit.js';
import { storeFacts } from '../auth/store-facts.js';
import { OpenSnapshots } from '../backup/open-snapshots.js';
import { CallbackSender } from '../callback/callback-sender.js';
import { storedRowChecks } from '../check-stored-rows.js';
import { IpRanges } from '../client-address/ip-address.js';
import { CustomDomainIndex } from '../custom-domains/custom-domain-index.js';
import { lookUpTextRecords } from '../custom-domains/domain-proof.js';
import { OwnNames } from '../custom-domains/own-names.js';
import { reportIgnoredDomains } from '../custom-domains/report-ignored-domains.js';
import { answerForwarded, type ForwardedAnswer, type ForwardedRequest } from '../http/forwarding.js';
import { buildHttpServer, type OpenHttpServer } from '../http/http-server.js';
import { probeEndpoints } from '../http/probe-endpoints.js';
import { ProxyGate } from '../http/proxy-gate.js';
import { Readiness } from '../http/readiness.js';
import { makeRequestIds } from '../http/request-ids.js';
import { RequestTurns } from '../http/request-turns.js';
import { LifecycleWorker } from '../lifecycle/lifecycle-worker.js';
import { reportHeldRules } from '../lifecycle/understood-rules.js';
import { Admission } from '../limits/admission.js';
import { LimitKeeper } from '../limits/limit-keeper.js';
import { ReadAhead } from '../limits/read-ahead.js';
import { RequestRates } from '../limits/request-rates.js';
import { TransferRates } from '../limits/transfer-rates.js';
import { DamageReports } from '../observe/damage-reports.js';
import { createMetrics, type ServerMetrics, withoutSharedFigures } from '../observe/metrics.js';
import { OpenFollowers } from '../observe/open-followers.js';
import { ScrubWorker } from '../scrub/scrub-worker.js';
import type { ServerSettings } from '../settings.js';
import { CallMemory } from '../sts/call-memory.js';
import { LocalNonces } from '../sts/nonce-memory.js';
import { keyReader, rootOnly, type ServerDependencies } from './server-dependencies.js';

/** After so long without a word its client is taken for dead; clients renew far more often. */
const SNAPSHOT_IDLE_TIMEOUT_MS = 300_000;

/** What a server starts and stops. */
export interface ServerParts {
  readonly http: OpenHttpServer;
  readonly gate: ProxyGate;
  readonly ownNames: OwnNames;
  readonly limits: LimitKeeper;
  readonly accessLog: AccessLog;
  readonly lifecycle: LifecycleWorker;
  readonly scrub: ScrubWorker;
  readonly snapshots: OpenSnapshots;
  readonly followers: OpenFollowers;
  /** Answers what a worker forwards. */
  answerForwarded(request: ForwardedRequest): Promise<ForwardedAnswer>;
  /** Says which domains of buckets lead nowhere. */
  reportDomains(): Promise<void>;
  /** Says which rules of lifecycles are not run. */
  reportRules(): Promise<void>;
}

/** What the parts ask of the server they belong to. */
export interface ServerState {
  /** Where clients reach it. */
  url(): string;
  /** @throws {Error} Why it is not ready for requests. */
  requireReady(): void;
  /** Called for every error answered, before it is sent. */
  onError(error: OssError): void;
}

/** What all parts work with. */
interface Basis {
  readonly store: OpenedStore;
  readonly settings: ServerSettings;
  readonly log: Logger;
  readonly clock: () => number;
  readonly random: RandomBytes;
  readonly metrics: ServerMetrics;
  readonly damage: DamageReports;
  /** The accounts with their keys, and the key that seals their secrets. */
  readonly directory: AccessKeyDirectory & { readonly accounts: AccountDirectory };
}

/** Puts a server together; nothing of it runs yet. */
export function assembleServer(dependencies: ServerDependencies, state: ServerState): ServerParts {
  const basis = basisOf(dependencies);
  const { store, settings, log, clock, random, metrics, damage, directory } = basis;
  const turns = makeTurns(basis, dependencies.worker?.count ?? 1);
  const { ownNames, domains } = makeNames(basis);
  const workers = makeWorkers(basis, turns.admission);
  const failures = new FailedSignatureLimit(settings.limits.failedSignatureCountMax, clock);
  const audit = makeAuditTrail(dependencies, basis);
  const callbacks = new CallbackSender(
    settings.callback,
    keyReader(dependencies),
    () => state.url(),
    dependencies.addressLookup,
  );
  const trusted = new IpRanges(settings.proxies.trusted);
  const gate = new ProxyGate({
    trusted,
    headerTimeoutMs: settings.timeouts.headersMs,
    enterEarly: (socket) => http.enterEarly(socket),
    log,
  });
  const { places } = settings;
  const readiness = new Readiness({ store, maintenance: store.maintenance, places, clock, log });
  const isReady = async (): Promise<void> => {
    state.requireReady();
    await readiness.check();
  };
  const followers = new OpenFollowers(() => metrics.openFollower());
  const textRecords = dependencies.textRecordLookup ?? lookUpTextRecords;
  const endpoints = ownEndpoints(basis, { failures, domains, audit, ...turns, ...workers });
  const http = buildHttpServer({
    pipeline: {
      operations: dependencies.operations,
      directory,
      facts: storeFacts(store, settings.region),
      failures,
      context: { store, settings, clock, callbacks, domains, ownNames, followers, lookUpTextRecords: textRecords },
      domains,
      audit,
      ...turns,
    },
    endpoints,
    probes: probeEndpoints(metrics, isReady, () => callbacks.publicKeyPem()),
    settings,
    proxies: { addresses: trusted, header: settings.proxies.header },
    gate,
    clock,
    requestIds: makeRequestIds(random),
    readAhead: turns.readAhead,
    turns: new RequestTurns(),
    log,
    metrics,
    accessLog: workers.accessLog,
    damage,
    onError: (error) => state.onError(error),
    forward: dependencies.worker?.forward,
  });
  return {
    http,
    gate,
    ownNames,
    limits: turns.limits,
    followers,
    ...workers,
    answerForwarded: (request) => answerForwarded(request, { endpoints, metrics }),
    reportDomains: () => reportIgnoredDomains(domains, metrics, log),
    reportRules: () => reportHeldRules(store, log),
  };
}

function basisOf(dependencies: ServerDependencies): Basis {
  const { store, settings, log, clock = Date.now, random = randomBytes, worker } = dependencies;
  const ownMetrics = dependencies.metrics ?? createMetrics();
  const metrics = worker === undefined ? ownMetrics : withoutSharedFigures(ownMetrics);
  const { directory: accounts, keys } = dependencies.accounts ?? rootOnly(settings, random);
  const damage = dependencies.damage ?? new DamageReports(log, metrics);
  return { store, settings, log, clock, random, metrics, damage, directory: { accounts, keys } };
}

/** Turns at the store, and bounds on everything that may exist at once. */
function makeTurns({ store, settings, clock, log, metrics, damage, directory }: Basis, workerCount: number) {
  const { runningRequestCountMax, waitingRequestCountMax, waitingLengthBytesMax } = settings.limits;
  const admission = new Admission(
    { runningCountMax: runningRequestCountMax, waitingCountMax: waitingRequestCountMax, waitingLengthBytesMax },
    () => metrics.countShed('queue'),
  );
  const rates = new RequestRates(clock, () => metrics.countShed('rate'));
  const transfers = new TransferRates({
    refused: () => metrics.countShed('transfer'),
    waited: (durationMs) => metrics.countTransferWait(durationMs),
  });
  const rows = directory.accounts.limits;
  const limits = new LimitKeeper({
    rows,
    store,
    maintenance: store.maintenance,
    rates,
    transfers,
    defaults: settings.quotas,
    workerCount,
    onDamage: (error) => damage.note(error, { foundBy: 'background', operation: 'limits' }),
    ...(store.isShared && {
      changes: {
        generation: () => directory.accounts.generation(),
        onFailure: (error) => log.error({ err: error }, 'cannot tell whether limits have changed'),
      },
    }),
  });
  const readAhead = new ReadAhead(waitingLengthBytesMax);
  metrics.watchQuotas(() => limits.measure());
  metrics.watchLimits('running-requests', () => admission.runningCount);
  metrics.watchLimits('waiting-requests', () => admission.waitingCount);
  metrics.watchLimits('waiting-bytes', () => admission.waitingLengthBytes);
  metrics.watchLimits('read-ahead-bytes', () => readAhead.lengthBytes);
  metrics.watchLimits('connections-max', () => settings.limits.connectionCountMax ?? 0);
  return { admission, rates, transfers, limits, readAhead };
}

/** What works beside requests and behind them. */
function makeWorkers({ store, settings, log, clock, random, metrics, damage }: Basis, admission: Admission) {
  const accessLog = new AccessLog({ store, settings: settings.accessLog, log, clock });
  const lifecycle = new LifecycleWorker({
    exclusive: store.exclusive('lifecycle'),
    settings: settings.lifecycle,
    log,
    clock,
    onAction: ({ kind }) => metrics.countLifecycleAction(kind),
    onFailure: (error) => damage.note(error, { foundBy: 'background', operation: 'lifecycle' }),
  });
  const snapshots = new OpenSnapshots({
    maintenance: store.maintenance,
    clock,
    random,
    idleTimeoutMs: SNAPSHOT_IDLE_TIMEOUT_MS,
    onAbandoned: (snapshot) => log.warn({ snapshot }, 'a snapshot was closed: the backup that read it has gone'),
    onFailure: (error) => log.error({ err: error }, 'an unused snapshot could not be closed'),
  });
  metrics.watchSnapshots(() => snapshots.figures());
  const scrub = new ScrubWorker({
    maintenance: store.maintenance,
    exclusive: store.exclusive('scrub'),
    callerChecks: storedRowChecks,
    settings: settings.scrub,
    clock,
    log,
    damage,
    runningRequestCount: () => admission.runningCount,
  });
  metrics.watchScrub(() => scrub.status());
  return { accessLog, lifecycle, snapshots, scrub };
}

/** What answers below `/-/`: temporary keys, and the admin API. */
function ownEndpoints(
  { store, settings, random, directory, metrics, log }: Basis,
  parts: Pick<AdminServices, 'failures' | 'domains' | 'audit' | 'limits' | 'snapshots' | 'scrub'> & {
    readonly admission: Admission;
  },
) {
  const { admission, failures, domains, audit, limits, snapshots, scrub } = parts;
  const { clockSkewMsMax } = settings.limits;
  const nonces = store.isShared
    ? directory.accounts.storedNonces((error) => log.error({ err: error }, 'expired nonces could not be removed'))
    : new LocalNonces();
  return {
    // A signed call is accepted this long before and after its timestamp.
    sts: { ...directory, random, calls: new CallMemory(2 * clockSkewMsMax, { nonces }), clockSkewMsMax },
    admin: {
      accounts: directory.accounts,
      directory,
      failures,
      settings,
      domains,
      audit,
      limits,
      snapshots,
      scrub,
      status: () => statusOf(store, admission, metrics),
    },
  };
}

/** Which names lead to buckets, and which to the server itself. */
function makeNames({ store, settings, damage }: Basis): {
  readonly ownNames: OwnNames;
  readonly domains: CustomDomainIndex;
} {
  const hosts = [hostname(), ...publicKeyHosts(settings)];
  const ownNames = new OwnNames({ domains: settings.domains, hosts, configured: settings.cname });
  const domains = new CustomDomainIndex({
    store,
    configured: settings.cname,
    ownNames,
    onDamage: (error) => damage.note(error, { foundBy: 'background', operation: 'domains' }),
  });
  return { ownNames, domains };
}

function makeAuditTrail({ audit }: ServerDependencies, { metrics, log }: Basis): AuditTrail {
  return new AuditTrail(audit, {
    recorded: ({ phase }) => metrics.countAuditRecord(phase),
    failed: (error) => {
      metrics.countAuditRecord('failed');
      log.error({ err: error }, 'the audit log takes no records');
    },
    omitted: () => metrics.countAuditRecord('omitted'),
  });
}

async function statusOf(
  store: OpenedStore,
  { runningCount, waitingCount, waitingLengthBytes }: Admission,
  metrics: ServerMetrics,
): ReturnType<AdminServices['status']> {
  const atWorkers = await metrics.limitedAtWorkers();
  return {
    ...(await store.maintenance.measureDebt()),
    writers: store.maintenance.brakeStatistics(),
    requests: {
      runningCount: runningCount + (atWorkers['running-requests'] ?? 0),
      waitingCount: waitingCount + (atWorkers['waiting-requests'] ?? 0),
      waitingLengthBytes: waitingLengthBytes + (atWorkers['waiting-bytes'] ?? 0),
    },
  };
}

/** Applications that verify callbacks are told to ask there. */
function publicKeyHosts({ callback: { publicKeyUrl } }: ServerSettings): readonly string[] {
  return publicKeyUrl === undefined ? [] : [new URL(publicKeyUrl).hostname];
}
