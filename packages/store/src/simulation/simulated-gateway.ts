/**
 * One process of a simulation of several: each call of its engines happens at some later step, and none while the
 * process is stopped. Leaves out what it does with them (`simulate-gateways.ts`).
 */

import { putOwnBlob } from '../blob/put-own-blob.js';
import { interceptKeyValues } from '../conformance/object-store-interception.js';
import type { BlobId, BlobStore, BlobWriter } from '../contract/blob-store.js';
import type { KeyValueCommit, KeyValueStore } from '../contract/key-value-store.js';
import { isBlobKey } from '../object-store/records/key-space.js';
import type { Scheduler } from './scheduler.js';

/** Faults that can be planted. */
export type GatewayFault =
  | 'one gateway thinks it is alone'
  | 'gateways do not tell of their readers'
  | 'commits look for no tombstones';

/** One process. */
export class SimulatedGateway {
  isPaused = false;
  isDead = false;
  pauseCount = 0;
  takenForGoneCount = 0;
  #resume: (() => void) | undefined;
  #resumed: Promise<void> = Promise.resolve();
  readonly #scheduler: Scheduler;
  readonly name: string;

  constructor(name: string, scheduler: Scheduler) {
    this.name = name;
    this.#scheduler = scheduler;
  }

  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.pauseCount += 1;
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    if (this.isDead) return;
    this.isPaused = false;
    this.#resume?.();
  }

  /** Lets a call of this process happen at some later step; never while it is stopped. */
  async run<Result>(label: string, call: () => Promise<Result>): Promise<Result> {
    for (;;) {
      await this.#resumed;
      const outcome = await this.#scheduler.run(`${this.name} ${label}`, () =>
        this.isPaused ? undefined : { call: call() },
      );
      if (outcome !== undefined) return outcome.call;
    }
  }

  readonly timer = (callback: () => void, delayMs: number): (() => void) =>
    this.#scheduler.timer(() => void this.#resumed.then(callback), delayMs);

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.timer(resolve, delayMs);
    });
  }
}

/** The engine as a process sees it that has the fault. */
export function withFault(engine: KeyValueStore, plant: GatewayFault | undefined): KeyValueStore {
  const startsWith = (key: Uint8Array, prefix: string) => Buffer.from(key).toString('latin1').startsWith(prefix);
  return interceptKeyValues(engine, {
    commit(commit) {
      if (plant === 'commits look for no tombstones') {
        const checks = commit.checks?.filter(({ key }) => !startsWith(key, 'Wx') || !isPublishing(commit));
        return engine.commit({ ...commit, checks: checks ?? [] });
      }
      if (plant === 'gateways do not tell of their readers') {
        const nothing = { oldestEpoch: Number.MAX_SAFE_INTEGER, heldContentIds: [], heldBlobIds: [] };
        const value = Buffer.from(JSON.stringify({ beat: 1, ...nothing }));
        const puts = commit.puts?.map((put) => (startsWith(put.key, 'Wg') ? { key: put.key, value } : put));
        return engine.commit({ ...commit, puts: puts ?? [] });
      }
      return engine.commit(commit);
    },
  });
}

function isPublishing({ puts }: KeyValueCommit): boolean {
  return puts?.some(({ key }) => isBlobKey(key)) === true;
}

/** The engine as a process sees it. */
export function keyValuesOf(gateway: SimulatedGateway, engine: KeyValueStore): KeyValueStore {
  return {
    get: (key) => gateway.run('get', () => engine.get(key)),
    list: (range) => gateway.run('list', () => engine.list(range)),
    commit: (commit) => gateway.run('commit', () => engine.commit(commit)),
    snapshot: () => gateway.run('snapshot', () => engine.snapshot()),
    watch: (key, listener) => engine.watch(key, listener),
    statistics: () => engine.statistics(),
    close: async () => undefined,
  };
}

/** The engine as a process sees it. */
export function blobsOf(gateway: SimulatedGateway, engine: BlobStore): BlobStore {
  const stepwise = (writer: BlobWriter): BlobWriter => ({
    blobId: writer.blobId,
    write: (chunks) => gateway.run('write', () => writer.write(chunks)),
    seal: () => gateway.run('seal', () => writer.seal()),
    abort: () => gateway.run('abort', () => writer.abort()),
  });
  const create = async (blobId?: BlobId) => stepwise(await gateway.run('create', () => engine.create(blobId)));
  return {
    create,
    put: (lengthBytes, fill) => putOwnBlob({ create }, lengthBytes, fill),
    read: (blobId, range) => engine.read(blobId, range),
    length: (blobId) => gateway.run('length', () => engine.length(blobId)),
    delete: (blobId) => gateway.run('delete', () => engine.delete(blobId)),
    list: () => engine.list(),
    overwriteEnd: (blobId, end) => gateway.run('overwrite', () => engine.overwriteEnd(blobId, end)),
    close: async () => undefined,
  };
}
