/**
 * A whole store, from its clients to its disk, under one clock, one source of chance and one scheduler. At every change
 * of the disk the power may go: many of the disks that may be left are opened by the product's own recovery and looked
 * at. Everything follows from the seed. Leaves out what clients do (`workload.ts`) and what is right
 * (`store-model.ts`).
 */
import { checkStore } from '../check/check-store.js';
import { type SeededRandom, seededRandom } from '../conformance/seeded-random.js';
import { type DiskCall, diskAfterPowerLoss, SimulatedDisk } from '../file-system/simulated-disk.js';
import type { DiskSnapshot } from '../file-system/simulated-nodes.js';
import { checkRecoveredStore, type RecoveredState } from './check-recovered-store.js';
import {
  openSimulatedStore,
  SIMULATED_KEY_WRAPPING,
  type SimulatedStore,
  type StoreWrappers,
} from './open-simulated-store.js';
import { powerLosses, type Survivors } from './power-losses.js';
import { Scheduler } from './scheduler.js';
import { type StoreKnowledge, StoreModel } from './store-model.js';
import { Workload } from './workload.js';

/** What is simulated, and how much of it. */
export interface SimulationOptions {
  readonly seed: number;
  /** Default: 3. */
  readonly lifeCount?: number;
  /** Of each life. Default: 40. */
  readonly callCount?: number;
  /** Different disks looked at for each moment. Default: 5. */
  readonly lossesPerMoment?: number;
  /** Around the store that lives, not around those that are looked at. */
  readonly wrappers?: StoreWrappers;
}

/** What a simulation came to. */
export interface SimulationReport {
  readonly seed: number;
  /** Disks after a loss of power that were opened and found right, those of losses during recovery among them. */
  readonly stateCount: number;
  readonly recoveryLossCount: number;
  readonly stepCount: number;
  readonly callCount: number;
  /** The same for the same seed. */
  readonly traceDigest: string;
}

/** The store did what it must not. */
export class SimulationFinding extends Error {
  readonly seed: number;
  /** Of the disks that were looked at up to then. */
  readonly stateCount: number;

  constructor(seed: number, stateCount: number, where: string, cause: unknown) {
    const what = cause instanceof Error ? cause.message : String(cause);
    super(
      `${what}\nSeed ${seed}, ${where}, after ${stateCount} losses of power.\nRepeat it: ANNALS_SIMULATION_SEED=${seed} npx vitest run packages/store/src/simulation/crash-states.test.ts`,
      { cause },
    );
    this.name = 'SimulationFinding';
    this.seed = seed;
    this.stateCount = stateCount;
  }
}

const CLIENT_COUNT = 4;
const START_MS = 1_700_000_000_000;
const STEP_COUNT_MAX = 200_000;

/**
 * One simulation in so many begins with an empty disk; the others with a folder that was made and is not empty of
 * directories any more.
 */
export const EMPTY_DISK_EVERY = 8;

/** In one simulation in so many syncs fail: a life ends with that, so that the others can go on for longer. */
export const FAILING_SYNC_EVERY = 3;

/** Instead of one call in so many the rows are checked beside the others, as the scrub does. */
const CHECK_EVERY = 40;

/** A moment at which the power may go. */
interface Moment {
  readonly snapshot: DiskSnapshot;
  readonly knowledge: StoreKnowledge;
  readonly label: string;
}

/** @throws {SimulationFinding} */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const simulation = new Simulation(options);
  return simulation.run();
}

class Simulation {
  readonly #options: Required<Omit<SimulationOptions, 'wrappers'>> & { readonly wrappers: StoreWrappers };
  /** Decides the lives. */
  readonly #random: SeededRandom;
  /** Decides what the power takes: how many disks are looked at changes nothing in the lives. */
  readonly #losses: SeededRandom;
  readonly #scheduler: Scheduler;
  readonly #model = new StoreModel();
  readonly #foundRight = new WeakMap<StoreKnowledge, Map<string, RecoveredState>>();
  #moments: Moment[] = [];
  #isObserved = false;
  #hasBuckets = false;
  #stateCount = 0;
  #recoveryLossCount = 0;
  #callCount = 0;
  #where = 'at the beginning';

  constructor({ seed, lifeCount = 3, callCount = 40, lossesPerMoment = 5, wrappers = {} }: SimulationOptions) {
    this.#options = { seed, lifeCount, callCount, lossesPerMoment, wrappers };
    this.#random = seededRandom(seed);
    this.#losses = seededRandom(seed ^ 0x5eed);
    this.#scheduler = new Scheduler(this.#random, START_MS);
  }

  async run(): Promise<SimulationReport> {
    const { seed, lifeCount } = this.#options;
    const isNew = seed % EMPTY_DISK_EVERY === 0;
    let disk = this.#newDisk(isNew ? undefined : { snapshot: await madeFolder(), survivors: new Set() });
    this.#hasBuckets = !isNew;
    try {
      for (let life = 1; life <= lifeCount; life += 1) {
        this.#where = `life ${life}`;
        await this.#live(disk);
        disk = await this.#losePower(disk);
      }
    } catch (error) {
      throw error instanceof SimulationFinding
        ? error
        : new SimulationFinding(seed, this.#stateCount, this.#where, error);
    }
    return {
      seed,
      stateCount: this.#stateCount,
      recoveryLossCount: this.#recoveryLossCount,
      stepCount: this.#scheduler.stepCount,
      callCount: this.#callCount,
      traceDigest: this.#scheduler.traceDigest(),
    };
  }

  #newDisk(from: { readonly snapshot: DiskSnapshot; readonly survivors: Survivors } | undefined): SimulatedDisk {
    let disk: SimulatedDisk | undefined;
    const options = {
      now: () => this.#scheduler.nowMs,
      random: () => this.#random.next(),
      observe: (call: DiskCall) => {
        if (disk !== undefined) this.#observe(disk, call);
      },
    };
    disk =
      from === undefined
        ? new SimulatedDisk(options)
        : diskAfterPowerLoss(from.snapshot, (number) => from.survivors.has(number), options);
    return disk;
  }

  #observe(disk: SimulatedDisk, call: DiskCall): void {
    const label = `${call.kind} ${call.path}${call.positionBytes === undefined ? '' : ` at ${call.positionBytes}`}`;
    this.#scheduler.note(`${label} ${call.lengthBytes ?? ''}`);
    // What is pending before a sync is all that is pending at the writes before it; those are looked at now and then.
    const isLookedAt =
      call.kind === 'sync' || call.kind === 'sync names' || this.#losses.below(call.kind === 'write' ? 3 : 12) === 0;
    if (!this.#isObserved || !isLookedAt) return;
    this.#moments.push({ snapshot: disk.snapshot(), knowledge: this.#model.knowledge, label: `before ${label}` });
  }

  async #live(disk: SimulatedDisk): Promise<void> {
    const { callCount, wrappers } = this.#options;
    const scheduler = this.#scheduler;
    const failures: unknown[] = [];
    const attempt = async (act: () => Promise<void>): Promise<void> => {
      try {
        await act();
      } catch (error) {
        failures.push(error);
      }
    };
    let workload: Workload | undefined;
    let isOver = false;
    let begunCount = 0;
    const afterStep = async (): Promise<void> => {
      if (failures.length > 0) throw failures[0];
      this.#injectFault(disk);
      await this.#lookAtMoments();
    };
    this.#isObserved = true;
    void attempt(async () => {
      const { store } = await openSimulatedStore(disk, {
        nowMs: () => scheduler.nowMs,
        randomBytes: (lengthBytes) => this.#random.bytes(lengthBytes),
        run: scheduler.run,
        isCheckpointDue: () => this.#random.below(6) === 0,
        onNoRoom: (error) => failures.push(error),
        wrappers,
      });
      const own = new Workload(store, this.#model, this.#random);
      workload = own;
      if (!this.#hasBuckets) await own.makeBuckets();
      this.#hasBuckets = true;
      store.maintenance.startMaintenance({ timer: scheduler.timer, pauseMs: 10, idleMs: 50, orphanRoundCount: 6 });
      const client = async (): Promise<void> => {
        while (begunCount < callCount && !own.hasLostAnswers) {
          begunCount += 1;
          this.#callCount += 1;
          // Also where there is nothing to be done, time passes.
          await scheduler.run('client', () => {});
          if (this.#random.below(CHECK_EVERY) === 0) await own.checkBeside();
          else await own.operate();
        }
      };
      await Promise.all(Array.from({ length: CLIENT_COUNT }, client));
      isOver = true;
    });
    await scheduler.live(() => isOver || workload?.hasLostAnswers === true, afterStep, STEP_COUNT_MAX);
    disk.faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
    disk.faults.syncError = undefined;
  }

  /** Seldom: the disk is full for a while, or one sync fails. */
  #injectFault({ faults }: SimulatedDisk): void {
    if (!this.#hasBuckets) return;
    if (faults.spaceLeftBytes !== Number.POSITIVE_INFINITY) {
      if (this.#random.below(40) === 0) faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
    } else if (this.#random.below(600) === 0) faults.spaceLeftBytes = this.#random.below(6000);
    if (faults.syncError !== undefined) {
      if (this.#random.below(30) === 0) faults.syncError = undefined;
    } else if (this.#options.seed % FAILING_SYNC_EVERY === 0 && this.#random.below(150) === 0) {
      faults.syncError = 'EIO';
      // Mostly of one part of the store, so that the other goes on.
      faults.syncErrorBelow = ['/data/blobs', '/data/blobs', '/data/meta', '/'][this.#random.below(4)] ?? '/';
    }
  }

  /** The life ends here: one of the disks that may be left is the next one's. */
  async #losePower(disk: SimulatedDisk): Promise<SimulatedDisk> {
    await this.#lookAtMoments();
    // Drawn from the lives' chance, and one choice only: what is looked at besides must not change the next life.
    const snapshot = disk.snapshot();
    const [survivors = new Set<number>()] = powerLosses(snapshot.pending, 1, this.#random).slice(-1);
    const rate = this.#random.next();
    const kept = new Set(snapshot.pending.filter(() => this.#random.next() < rate));
    const chosen = this.#random.below(2) === 0 ? survivors : kept;
    const moment = { snapshot, knowledge: this.#model.knowledge, label: 'at the end of a life' };
    const state = await this.#lookAt(moment, chosen);
    if (state !== undefined) this.#model.settle(state.keys, state.uploads);
    // Clients and threads of the life that ended are dead: nothing of theirs is observed, nor does it reach the next
    // disk.
    this.#moments = [];
    this.#scheduler.forgetAll();
    return this.#newDisk({ snapshot, survivors: chosen });
  }

  async #lookAtMoments(): Promise<void> {
    const moments = this.#moments;
    this.#moments = [];
    for (const moment of moments) {
      for (const survivors of powerLosses(moment.snapshot.pending, this.#options.lossesPerMoment, this.#losses)) {
        await this.#lookAt(moment, survivors);
      }
    }
  }

  /** @returns What is there; `undefined` before there are buckets. */
  async #lookAt(moment: Moment, survivors: Survivors): Promise<RecoveredState | undefined> {
    this.#where = `${moment.label}, step ${this.#scheduler.stepCount}, ${survivors.size} of ${moment.snapshot.pending.length} changes survive`;
    const duringRecovery: DiskSnapshot[] = [];
    let isLostAgain = this.#losses.below(25) === 0;
    let disk: SimulatedDisk | undefined;
    disk = diskAfterPowerLoss(moment.snapshot, (number) => survivors.has(number), {
      now: () => this.#scheduler.nowMs,
      observe: () => {
        if (isLostAgain && disk !== undefined) duringRecovery.push(disk.snapshot());
      },
    });
    const state = await this.#recover(disk, moment.knowledge, () => {
      isLostAgain = false;
    });
    for (const snapshot of duringRecovery.filter(() => this.#losses.below(6) === 0)) {
      for (const again of powerLosses(snapshot.pending, 2, this.#losses)) {
        this.#recoveryLossCount += 1;
        const lost = diskAfterPowerLoss(snapshot, (number) => again.has(number), { now: () => this.#scheduler.nowMs });
        await this.#recover(lost, moment.knowledge, () => {});
      }
    }
    return state;
  }

  /** @param opened Called when the recovery is over. */
  async #recover(
    disk: SimulatedDisk,
    knowledge: StoreKnowledge,
    opened: () => void,
  ): Promise<RecoveredState | undefined> {
    this.#stateCount += 1;
    const simulated = await openSimulatedStore(disk, {
      nowMs: () => this.#scheduler.nowMs,
      randomBytes: (lengthBytes) => this.#losses.bytes(lengthBytes),
    });
    opened();
    if (!this.#hasBuckets) return undefined;
    // What is found depends on rows, blobs and knowledge alone: the same three were found right before.
    const digest = simulated.contentDigest();
    const found = this.#foundRight.get(knowledge)?.get(digest);
    const state = found ?? (await checkRecoveredStore(simulated, knowledge));
    if (found === undefined) this.#rememberRight(knowledge, digest, state);
    if (found === undefined && this.#losses.below(8) === 0) await checkAsOperator(simulated);
    if (this.#losses.below(found === undefined ? 5 : 100) === 0) await this.#goOn(simulated, state);
    return state;
  }

  #rememberRight(knowledge: StoreKnowledge, digest: string, state: RecoveredState): void {
    const states = this.#foundRight.get(knowledge) ?? new Map<string, RecoveredState>();
    this.#foundRight.set(knowledge, states.set(digest, state));
  }

  /** The store goes on working, its background work frees nothing that is needed, and all is right afterwards. */
  async #goOn(simulated: SimulatedStore, { keys, uploads }: RecoveredState): Promise<void> {
    const model = new StoreModel();
    model.settle(keys, uploads);
    const workload = new Workload(simulated.store, model, this.#losses);
    for (let count = 0; count < 4; count += 1) await workload.operate();
    await simulated.store.maintenance.compactContent({ jobCountMax: 4 });
    await simulated.store.maintenance.sweepGarbage({ rowCountMax: 1000 });
    await simulated.store.maintenance.sweepOrphanBlobs();
    for (const isWalk of [false, true]) {
      await simulated.store.maintenance.cleanSegments({ isWalk, isStopped: () => false });
    }
    await checkRecoveredStore(simulated, model.knowledge);
  }
}

/** What `annals fsck` says of a store that lost its power: that nothing is wrong. */
async function checkAsOperator({ keyValues, blobs }: SimulatedStore): Promise<void> {
  const findings: string[] = [];
  await checkStore({
    keyValues,
    blobs,
    keyWrapping: SIMULATED_KEY_WRAPPING,
    onFinding: (finding) => {
      if (finding.severity !== 'note') findings.push(JSON.stringify(finding));
    },
  });
  if (findings.length > 0) throw new Error(`A check of the store finds ${findings.join('; ')}`);
}

let madeFolderSnapshot: Promise<DiskSnapshot> | undefined;

/** What a store leaves that was opened, given its buckets, and closed; made once. */
function madeFolder(): Promise<DiskSnapshot> {
  madeFolderSnapshot ??= makeFolder();
  return madeFolderSnapshot;
}

async function makeFolder(): Promise<DiskSnapshot> {
  const random = seededRandom(0);
  const disk = new SimulatedDisk({ now: () => START_MS });
  const life = { nowMs: () => START_MS, randomBytes: (lengthBytes: number) => random.bytes(lengthBytes) };
  const { store } = await openSimulatedStore(disk, life);
  await new Workload(store, new StoreModel(), random).makeBuckets();
  const snapshot = disk.snapshot();
  const durable = diskAfterPowerLoss(snapshot, () => true);
  return durable.snapshot();
}
