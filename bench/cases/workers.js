// @ts-check
/**
 * Two processes that answer (`--workers 2`) against one, with the lightest load there is: URLs that are signed once,
 * sent by `wrk` where it is installed, otherwise by this program. The generator still takes a share of a core, so on
 * two cores the ratio is less than the server's own. A thousand writers stand beside s2-lite, and bodies of 64 KiB show
 * that each is written once.
 */
import { hasOption } from '../load/processes.js';
import { expectStatus, presignedAppendHead } from '../load/requests.js';
import { rowBesidePeer } from '../load/row-beside-peer.js';
import { openAnnals } from '../load/services.js';
import { rate, row, withSpread } from '../load/statistics.js';
import { byTurns, standingOf } from '../load/turns.js';
import { appending } from '../load/workloads.js';
import { isWrkInstalled, postingByWrk } from '../load/wrk.js';
import { startPeers } from '../peers/peers.js';

const small = Buffer.alloc(1024, 'a');
const middle = Buffer.alloc(64 * 1024, 'a');
const ONE = 'Annals, one worker';
const TWO = 'Annals, 2 workers';

/** @type {import('../run.js').Case} */
export async function workers(options) {
  if (!hasOption('--workers')) return [];
  const { folder } = options;
  const services = [await openService(folder, 1), await openService(folder, 2)];
  try {
    return [
      await ofSixtyFour(options, services),
      ...(await ofThousand(options, services)),
      await ofMiddle(options, services),
    ];
  } finally {
    for (const service of services) await service.stop();
  }
}

/**
 * @param {string} folder
 * @param {number} count
 * @returns {Promise<import('../load/services.js').Service>}
 */
async function openService(folder, count) {
  const service = await openAnnals(`${folder}/data-${count}`, ['--workers', String(count)]);
  /** @type {Map<string, string>} */
  const heads = new Map();
  return {
    ...service,
    name: count === 1 ? ONE : TWO,
    async append(connection, key, _position, body) {
      const head = heads.get(key) ?? presignedAppendHead(key, body.length);
      heads.set(key, head);
      expectStatus(await connection.send(head, [body]), 200);
    },
  };
}

/** @typedef {readonly import('../load/services.js').Service[]} Services */

/** @param {Parameters<import('../run.js').Case>[0]} options @param {Services} services */
async function ofSixtyFour({ folder, scale, addContest }, services) {
  const work = { connectionCount: 64, turnMs: Math.max(1000, 4000 * scale), body: small };
  const isLight = isWrkInstalled();
  const paths = Array.from({ length: 1024 }, (_, index) => pathIn(presignedAppendHead(`wrk-${index}`, small.length)));
  const contestants = services.map((service, index) =>
    isLight
      ? { ...postingByWrk(service, { ...work, paths, script: `${folder}/load-${index}.lua` }), close: () => undefined }
      : appending(service, { ...work, value: 'rate', prefix: 'w' }),
  );
  const standings = await byTurns(contestants, { rounds: 5, warmUpRounds: 4, turnMs: work.turnMs });
  for (const contestant of contestants) contestant.close();
  addContest({
    title: '1 KiB appends, 64 writers, by number of workers',
    kind: 'others',
    place: 'workers',
    unit: '/s',
    standings,
  });
  const [one, two] = [standingOf(standings, ONE), standingOf(standings, TWO)];
  return row(
    `1 KiB appends, 64 writers, two workers${isLight ? ', load by wrk' : ''}`,
    withSpread(two.spread, rate),
    `${withSpread(one.spread, rate)} one worker`,
    two.spread.median / one.spread.median,
    '>=',
    1.5,
    { spread: two.spread, limitSpread: one.spread, costs: two.costs },
  );
}

/** @param {string} head */
const pathIn = (head) => head.split(' ', 2)[1] ?? '';

/** @param {Parameters<import('../run.js').Case>[0]} options @param {Services} services */
async function ofThousand({ folder, scale, peers, addContest }, services) {
  const others = await startPeers(
    peers.filter(({ state }) => state.name === 's2-lite'),
    folder,
    'append',
  );
  const work = {
    connectionCount: 1000,
    turnMs: Math.max(1500, 6000 * scale),
    value: /** @type {const} */ ('rate'),
    prefix: 'thousand',
    body: small,
  };
  const contestants = [
    ...services.map((service) => appending(service, work)),
    ...others.services.map((service) => appending(service, { ...work, mayFail: true })),
  ];
  const standings = await byTurns(contestants, { rounds: 5, warmUpRounds: 2, turnMs: work.turnMs });
  for (const contestant of contestants) contestant.close();
  await others.stop();
  const title = '1 KiB appends, 1,000 writers, by number of workers';
  addContest({ title, kind: 'others', place: 'workers of 1,000', unit: '/s', standings });
  const compared = '1 KiB appends, 1,000 writers, two workers';
  return rowBesidePeer(standings, { work: compared, own: TWO, peer: 's2-lite', target: 1 });
}

/** @param {Parameters<import('../run.js').Case>[0]} options @param {Services} services */
async function ofMiddle({ scale, addContest }, services) {
  const work = {
    connectionCount: 16,
    turnMs: Math.max(1000, 4000 * scale),
    value: /** @type {const} */ ('rate'),
    prefix: 'middle',
    body: middle,
  };
  const contestants = services.map((service) => appending(service, work));
  const standings = await byTurns(contestants, { rounds: 3, warmUpRounds: 1, turnMs: work.turnMs });
  for (const contestant of contestants) contestant.close();
  addContest({
    title: 'Appends of 64 KiB, 16 writers, by number of workers',
    kind: 'others',
    place: 'workers, 64 KiB',
    unit: '/s',
    standings,
  });
  const amplification = standingOf(standings, TWO).costs.callBytesPerByte ?? Number.NaN;
  return row(
    'Appends of 64 KiB, 16 writers, two workers: bytes given to write calls for a byte accepted',
    amplification.toFixed(2),
    '1',
    amplification,
    '<=',
    1.3,
  );
}
