// @ts-check
/**
 * 8 MiB appends through a gateway over PostgreSQL and each place for large bodies that is installed, beside the same
 * bytes put into that place without Annals, and beside Ceph RGW's own append.
 */
import { randomFillSync } from 'node:crypto';
import { cephPlace, poolPlace, startVersityPlace } from '../load/bodies-places.js';
import { postgresIsMissing, startDatabase } from '../load/database.js';
import { openGateways } from '../load/gateways.js';
import { megabytes, row, withSpread } from '../load/statistics.js';
import { byTurns, inMegabytes, standingOf } from '../load/turns.js';
import { appending, putting } from '../load/workloads.js';
import { startPeers } from '../peers/peers.js';

const WRITERS = 4;
const CEPH = 'Ceph RGW';
const CEPH_APPEND = `append of ${CEPH}`;

/** @type {import('../run.js').Case} */
export async function gatewaysLarge({ folder, scale, peers, addContest }) {
  if (postgresIsMissing()) return [];
  const ceph = peers.filter(({ state }) => state.name === CEPH);
  const { services } = await startPeers(ceph, folder, 'append');
  const ofCeph = services.flatMap((service) => [cephPlace(folder, service), poolPlace(service)]);
  const places = [await startVersityPlace(folder), ...ofCeph];
  const body = randomFillSync(Buffer.alloc(8 * 2 ** 20));
  const work = {
    connectionCount: WRITERS,
    turnMs: Math.max(1000, 3000 * scale),
    value: /** @type {const} */ ('bytes'),
    prefix: 'large',
    body,
  };
  /** @type {ReturnType<typeof appending>[]} */
  const contestants = [];
  /** @type {{ own: string, other: string }[]} */
  const pairs = [];
  for (const place of places) {
    if (place === undefined) continue;
    const database = await startDatabase(false);
    const store = `large-${contestants.length}`;
    const serve = await openGateways(`${folder}/${store}`, { metadata: database.url, blobs: place.url(store) }, 1);
    const own = appending(serve(`Annals, bodies in ${place.name}`, 1), work);
    contestants.push(own);
    if (place.isCeph && services.length > 0) pairs.push({ own: own.name, other: CEPH_APPEND });
    if (place.plain === undefined) continue;
    const plain = { ...place.plain, name: `PUT to ${place.name}` };
    contestants.push(putting(plain, { ...work, prefix: 'put', mayFail: true }));
    pairs.push({ own: own.name, other: plain.name });
  }
  for (const service of services) {
    contestants.push(appending({ ...service, name: CEPH_APPEND }, { ...work, prefix: 'appended', mayFail: true }));
  }
  const standings = await byTurns(contestants, { rounds: 5, turnMs: work.turnMs });
  for (const contestant of contestants) contestant.close();
  const title = `Appends of 8 MiB over PostgreSQL, ${WRITERS} writers`;
  addContest({ title, kind: 'others', place: '8 MiB', unit: 'MB/s', standings: inMegabytes(standings) });
  return pairs.map(({ own, other }) => {
    const [{ spread, costs }, { spread: limit }] = [standingOf(standings, own), standingOf(standings, other)];
    return row(
      `Appends of 8 MiB, ${WRITERS} writers: ${own}, against ${other}`,
      withSpread(spread, megabytes),
      `${withSpread(limit, megabytes)} ${other}`,
      spread.median / limit.median,
      '>=',
      0.75,
      { spread, limitSpread: limit, costs },
    );
  });
}
