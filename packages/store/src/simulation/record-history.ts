/**
 * Histories of a simulated store: clients in its process call a few objects at once, the power goes, what is left is
 * opened, and they go on. The checker of linearizability, which knows nothing of the store, says whether all answers of
 * all lives can be explained. Everything follows from the seed.
 */
import { seededRandom } from '../conformance/seeded-random.js';
import { diskAfterPowerLoss, SimulatedDisk } from '../file-system/simulated-disk.js';
import { HistoryDriver } from '../linearizability/drive-histories.js';
import { openSimulatedStore, type StoreWrappers } from './open-simulated-store.js';
import { Scheduler } from './scheduler.js';
import { storeObjectClient } from './store-object-client.js';

const BUCKET = 'bucket';
const KEYS = ['a', 'b'];
const CLIENT_COUNT = 6;
const START_MS = 1_700_000_000_000;
const STEP_COUNT_MAX = 200_000;

/** What is simulated. */
export interface RecordedHistoryOptions {
  readonly seed: number;
  readonly lifeCount: number;
  /** Steps after which the power goes, about. */
  readonly stepCount: number;
  /** Around the store: where faults are planted. */
  readonly wrappers?: StoreWrappers;
}

/**
 * @returns How many calls were answered.
 * @throws {Error} The history of an object is not linearizable; it says the seed.
 */
export async function recordHistory(options: RecordedHistoryOptions): Promise<number> {
  const { seed, lifeCount, wrappers = {} } = options;
  const random = seededRandom(seed);
  const scheduler = new Scheduler(random, START_MS);
  const driver = new HistoryDriver({ keys: KEYS, seed, bodyLengthBytesMax: 40, longBodyLengthBytes: 300 });
  const diskOptions = { now: () => scheduler.nowMs, random: () => random.next() };
  let disk = new SimulatedDisk(diskOptions);
  for (let life = 0; life < lifeCount; life += 1) {
    const endStep = scheduler.stepCount + random.below(2 * options.stepCount);
    const failures: unknown[] = [];
    const liveOnce = async (): Promise<void> => {
      const { store } = await openSimulatedStore(disk, {
        nowMs: () => scheduler.nowMs,
        randomBytes: (lengthBytes) => random.bytes(lengthBytes),
        run: scheduler.run,
        isCheckpointDue: () => random.below(6) === 0,
        // The first life makes the bucket, for better or worse.
        ...(life > 0 && { wrappers }),
      });
      if (life === 0) await makeBucket(store);
      store.maintenance.startMaintenance({ timer: scheduler.timer, pauseMs: 10, idleMs: 50, orphanRoundCount: 6 });
      const waitTurn = (): Promise<void> => scheduler.run('client', () => undefined);
      const clients = Array.from({ length: CLIENT_COUNT }, () => storeObjectClient(store, BUCKET, waitTurn));
      await driver.live(clients, () => false);
    };
    let isOver = false;
    void liveOnce()
      .catch((error: unknown) => failures.push(error))
      .finally(() => {
        isOver = true;
      });
    // In the first life at least until there is a bucket.
    const isLost = (): boolean => isOver || (scheduler.stepCount >= endStep && driver.counts.answeredCount > 0);
    const afterStep = async (): Promise<void> => {
      if (failures.length > 0) throw failures[0];
    };
    await scheduler.live(isLost, afterStep, STEP_COUNT_MAX);
    const snapshot = disk.snapshot();
    const rate = random.next();
    const survivors = new Set(snapshot.pending.filter(() => random.next() < rate));
    scheduler.forgetAll();
    driver.endUnanswered();
    disk = diskAfterPowerLoss(snapshot, (number) => survivors.has(number), diskOptions);
  }
  const { store } = await openSimulatedStore(disk, {
    nowMs: () => scheduler.nowMs,
    randomBytes: (lengthBytes) => random.bytes(lengthBytes),
  });
  await driver.readAll(storeObjectClient(store, BUCKET, async () => undefined));
  driver.check();
  return driver.counts.answeredCount;
}

async function makeBucket(store: Awaited<ReturnType<typeof openSimulatedStore>>['store']): Promise<void> {
  await store.createBucket({
    name: BUCKET,
    ownerId: 'owner',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
}
