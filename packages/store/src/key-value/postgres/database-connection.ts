/**
 * One connection to the database: statements one after the other, each with a bound on its time. Everything that the
 * server sends comes back as text, and is read here. Leaves out choosing the host (`connect.ts`) and keeping
 * connections (`connection-pool.ts`).
 */
import type { Client } from 'pg';
import { ConnectionLost, meaningOf } from './database-failure.js';

/** A parameter: text, or an array in binary form (`binary-array.ts`). */
export type StatementValue = string | number | Uint8Array;

/** A statement with a name is parsed once for each connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly StatementValue[];
}

/** Columns in the order of the statement; `null` is NULL. */
export type StatementRow = readonly (string | null)[];

/** The server cancelled a wait for the standby after it had committed: what it answers is not certain. */
const CANCELLED_WAIT = new Set(['57014', '57P01']);

/** Nothing is parsed by `pg`. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** With two methods that its types leave out. */
export type DatabaseClient = Client & { ref(): void; unref(): void };

/** A connection that was verified. */
export class DatabaseConnection {
  readonly #client: DatabaseClient;
  readonly #timeoutMs: number;
  readonly #clockOffsetMs: number;
  #lostBecause: Error | undefined;
  #isDoubtful = false;

  /**
   * @param timeoutMs How long a statement may take before the connection counts as lost.
   * @param clockOffsetMs What the clock of the database is ahead of the monotonic clock of this process.
   */
  constructor(client: DatabaseClient, timeoutMs: number, clockOffsetMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#clockOffsetMs = clockOffsetMs;
    client.on('error', (error) => this.#lose(error));
    client.on('end', () => this.#lose(new Error('the server closed it')));
    client.on('notice', ({ code }) => {
      if (code !== undefined && CANCELLED_WAIT.has(code)) this.#isDoubtful = true;
    });
  }

  /** It can take no further statement. */
  get isLost(): boolean {
    return this.#lostBecause !== undefined;
  }

  /** @returns The clock of the database, about, in ms since 1970. */
  nowMs(): number {
    return performance.now() + this.#clockOffsetMs;
  }

  /**
   * Whether the server said that it cancelled a wait for a standby, since this was last asked.
   * @returns The answer; it is forgotten.
   */
  takeDoubt(): boolean {
    const isDoubtful = this.#isDoubtful;
    this.#isDoubtful = false;
    return isDoubtful;
  }

  /**
   * Without values the text may hold several statements, and the rows are those of the last one.
   * @throws {ConnectionLost} The connection ended before the answer.
   * @throws {Error} With the SQLSTATE as `code`: the database refused, and nothing was done.
   */
  async run({ name, text, values }: Statement): Promise<readonly StatementRow[]> {
    if (this.#lostBecause !== undefined) throw new ConnectionLost(this.#lostBecause);
    const timer = setTimeout(() => this.#drop(new Error(`no answer in ${this.#timeoutMs} ms`)), this.#timeoutMs);
    try {
      const result = await this.#client.query<(string | null)[]>({
        ...(name !== undefined && { name }),
        text,
        ...(values.length > 0 && { values: [...values] }),
        rowMode: 'array',
        types: AS_TEXT,
      });
      const last = Array.isArray(result) ? result.at(-1) : result;
      return last.rows;
    } catch (error) {
      if (this.#lostBecause !== undefined || !isOfDatabase(error) || meaningOf(error) === 'lost') {
        this.#lose(error);
        throw new ConnectionLost(this.#lostBecause ?? error);
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** An idle connection does not keep the process alive. */
  setIdle(isIdle: boolean): void {
    if (this.isLost) return;
    if (isIdle) this.#client.unref();
    else this.#client.ref();
  }

  /** Ends it, in an orderly way when nothing is under way. Never throws. */
  async close(): Promise<void> {
    const isLost = this.isLost;
    this.#lostBecause ??= new Error('it was closed');
    if (isLost) return;
    // An idle one would let the process end before this does.
    this.#client.ref();
    await this.#client.end().catch(() => undefined);
  }

  /** Ends it at once: what it is doing is lost. */
  drop(): void {
    this.#drop(new Error('it was left'));
  }

  #drop(because: Error): void {
    this.#lose(because);
    // With a statement under way `pg` destroys the socket instead of waiting for its end.
    this.#client.end().catch(() => undefined);
  }

  #lose(error: unknown): void {
    this.#lostBecause ??= error instanceof Error ? error : new Error(String(error));
  }
}

/** What the server sent has a severity; errors of sockets have none. */
function isOfDatabase(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}
