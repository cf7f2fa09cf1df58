/**
 * One connection to a cluster and its context of one pool, from connecting to its end. Leaves out when a new one is
 * made (`rados-connection.ts`).
 */
import type { Librados, Pointer, PointerSlot } from './librados.js';
import { RadosCompletions } from './rados-completions.js';
import { errorName, NO_POOL, RadosFailure } from './rados-failure.js';
import type { RadosPlace } from './rados-place.js';

const CONNECT_TIMEOUT_MS_MAX = 10_000;

/** Starts a function that may wait for the cluster. */
export type BlockingStart<Result> = (done: (error: unknown, result: Result) => void) => void;

/** Calls such a function, one at a time: it holds a thread that files need, too. */
export type RunBlocking = <Result>(start: BlockingStart<Result>) => Promise<Result>;

/** A connection that is there. */
export class RadosSession {
  readonly context: Pointer;
  readonly completions: RadosCompletions;
  readonly #library: Librados;
  readonly #cluster: Pointer;
  readonly #place: RadosPlace;
  readonly #runBlocking: RunBlocking;
  #ending: Promise<void> | undefined;
  #isOver = false;

  private constructor(
    library: Librados,
    { place, cluster, context }: { readonly place: RadosPlace; readonly cluster: Pointer; readonly context: Pointer },
    runBlocking: RunBlocking,
  ) {
    this.#library = library;
    this.#place = place;
    this.#cluster = cluster;
    this.context = context;
    this.#runBlocking = runBlocking;
    this.completions = new RadosCompletions(library);
  }

  /** @throws {RadosFailure} Of the stage `connect`. */
  static async open(library: Librados, place: RadosPlace, runBlocking: RunBlocking): Promise<RadosSession> {
    const cluster = await connect(library, place, runBlocking);
    const slot: PointerSlot = [null];
    const result = await runBlocking<number>((done) => library.createContext.async(cluster, place.pool, slot, done));
    const [context] = slot;
    if (result < 0 || context === null) {
      await runBlocking<void>((done) => library.shutdown.async(cluster, done));
      throw new RadosFailure(`use ${nameOf(place)}`, result === -2 ? NO_POOL : errorName(result), 'connect');
    }
    library.setNamespace(context, place.namespace);
    library.failWhenFull(context);
    return new RadosSession(library, { place, cluster, context }, runBlocking);
  }

  /**
   * Asks the monitors.
   * @param command As `ceph` has it, with `prefix`.
   * @returns Their answer in JSON, parsed. @throws {RadosFailure}
   */
  async ask(command: Readonly<Record<string, string>>): Promise<unknown> {
    const text = JSON.stringify({ ...command, format: 'json' });
    const [answer, status]: [PointerSlot, PointerSlot] = [[null], [null]];
    const [answerLength, statusLength]: [[number], [number]] = [[0], [0]];
    const action = `ask ${nameOf(this.#place)} for "${command.prefix}"`;
    const result = await this.#call<number>(action, (done) =>
      this.#library.command.async(
        ...([this.#cluster, [text], 1, null, 0, answer, answerLength, status, statusLength] as const),
        done,
      ),
    );
    const document = this.#take(answer, answerLength);
    this.#take(status, statusLength);
    if (result < 0) throw new RadosFailure(action, errorName(result));
    return JSON.parse(document);
  }

  /**
   * Whether the pool is still the one that was opened: an operation on a pool that is gone fails as if its object were
   * missing.
   * @throws {RadosFailure} Of the stage `connect`: it is not.
   */
  async requirePool(): Promise<void> {
    const found = await this.#call<number | bigint>(`use ${nameOf(this.#place)}`, (done) =>
      this.#library.lookUpPool.async(this.#cluster, this.#place.pool, done),
    );
    if (found < 0) {
      const code = Number(found) === -2 ? NO_POOL : errorName(found);
      throw new RadosFailure(`use ${nameOf(this.#place)}`, code, 'connect');
    }
    if (BigInt(found) !== BigInt(this.#library.contextPoolId(this.context))) {
      throw new RadosFailure(`use ${nameOf(this.#place)}`, 'ESTALE', 'connect');
    }
  }

  /**
   * Reads a page of a listing. @param items Memory for so many items, each as `rados_object_list_item`.
   * @param next Takes the cursor behind the page, over one that is there.
   * @returns How many there are. @throws {RadosFailure}
   */
  async listPage(
    range: { readonly start: Pointer; readonly end: Pointer },
    items: Pointer,
    count: number,
    next: PointerSlot,
  ): Promise<number> {
    const action = `list ${nameOf(this.#place)}`;
    const result = await this.#call<number>(action, (done) =>
      this.#library.list.async(this.context, range.start, range.end, count, null, 0, items, next, done),
    );
    if (result < 0) throw new RadosFailure(action, errorName(result));
    return result;
  }

  /** Whether nothing may begin any more: the context may be gone at any moment. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** Ends the connection when nothing is under way any more. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    await this.completions.idle();
    // Behind a call that holds the context.
    await this.#runBlocking<void>((done) => {
      this.#isOver = true;
      this.#library.destroyContext(this.context);
      this.#library.shutdown.async(this.#cluster, done);
    });
  }

  #call<Result>(action: string, start: BlockingStart<Result>): Promise<Result> {
    return this.#runBlocking<Result>((done) => {
      if (this.#isOver) throw new RadosFailure(action, 'ENOTCONN');
      start(done);
    });
  }

  #take([pointer]: PointerSlot, [length]: readonly [number]): string {
    if (pointer === null) return '';
    const text = Buffer.from(this.#library.memory.copy(pointer, Number(length))).toString('utf8');
    this.#library.freeAnswer(pointer);
    return text;
  }
}

/** For people. */
export function nameOf({ pool, namespace }: RadosPlace): string {
  return `rados://${pool}${namespace === '' ? '' : `/${namespace}`}`;
}

async function connect(library: Librados, place: RadosPlace, runBlocking: RunBlocking): Promise<Pointer> {
  const action = `connect to the cluster of ${nameOf(place)} as client.${place.user}`;
  const slot: PointerSlot = [null];
  const created = library.create(slot, place.cluster, `client.${place.user}`, 0);
  const [cluster] = slot;
  if (created < 0 || cluster === null) throw new RadosFailure(action, errorName(created), 'connect');
  const result = configure(library, cluster, place);
  const connected = result < 0 ? result : await runBlocking<number>((done) => library.connect.async(cluster, done));
  if (connected >= 0) return cluster;
  await runBlocking<void>((done) => library.shutdown.async(cluster, done));
  throw new RadosFailure(action, errorName(connected), 'connect');
}

/** @returns Below 0: the number of an error, negated. */
function configure(library: Librados, cluster: Pointer, place: RadosPlace): number {
  const { configurationFile = null, keyringFile, timeoutMs } = place;
  const read = library.readConfiguration(cluster, configurationFile);
  if (read < 0) return read;
  const seconds = Math.ceil(timeoutMs / 1000);
  const connectSeconds = Math.min(seconds, CONNECT_TIMEOUT_MS_MAX / 1000);
  const settings: readonly (readonly [string, string])[] = [
    ['rados_osd_op_timeout', String(seconds)],
    ['rados_mon_op_timeout', String(connectSeconds)],
    ['client_mount_timeout', String(connectSeconds)],
    // The library would write what it thinks into our standard error, and put a socket into a folder of the system.
    ['log_to_stderr', 'false'],
    ['err_to_stderr', 'false'],
    ['log_file', ''],
    ['admin_socket', ''],
    ...(keyringFile === undefined ? [] : [['keyring', keyringFile] as const]),
  ];
  for (const [name, value] of settings) {
    const set = library.set(cluster, name, value);
    if (set < 0) return set;
  }
  return 0;
}
