// @ts-check
/**
 * 1 KiB appends through one and two gateways over PostgreSQL, without a standby and with a synchronous one, beside Ceph
 * RGW's own append; and what becomes of appends that several writers make at one position.
 */
import { cephPlace, startVersityPlace } from '../load/bodies-places.js';
import { postgresIsMissing, startDatabase } from '../load/database.js';
import { openGateways } from '../load/gateways.js';
import { microseconds, rate, row, withSpread } from '../load/statistics.js';
import { byTurns, standingOf } from '../load/turns.js';
import { appending, openConnections } from '../load/workloads.js';
import { startPeers } from '../peers/peers.js';

const body = Buffer.alloc(1024, 'a');
const CEPH = 'Ceph RGW';
/** What the issue of several gateways asks for, at 64 writers. */
const TIMES_AS_FAST_AS_CEPH = 10;
const RACING_WRITERS = 8;

/** @typedef {import('../load/services.js').Service} Service */
/** @typedef {{ service: Service, database: import('../load/database.js').Database | undefined }} Measured */

/** @type {import('../run.js').Case} */
export async function gateways({ folder, scale, peers, addContest }) {
  if (postgresIsMissing()) return [];
  const ceph = peers.filter(({ state }) => state.name === CEPH);
  const others = await startPeers(ceph, folder, 'append');
  const [rgw] = others.services;
  const place = (await startVersityPlace(folder)) ?? (rgw && cephPlace(folder, rgw));
  if (place === undefined) throw new Error('Cannot serve by two gateways without an S3 store: install versitygw');
  /** @type {Measured[]} */
  const measured = [];
  for (const { suffix, hasStandby } of [
    { suffix: '', hasStandby: false },
    { suffix: ', synchronous standby', hasStandby: true },
  ]) {
    const database = await startDatabase(hasStandby);
    const store = hasStandby ? 'replicated' : 'single';
    const places = { metadata: database.url, blobs: place.url(store) };
    const serve = await openGateways(`${folder}/${store}`, places, 2);
    measured.push({ service: serve(`Annals, one gateway${suffix}`, 1), database });
    measured.push({ service: serve(`Annals, 2 gateways${suffix}`, 2), database });
  }
  measured.push(...others.services.map((service) => ({ service, database: undefined })));
  const rows = [];
  for (const work of [
    { writers: 1, rounds: 6, turnMs: Math.max(1000, 2000 * scale) },
    { writers: 64, rounds: 5, turnMs: Math.max(1000, 4000 * scale) },
  ]) {
    const isAlone = work.writers === 1;
    // A writer alone is at one gateway, whether there is another or not.
    const chosen = measured.filter(({ service }) => !isAlone || (service.otherPorts ?? []).length === 0);
    const { standings, databaseMs } = await contest(chosen, work);
    const place = isAlone ? 'one writer' : `${work.writers} writers`;
    const title = `1 KiB appends over PostgreSQL, ${place}`;
    addContest({ title, kind: 'others', place, unit: isAlone ? 'ms' : '/s', standings });
    rows.push(...rowsBesideCeph(standings, others.services.length > 0, isAlone));
    if (!isAlone) rows.push(...rowsOfDatabase(standings, databaseMs));
  }
  rows.push(await racingRow(measured, scale));
  return rows;
}

/**
 * @param {readonly Measured[]} measured
 * @param {{ writers: number, rounds: number, turnMs: number }} work
 * @returns {Promise<{ standings: import('../load/turns.js').Standing[], databaseMs: Map<string, number> }>} With the
 *   processor time of the database for an append, by the name of the service.
 */
async function contest(measured, { writers, rounds, turnMs }) {
  /** @type {Map<string, number>} */
  const databaseMs = new Map();
  const contestants = measured.map(({ service, database }, index) => {
    const own = appending(service, {
      connectionCount: writers,
      turnMs,
      value: writers === 1 ? 'wait' : 'rate',
      // Two of them share a store.
      prefix: `of-${writers}-${index}`,
      body,
      mayFail: database === undefined,
    });
    const used = { cpuMs: 0, requests: 0 };
    return {
      ...own,
      /** @param {number} share */
      async take(share) {
        const beforeMs = database?.cpuMs() ?? 0;
        const turn = await own.take(share);
        if (database === undefined || share !== 1) return turn;
        used.cpuMs += database.cpuMs() - beforeMs;
        used.requests += turn.requests;
        databaseMs.set(service.name, used.cpuMs / used.requests);
        return turn;
      },
    };
  });
  const standings = await byTurns(contestants, { rounds, warmUpRounds: 4, turnMs });
  for (const contestant of contestants) contestant.close();
  return { standings, databaseMs };
}

/**
 * @param {readonly import('../load/turns.js').Standing[]} standings
 * @param {boolean} hasCeph
 * @param {boolean} isAlone
 */
function rowsBesideCeph(standings, hasCeph, isAlone) {
  if (!hasCeph) return [];
  const { spread: limit } = standingOf(standings, CEPH);
  const format = isAlone ? microseconds : rate;
  return standings.flatMap(({ name, spread, costs }) => {
    if (spread === undefined || name === CEPH) return [];
    const ratio = isAlone ? limit.median / spread.median : spread.median / limit.median;
    return row(
      `1 KiB appends, ${isAlone ? 'one writer' : '64 writers'}: ${name}, times as fast as ${CEPH}`,
      withSpread(spread, format),
      `${withSpread(limit, format)} ${CEPH}`,
      ratio,
      '>=',
      isAlone ? 1 : TIMES_AS_FAST_AS_CEPH,
      { spread, limitSpread: limit, costs },
    );
  });
}

/** @param {readonly import('../load/turns.js').Standing[]} standings @param {ReadonlyMap<string, number>} databaseMs */
function rowsOfDatabase(standings, databaseMs) {
  return standings.flatMap(({ name, costs }) => {
    const ms = databaseMs.get(name);
    const gatewayMs = (costs.cpuMicrosecondsPerRequest ?? Number.NaN) / 1000;
    if (ms === undefined || Number.isNaN(gatewayMs)) return [];
    return row(
      `1 KiB appends, 64 writers: ${name}, processor time of the database, an append`,
      microseconds(ms),
      `${microseconds(gatewayMs)} of the gateways`,
      ms / gatewayMs,
      '<=',
      1,
    );
  });
}

/** @param {readonly Measured[]} measured @param {number} scale */
async function racingRow(measured, scale) {
  const rounds = Math.max(50, Math.ceil(400 * scale));
  const ours = { acknowledged: 0, lost: 0 };
  let theirs = 'no peer';
  for (const { service, database } of measured) {
    if (database !== undefined && (service.otherPorts ?? []).length === 0) continue;
    const { acknowledged, lost } = await race(service, rounds);
    if (database === undefined) theirs = `${lost} of ${acknowledged} ${service.name}`;
    else {
      ours.acknowledged += acknowledged;
      ours.lost += lost;
    }
  }
  return row(
    `Acknowledged appends that are lost, ${RACING_WRITERS} writers at one position, two gateways`,
    `${ours.lost} of ${ours.acknowledged}`,
    theirs,
    ours.lost,
    '<=',
    0,
  );
}

/**
 * In each round all writers append to one object at the same position, its length.
 * @param {Service} service
 * @param {number} rounds
 */
async function race({ name, port, otherPorts, append, lengthOf }, rounds) {
  if (append === undefined || lengthOf === undefined) throw new Error(`${name} cannot race`);
  const connections = await openConnections(port, RACING_WRITERS, otherPorts);
  const [first] = connections;
  if (first === undefined) throw new Error('No connection was opened');
  const key = 'raced-for';
  let [acknowledged, position] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const tries = connections.map((connection) => append(connection, key, position, body).then(...ACKNOWLEDGED));
    for (const isAcknowledged of await Promise.all(tries)) if (isAcknowledged) acknowledged += 1;
    position = await lengthOf(first, key);
  }
  for (const connection of connections) connection.close();
  return { acknowledged, lost: acknowledged - position / body.length };
}

/** What an answer means: 409 is the one of an append that came too late. */
const ACKNOWLEDGED = /** @type {const} */ ([
  () => true,
  (/** @type {unknown} */ error) => {
    if (error instanceof Error && /, got 409/.test(error.message)) return false;
    throw error;
  },
]);
