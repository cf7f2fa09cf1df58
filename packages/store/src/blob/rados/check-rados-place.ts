/**
 * Tries everything that the engine needs of a pool, on objects that are made for it and removed again, and judges what
 * it finds. What the cluster tells only to those with a right to ask its monitors is judged where it may be known.
 */
import { randomBytes } from 'node:crypto';
import type { PlaceFinding } from '../../contract/place-finding.js';
import { type Judgement, latency, measure, type PlaceStep, tryPlace } from '../try-place.js';
import { loadLibrados } from './librados.js';
import { RadosConnection } from './rados-connection.js';
import { NO_POOL, RadosFailure } from './rados-failure.js';
import { RadosIdentity } from './rados-identity.js';
import type { RadosPlace } from './rados-place.js';
import { RadosPool } from './rados-pool.js';

const LENGTH_BYTES = 64 * 1024;
const STRIPE_LENGTH_BYTES = 4 * 1024 * 1024;
const COPIES_WANTED = 3;
const COPIES_ACKNOWLEDGED_WANTED = 2;
const USED_SHARE_WARNED = 0.85;
/** What a user of the engine needs besides its pool. */
const MONITOR_RIGHT = "mon 'allow r'";

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'Compare the keyring and the user with "ceph auth get client.USER".',
  EDQUOT: 'Raise the quota of the pool (ceph osd pool set-quota), or make room.',
  EINVAL: 'Name the configuration of the cluster with conf, with "mon host" in it.',
  ENOENT: 'Name the files with conf and keyring; this process must be able to read them.',
  ENOSPC: 'Add disks to the cluster, or remove something: it accepts no more writes.',
  EOPNOTSUPP: 'Name a keyring with a key of this user.',
  ETIMEDOUT: 'Do the monitors and storage daemons run, and does a firewall let this machine reach all of them?',
  [NO_POOL]: 'Make the pool (ceph osd pool create POOL), or correct its name.',
};

/**
 * Runs the steps one by one, and ends after the first that failed. Removes what it made, also after a failure.
 * @throws {LibradosMissing} For what the cluster does, a finding says so.
 */
export async function* checkRadosPlace(place: RadosPlace): AsyncGenerator<PlaceFinding, void, undefined> {
  const pool = new RadosPool(new RadosConnection(await loadLibrados(), place));
  const trial = new Trial(pool);
  try {
    yield* tryPlace(trial.steps(), (error, right) => remedyOf(error, right, place));
  } finally {
    await trial.cleanUp();
    await pool.connection.close();
  }
}

function remedyOf(error: Error, right: string, { user, pool }: RadosPlace): string {
  if (!(error instanceof RadosFailure)) return 'The cluster does not do what RADOS promises.';
  if (error.code === 'EPERM') return `Give client.${user} the right ${right.replace('POOL', pool)} (ceph auth caps).`;
  return REMEDIES[error.code] ?? 'The cluster refuses it for the reason that it says; look at its log.';
}

class Trial {
  readonly #pool: RadosPool;
  readonly #prefix = `annals-check-${randomBytes(6).toString('hex')}.`;
  readonly #names = new Set<string>();
  readonly #content = randomBytes(LENGTH_BYTES);

  constructor(pool: RadosPool) {
    this.#pool = pool;
  }

  steps(): readonly PlaceStep[] {
    const right = "osd 'allow rwx pool=POOL'";
    return [
      ['pool', MONITOR_RIGHT, () => this.#connect()],
      ['copies', MONITOR_RIGHT, () => this.#countCopies()],
      ['space', MONITOR_RIGHT, () => this.#measureSpace()],
      ['health', MONITOR_RIGHT, () => this.#askHealth()],
      ['list', right, () => this.#list()],
      ['identity', right, () => this.#readIdentity()],
      ['put', right, () => this.#put()],
      ['get', right, () => this.#get()],
      ['stripe', right, () => this.#putStripe()],
      ['condition', right, () => this.#putAgain()],
      ['consistency', right, () => this.#findInListing()],
      ['delete', right, () => this.#delete()],
    ];
  }

  async cleanUp(): Promise<void> {
    for (const name of this.#names) await this.#pool.remove(name).catch(() => undefined);
  }

  async #connect(): Promise<Judgement> {
    const startedAtMs = performance.now();
    await this.#pool.connection.session();
    const connectMs = performance.now() - startedAtMs;
    const { name, place } = this.#pool.connection;
    const detail = `${name} is there for client.${place.user}; connected in ${connectMs.toFixed(0)} ms`;
    return { detail, figures: { connectMs } };
  }

  async #countCopies(): Promise<Judgement> {
    const { pool } = this.#pool.connection.place;
    const ask = async (name: string): Promise<number | undefined> =>
      numberOf(await this.#ask({ prefix: 'osd pool get', pool, var: name }), name);
    const [size, minSize] = [await ask('size'), await ask('min_size')];
    if (size === undefined || minSize === undefined) return untold('how many copies the pool keeps');
    const detail = `the pool keeps ${size} copies or parts of each object, and acknowledges a write while at least ${minSize} can be written`;
    const figures = { size, minSize };
    if (size >= COPIES_WANTED && minSize >= COPIES_ACKNOWLEDGED_WANTED) return { detail, figures };
    const remedy =
      'Keep 3 copies and acknowledge with 2 (ceph osd pool set POOL size 3, min_size 2): else one disk can take acknowledged data with it.';
    return { state: 'warning', detail, remedy, figures };
  }

  async #measureSpace(): Promise<Judgement> {
    const { pool } = this.#pool.connection.place;
    const quota = await this.#ask({ prefix: 'osd pool get-quota', pool });
    const found = await this.#ask({ prefix: 'df' });
    const pools = fieldOf(found, 'pools');
    const own: unknown = Array.isArray(pools) ? pools.find((one) => fieldOf(one, 'name') === pool) : undefined;
    const freeBytes = numberOf(fieldOf(own, 'stats'), 'max_avail');
    const usedShare = numberOf(fieldOf(own, 'stats'), 'percent_used');
    const quotaBytes = numberOf(quota, 'quota_max_bytes') ?? 0;
    // Without a manager nobody counts.
    if (freeBytes === undefined || usedShare === undefined || freeBytes === 0) return untold('how much room there is');
    const limit = quotaBytes === 0 ? '' : `, with a quota of ${quotaBytes} bytes`;
    const detail = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB are free, ${(usedShare * 100).toFixed(0)} % are used${limit}`;
    const figures = { freeBytes, usedShare, quotaBytes };
    if (usedShare < USED_SHARE_WARNED) return { detail, figures };
    return { state: 'warning', detail, remedy: 'Add disks: a cluster that is full accepts no writes.', figures };
  }

  async #askHealth(): Promise<Judgement> {
    const found = await this.#ask({ prefix: 'health' });
    const status = fieldOf(found, 'status');
    if (typeof status !== 'string') return untold('how the cluster is');
    if (status === 'HEALTH_OK') return { detail: 'the cluster says HEALTH_OK' };
    const checks = fieldOf(found, 'checks');
    const names = typeof checks === 'object' && checks !== null ? Object.keys(checks).join(', ') : '';
    return { state: 'warning', detail: `the cluster says ${status}: ${names}`, remedy: 'See "ceph health detail".' };
  }

  async #list(): Promise<Judgement> {
    const startedAtMs = performance.now();
    for await (const _ of this.#pool.list()) break;
    const listMs = performance.now() - startedAtMs;
    return { detail: `the first page took ${listMs.toFixed(1)} ms`, figures: { listMs } };
  }

  async #readIdentity(): Promise<Judgement> {
    const storeId = await new RadosIdentity(this.#pool).readStoreId();
    if (storeId !== undefined) return { detail: `the namespace belongs to the store ${storeId}` };
    return { detail: 'the namespace belongs to no store yet' };
  }

  async #put(): Promise<Judgement> {
    const change = { bytes: this.#content, expects: 'nothing' } as const;
    const ms = await measure((index) => this.#pool.write(this.#name(`short-${index}`), change));
    return latency(`wrote ${LENGTH_BYTES / 1024} KiB`, ms);
  }

  async #get(): Promise<Judgement> {
    const [start, end] = [1000, LENGTH_BYTES - 1000];
    const ms = await measure(async (index) => {
      const bytes = await this.#pool.read(this.#name(`short-${index}`), start, end - start);
      if (bytes === undefined) throw new Error('what was just written is not there');
      if (!this.#content.subarray(start, end).equals(bytes)) throw new Error('other bytes came back');
    });
    return latency('read a range', ms);
  }

  async #putStripe(): Promise<Judgement> {
    const bytes = Buffer.alloc(STRIPE_LENGTH_BYTES, this.#content);
    const ms = await measure((index) => this.#pool.write(this.#name(`stripe-${index}`), { bytes, expects: 'nothing' }));
    return latency(`wrote ${STRIPE_LENGTH_BYTES / 1024 ** 2} MiB`, ms);
  }

  async #putAgain(): Promise<Judgement> {
    const change = { bytes: this.#content, expects: 'nothing' } as const;
    if (await this.#pool.write(this.#name('short-0'), change)) throw new Error('an object that was there was replaced');
    return { detail: 'an object that is there is not replaced' };
  }

  async #findInListing(): Promise<Judgement> {
    const wanted = this.#name('short-0');
    for await (const names of this.#pool.list()) {
      if (names.includes(wanted)) return { detail: 'what was written is listed at once' };
    }
    throw new Error('what was just written is missing in the listing');
  }

  async #delete(): Promise<Judgement> {
    const ms = await measure((index) => this.#pool.remove(this.#name(`short-${index}`)));
    if ((await this.#pool.stat(this.#name('short-0'))) !== undefined)
      throw new Error('what was deleted is still there');
    return latency('deleted', ms);
  }

  /** @returns `undefined`: this user may not ask, or the monitors do not know. */
  async #ask(command: Readonly<Record<string, string>>): Promise<unknown> {
    const session = await this.#pool.connection.session();
    return session.ask(command).catch((error: unknown) => {
      if (error instanceof RadosFailure && error.because !== 'unreachable') return undefined;
      throw error;
    });
  }

  #name(name: string): string {
    const full = this.#prefix + name;
    this.#names.add(full);
    return full;
  }
}

function untold(what: string): Judgement {
  return { detail: `the cluster does not say ${what}` };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function numberOf(value: unknown, name: string): number | undefined {
  const found = fieldOf(value, name);
  return typeof found === 'number' ? found : undefined;
}
