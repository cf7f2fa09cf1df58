/** Starts the cluster that all files of a run share. */
import { startCluster } from './ceph-cluster.js';

let remove: () => Promise<void> = async () => undefined;

/** Called by Vitest before the tests. */
export async function setup(): Promise<void> {
  const cluster = await startCluster();
  remove = () => cluster.remove();
  process.env.ANNALS_TEST_CEPH = JSON.stringify(cluster.shared);
}

/** Called by Vitest behind them. */
export async function teardown(): Promise<void> {
  await remove();
}
