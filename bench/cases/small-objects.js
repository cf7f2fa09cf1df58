// @ts-check
/** Objects of 1 KiB stored, read and asked for their heads by 64 connections: against bare HTTP, beside the peers. */
import { writeFileSync } from 'node:fs';
import { rowBesidePeer } from '../load/row-beside-peer.js';
import { openAnnals, openBare } from '../load/services.js';
import { rate, row, withSpread } from '../load/statistics.js';
import { byTurns, standingOf } from '../load/turns.js';
import { askingHeads, getting, putting } from '../load/workloads.js';
import { startPeers } from '../peers/peers.js';

const connectionCount = 64;
const body = Buffer.alloc(1024, 'a');

/** @type {import('../run.js').Case} */
export async function smallObjects({ folder, scale, peers, addContest }) {
  const path = `${folder}/same-bytes`;
  writeFileSync(path, body);
  const [bare, annals] = [await openBare(path), await openAnnals(`${folder}/data`)];
  const others = await startPeers(peers, folder, 'get');
  /** @type {import('../load/statistics.js').Row[]} */
  const rows = [];
  const work = {
    connectionCount,
    turnMs: Math.max(1000, 4000 * scale),
    value: /** @type {const} */ ('rate'),
    prefix: 'small',
    body,
  };
  // First what stores the objects that the others read.
  for (const { title, take, target } of [
    { title: 'PUT of 1 KiB, 64 writers', take: putting, target: undefined },
    { title: 'GET of 1 KiB, 64 readers', take: getting, target: 0.45 },
    { title: 'HEAD, 64 readers', take: askingHeads, target: 0.45 },
  ]) {
    const contestants = [
      ...[bare, annals].map((service) => take(service, work)),
      ...others.services.map((service) => take(service, { ...work, mayFail: true })),
    ];
    const standings = await byTurns(contestants, { rounds: 5, warmUpRounds: 2, turnMs: work.turnMs });
    for (const contestant of contestants) contestant.close();
    addContest({ title, kind: 'reads', place: title, unit: '/s', standings });
    rows.push(...rowsOfPeers(title, standings, others.peers, take === putting));
    if (target === undefined) continue;
    const [own, limit] = [standingOf(standings, 'Annals'), standingOf(standings, 'bare HTTP')];
    rows.push(
      row(
        title,
        withSpread(own.spread, rate),
        `${withSpread(limit.spread, rate)} bare HTTP`,
        own.spread.median / limit.spread.median,
        '>=',
        target,
        { spread: own.spread, limitSpread: limit.spread, costs: own.costs },
      ),
    );
  }
  await others.stop();
  await bare.stop();
  await annals.stop();
  return rows;
}

/**
 * @param {string} title
 * @param {readonly import('../load/turns.js').Standing[]} standings
 * @param {readonly import('../peers/peers.js').Peer[]} peers
 * @param {boolean} isWrite Then the peers differ in what their answers promise.
 */
function rowsOfPeers(title, standings, peers, isWrite) {
  return peers.flatMap(({ name, isDurable }) => {
    const remark = isWrite && !isDurable ? ', which promises less' : '';
    return rowBesidePeer(standings, { work: title, own: 'Annals', peer: name, remark, target: 1 });
  });
}
