/**
 * Several stores over one pair of engines in memory, as gateways of one store: a seed decides what happens next, which
 * of them is stopped for a while, and which never comes back. While they write, read, sweep, merge and look for
 * orphans, each read is compared with what was written. In the end nothing acknowledged is missing and no garbage is
 * left. Leaves out the engines themselves (`simulate.ts`).
 */
import { openMemoryBlobStore } from '../blob/memory/open.js';
import { BUCKET, plainAttributes } from '../conformance/object-store-test-store.js';
import { seededRandom } from '../conformance/seeded-random.js';
import type { BlobStore } from '../contract/blob-store.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { type OpenedStore, openObjectStore } from '../object-store/object-store.js';
import { isFailure } from '../object-store/store-failure.js';
import type { BodySource } from '../object-store/types.js';
import { Scheduler } from './scheduler.js';
import { blobsOf, type GatewayFault, keyValuesOf, SimulatedGateway, withFault } from './simulated-gateway.js';

/** What a simulation is started with. */
export interface GatewaysInput {
  readonly seed: number;
  /** A fault that the checks must find. */
  readonly plant?: GatewayFault;
}

/** What happened, so that a test sees that it was worth it. */
export interface GatewaysOutcome {
  readonly writtenCount: number;
  readonly readCount: number;
  readonly pauseCount: number;
  readonly takenForGoneCount: number;
}

const START_MS = 1_700_000_000_000;
const STEP_COUNT_MAX = 2_000_000;
const GATEWAY_COUNT = 3;
const CALLS_PER_WORKER = 25;
const RECORD_LENGTH = 8;
const TIMES = { intervalMs: 500, goneAfterMs: 6000, longReaderMs: 1000 };
const ORPHAN_GRACE_MS = 800;

/** Runs one life of a store with several gateways. @throws {Error} What was found wrong, with the seed. */
export async function simulateGateways(input: GatewaysInput): Promise<GatewaysOutcome> {
  const life = new Life(input);
  try {
    return await life.run();
  } catch (error) {
    throw new Error(`Seed ${input.seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

class Life {
  readonly #random;
  readonly #scheduler: Scheduler;
  readonly #keyValues = openMemoryKeyValueStore();
  readonly #blobs: BlobStore;
  readonly #plant: GatewaysInput['plant'];
  readonly #gateways: SimulatedGateway[] = [];
  readonly #stores: OpenedStore[] = [];
  readonly #appended = new Map<string, string[]>();
  readonly #maybeAppended = new Map<string, Set<string>>();
  #writtenCount = 0;
  #readCount = 0;
  #workerCount = 0;
  #number = 0;
  #failure: unknown;

  constructor({ seed, plant }: GatewaysInput) {
    this.#random = seededRandom(seed);
    this.#scheduler = new Scheduler(this.#random, START_MS);
    this.#blobs = openMemoryBlobStore({ now: () => this.#scheduler.nowMs });
    this.#plant = plant;
  }

  async run(): Promise<GatewaysOutcome> {
    await this.#open();
    for (const [index] of this.#gateways.entries()) {
      this.#work(index, (store, gateway) => this.#write(store, gateway));
      this.#work(index, (store, gateway) => this.#append(store, gateway));
      this.#work(index, (store, gateway) => this.#read(store, gateway));
      this.#work(index, (store, gateway) => this.#read(store, gateway));
    }
    this.#disturb();
    await this.#until(() => this.#workerCount === 0);
    for (const gateway of this.#gateways) gateway.resume();
    await this.#settleGarbage();
    await this.#checkEnd();
    return {
      writtenCount: this.#writtenCount,
      readCount: this.#readCount,
      pauseCount: this.#sum(({ pauseCount }) => pauseCount),
      takenForGoneCount: this.#sum(({ takenForGoneCount }) => takenForGoneCount),
    };
  }

  #sum(of: (gateway: SimulatedGateway) => number): number {
    return this.#gateways.reduce((sum, gateway) => sum + of(gateway), 0);
  }

  async #until(isOver: () => boolean): Promise<void> {
    await this.#scheduler.live(
      () => this.#failure !== undefined || isOver(),
      async () => undefined,
      STEP_COUNT_MAX,
    );
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Runs something to its end, step by step. */
  async #complete<Result>(work: Promise<Result>): Promise<Result> {
    let isOver = false;
    const end = work.finally(() => {
      isOver = true;
    });
    end.catch(() => undefined);
    await this.#until(() => isOver);
    return end;
  }

  async #open(): Promise<void> {
    for (let index = 0; index < GATEWAY_COUNT; index += 1) {
      const gateway = new SimulatedGateway(`g${index}`, this.#scheduler);
      this.#gateways.push(gateway);
      const isAlone = this.#plant === 'one gateway thinks it is alone' && index === 0;
      const store = await this.#complete(
        openObjectStore({
          keyValues: keyValuesOf(gateway, withFault(this.#keyValues, this.#plant)),
          blobs: blobsOf(gateway, this.#blobs),
          clock: { nowMs: () => this.#scheduler.nowMs },
          randomBytes: (count) => this.#random.bytes(count),
          settings: {
            rowBodyLengthMax: 2,
            inlineLengthMax: 4,
            orphanGraceMs: ORPHAN_GRACE_MS,
            compaction: { lengthMin: 64, extentCountMin: 4 },
            brake: { delayMsMax: 0 },
          },
          ...(!isAlone && {
            gateways: {
              ...TIMES,
              elapsedMs: () => this.#scheduler.nowMs,
              timer: gateway.timer,
              onFailure: (error) => this.#fail(error),
              onTakenForGone: () => {
                gateway.takenForGoneCount += 1;
              },
            },
          }),
        }),
      );
      this.#stores.push(store);
    }
    const [first] = this.#stores;
    await this.#complete(
      first?.createBucket({
        name: BUCKET,
        ownerId: 'owner',
        acl: 'private',
        storageClass: 'Standard',
        dataRedundancyType: 'LRS',
      }) ?? Promise.reject(new Error('No gateway')),
    );
    for (const [index, store] of this.#stores.entries()) {
      const gateway = this.#gateways[index] as SimulatedGateway;
      store.maintenance.startMaintenance({
        pauseMs: 5,
        idleMs: 20,
        orphanRoundCount: 10,
        timer: gateway.timer,
        // Another gateway may have taken the lease in the middle.
        onFailure: (error) => {
          if (!isOfKind(error, 'contended')) this.#fail(error);
        },
      });
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  #work(index: number, call: (store: OpenedStore, gateway: SimulatedGateway) => Promise<void>): void {
    const gateway = this.#gateways[index] as SimulatedGateway;
    const store = this.#stores[index] as OpenedStore;
    this.#workerCount += 1;
    const run = async (): Promise<void> => {
      for (let count = 0; count < CALLS_PER_WORKER && !gateway.isDead; count += 1) {
        await Promise.race([call(store, gateway), this.#deathOf(gateway)]);
      }
    };
    run()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#workerCount -= 1;
      });
  }

  #deathOf(gateway: SimulatedGateway): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (gateway.isDead) resolve();
        else this.#scheduler.timer(look, 100);
      };
      look();
    });
  }

  /** Stops gateways for a while, and one for ever. */
  #disturb(): void {
    const stop = (): void => {
      if (this.#workerCount === 0) return;
      const gateway = this.#gateways[this.#random.below(GATEWAY_COUNT)] as SimulatedGateway;
      if (!gateway.isPaused) {
        gateway.pause();
        const isEnd = !this.#gateways.some(({ isDead }) => isDead) && this.#random.below(10) === 0;
        if (isEnd) gateway.isDead = true;
        const pauseMs = this.#random.below(this.#random.below(4) === 0 ? 30_000 : 2000);
        this.#scheduler.timer(() => gateway.resume(), pauseMs);
      }
      this.#scheduler.timer(stop, 300 + this.#random.below(900));
    };
    this.#scheduler.timer(stop, 200);
  }

  async #write(store: OpenedStore, gateway: SimulatedGateway): Promise<void> {
    const key = `k${this.#random.below(4)}`;
    if (this.#random.below(5) === 0) {
      await store.deleteObject({ bucket: BUCKET, key }).catch(ignoreContended);
      return;
    }
    const { pauseCount } = gateway;
    const number = this.#next();
    const bytes = Buffer.from(number.repeat(1 + this.#random.below(6)));
    const isSlow = this.#random.below(3) === 0;
    const body = isSlow ? slowBody(gateway, bytes, 2 * ORPHAN_GRACE_MS) : wholeBody(bytes);
    const base = { bucket: BUCKET, key, ownerId: 'owner', attributes: plainAttributes, expected: {} };
    try {
      await store.putObject({ ...base, forbidOverwrite: false, lengthMax: 1000 }, body);
      this.#writtenCount += 1;
    } catch (error) {
      ignoreRefusal(error, gateway, pauseCount);
    }
  }

  async #append(store: OpenedStore, gateway: SimulatedGateway): Promise<void> {
    const key = `a${this.#random.below(2)}`;
    const { pauseCount } = gateway;
    const record = this.#next();
    const bytes = Buffer.from(record);
    const body = this.#random.below(4) === 0 ? slowBody(gateway, bytes, 2 * ORPHAN_GRACE_MS) : wholeBody(bytes);
    const base = { bucket: BUCKET, key, ownerId: 'owner', attributes: plainAttributes, expected: {} };
    const maybe = this.#maybeAppended.get(key) ?? new Set();
    this.#maybeAppended.set(key, maybe.add(record));
    try {
      await store.appendObject({ ...base, position: 'auto', callerId: 'caller' }, body);
    } catch (error) {
      ignoreRefusal(error, gateway, pauseCount);
      maybe.delete(record);
      return;
    }
    this.#writtenCount += 1;
    this.#appended.set(key, [...(this.#appended.get(key) ?? []), record]);
  }

  #next(): string {
    this.#number += 1;
    return `#${this.#number.toString(36).padStart(RECORD_LENGTH - 1, '0')}`;
  }

  async #read(store: OpenedStore, gateway: SimulatedGateway): Promise<void> {
    const key = this.#random.below(2) === 0 ? `k${this.#random.below(4)}` : `a${this.#random.below(2)}`;
    const { pauseCount } = gateway;
    try {
      const opened = await store.openObject({ bucket: BUCKET, key });
      try {
        // Some readers are slow: their clients are.
        await gateway.sleep(this.#random.below(4) === 0 ? this.#random.below(1200) : this.#random.below(60));
        const chunks: Uint8Array[] = [];
        for await (const chunk of opened.read({ start: 0, end: opened.head.length })) {
          chunks.push(chunk);
          await gateway.sleep(this.#random.below(40));
        }
        requireSound(key, Buffer.concat(chunks).toString('latin1'), opened.head.length);
        this.#readCount += 1;
      } finally {
        opened.release();
      }
    } catch (error) {
      if (isOfKind(error, 'no-such-key') || isOfKind(error, 'contended')) return;
      // Others may have taken it for gone while it was stopped; an error is what its client may get then.
      if (gateway.pauseCount === pauseCount) throw error;
    }
  }

  /** Goes on until nothing is left to sweep, and no blob is there that no row knows. */
  async #settleGarbage(): Promise<void> {
    for (;;) {
      const until = this.#scheduler.nowMs + 500;
      this.#scheduler.timer(() => undefined, 500);
      await this.#until(() => this.#scheduler.nowMs >= until);
      const garbage = await this.#keyValues.list({ start: Buffer.from('G'), end: Buffer.from('H'), limit: 10 });
      const rows = await this.#keyValues.list({ start: Buffer.from('I'), end: Buffer.from('J'), limit: 10_000 });
      const known = new Set(rows.map(({ key }) => Buffer.from(key.subarray(1)).toString('hex')));
      let hasOrphan = false;
      for await (const { blobId } of this.#blobs.list()) hasOrphan ||= !known.has(blobId);
      if (garbage.length === 0 && !hasOrphan) return;
      if (this.#scheduler.nowMs > START_MS + 600_000) throw new Error('Garbage stays');
    }
  }

  async #checkEnd(): Promise<void> {
    const index = this.#gateways.findIndex(({ isDead }) => !isDead);
    const store = this.#stores[index] as OpenedStore;
    for (const key of ['k0', 'k1', 'k2', 'k3', 'a0', 'a1']) {
      const text = await this.#complete(readAll(store, key));
      if (text === undefined) continue;
      requireSound(key, text, text.length);
      const records = text.match(/.{8}/gs) ?? [];
      const counts = new Map<string, number>();
      for (const record of records) counts.set(record, (counts.get(record) ?? 0) + 1);
      if (!key.startsWith('a')) continue;
      for (const record of this.#appended.get(key) ?? []) {
        if (counts.get(record) !== 1) throw new Error(`${key}: ${record} is there ${counts.get(record) ?? 0} times`);
      }
      for (const record of counts.keys()) {
        if (this.#maybeAppended.get(key)?.has(record) !== true) throw new Error(`${key}: nobody wrote ${record}`);
      }
    }
  }
}

async function readAll(store: OpenedStore, key: string): Promise<string | undefined> {
  try {
    const opened = await store.openObject({ bucket: BUCKET, key });
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.read({ start: 0, end: opened.head.length })) chunks.push(chunk);
    opened.release();
    return Buffer.concat(chunks).toString('latin1');
  } catch (error) {
    if (isOfKind(error, 'no-such-key')) return undefined;
    throw error;
  }
}

/** What was put is one record again and again; what was appended is whole records, none twice. */
function requireSound(key: string, text: string, length: number): void {
  const records = text.match(/#.{7}/gs) ?? [];
  const isWhole = text.length === length && records.join('') === text;
  const isRight = key.startsWith('k') ? new Set(records).size <= 1 : new Set(records).size === records.length;
  if (!isWhole || !isRight) throw new Error(`${key} holds ${JSON.stringify(text)}`);
}

/** What a writer may be told; and anything when its gateway was stopped, since others may have removed its blob. */
function ignoreRefusal(error: unknown, gateway: SimulatedGateway, pauseCount: number): void {
  if (gateway.pauseCount === pauseCount) ignoreContended(error);
}

function ignoreContended(error: unknown): void {
  if (!isOfKind(error, 'contended') && !isOfKind(error, 'no-such-key')) throw error;
}

function wholeBody(bytes: Uint8Array): BodySource {
  return { length: bytes.length, open: () => once(bytes) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function isOfKind(error: unknown, kind: string): boolean {
  return isFailure(error) && error.reason.kind === kind;
}

/** Half of the bytes, a long pause, and the rest: longer than an orphan is spared. */
function slowBody(gateway: SimulatedGateway, bytes: Uint8Array, pauseMs: number): BodySource {
  const half = bytes.length >> 1;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, half);
    await gateway.sleep(pauseMs);
    yield bytes.subarray(half);
  }
  return { length: bytes.length, open: chunks };
}
