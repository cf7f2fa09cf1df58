/**
 * What the server counts about itself, in the text format of Prometheus. Label combinations are resolved once and kept:
 * looking them up by name costs more than counting. Leaves out what one request did (`request-log.ts`).
 */
import type { CommitObserver, KeyValueStatistics } from '@annals/store';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { SnapshotFigures } from '../backup/open-snapshots.js';
import { addDebtMetrics, type WatchedStore } from './debt-metrics.js';
import { addQuotaMetrics, type MeasuredQuota } from './quota-metrics.js';
import { addScrubMetrics, type WatchedScrub } from './scrub-metrics.js';
import { addSnapshotMetrics } from './snapshot-metrics.js';

/** One answered request. */
export interface CountedRequest {
  /** Name of the operation, or `unknown` when it was refused before that was clear. */
  readonly operation: string;
  readonly status: number;
  readonly elapsedMs: number;
  readonly receivedLengthBytes: number;
  readonly sentLengthBytes: number;
}

/** The counters of one server, and their text for a scraper. */
export interface ServerMetrics {
  countRequest(request: CountedRequest): void;
  /** Something that the lifecycle rules of a bucket did. */
  countLifecycleAction(kind: string): void;
  /**
   * A client was given up because it did not keep pace: `slow-head`, `stalled-upload`, `slow-upload`, `stalled-reader`,
   * `slow-reader`.
   */
  countSlowClient(reason: string): void;
  /** Damage of stored bytes was met: see `damage-reports.ts`. */
  countDamage(kind: DamageKind, foundBy: DamageFinder): void;
  /** Reads what the scrub does at each scrape. */
  watchScrub(status: () => WatchedScrub): void;
  /** Shows the snapshots that backups read. */
  watchSnapshots(figures: () => SnapshotFigures): void;
  /** Domains recorded for buckets that requests do not find. */
  showIgnoredDomains(count: number): void;
  /** Something was refused because there was too much of it. */
  countShed(reason: string): void;
  /** Shows how much there is of something that has a limit, at each scrape. */
  watchLimits(resource: string, read: () => number): void;
  /** A transfer waited for the bytes a second that its bucket or user may move. */
  countTransferWait(durationMs: number): void;
  /** Shows what counts towards quotas, at each scrape. */
  watchQuotas(measure: () => Promise<readonly MeasuredQuota[]>): void;
  /** A record of the audit log was written, could not be, or was left out. */
  countAuditRecord(phase: 'intent' | 'outcome' | 'event' | 'failed' | 'omitted'): void;
  /** Shows how far the audit log is, at each scrape. */
  watchAudit(head: () => { readonly sequence: number; readonly hash: string }): void;
  /** To be handed to the key-value engine when it is opened. */
  readonly observeCommit: CommitObserver;
  /** A reader follows an object live; call the result when it stops. */
  openFollower(): () => void;
  /** Reads the engine's counters at each scrape. */
  watchStore(statistics: () => KeyValueStatistics): void;
  /** Shows what waits for the background work of the store, and what it holds up. */
  watchDebt(store: WatchedStore): void;
  readonly contentType: string;
  /** All of it as text; with what workers have counted, added up. */
  render(): Promise<string>;
  /** How much workers have of what has a limit, by resource as {@link watchLimits} has it; nothing without workers. */
  limitedAtWorkers(): Promise<Readonly<Record<string, number>>>;
  /** Asked at each look for what the workers of this server have counted. Default: there are none. */
  watchWorkers(read: () => Promise<readonly CountedMetrics[]>): void;
  /** All of it, to be added to that of other processes. */
  snapshot(): Promise<CountedMetrics>;
}

/** The metrics of one process. It may be copied between processes. */
export type CountedMetrics = readonly object[];

interface CountedValues {
  readonly name?: string;
  readonly values?: readonly { readonly labels: { readonly resource?: string }; readonly value: number }[];
}

function limitedIn(workers: readonly CountedMetrics[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { name, values = [] } of workers.flat() as readonly CountedValues[]) {
    if (name !== LIMITED_NAME) continue;
    for (const { labels, value } of values) {
      const { resource = '' } = labels;
      sums[resource] = (sums[resource] ?? 0) + value;
    }
  }
  return sums;
}

/** @returns The counters of a worker: what is one for all of them is shown by the process that answers for all. */
export function withoutSharedFigures(metrics: ServerMetrics): ServerMetrics {
  return {
    ...metrics,
    watchScrub: () => undefined,
    watchSnapshots: () => undefined,
    watchQuotas: () => undefined,
    showIgnoredDomains: () => undefined,
  };
}

/** Kinds of damage. */
export const DAMAGE_KINDS = ['corrupt', 'missing-blob', 'unreadable'] as const;
/** What is damaged, as a label of the metric. */
export type DamageKind = (typeof DAMAGE_KINDS)[number];

/** What meets damage: a request of a client, the work behind them, the scrub. */
export const DAMAGE_FINDERS = ['request', 'background', 'scrub'] as const;
/** What found the damage, as a label of the metric. */
export type DamageFinder = (typeof DAMAGE_FINDERS)[number];

const LIMITED_NAME = 'annals_limited';
const LATENCY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const BATCH_COMMIT_COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Makes the counters of one server; nothing is shared between two. */
export function createMetrics(): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addUptime(registry);
  let readWorkers: () => Promise<readonly CountedMetrics[]> = async () => [];
  return {
    ...requestMetrics(registry),
    ...commitMetrics(registry),
    ...damageMetrics(registry),
    ...limitMetrics(registry),
    ...auditMetrics(registry),
    watchScrub: (status) => addScrubMetrics(registry, status),
    watchSnapshots: (figures) => addSnapshotMetrics(registry, figures),
    watchQuotas: (measure) => addQuotaMetrics(registry, measure),
    watchDebt: (store) => addDebtMetrics(registry, store),
    contentType: registry.contentType,
    async render() {
      const others = await readWorkers();
      if (others.length === 0) return registry.metrics();
      return AggregatorRegistry.aggregate([await registry.getMetricsAsJSON(), ...others]).metrics();
    },
    limitedAtWorkers: async () => limitedIn(await readWorkers()),
    watchWorkers: (read) => {
      readWorkers = read;
    },
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

function addUptime(registry: Registry): void {
  const startedAtMs = performance.now();
  new Gauge({
    name: 'annals_uptime_seconds',
    help: 'Seconds since the server was built.',
    aggregator: 'max',
    registers: [registry],
    collect() {
      this.set((performance.now() - startedAtMs) / 1000);
    },
  });
}

function requestMetrics(registry: Registry): Pick<ServerMetrics, 'countRequest' | 'openFollower'> {
  const registers = [registry];
  const requests = new Counter({
    name: 'annals_requests_total',
    help: 'Requests answered, by operation and HTTP status.',
    labelNames: ['operation', 'status'],
    registers,
  });
  const latency = new Histogram({
    name: 'annals_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer, by operation.',
    labelNames: ['operation'],
    buckets: LATENCY_SECONDS,
    registers,
  });
  const received = new Counter({ name: 'annals_received_bytes_total', help: 'Bytes of request bodies.', registers });
  const sent = new Counter({ name: 'annals_sent_bytes_total', help: 'Bytes of answer bodies.', registers });
  const followers = new Gauge({ name: 'annals_followers', help: 'Readers following an object live.', registers });
  const requestCounters = new Map<string, Counter.Internal>();
  const latencies = new Map<string, Histogram.Internal<'operation'>>();
  return {
    countRequest({ operation, status, elapsedMs, receivedLengthBytes, sentLengthBytes }) {
      resolve(requestCounters, `${operation} ${status}`, () => requests.labels(operation, String(status))).inc();
      resolve(latencies, operation, () => latency.labels(operation)).observe(elapsedMs / 1000);
      if (receivedLengthBytes > 0) received.inc(receivedLengthBytes);
      if (sentLengthBytes > 0) sent.inc(sentLengthBytes);
    },
    openFollower() {
      followers.inc();
      let isOpen = true;
      return () => {
        if (isOpen) followers.dec();
        isOpen = false;
      };
    },
  };
}

function commitMetrics(registry: Registry): Pick<ServerMetrics, 'observeCommit' | 'watchStore'> {
  const registers = [registry];
  const batchCommits = new Histogram({
    name: 'annals_commit_batch_commits',
    help: 'Commits that shared one write and sync.',
    buckets: BATCH_COMMIT_COUNTS,
    registers,
  });
  const batchDuration = new Histogram({
    name: 'annals_commit_batch_duration_seconds',
    help: 'Time of one write and sync of the key-value engine.',
    buckets: LATENCY_SECONDS,
    registers,
  });
  let batchDurationMsMax = 0;
  new Gauge({
    name: 'annals_commit_batch_duration_max_seconds',
    help: 'Longest write and sync of the key-value engine since the last look.',
    aggregator: 'max',
    registers,
    collect() {
      this.set(batchDurationMsMax / 1000);
      batchDurationMsMax = 0;
    },
  });
  return {
    observeCommit({ commitCount, durationMs }) {
      batchCommits.observe(commitCount);
      batchDuration.observe(durationMs / 1000);
      batchDurationMsMax = Math.max(batchDurationMsMax, durationMs);
    },
    watchStore(statistics) {
      new Gauge({
        name: 'annals_store_size_bytes',
        help: 'Bytes the key-value engine occupies on disk.',
        registers,
        collect() {
          this.set(statistics().sizeBytes);
        },
      });
    },
  };
}

function damageMetrics(
  registry: Registry,
): Pick<ServerMetrics, 'countDamage' | 'countLifecycleAction' | 'showIgnoredDomains'> {
  const registers = [registry];
  const lifecycleActions = new Counter({
    name: 'annals_lifecycle_actions_total',
    help: 'Actions of lifecycle rules, by kind.',
    labelNames: ['kind'],
    registers,
  });
  const damage = new Counter({
    name: 'annals_damage_total',
    help: 'Times that damaged, missing or unreadable stored bytes were met, by kind and by what met them. Anything above 0 wants a look at the log.',
    labelNames: ['kind', 'found_by'],
    registers,
  });
  // There from the beginning, so that an alert on its rise has something to rise from.
  for (const kind of DAMAGE_KINDS) for (const foundBy of DAMAGE_FINDERS) damage.labels(kind, foundBy).inc(0);
  const ignoredDomains = new Gauge({
    name: 'annals_ignored_domains',
    help: 'Custom domains recorded for buckets that are ignored, as the server started: names of its own, or of another bucket.',
    registers,
  });
  return {
    countDamage(kind, foundBy) {
      damage.labels(kind, foundBy).inc();
    },
    countLifecycleAction(kind) {
      lifecycleActions.labels(kind).inc();
    },
    showIgnoredDomains(count) {
      ignoredDomains.set(count);
    },
  };
}

function limitMetrics(
  registry: Registry,
): Pick<ServerMetrics, 'countShed' | 'watchLimits' | 'countTransferWait' | 'countSlowClient'> {
  const registers = [registry];
  const shed = new Counter({
    name: 'annals_shed_total',
    help: 'Requests and connections refused, or idle connections closed, because there were too many, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const watched = new Map<string, () => number>();
  new Gauge({
    name: LIMITED_NAME,
    help: 'How much there is of what has a limit: connections, requests at the store, requests that wait for it, and their bounds.',
    labelNames: ['resource'],
    registers,
    collect() {
      for (const [resource, read] of watched) this.labels(resource).set(read());
    },
  });
  const transferWaits = new Counter({
    name: 'annals_transfer_wait_seconds_total',
    help: 'How long transfers waited, together, for the bytes a second that their buckets and users may move.',
    registers,
  });
  const slowClients = new Counter({
    name: 'annals_slow_clients_total',
    help: 'Clients given up because they did not keep pace, by reason.',
    labelNames: ['reason'],
    registers,
  });
  return {
    countShed(reason) {
      shed.labels(reason).inc();
    },
    watchLimits(resource, read) {
      watched.set(resource, read);
    },
    countTransferWait(durationMs) {
      transferWaits.inc(durationMs / 1000);
    },
    countSlowClient(reason) {
      slowClients.labels(reason).inc();
    },
  };
}

function auditMetrics(registry: Registry): Pick<ServerMetrics, 'countAuditRecord' | 'watchAudit'> {
  const registers = [registry];
  const auditRecords = new Counter({
    name: 'annals_audit_records_total',
    help: 'Records of the audit log, by phase; failed: could not be written; omitted: refused attempts that were too many.',
    labelNames: ['phase'],
    registers,
  });
  return {
    countAuditRecord(phase) {
      auditRecords.labels(phase).inc();
    },
    watchAudit(head) {
      new Gauge({
        name: 'annals_audit_sequence',
        help: 'Number of the last record of the audit log; its label is the hash to note elsewhere.',
        labelNames: ['hash'],
        registers,
        collect() {
          const { sequence, hash } = head();
          this.reset();
          this.labels(hash).set(sequence);
        },
      });
    },
  };
}

function resolve<Child>(children: Map<string, Child>, name: string, make: () => Child): Child {
  const known = children.get(name);
  if (known !== undefined) return known;
  const child = make();
  children.set(name, child);
  return child;
}
