/** Starts what all tests share: a database and a place of bodies, named to `test/harness/chosen-engines.ts`. */
import { startPostgres } from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import type { ChosenEngines } from '../harness/chosen-engines.js';
import { freshPlace, startCluster } from '../rados/ceph-cluster.js';
import { startVersityGateway } from '../s3/versity-gateway.js';

const BUCKET = 'cluster';

let remove: () => Promise<void> = async () => undefined;

/** Called by Vitest before the tests. */
export async function setup(): Promise<void> {
  const [rows, kind] = (process.env.ANNALS_TEST_ENGINE_PAIR ?? '').split('+');
  const database = await startPostgres();
  remove = () => database.remove();
  const { blobs, remove: removeBodies } = await startBodies(kind);
  remove = async () => {
    await removeBodies();
    await database.remove();
  };
  const chosen = { rows, blobs, databaseUrl: database.url };
  process.env.ANNALS_TEST_ENGINES = JSON.stringify(chosen satisfies Record<keyof ChosenEngines, unknown>);
}

async function startBodies(
  kind: string | undefined,
): Promise<{ readonly blobs: ChosenEngines['blobs']; readonly remove: () => Promise<void> }> {
  if (kind === 's3') {
    const bodies = await startVersityGateway();
    await bodies.makeBucket(BUCKET);
    const { credentials, ...place } = bodies.place(BUCKET);
    return { blobs: { kind, place, credentials: await credentials(false) }, remove: () => bodies.remove() };
  }
  if (kind === 'rados') {
    const cluster = await startCluster();
    return { blobs: { kind, place: freshPlace(cluster.shared) }, remove: () => cluster.remove() };
  }
  return { blobs: { kind: 'file' }, remove: async () => undefined };
}

/** Called by Vitest behind them. */
export async function teardown(): Promise<void> {
  await remove();
}
