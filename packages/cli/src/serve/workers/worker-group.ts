/**
 * The workers of a server: starts them, gives them connections by turns, starts another in place of one that ended, and
 * stops them. Leaves out what one is told (`worker-handle.ts`).
 */
import type { Socket } from 'node:net';
import type { CountedMetrics, DoorName, OpenLog } from '@annals/server';
import { type WaitingConnection, WorkerHandle, type WorkerServices } from './worker-handle.js';
import type { OwnerMessage, WorkerStart } from './worker-messages.js';

/** What a group is made of. */
export interface WorkerGroupOptions extends WorkerServices {
  readonly count: number;
  /** Asked at each start of a worker. */
  readonly startOf: (number: number) => WorkerStart;
  /** How long a worker may take to stop. */
  readonly stopMs: number;
  readonly log: OpenLog['log'];
}

/** A worker that ends again and again is started at longer and longer intervals. */
const RESTART_DELAY_MS_MIN = 50;
const RESTART_DELAY_MS_MAX = 10_000;
/** One that ran so long has done nothing wrong by its start. */
const STEADY_MS = 30_000;
/** Connections that wait while no worker is there; as many as the system lets wait for one process. */
const WAITING_COUNT_MAX = 4096;

/** The workers of one server. */
export class WorkerGroup {
  readonly #options: WorkerGroupOptions;
  readonly #workers: (WorkerHandle | undefined)[];
  readonly #timers = new Set<NodeJS.Timeout>();
  #waiting: WaitingConnection[] = [];
  #turn = 0;
  #isStopping = false;

  constructor(options: WorkerGroupOptions) {
    this.#options = options;
    this.#workers = new Array<WorkerHandle | undefined>(options.count).fill(undefined);
  }

  /** Starts all. @returns When all take connections. @throws {Error} One could not start, and why. */
  async start(): Promise<void> {
    const started = this.#workers.map((_, index) => this.#startOne(index, RESTART_DELAY_MS_MIN));
    await Promise.all(started.map((worker) => worker.ready()));
  }

  /** Process ids of those that run. */
  get processIds(): readonly number[] {
    return this.#workers.flatMap((worker) => worker?.processId ?? []);
  }

  /** Gives a connection to the next one; it waits while there is none. */
  give(door: DoorName, socket: Socket): void {
    const worker = this.#next();
    if (worker !== undefined) worker.give({ door, socket });
    else if (this.#waiting.length < WAITING_COUNT_MAX && !this.#isStopping) this.#waiting.push({ door, socket });
    else socket.destroy();
  }

  /** What all have counted. */
  async measure(): Promise<readonly CountedMetrics[]> {
    const all = await Promise.all(this.#workers.map((worker) => worker?.measure()));
    return all.filter((metrics) => metrics !== undefined);
  }

  /** Says something to all. */
  tell(message: OwnerMessage): void {
    for (const worker of this.#workers) worker?.tell(message);
  }

  /** Says something to all. @returns When all know it. */
  async tellAndWait(message: (id: number) => OwnerMessage): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker?.tellAndWait(message)));
  }

  /** Lets all finish what is under way; one that takes too long is ended. @returns When none is left. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
    const workers = this.#workers.filter((worker) => worker !== undefined);
    this.tell({ kind: 'stop' });
    const timer = setTimeout(() => {
      for (const worker of workers) worker.kill();
    }, this.#options.stopMs);
    await Promise.all(workers.map((worker) => worker.ended));
    clearTimeout(timer);
  }

  #startOne(index: number, restartDelayMs: number): WorkerHandle {
    const { log, startOf } = this.#options;
    const startedAtMs = performance.now();
    const worker = new WorkerHandle(startOf(index + 1), this.#options);
    this.#workers[index] = worker;
    worker.ready().then(
      () => this.#serveWaiting(),
      (error: unknown) => log.error({ err: error, worker: index + 1 }, 'a worker could not start'),
    );
    void worker.ended.then((how) => {
      this.#workers[index] = undefined;
      const left = worker.takeBack();
      if (this.#isStopping) {
        for (const { socket } of left) socket.destroy();
        return;
      }
      log.error({ worker: index + 1, processId: worker.processId, how }, 'a worker ended; another takes its place');
      const isSteady = performance.now() - startedAtMs >= STEADY_MS;
      const delayMs = isSteady ? RESTART_DELAY_MS_MIN : restartDelayMs;
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#startOne(index, Math.min(2 * delayMs, RESTART_DELAY_MS_MAX));
      }, delayMs);
      this.#timers.add(timer);
      for (const { door, socket } of left) this.give(door, socket);
    });
    return worker;
  }

  #serveWaiting(): void {
    for (const { door, socket } of this.#waiting.splice(0)) this.give(door, socket);
  }

  #next(): WorkerHandle | undefined {
    for (let count = 0; count < this.#workers.length; count += 1) {
      this.#turn = (this.#turn + 1) % this.#workers.length;
      const worker = this.#workers[this.#turn];
      if (worker?.isReady === true) return worker;
    }
    return undefined;
  }
}
