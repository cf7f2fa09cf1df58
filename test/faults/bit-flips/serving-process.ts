/**
 * The process that serves damaged folders, seen from its parent: nothing in it may take for ever, and it may never end.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Keys } from '../../access-control/account.js';

const PROGRAM = fileURLToPath(new URL('serve-copies.js', import.meta.url));

/** Far above what anything here takes, so that only what hangs is hit. */
const ANSWER_MS_MAX = 60_000;

/** A signal ended the process, such as SIGSEGV. */
export class ServingProcessKilled extends Error {}

/** One process for many folders, one after the other. */
export class ServingProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor() {
    this.#child = fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#ended = once(this.#child, 'exit').then(([code, signal]) => {
      const message = `The process that serves ended with ${String(code ?? signal)}`;
      throw signal === null ? new Error(message) : new ServingProcessKilled(message);
    });
    this.#ended.catch(() => undefined);
  }

  /**
   * @returns The port; `undefined`: it refuses the folder, and says why. @throws The process ended, or hangs, or says
   * nothing.
   */
  async open(folder: string, root: Keys): Promise<number | undefined> {
    const answer = await this.#ask({ folder, root });
    if (answer.port !== undefined) return answer.port;
    if (answer.refused === undefined) throw new Error('The folder was refused without a reason');
    return undefined;
  }

  /** Lets go of the folder. */
  async close(): Promise<void> {
    await this.#ask('close');
  }

  /** @returns What `use` returns. @throws The process ended meanwhile, or it hangs. */
  async bounded<Result>(use: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Nothing came within ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX);
    });
    try {
      return await Promise.race([use, this.#ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended.catch(() => undefined);
  }

  async #ask(request: object | 'close'): Promise<{ readonly port?: number; readonly refused?: string }> {
    const answered = once(this.#child, 'message');
    this.#child.send(request);
    const [answer] = await this.bounded(answered);
    return answer as { readonly port?: number; readonly refused?: string };
  }
}
