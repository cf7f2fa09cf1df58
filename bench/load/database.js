// @ts-check
/**
 * A PostgreSQL for gateways, with a synchronous standby or without, and how much processor time it used. Started as the
 * tests start it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  postgresIsMissing,
  startPostgres,
  startStandby,
  waitForStandby,
} from '../../packages/store/dist/key-value/postgres/postgres-server-fixture.js';
import { familyOf, readBooks } from './process-costs.js';
import { remember } from './running.js';

const STANDBY = 'standby';
/** What the fixture's own settings are too small for. */
const SETTINGS = ['shared_buffers=256MB', 'max_wal_size=4GB'];

/** @typedef {Awaited<ReturnType<typeof startPostgres>>} Server */

/**
 * @typedef {object} Database
 * @property {string} url For gateways.
 * @property {Server} primary
 * @property {() => number} cpuMs Processor time of all its processes that run, the standby's too.
 */

export { postgresIsMissing };

/** @param {boolean} hasStandby @returns {Promise<Database>} */
export async function startDatabase(hasStandby) {
  const primary = await startPostgres(SETTINGS);
  remember(() => primary.remove());
  const servers = [primary];
  if (hasStandby) {
    const standby = await startStandby(primary, STANDBY);
    remember(() => standby.remove());
    servers.push(standby);
    await waitForStandby(primary, STANDBY);
  }
  return {
    url: `postgres://postgres@${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/postgres`,
    primary,
    cpuMs: () => servers.reduce((sum, server) => sum + cpuMsOf(server), 0),
  };
}

/** @param {Server} server */
function cpuMsOf({ directory }) {
  const [pid = ''] = readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n');
  // One that has ended since it was found counts no more.
  return familyOf(Number(pid)).reduce((sum, one) => sum + (readBooks([one])?.cpuMs ?? 0), 0);
}
