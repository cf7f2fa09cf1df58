/**
 * A shell that runs a block of commands of a page, as a reader runs it in a terminal. Leaves out which blocks there are
 * (`page-blocks.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Where a block runs. */
export interface TerminalOptions {
  readonly folder: string;
  /** Beside the variables of the test's own process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A shell that runs one block, with what it has printed. */
export class Terminal {
  readonly #shell: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** Both streams, as the terminal shows them. */
  output = '';
  /** Standard output alone. */
  printed = '';
  /** The commands. */
  readonly block: string;

  /** Starts the block; it ends at the first command that fails. */
  constructor(block: string, { folder, environment = {} }: TerminalOptions) {
    this.block = block;
    // A process group of its own, so that Ctrl-C reaches what it runs.
    this.#shell = spawn('bash', ['-euc', block], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.printed += text;
    });
    this.#shell.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.#exited = once(this.#shell, 'close');
  }

  /** @returns The exit code, once the block has ended. */
  async finished(): Promise<number | null> {
    await this.#exited;
    return this.#shell.exitCode;
  }

  /** Ctrl-C, then waits. */
  async end(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#shell;
    if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, 'SIGINT');
    await this.#exited;
  }
}
