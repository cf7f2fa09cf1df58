/**
 * A running server: built from its dependencies, listening on one port, closed without breaking what is in flight.
 * Leaves out where the dependencies come from: opening stores and logs is the caller's.
 */
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { hostname } from 'node:os';
import type { OssError } from '@annals/protocol';
import { EngineFailure, type ObjectStore, openMemoryKeyValueStore, type RandomBytes } from '@annals/store';
import type { Logger } from 'pino';
import { AccessLog } from './access-log/access-log.js';
import { AccountDirectory } from './accounts/account-directory.js';
import { MasterKeyRing } from './accounts/master-key.js';
import { type AuditSink, AuditTrail } from './audit/audit-trail.js';
import type { AccessKeyDirectory } from './auth/access-key-directory.js';
import { FailedSignatureLimit } from './auth/failed-signature-limit.js';
import { storeFacts } from './auth/store-facts.js';
import { OpenSnapshots } from './backup/open-snapshots.js';
import { CallbackKey } from './callback/callback-key.js';
import { type AddressLookup, CallbackSender } from './callback/callback-sender.js';
import { IpRanges } from './client-address/ip-address.js';
import { CustomDomainIndex } from './custom-domains/custom-domain-index.js';
import { lookUpTextRecords as systemTextRecords, type TextRecordLookup } from './custom-domains/domain-proof.js';
import { OwnNames } from './custom-domains/own-names.js';
import { reportIgnoredDomains } from './custom-domains/report-ignored-domains.js';
import type { ExchangeServices } from './http/exchange.js';
import { buildHttpServer, type OpenHttpServer } from './http/http-server.js';
import { probeEndpoints } from './http/probe-endpoints.js';
import { ProxyGate } from './http/proxy-gate.js';
import { Readiness } from './http/readiness.js';
import { makeRequestIds } from './http/request-ids.js';
import { RequestTurns } from './http/request-turns.js';
import { TlsListener, type TlsListenOptions } from './http/tls-listener.js';
import { LifecycleWorker } from './lifecycle/lifecycle-worker.js';
import { reportHeldRules } from './lifecycle/understood-rules.js';
import { Admission } from './limits/admission.js';
import { LimitKeeper } from './limits/limit-keeper.js';
import { ReadAhead } from './limits/read-ahead.js';
import { RequestRates } from './limits/request-rates.js';
import { TransferRates } from './limits/transfer-rates.js';
import { DamageReports } from './observe/damage-reports.js';
import { createMetrics, type ServerMetrics } from './observe/metrics.js';
import type { OperationRows } from './operation-row/operation-row.js';
import { ScrubWorker } from './scrub/scrub-worker.js';
import type { ServerSettings } from './settings.js';
import { CallMemory } from './sts/call-memory.js';

/** After so long without a word its client is taken for dead; clients renew far more often. */
const SNAPSHOT_IDLE_TIMEOUT_MS = 300_000;

/** What a server is built from. */
export interface ServerDependencies {
  /** Stays open when the server closes. */
  readonly store: ObjectStore;
  readonly settings: ServerSettings;
  readonly log: Logger;
  /** Rows of the operations served. */
  readonly operations: Partial<OperationRows>;
  /** Default: counters of its own. Pass them to count commits of the store as well. */
  readonly metrics?: ServerMetrics;
  /** Default: reports of its own. Pass them to count what the work behind requests meets as well. */
  readonly damage?: DamageReports;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly clock?: () => number;
  /** Default: the system's source of random bytes. */
  readonly random?: RandomBytes;
  /** Who there is, and what their secrets are sealed with. Default: nobody but the root, and what is made is forgotten at the end of the process. */
  readonly accounts?: ServerAccounts;
  /** Signs callbacks. Default: a key made when the first is needed, forgotten at the end of the process. */
  readonly callbackKey?: CallbackKey;
  /** Takes records of administrative changes. Default: none is kept. */
  readonly audit?: AuditSink;
  /** Looks up the hosts of callbacks. Default: the system. */
  readonly addressLookup?: AddressLookup;
  /** Looks up the proof that a domain is whose who binds it. Default: the system's resolver. */
  readonly textRecordLookup?: TextRecordLookup;
}

/** The accounts of a server. */
export interface ServerAccounts {
  readonly directory: AccountDirectory;
  readonly keys: MasterKeyRing;
}

/** Owner of everything on a server that was given no accounts. */
export const DEFAULT_ACCOUNT_ID = '1000000000000000';

/** Where to listen. */
export interface ListenOptions {
  /** Address or name. `127.0.0.1` and `localhost` listen on `::1` too where there is one, because clients resolve localhost to either. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** HTTPS beside HTTP, on the same host. */
  readonly tls?: { readonly port: number; readonly certificate: string; readonly key: string } | undefined;
}

/** As node:http listens. */
const DOOR_OPTIONS = { allowHalfOpen: true, noDelay: true, keepAlive: true };

/** Builds a server; it does not listen yet. */
export function createServer(dependencies: ServerDependencies): AnnalsServer {
  return new AnnalsServer(dependencies);
}

/** One server over one open store: listens once, closes once, and leaves the store open for its caller to close. */
export class AnnalsServer {
  readonly #settings: ServerSettings;
  readonly #log: Logger;
  readonly #http: OpenHttpServer;
  readonly #gate: ProxyGate;
  /** What listens in place of the HTTP server, where proxies speak first; and what listens for probes. */
  #front: NetServer | undefined;
  #probes: NetServer | undefined;
  readonly #accessLog: AccessLog;
  readonly #lifecycle: LifecycleWorker;
  readonly #limits: LimitKeeper;
  readonly #scrub: ScrubWorker;
  readonly #ownNames: OwnNames;
  readonly #reportDomains: () => Promise<void>;
  readonly #reportRules: () => Promise<void>;
  #alsoOnIpv6: NetServer | undefined;
  #tls: TlsListener | undefined;
  #url: string | undefined;
  #closing: Promise<void> | undefined;
  #poisonedBy: Error | undefined;
  readonly #snapshots: OpenSnapshots;

  constructor(dependencies: ServerDependencies) {
    const { store, settings, log, operations } = dependencies;
    const clock = dependencies.clock ?? Date.now;
    const metrics = dependencies.metrics ?? createMetrics();
    const damage = dependencies.damage ?? new DamageReports(log, metrics);
    this.#settings = settings;
    this.#log = log;
    const readiness = new Readiness({ store, clock, log });
    const isReady = async (): Promise<void> => {
      if (this.#closing !== undefined) throw new Error('the server is shutting down');
      if (this.#poisonedBy !== undefined) throw this.#poisonedBy;
      await readiness.check();
    };
    const random = dependencies.random ?? randomBytes;
    const { directory: accounts, keys } = dependencies.accounts ?? rootOnly(settings, random);
    const directory: AccessKeyDirectory = { accounts, keys };
    const { clockSkewMsMax, failedSignatureCountMax } = settings.limits;
    const failures = new FailedSignatureLimit(failedSignatureCountMax, clock);
    // A signed call is accepted this long before and after its timestamp.
    const calls = new CallMemory(2 * clockSkewMsMax);
    const callbacks = new CallbackSender(
      settings.callback,
      keyReader(dependencies),
      () => this.url,
      dependencies.addressLookup,
    );
    this.#accessLog = new AccessLog({ store, settings: settings.accessLog, log, clock });
    this.#lifecycle = new LifecycleWorker({
      store,
      settings: settings.lifecycle,
      log,
      clock,
      onAction: ({ kind }) => metrics.countLifecycleAction(kind),
      onFailure: (error) => damage.note(error, { foundBy: 'background', operation: 'lifecycle' }),
    });
    this.#snapshots = new OpenSnapshots({
      store,
      clock,
      random,
      idleTimeoutMs: SNAPSHOT_IDLE_TIMEOUT_MS,
      onAbandoned: (snapshot) => log.warn({ snapshot }, 'a snapshot was closed: the backup that read it has gone'),
      onFailure: (error) => log.error({ err: error }, 'a snapshot that nobody uses could not be closed'),
    });
    metrics.watchSnapshots(() => this.#snapshots.figures());
    const hosts = [hostname(), ...publicKeyHosts(settings)];
    this.#ownNames = new OwnNames({ domains: settings.domains, hosts, configured: settings.cname });
    const domains = new CustomDomainIndex({ store, configured: settings.cname, ownNames: this.#ownNames });
    const lookUpTextRecords = dependencies.textRecordLookup ?? systemTextRecords;
    this.#reportDomains = () => reportIgnoredDomains(domains, metrics, log);
    this.#reportRules = () => reportHeldRules(store, log);
    const audit = new AuditTrail(dependencies.audit, {
      recorded: ({ phase }) => metrics.countAuditRecord(phase),
      failed: (error) => {
        metrics.countAuditRecord('failed');
        log.error({ err: error }, 'the audit log takes no records');
      },
      omitted: () => metrics.countAuditRecord('omitted'),
    });
    const { runningRequestCountMax, waitingRequestCountMax, waitingLengthBytesMax } = settings.limits;
    const admission = new Admission(
      {
        runningCountMax: runningRequestCountMax,
        waitingCountMax: waitingRequestCountMax,
        waitingLengthBytesMax,
      },
      () => metrics.countShed('queue'),
    );
    const rates = new RequestRates(clock, () => metrics.countShed('rate'));
    const transfers = new TransferRates({
      refused: () => metrics.countShed('transfer'),
      waited: (durationMs) => metrics.countTransferWait(durationMs),
    });
    const limits = new LimitKeeper({ rows: accounts.limits, store, rates, transfers, defaults: settings.quotas });
    metrics.watchQuotas(() => limits.measure());
    this.#limits = limits;
    metrics.watchLimits('running-requests', () => admission.runningCount);
    metrics.watchLimits('waiting-requests', () => admission.waitingCount);
    metrics.watchLimits('waiting-bytes', () => admission.waitingLengthBytes);
    const readAhead = new ReadAhead(waitingLengthBytesMax);
    metrics.watchLimits('read-ahead-bytes', () => readAhead.lengthBytes);
    metrics.watchLimits('connections-max', () => settings.limits.connectionCountMax ?? 0);
    const trusted = new IpRanges(settings.proxies.trusted);
    this.#gate = new ProxyGate({
      trusted,
      headerTimeoutMs: settings.timeouts.headersMs,
      enterEarly: (socket) => this.#http.enterEarly(socket),
      log,
    });
    this.#scrub = new ScrubWorker({
      store,
      settings: settings.scrub,
      clock,
      log,
      damage,
      runningRequestCount: () => admission.runningCount,
    });
    metrics.watchScrub(() => this.#scrub.status());
    const services: ExchangeServices = {
      pipeline: {
        operations,
        directory,
        facts: storeFacts(store, settings.region),
        failures,
        context: { store, settings, clock, callbacks, domains, ownNames: this.#ownNames, lookUpTextRecords },
        domains,
        audit,
        admission,
        rates,
        transfers,
      },
      endpoints: {
        sts: { accounts, keys, random, calls, clockSkewMsMax },
        admin: {
          accounts,
          directory,
          failures,
          settings,
          domains,
          audit,
          limits,
          snapshots: this.#snapshots,
          scrub: this.#scrub,
          status: async () => ({
            ...(await store.measureDebt()),
            writers: store.brakeStatistics(),
            requests: {
              runningCount: admission.runningCount,
              waitingCount: admission.waitingCount,
              waitingLengthBytes: admission.waitingLengthBytes,
            },
          }),
        },
      },
      probes: probeEndpoints(metrics, isReady, () => callbacks.publicKeyPem()),
      settings,
      proxies: { addresses: trusted, header: settings.proxies.header },
      gate: this.#gate,
      clock,
      requestIds: makeRequestIds(random),
      readAhead,
      turns: new RequestTurns(),
      log,
      metrics,
      accessLog: this.#accessLog,
      damage,
      onError: (error) => this.#noteFailure(error),
    };
    this.#http = buildHttpServer(services);
  }

  /** Where clients reach the server, without a slash at the end. @throws {Error} Before it listens. */
  get url(): string {
    if (this.#url === undefined) throw new Error('Cannot tell the URL of a server that is not listening');
    return this.#url;
  }

  /**
   * Starts to accept connections.
   * @returns When it does.
   * @throws {Error} The address is in use or not this machine's.
   */
  async listen({ host, port, tls }: ListenOptions): Promise<void> {
    const { server } = this.#http;
    this.#ownNames.addHost(host);
    const isLoopback = host === '127.0.0.1' || host === 'localhost';
    const address = isLoopback ? '127.0.0.1' : host;
    // Before the first request: nobody fills a bucket meanwhile.
    await this.#limits.load();
    const door = this.#settings.proxies.protocol.http ? this.#openFront() : server;
    await this.#listening(door, address, port);
    const bound = door.address() as AddressInfo;
    this.#url = `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
    if (isLoopback) this.#alsoOnIpv6 = await this.#listenOnIpv6(bound.port);
    if (tls !== undefined) await this.listenSecurely({ ...tls, host: address });
    await this.#listenForProbes();
    this.#accessLog.start();
    this.#lifecycle.start();
    this.#scrub.open();
    void this.#reportDomains();
    void this.#reportRules();
  }

  /** Where clients reach the server encrypted; `undefined` when they do not. */
  get secureUrl(): string | undefined {
    return this.#tls?.url;
  }

  /**
   * Starts to accept HTTPS connections beside the others; at most once.
   * @returns When it does.
   * @throws {Error} A file cannot be read, the two do not belong together, or the address cannot be used.
   */
  async listenSecurely(options: TlsListenOptions): Promise<void> {
    const { timeouts } = this.#settings;
    this.#tls = await TlsListener.open(options, {
      log: this.#log,
      accept: (socket) => void this.#http.server.emit('connection', socket),
      handshakeTimeoutMs: timeouts.headersMs,
      reloadIntervalMs: timeouts.certificateReloadMs,
      enterEarly: (socket) => this.#http.enterEarly(socket),
      noteAcceptFailure: (error) => this.#http.noteAcceptFailure(error),
      pass: this.#settings.proxies.protocol.tls ? (socket, accept) => this.#gate.pass(socket, accept) : undefined,
    });
  }

  /**
   * Stops: accepts nothing new, lets requests under way finish for up to `timeouts.shutdownMs`, then cuts off the rest. Idempotent.
   * @returns When no connection is left.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { server, connections } = this.#http;
    const cutOff = setTimeout(() => {
      this.#log.warn({ connectionCount: connections.size }, 'requests cut off at shutdown');
      for (const connection of connections) connection.socket.destroy();
    }, this.#settings.timeouts.shutdownMs);
    const closed = [ended(server)];
    if (this.#alsoOnIpv6 !== undefined) closed.push(ended(this.#alsoOnIpv6));
    for (const door of [this.#front, this.#probes]) if (door !== undefined) closed.push(ended(door));
    this.#gate.close();
    if (this.#tls !== undefined) closed.push(this.#tls.close());
    for (const connection of connections) {
      if (connection.isBusy) connection.closeAfterAnswer();
      // A head that is not complete yet asks for nothing.
      else if (!connection.isClosing) connection.socket.destroy();
    }
    const stopped = Promise.all([this.#lifecycle.stop(), this.#scrub.close()]);
    await Promise.all(closed);
    this.#http.close();
    clearTimeout(cutOff);
    await this.#snapshots.closeAll();
    // After the last request: its line is among them.
    await Promise.all([stopped, this.#accessLog.close()]);
  }

  /** Where clients find health and metrics; `undefined` when with everything else. */
  get probesUrl(): string | undefined {
    const bound = this.#probes?.address() as AddressInfo | null | undefined;
    return bound == null
      ? undefined
      : `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
  }

  #openFront(): NetServer {
    const { server } = this.#http;
    this.#front = createNetServer(DOOR_OPTIONS, (socket) => {
      this.#gate.pass(socket, (passed) => void server.emit('connection', passed));
    });
    // What begins with listening: node:http looks for heads that are too slow.
    server.emit('listening');
    return this.#front;
  }

  async #listenForProbes(): Promise<void> {
    const { listen } = this.#settings.probes;
    if (listen === undefined) return;
    this.#probes = createNetServer(DOOR_OPTIONS, (socket) => {
      this.#gate.markProbing(socket);
      this.#http.server.emit('connection', socket);
    });
    await this.#listening(this.#probes, listen.host, listen.port);
  }

  async #listenOnIpv6(port: number): Promise<NetServer | undefined> {
    const { server } = this.#http;
    const second = createNetServer(DOOR_OPTIONS, (socket: Socket) => {
      if (this.#settings.proxies.protocol.http)
        this.#gate.pass(socket, (passed) => void server.emit('connection', passed));
      else server.emit('connection', socket);
    });
    try {
      await this.#listening(second, '::1', port);
      return second;
    } catch (error) {
      this.#log.debug({ err: error }, 'not listening on ::1');
      return undefined;
    }
  }

  #listening(server: NetServer, host: string, port: number): Promise<void> {
    return listening(server, host, port, (error) => this.#http.noteAcceptFailure(error));
  }

  /** After a failed sync the store takes no writes until it is opened anew, so the server is not ready any more. */
  #noteFailure({ cause }: OssError): void {
    if (!(cause instanceof EngineFailure) || cause.reason.kind !== 'unavailable') return;
    if (cause.reason.because === 'poisoned') this.#poisonedBy ??= new Error('the store failed and takes no writes');
  }
}

function rootOnly({ root }: ServerSettings, random: RandomBytes): ServerAccounts {
  const keys = new MasterKeyRing([random(32)], random);
  const keyValues = openMemoryKeyValueStore();
  return { directory: new AccountDirectory({ keyValues, keys, root, accountId: DEFAULT_ACCOUNT_ID }), keys };
}

/** Applications that verify callbacks are told to ask there. */
function publicKeyHosts({ callback: { publicKeyUrl } }: ServerSettings): readonly string[] {
  return publicKeyUrl === undefined ? [] : [new URL(publicKeyUrl).hostname];
}

function keyReader({ callbackKey }: ServerDependencies): () => Promise<CallbackKey> {
  let key: Promise<CallbackKey> | undefined;
  return () => {
    key ??= callbackKey === undefined ? CallbackKey.generate() : Promise.resolve(callbackKey);
    return key;
  };
}

/** Connections that may wait to be accepted; the system has a bound of its own (`somaxconn`). With fewer, thousands that come at once are reset. */
const BACKLOG_COUNT = 4096;

/** @param onAcceptFailure Told of connections that cannot be accepted: nobody listening, the process would end. */
function listening(
  server: NetServer,
  host: string,
  port: number,
  onAcceptFailure: (error: Error) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true, backlog: BACKLOG_COUNT }, () => {
      server.off('error', reject);
      server.on('error', onAcceptFailure);
      resolve();
    });
  });
}

function ended(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    // A server that never listened reports an error here, and is closed all the same.
    server.close(() => resolve());
  });
}
