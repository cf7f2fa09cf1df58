/**
 * Connections that are kept for one kind of work, and what is known about whether the database can be reached. While it
 * cannot, one loop tries again, and all who need a connection wait for it, for a bounded time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { DatabaseConnection } from './database-connection.js';

const RETRY_DELAY_MS = 250;

/** Opens connections; shared by all pools of an engine. */
export class DatabaseAccess {
  readonly #connectOnce: () => Promise<DatabaseConnection>;
  readonly #patienceMs: number;
  readonly #ended = new AbortController();
  /** Set while the database is away. */
  #away: { readonly sinceMs: number; failure: unknown; readonly back: Promise<void> } | undefined;
  /** Opened by the loop that found the database again, for the first who asks. */
  #spare: DatabaseConnection | undefined;

  /** @param patienceMs How long calls wait for a database that is away, from the moment on when it was first missed. */
  constructor(connectOnce: () => Promise<DatabaseConnection>, patienceMs: number) {
    this.#connectOnce = connectOnce;
    this.#patienceMs = patienceMs;
  }

  /** @throws {CannotConnect} The database has been away for longer than a call should wait. */
  async connect(): Promise<DatabaseConnection> {
    for (;;) {
      if (this.#ended.signal.aborted) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
      const away = this.#away;
      if (away !== undefined) {
        const restMs = away.sinceMs + this.#patienceMs - performance.now();
        if (restMs > 0) await Promise.race([away.back, delay(restMs, undefined, { ref: false })]);
        if (this.#away !== undefined && performance.now() - this.#away.sinceMs >= this.#patienceMs) throw away.failure;
        continue;
      }
      const spare = this.#spare;
      this.#spare = undefined;
      if (spare !== undefined && !spare.isLost) return spare;
      try {
        return await this.#connectOnce();
      } catch (error) {
        this.#miss(error);
      }
    }
  }

  /** Ends the loop; a connection that was not taken is closed. */
  async close(): Promise<void> {
    this.#ended.abort();
    await this.#spare?.close();
  }

  #miss(failure: unknown): void {
    if (this.#away !== undefined) return;
    this.#away = { sinceMs: performance.now(), failure, back: this.#findAgain() };
  }

  async #findAgain(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      await delay(RETRY_DELAY_MS, undefined, { signal: this.#ended.signal }).catch(() => undefined);
      if (this.#ended.signal.aborted) break;
      try {
        this.#spare = await this.#connectOnce();
        if (this.#ended.signal.aborted) await this.#spare.close();
        break;
      } catch (error) {
        if (this.#away !== undefined) this.#away.failure = error;
      }
    }
    this.#away = undefined;
  }
}

interface Waiter {
  readonly resolve: (connection: DatabaseConnection) => void;
  readonly reject: (error: unknown) => void;
}

/** Up to a number of connections, opened when they are needed. */
export class ConnectionPool {
  readonly #access: DatabaseAccess;
  readonly #countMax: number;
  readonly #idle: DatabaseConnection[] = [];
  readonly #waiters: Waiter[] = [];
  /** Open or being opened. */
  #count = 0;
  #openingCount = 0;
  #isClosed = false;

  constructor(access: DatabaseAccess, countMax: number) {
    this.#access = access;
    this.#countMax = countMax;
  }

  /**
   * Lends a connection for as long as the work takes.
   * @throws {CannotConnect} As `DatabaseAccess`. What the work throws.
   */
  async use<Result>(work: (connection: DatabaseConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.acquire();
    try {
      return await work(connection);
    } finally {
      this.release(connection);
    }
  }

  /**
   * @param waitMsMax How long to wait for others to give one back; without it, until they do.
   * @returns A connection for the caller alone, until `release`.
   * @throws {EngineFailure} `unavailable`, `too-many-connections`: none was given back in time.
   */
  acquire(waitMsMax?: number): Promise<DatabaseConnection> {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) break;
      if (connection.isLost) {
        this.#count -= 1;
        continue;
      }
      connection.setIdle(false);
      return Promise.resolve(connection);
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      this.#waiters.push(waiter);
      this.#grow();
      if (waitMsMax === undefined) return;
      setTimeout(() => {
        const index = this.#waiters.indexOf(waiter);
        if (index < 0) return;
        this.#waiters.splice(index, 1);
        reject(new EngineFailure({ kind: 'unavailable', because: 'too-many-connections' }));
      }, waitMsMax).unref();
    });
  }

  /** Takes a connection back; one that is lost is forgotten. */
  release(connection: DatabaseConnection): void {
    if (connection.isLost || this.#isClosed) {
      this.#count -= 1;
      if (!connection.isLost) void connection.close();
      this.#grow();
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve(connection);
      return;
    }
    connection.setIdle(true);
    this.#idle.push(connection);
  }

  /** Closes what is idle, and later what is lent. No caller may wait for one any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()));
  }

  #grow(): void {
    while (this.#openingCount < this.#waiters.length && this.#count < this.#countMax) {
      this.#count += 1;
      this.#openingCount += 1;
      this.#access.connect().then(
        (connection) => {
          this.#openingCount -= 1;
          this.release(connection);
        },
        (error: unknown) => {
          this.#openingCount -= 1;
          this.#count -= 1;
          // Others are lent, and come back.
          if (this.#count > this.#openingCount) return;
          for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
        },
      );
    }
  }
}
