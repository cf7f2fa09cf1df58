/**
 * One worker as the process that keeps the store sees it: its process, its connection to the rows, and what was given
 * to it and not taken yet. Leaves out which worker gets what (`worker-group.ts`).
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CountedMetrics, DoorName } from '@annals/server';
import type { RowMirrors } from '@annals/store';
import type { OwnerAnswer, OwnerMessage, WorkerMessage, WorkerQuestion, WorkerStart } from './worker-messages.js';

/** A connection that no worker has taken. */
export interface WaitingConnection {
  readonly door: DoorName;
  readonly socket: Socket;
}

/** What a worker needs of the process that keeps the store. */
export interface WorkerServices {
  readonly mirrors: RowMirrors;
  answer(question: WorkerQuestion): Promise<OwnerAnswer>;
  /** A writer of the worker waits for the sweep. */
  hurry(): void;
}

/** One that says nothing for so long is not waited for any more. */
const ANSWER_MS_MAX = 5000;

/** Descriptor of the connection to the rows, in the worker. */
export const ROWS_DESCRIPTOR = 4;

/** A process, and what is under way with it. */
export class WorkerHandle {
  readonly #process: ChildProcess;
  readonly #services: WorkerServices;
  readonly #given = new Map<number, WaitingConnection>();
  readonly #told = new Map<number, (metrics: CountedMetrics | undefined) => void>();
  readonly #ready: Promise<void>;
  /** Resolves with how it ended, when nothing of it is left. */
  readonly ended: Promise<string>;
  #nextId = 0;
  #isReady = false;

  constructor(start: WorkerStart, services: WorkerServices) {
    this.#services = services;
    this.#process = fork(fileURLToPath(new URL('./worker-process.js', import.meta.url)), [], {
      serialization: 'advanced',
      // Standard output gets one line, which is the owner's.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
    });
    const rows = this.#process.stdio[ROWS_DESCRIPTOR] as Duplex;
    const detached = services.mirrors.attach(rows);
    const exited = new Promise<string>((resolve) => {
      this.#process.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      this.#process.once('error', (error) => resolve(error.message));
    });
    this.ended = exited.then(async (how) => {
      await detached;
      for (const resolve of this.#told.values()) resolve(undefined);
      this.#told.clear();
      return how;
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#process.on('message', (message: WorkerMessage) => {
        if (message.kind === 'ready') {
          this.#isReady = true;
          resolve();
        } else if (message.kind === 'failed') reject(new Error(message.message));
        else this.#receive(message);
      });
      void exited.then((how) => reject(new Error(`a worker ended before it was ready: ${how}`)));
    });
    this.#ready.catch(() => undefined);
    this.tell(start);
  }

  get processId(): number | undefined {
    return this.#process.pid;
  }

  /** Whether it can be given connections. */
  get isReady(): boolean {
    return this.#isReady && this.#process.connected;
  }

  /** @returns When it takes connections. @throws {Error} It ended before, and why. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Gives it a connection; until it has taken it, this process has it, too. */
  give(connection: WaitingConnection): void {
    const id = this.#newId();
    this.#given.set(id, connection);
    const { door, socket } = connection;
    const message: OwnerMessage = { kind: 'connection', id, door };
    // What was not sent is found among what was not taken.
    this.#process.send(message, socket, { keepOpen: true }, () => undefined);
  }

  /** @returns What it was given and has not taken; for another. */
  takeBack(): readonly WaitingConnection[] {
    const waiting = [...this.#given.values()];
    this.#given.clear();
    return waiting;
  }

  /** @returns What it has counted; `undefined` when it ended meanwhile, or does not answer. */
  measure(): Promise<CountedMetrics | undefined> {
    return this.#ask((id) => ({ kind: 'measure', id }));
  }

  /** @returns When it knows, has ended, or does not answer. */
  async tellAndWait(message: (id: number) => OwnerMessage): Promise<void> {
    await this.#ask(message);
  }

  /** Says something that needs no answer. A worker that is gone does not hear it. */
  tell(message: OwnerMessage): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Ends it at once. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #ask(message: (id: number) => OwnerMessage): Promise<CountedMetrics | undefined> {
    if (!this.#process.connected) return Promise.resolve(undefined);
    const id = this.#newId();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(id, undefined), ANSWER_MS_MAX);
      this.#told.set(id, (metrics) => {
        clearTimeout(timer);
        resolve(metrics);
      });
      this.tell(message(id));
    });
  }

  #receive(message: Exclude<WorkerMessage, { readonly kind: 'ready' | 'failed' }>): void {
    if (message.kind === 'taken') {
      // The worker has a descriptor of its own: closing this one does not end the connection.
      this.#given.get(message.id)?.socket.destroy();
      this.#given.delete(message.id);
    } else if (message.kind === 'told') {
      this.#settle(message.id, message.metrics);
    } else if (message.kind === 'held-up') this.#services.hurry();
    else void this.#answer(message.id, message.question);
  }

  #settle(id: number, metrics: CountedMetrics | undefined): void {
    const resolve = this.#told.get(id);
    this.#told.delete(id);
    resolve?.(metrics);
  }

  async #answer(id: number, question: WorkerQuestion): Promise<void> {
    try {
      this.tell({ kind: 'answer', id, answer: await this.#services.answer(question) });
    } catch (error) {
      this.tell({ kind: 'refusal', id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  #newId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }
}
