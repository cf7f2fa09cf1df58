/**
 * Serves through workers: accepts connections for them, answers what concerns all, and keeps the store, which they
 * read. How the parts play together: `docs/decisions/0010-workers.md`. Leaves out opening the store
 * (`../run-server.ts`).
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  type AnnalsServer,
  type AuditSink,
  type OpenDoors,
  type OpenLog,
  openDoors,
  type ServerMetrics,
} from '@annals/server';
import { type KeyValueStore, type OpenedStore, RowMirrors } from '@annals/store';
import type { ClosingStack } from '../closing-stack.js';
import type { OpenedRootKeys } from '../open-root-keys.js';
import { toTlsOptions } from '../server-settings.js';
import type { ServedConfiguration } from './default-worker-count.js';
import { WorkerGroup } from './worker-group.js';
import type { WorkerQuestion, WorkerStart } from './worker-messages.js';

/** What workers are started with. */
export interface WorkersParts {
  readonly configuration: ServedConfiguration;
  /** Resolved. */
  readonly folder: string;
  readonly store: OpenedStore;
  readonly keyValues: KeyValueStore;
  /** Answers what they forward. */
  readonly server: AnnalsServer;
  readonly audit: AuditSink;
  readonly metrics: ServerMetrics;
  readonly rootKeys: OpenedRootKeys;
  readonly masterKey: string | undefined;
  readonly mayNotSeal: boolean;
  readonly probeToken: string | undefined;
  readonly log: OpenLog['log'];
}

/** How often workers are told how much garbage waits, while that changes. */
const GARBAGE_INTERVAL_MS = 250;
/** What a worker may take to stop beyond the time for requests under way. */
const STOP_MARGIN_MS = 10_000;

/**
 * Starts them.
 * @returns Where clients reach them, once all take connections.
 * @throws {Error} An address cannot be used, or a worker cannot start; nothing is left of them when `opened` is closed.
 */
export async function startWorkers(parts: WorkersParts, opened: ClosingStack): Promise<OpenDoors> {
  const { configuration, folder, store, keyValues, server, audit, metrics, rootKeys, log } = parts;
  const notes = store.maintenance.serveWorkers((note) => mirrors.note(note));
  const mirrors: RowMirrors = new RowMirrors({
    keyValues,
    notes,
    directory: join(folder, 'metadata'),
    commit: (commit) => store.maintenance.commitForWorker(commit),
  });
  opened.push(() => mirrors.close());
  let keys: WorkerStart['rootKeys'] = { current: rootKeys.current };
  let url = '';
  const group = new WorkerGroup({
    count: configuration.workers,
    startOf: (number) => ({ ...startOf(parts, number), rootKeys: keys, url }),
    mirrors,
    answer: (question: WorkerQuestion) =>
      question.kind === 'audit' ? audit.append(question.event) : server.answerForwarded(question.request),
    hurry: () => store.maintenance.hurryMaintenance(),
    stopMs: configuration.timeouts.shutdown + STOP_MARGIN_MS,
    log,
  });
  const { host, port, probes } = configuration;
  const doors = await openDoors(
    {
      host,
      port,
      tlsPort: toTlsOptions(configuration)?.port,
      probes: probes.port === undefined ? undefined : { host: probes.host, port: probes.port },
    },
    (door, socket) => group.give(door, socket),
    (error) => log.warn({ err: error }, 'a connection could not be accepted'),
  );
  const timer = tellGarbage(store, group);
  opened.push(async () => {
    clearInterval(timer);
    group.tell({ kind: 'drain' });
    await setTimeout(configuration.timeouts.drain);
    const closing = doors.close();
    await group.stop();
    await closing;
  });
  url = doors.url;
  await rootKeys.ring.watch(async (changed) => {
    keys = changed;
    await group.tellAndWait((id) => ({ kind: 'root-keys', id, keys: changed }));
  });
  await group.start();
  metrics.watchWorkers(() => group.measure());
  log.info({ processIds: group.processIds }, 'workers');
  return doors;
}

function startOf(
  { configuration, folder, masterKey, mayNotSeal, probeToken }: WorkersParts,
  number: number,
): Omit<WorkerStart, 'rootKeys' | 'url'> {
  return { kind: 'start', number, configuration, folder, masterKey, mayNotSeal, probeToken };
}

function tellGarbage({ maintenance }: OpenedStore, group: WorkerGroup): NodeJS.Timeout {
  let told = '';
  const tell = (): void => {
    const { noteCount, lengthBytes } = maintenance.sweepableGarbage();
    // Also again and again while there is some: a worker may be new.
    const now = `${noteCount} ${lengthBytes}`;
    if (now === told && noteCount === 0) return;
    told = now;
    group.tell({ kind: 'garbage', noteCount, lengthBytes });
  };
  return setInterval(tell, GARBAGE_INTERVAL_MS).unref();
}
