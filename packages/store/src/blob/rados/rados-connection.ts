/**
 * The connection that operations share: made when the first one needs it, and again after one that cannot be used any
 * more. Attempts do not follow each other faster than once a second. A cluster that is away for a while needs none of
 * this: the library waits for it, and each operation fails by its own time-out.
 */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { Librados, Pointer } from './librados.js';
import { errorName, RadosFailure } from './rados-failure.js';
import type { RadosPlace } from './rados-place.js';
import { type BlockingStart, nameOf, RadosSession, type RunBlocking } from './rados-session.js';

const ATTEMPT_INTERVAL_MS = 1_000;

/** Operations on one pool. */
export class RadosConnection {
  readonly library: Librados;
  readonly place: RadosPlace;
  #session: Promise<RadosSession> | undefined;
  readonly #ending = new Set<Promise<void>>();
  #failure: { readonly error: unknown; readonly atMs: number } | undefined;
  #blocking: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(library: Librados, place: RadosPlace) {
    this.library = library;
    this.place = place;
  }

  /** For people: where the pool is. */
  get name(): string {
    return nameOf(this.place);
  }

  /**
   * Runs one operation.
   * @param submit Hands it to the library.
   * @returns At least 0; or the code of an error that is `accepted`.
   * @throws {RadosFailure} @throws {EngineFailure} `unavailable`: closed.
   */
  async operate(
    action: string,
    submit: (context: Pointer, completion: Pointer) => number,
    accepted: readonly string[] = [],
  ): Promise<number | string> {
    const session = await this.session();
    this.assertUsable(session);
    const result = await session.completions.run((completion) => submit(session.context, completion));
    if (result >= 0) return result;
    const code = errorName(result);
    if (accepted.includes(code)) {
      if (code === 'ENOENT') await this.guard(session, () => session.requirePool());
      return code;
    }
    return this.guard(session, () => {
      throw new RadosFailure(`${action} in ${this.name}`, code);
    });
  }

  /**
   * The connection, made when there is none.
   * @throws {RadosFailure} Of the stage `connect`. @throws {EngineFailure} `unavailable`: closed.
   */
  async session(): Promise<RadosSession> {
    this.assertOpen();
    if (this.#session === undefined) {
      const failure = this.#failure;
      if (failure !== undefined && performance.now() - failure.atMs < ATTEMPT_INTERVAL_MS) throw failure.error;
      this.#session = this.#open();
    }
    const session = await this.#session;
    this.assertUsable(session);
    return session;
  }

  /** Calls a function of the library that may wait for the cluster, after those before it. */
  readonly runBlocking: RunBlocking = <Result>(start: BlockingStart<Result>): Promise<Result> => {
    const call = this.#blocking.then(
      () =>
        new Promise<Result>((resolve, reject) => {
          start((error, result) => (error instanceof Error ? reject(error) : resolve(result)));
        }),
    );
    this.#blocking = call.catch(() => undefined);
    return call;
  };

  /** Resolves when everything under way has ended, and the connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    if (session !== undefined) this.#end(session);
    await Promise.all(this.#ending);
  }

  /** @throws {EngineFailure} `unavailable`: closed. */
  assertOpen(): void {
    if (this.#isClosed) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
  }

  /**
   * Called in the same turn in which something begins: a connection that has begun to end may be gone in the next one.
   * @throws {RadosFailure} @throws {EngineFailure} `unavailable`: closed.
   */
  assertUsable(session: RadosSession): void {
    this.assertOpen();
    if (session.isEnding) throw new RadosFailure(`use ${this.name}`, 'ENOTCONN');
  }

  async #open(): Promise<RadosSession> {
    try {
      const session = await RadosSession.open(this.library, this.place, this.runBlocking);
      this.#failure = undefined;
      return session;
    } catch (error) {
      this.#failure = { error, atMs: performance.now() };
      this.#session = undefined;
      throw error;
    }
  }

  /**
   * Gives the connection up when a failure says that it is of no use any more.
   * @throws What the work throws.
   */
  async guard<Result>(session: RadosSession, work: () => Promise<Result> | Result): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RadosFailure && (error.endsConnection || error.stage === 'connect')) {
        if (this.#session !== undefined && (await this.#session.catch(() => undefined)) === session) {
          this.#session = undefined;
        }
        this.#end(session);
      }
      throw error;
    }
  }

  #end(session: RadosSession): void {
    const ending = session.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
