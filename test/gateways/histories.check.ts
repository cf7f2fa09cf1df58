/**
 * Concurrent histories of gateways over one store: 32 writers and readers of the same objects through all of them,
 * while gateways are killed with kill -9 and started again, the database crashes, restarts and fails over to its
 * synchronous standby, and the S3 server is killed. Checked per object for linearizability: no acknowledged append is
 * lost, doubled or reordered. A quarter of the clients are ali-oss, unmodified, which sends again by itself what had no
 * answer, to whichever gateway a balancer would choose; the rest send raw requests. `ANNALS_SOAK=gateways` (`npm run
 * test:cluster`) makes it ten minutes instead of one; `ANNALS_CLUSTER_SECONDS` sets another length, `ANNALS_TEST_SEED`
 * repeats what the clients ask for.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '@annals/store/conformance';
import { HistoryDriver } from '@annals/store/linearizability';
import { expect, it, onTestFinished } from 'vitest';
import type { ServerProcess } from '../harness/server-process.js';
import { isSoaked } from '../harness/soak.js';
import { type ChosenServer, openAliObjectClient } from '../linearizability/ali-object-client.js';
import { openHttpObjectClient } from '../linearizability/http-object-client.js';
import { type Cluster, startCluster } from './cluster.js';

const BUCKET = 'histories';
const DURATION_MS = Number(process.env.ANNALS_CLUSTER_SECONDS ?? (isSoaked('gateways') ? 600 : 60)) * 1000;
const RAW_CLIENT_COUNT_PER_GATEWAY = 8;
const ALI_CLIENT_COUNT = 8;
const ANSWERED_COUNT_MIN = 300;
const KEYS = ['camera/1', 'camera/2', 'log', 'audit', 'ü', 'six', 'seven', 'eight'];
const GATEWAYS = ['gateway-1', 'gateway-2', 'gateway-3'];
const SEED = Number(process.env.ANNALS_TEST_SEED ?? Date.now() % 2 ** 31);

it(
  'objects behind several gateways are linearizable, whatever is killed',
  async () => {
    console.log(`seed ${SEED}: set ANNALS_TEST_SEED to repeat it`);
    const cluster = await startCluster({ buckets: [BUCKET], hasStandby: true });
    onTestFinished(() => cluster.remove());
    // Short bodies lie in rows, long ones in the S3 server.
    const lengths = { bodyLengthBytesMax: 2000, longBodyLengthBytes: 150_000 };
    const driver = new HistoryDriver({ keys: KEYS, seed: SEED, ...lengths });
    const gateways = GATEWAYS.map((name) => new GatewayLives(name, cluster, driver));
    for (const gateway of gateways) await gateway.begin();
    let isOver = false;
    const aliClients = liveWithAli(driver, gateways, () => isOver);
    const counts = await disturb(cluster, gateways, () => saysEnough(driver));
    isOver = true;
    await aliClients;
    for (const gateway of gateways) await gateway.end();
    const reader = openHttpObjectClient(await cluster.start('last'), BUCKET);
    await driver.readAll(reader);
    reader.close();
    const { operationCount, configurationCount } = driver.check();
    const { answeredCount, unansweredCount, repeatedCount } = driver.counts;
    const { doneCounts } = driver;
    console.log(
      `${operationCount} operations of ${KEYS.length} objects through ${GATEWAYS.length} gateways, ${unansweredCount} without an answer, ${repeatedCount} sent again by ali-oss, ${JSON.stringify(counts)}: linearizable (${configurationCount} possibilities); successes: ${JSON.stringify(doneCounts)}`,
    );
    expect(answeredCount).toBeGreaterThan(ANSWERED_COUNT_MIN);
    expect(unansweredCount).toBeGreaterThan(0);
    for (const [disturbance, count] of Object.entries(counts)) expect(count, disturbance).toBeGreaterThan(0);
    for (const [kind, count] of Object.entries(doneCounts)) expect(count, kind).toBeGreaterThan(0);
  },
  DURATION_MS + 600_000,
);

/** Whether the history has what the test asks of it. */
function saysEnough({ counts, doneCounts }: HistoryDriver): boolean {
  const isOfAllKinds = Object.values(doneCounts).every((count) => count > 0);
  return isOfAllKinds && counts.answeredCount > ANSWERED_COUNT_MIN && counts.unansweredCount > 0;
}

/** Clients that are ali-oss, each request of which goes to any gateway that is there. */
async function liveWithAli(
  driver: HistoryDriver,
  gateways: readonly GatewayLives[],
  isOver: () => boolean,
): Promise<void> {
  const random = seededRandom(SEED + 1);
  const choose = (): ChosenServer => {
    const there = gateways.flatMap(({ serving }) => (serving === undefined ? [] : [serving]));
    return there[random.below(there.length)] as ChosenServer;
  };
  const live = async (): Promise<void> => {
    while (!isOver()) await driver.live([openAliObjectClient(choose, BUCKET)], isOver);
  };
  await Promise.all(Array.from({ length: ALI_CLIENT_COUNT }, live));
}

/** One gateway and the clients of its own, through as many lives as it is given. */
class GatewayLives {
  readonly #name: string;
  readonly #cluster: Cluster;
  readonly #driver: HistoryDriver;
  #serving: ChosenServer | undefined;
  #clients: Promise<unknown> = Promise.resolve();

  constructor(name: string, cluster: Cluster, driver: HistoryDriver) {
    this.#name = name;
    this.#cluster = cluster;
    this.#driver = driver;
  }

  /** `undefined` from the moment before it is killed until the next life answers. */
  get serving(): ChosenServer | undefined {
    return this.#serving;
  }

  async begin(): Promise<void> {
    const server = await this.#cluster.start(this.#name);
    this.#serving = { name: this.#name, server };
    this.#clients = Promise.all(Array.from({ length: RAW_CLIENT_COUNT_PER_GATEWAY }, () => this.#live(server)));
    // Reported when the gateway ends; until then it is nobody's.
    this.#clients.catch(() => undefined);
  }

  /** In the middle of what the clients have under way. */
  async kill(): Promise<void> {
    this.#serving = undefined;
    await this.#cluster.kill(this.#name);
    await this.#clients;
    this.#driver.endUnanswered(this.#name);
  }

  /** Lets its clients finish. */
  async end(): Promise<void> {
    this.#serving = undefined;
    await this.#clients;
  }

  /** An answer that says nothing ends a client of the history; here another one takes its place. */
  async #live(server: ServerProcess): Promise<void> {
    const isOver = (): boolean => this.#serving === undefined;
    while (!isOver()) {
      const client = openHttpObjectClient(server, BUCKET, this.#name);
      await this.#driver.live([client], isOver);
      client.close();
    }
  }
}

type Disturbance = 'kill' | 'crash-database' | 'restart-database' | 'fail-over' | 'kill-bodies' | 'kill-in-fail-over';

/**
 * Goes on for as long as the test is to last; on a slow machine until each disturbance has been there, and it is
 * enough.
 * @returns How often what happened.
 */
async function disturb(
  cluster: Cluster,
  gateways: readonly GatewayLives[],
  isEnough: () => boolean,
): Promise<Readonly<Record<Disturbance, number>>> {
  const random = seededRandom(SEED);
  const counts = {
    kill: 0,
    'crash-database': 0,
    'restart-database': 0,
    'fail-over': 0,
    'kill-bodies': 0,
    'kill-in-fail-over': 0,
  };
  const bounce = async (meanwhile: () => Promise<void>): Promise<void> => {
    const gateway = gateways[random.below(gateways.length)] as GatewayLives;
    await Promise.all([gateway.kill(), meanwhile()]);
    await gateway.begin();
  };
  const actions: Readonly<Record<Disturbance, () => Promise<void>>> = {
    kill: () => bounce(async () => undefined),
    'crash-database': () => restart(cluster, 'immediate'),
    'restart-database': () => restart(cluster, 'fast'),
    'fail-over': () => cluster.failOver(),
    'kill-in-fail-over': () => bounce(() => cluster.failOver()),
    async 'kill-bodies'() {
      await cluster.bodies.kill();
      await wait(random.below(3000));
      await cluster.bodies.start();
    },
  };
  const possible = Object.keys(actions) as Disturbance[];
  const endsAtMs = Date.now() + DURATION_MS;
  for (let round = 0; round < possible.length || Date.now() < endsAtMs || !isEnough(); round += 1) {
    await wait(1000 + random.below(4000));
    // Each of them once, then at random; every second one kills a gateway.
    const chosen = round % 2 === 0 ? 'kill' : possible[random.below(possible.length)];
    const next = (possible[round] ?? chosen) as Disturbance;
    await actions[next]();
    counts[next] += 1;
  }
  return counts;
}

async function restart(cluster: Cluster, mode: 'fast' | 'immediate'): Promise<void> {
  await cluster.database().stop(mode);
  await cluster.database().start();
}
