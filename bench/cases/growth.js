// @ts-check
/**
 * What a store of many appends and objects costs: whether work stays as fast, how soon the server starts after kill -9,
 * the space on the disk, and reads of ranges in an object of very many appends.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { settle } from '../load/process-costs.js';
import { appendHead, expectStatus, putHead, rangeHead } from '../load/requests.js';
import { openAnnals } from '../load/services.js';
import { mean, megabytes, percentile, rate, row, withSpread } from '../load/statistics.js';
import { byTurns, standingOf } from '../load/turns.js';
import { openConnections } from '../load/workloads.js';

const CONNECTION_COUNT = 64;
/** Of so many shares, the last is compared with the second: the first also warms up. */
const SHARE_COUNT = 20;
const RANGE_BYTES = 2 ** 20;
const STORED_BYTES_MAX = 2 ** 30;
/** The compactor begins its steps within this time. */
const COMPACTION_MS = 5000;
/** A store that has nothing to write gives the room for its next checkpoint back within this time. */
const REST_MS = 12_000;

/** @type {import('../run.js').Case} */
export async function growth({ folder, scale }) {
  return [...(await manyAppends(`${folder}/appends`, scale)), ...(await manyObjects(`${folder}/objects`, scale))];
}

/**
 * @param {readonly import('../load/raw-connection.js').RawConnection[]} connections
 * @param {number} count
 * @param {(connection: import('../load/raw-connection.js').RawConnection, index: number) => Promise<unknown>} send
 * @returns {Promise<number[]>} Requests a second, of each share of the work.
 */
async function ratesOfShares(connections, count, send) {
  const perShare = Math.ceil(count / SHARE_COUNT);
  /** @type {number[]} */
  const rates = [];
  for (let share = 0; share < SHARE_COUNT; share += 1) {
    let next = share * perShare;
    const end = next + perShare;
    const startMs = performance.now();
    await Promise.all(
      connections.map(async (connection) => {
        while (next < end) await send(connection, next++);
      }),
    );
    rates.push((perShare / (performance.now() - startMs)) * 1000);
  }
  return rates;
}

/** @param {string} name @param {readonly number[]} rates */
function flatness(name, rates) {
  const [first = Number.NaN, last = Number.NaN] = [mean(rates.slice(1, 3)), mean(rates.slice(-2))];
  return row(name, `${rate(last)} at the end`, `${rate(first)} at the beginning`, last / first, '>=', 0.9);
}

/** @param {string} folder @returns {number} Bytes on the disk, by the blocks of the file system. */
const spaceOf = (folder) => Number(execFileSync('du', ['-s', '-B1', folder]).toString().split('\t')[0]);

/**
 * @param {string} data
 * @param {number} scale
 */
async function manyAppends(data, scale) {
  const annals = await openAnnals(data);
  const count = Math.ceil(Math.max(100_000, 5_000_000 * scale) / SHARE_COUNT) * SHARE_COUNT;
  const body = Buffer.alloc(1024, 'a');
  const connections = await openConnections(annals.port, CONNECTION_COUNT);
  const [reader] = connections;
  if (reader === undefined) throw new Error('There is no connection');
  const rates = await ratesOfShares(connections, count, async (connection) =>
    expectStatus(await connection.send(appendHead('many', 'auto', body.length), [body]), 200),
  );
  await pause(COMPACTION_MS);
  await settle(annals.pids);
  await pause(REST_MS);
  const total = count * body.length;
  const space = spaceOf(data);
  const number = count.toLocaleString('en');
  const stored = Math.min(total, STORED_BYTES_MAX);
  const pieces = new Array(Math.floor(stored / RANGE_BYTES)).fill(Buffer.alloc(RANGE_BYTES, 'a'));
  expectStatus(await reader.send(putHead('stored', pieces.length * RANGE_BYTES), pieces), 200);
  await settle(annals.pids);
  /** @param {string} key @returns {import('../load/turns.js').Contestant} */
  const ranges = (key) => ({
    name: key,
    pids: [],
    async take() {
      const startMs = performance.now();
      for (let index = 0; index < 50; index += 1) {
        // The same places for both, spread over all that both have, and at no bound of an append.
        const first = ((index * 7919) % (pieces.length - 1)) * RANGE_BYTES + 333;
        const answer = await reader.send(rangeHead(key, first, RANGE_BYTES), [], false);
        expectStatus(answer, 206);
        if (answer.bodyLength !== RANGE_BYTES) throw new Error(`Read ${answer.bodyLength} bytes`);
      }
      return { value: (50 * RANGE_BYTES * 1000) / (performance.now() - startMs), requests: 50, acceptedBytes: 0 };
    },
  });
  const standings = await byTurns([ranges('many'), ranges('stored')], { rounds: 12, warmUpRounds: 2 });
  for (const connection of connections) connection.close();
  await annals.stop();
  const [many, one] = [standingOf(standings, 'many'), standingOf(standings, 'stored')];
  return [
    flatness(`${number} appends to one object`, rates),
    row(
      `Ranges of 1 MiB in an object of ${number} appends`,
      withSpread(many.spread, megabytes),
      `${withSpread(one.spread, megabytes)} in one of PutObject`,
      many.spread.median / one.spread.median,
      '>=',
      0.95,
      { spread: many.spread, limitSpread: one.spread },
    ),
    row(
      `Space for ${number} appends, compacted`,
      `${(space / 1e6).toFixed(0)} MB`,
      `${(total / 1e6).toFixed(0)} MB of bodies`,
      space / total,
      '<=',
      1.2,
    ),
  ];
}

/**
 * @param {string} data
 * @param {number} scale
 */
async function manyObjects(data, scale) {
  const count = Math.ceil(Math.max(40_000, 1_000_000 * scale) / SHARE_COUNT) * SHARE_COUNT;
  const body = Buffer.alloc(100, 'o');
  const annals = await openAnnals(data);
  const connections = await openConnections(annals.port, CONNECTION_COUNT);
  const rates = await ratesOfShares(connections, count, async (connection, index) =>
    expectStatus(await connection.send(putHead(`objects/${index}`, body.length), [body]), 200),
  );
  await pause(COMPACTION_MS);
  await settle(annals.pids);
  await pause(REST_MS);
  const space = spaceOf(data);
  /** @type {number[]} */
  const startsMs = [];
  let running = annals;
  for (let round = 0; round < 3; round += 1) {
    const [writer] = round === 0 ? connections : await openConnections(running.port, 1);
    if (writer === undefined) throw new Error('There is no connection');
    expectStatus(await writer.send(putHead(`again/${round}`, body.length), [body]), 200);
    for (const pid of running.pids) process.kill(pid, 'SIGKILL');
    await running.stop();
    const startMs = performance.now();
    running = await openAnnals(data);
    startsMs.push(performance.now() - startMs);
    writer.close();
  }
  for (const connection of connections) connection.close();
  await running.stop();
  const number = count.toLocaleString('en');
  const startMs = percentile(startsMs, 0.5);
  const live = count * body.length;
  return [
    flatness(`${number} objects of 100 bytes by PutObject`, rates),
    row(`Start after kill -9, ${number} objects`, `${startMs.toFixed(0)} ms`, '2000 ms', startMs / 2000, '<=', 1),
    row(
      `Space for ${number} objects of 100 bytes`,
      `${(space / 1e6).toFixed(0)} MB`,
      `${(live / 1e6).toFixed(0)} MB of bodies`,
      space / live,
      '<=',
      4,
    ),
  ];
}
