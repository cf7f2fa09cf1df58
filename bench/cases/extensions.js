// @ts-check
/**
 * What this server adds for growing objects: how late followers get what was acknowledged, what many writers of one
 * object cost without a position, and reading an object of very many appends once they are merged.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startAnnals } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { appendHead, expectStatus, getHead, putHead } from '../load/requests.js';
import { megabytes, microseconds, percentile, rate, row, sharedNowMs } from '../load/statistics.js';

const writerCount = 64;
const followerCount = 100;
/** Followers count it: no chunk's length has this letter. */
const letter = 'x';
const body = Buffer.alloc(1024, letter);
/** Small extents that one step of the compactor merges. */
const mergedCount = 2048;
/** The compactor needs no longer for what is written here. */
const COMPACTION_MS = 5000;

/** @type {import('../run.js').Case} */
export async function extensions({ folder, scale }) {
  const annals = await startAnnals(`${folder}/data`);
  const rows = [
    await followerLag(annals.port, scale),
    await writersOfOneObject(annals.port, scale),
    await readOfManyAppends(annals.port, scale),
  ];
  await annals.stop();
  return rows;
}

/**
 * Each follower notes when its bytes are there; the writer, when its append is acknowledged. They are processes of
 * their own.
 * @param {number} port
 * @param {number} scale
 */
async function followerLag(port, scale) {
  const writer = await RawConnection.open(port);
  expectStatus(await writer.send(appendHead('followed', 0, 0)), 200);
  const followers = await startFollowers(port, 'followed', followerCount);
  const count = Math.ceil(2000 * scale);
  /** @type {number[]} */
  const lagsMs = [];
  // The first appends only warm up.
  for (let index = 0; index < count + 200; index += 1) {
    const delivered = followers.until((index + 1) * body.length);
    expectStatus(await writer.send(appendHead('followed', index * body.length, body.length), [body]), 200);
    const acknowledgedMs = sharedNowMs();
    const times = await delivered;
    if (index >= 200) lagsMs.push(...times.map((atMs) => Math.max(0, atMs - acknowledgedMs)));
  }
  followers.stop();
  writer.close();
  const p99Ms = percentile(lagsMs, 0.99);
  return row(
    `From acknowledged to delivered, ${followerCount} followers of one object, p99`,
    `${microseconds(p99Ms)} (p50 ${microseconds(percentile(lagsMs, 0.5))})`,
    'the 5 ms that are promised',
    p99Ms / 5,
    '<=',
    1,
  );
}

/**
 * @param {number} port
 * @param {string} key
 * @param {number} count
 */
async function startFollowers(port, key, count) {
  const script = fileURLToPath(new URL('../load/follower-process.js', import.meta.url));
  const child = fork(script, [String(port), key, String(count)]);
  await once(child, 'message');
  return {
    /**
     * @param {number} length
     * @returns {Promise<number[]>} When each had so many bytes.
     */
    async until(length) {
      child.send({ length });
      const [{ times }] = await once(child, 'message');
      return times;
    },
    stop() {
      child.disconnect();
    },
  };
}

/**
 * @param {number} port
 * @param {number} scale
 */
async function writersOfOneObject(port, scale) {
  const connections = await Promise.all(Array.from({ length: writerCount }, () => RawConnection.open(port)));
  const positions = new Array(writerCount).fill(0);
  const appendAll = async (/** @type {boolean} */ isOneObject, /** @type {number} */ durationMs) => {
    let count = 0;
    const startMs = performance.now();
    await Promise.all(
      connections.map(async (connection, writer) => {
        while (performance.now() - startMs < durationMs) {
          const head = isOneObject
            ? appendHead('shared', 'auto', body.length)
            : appendHead(`own-${writer}`, positions[writer], body.length);
          expectStatus(await connection.send(head, [body]), 200);
          positions[writer] += isOneObject ? 0 : body.length;
          count += 1;
        }
      }),
    );
    return (count / (performance.now() - startMs)) * 1000;
  };
  /** @type {number[]} */
  const shared = [];
  /** @type {number[]} */
  const own = [];
  const roundMs = 4000 * scale;
  await appendAll(true, roundMs / 2);
  await appendAll(false, roundMs / 2);
  for (let round = 0; round < 4; round += 1) {
    shared.push(await appendAll(true, roundMs));
    own.push(await appendAll(false, roundMs));
  }
  for (const connection of connections) connection.close();
  const [sharedRate, ownRate] = [percentile(shared, 0.5), percentile(own, 0.5)];
  return row(
    `1 KiB appends, ${writerCount} writers of one object without a position`,
    rate(sharedRate),
    `${rate(ownRate)} on ${writerCount} objects`,
    sharedRate / ownRate,
    '>=',
    1 / 1.5,
  );
}

/**
 * @param {number} port
 * @param {number} scale
 */
async function readOfManyAppends(port, scale) {
  const connections = await Promise.all(Array.from({ length: writerCount }, () => RawConnection.open(port)));
  // What is left over of the compactor's steps lies in rows until the next one; docs/performance.md says what it costs.
  const count = Math.max(4, Math.round(64 * scale)) * mergedCount;
  let begun = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (begun < count) {
        begun += 1;
        expectStatus(await connection.send(appendHead('many', 'auto', body.length), [body]), 200);
      }
    }),
  );
  const [reader] = connections;
  if (reader === undefined) throw new Error('There is no connection');
  const total = count * body.length;
  expectStatus(await reader.send(putHead('stored', total), [Buffer.alloc(total, letter)]), 200);
  await wait(COMPACTION_MS);
  const measure = async (/** @type {string} */ key) => {
    const startMs = performance.now();
    const answer = await reader.send(getHead(key), [], false);
    expectStatus(answer, 200);
    if (answer.bodyLength !== total) throw new Error(`Read ${answer.bodyLength} bytes, expected ${total}`);
    return (total / (performance.now() - startMs)) * 1000;
  };
  /** @type {number[]} */
  const many = [];
  /** @type {number[]} */
  const stored = [];
  for (let round = 0; round < 30; round += 1) {
    const isStoredFirst = round % 2 === 1;
    if (isStoredFirst) stored.push(await measure('stored'));
    many.push(await measure('many'));
    if (!isStoredFirst) stored.push(await measure('stored'));
  }
  for (const connection of connections) connection.close();
  const [manyRate, storedRate] = [percentile(many, 0.5), percentile(stored, 0.5)];
  return row(
    `GET of an object of ${count.toLocaleString('en')} appends, merged`,
    megabytes(manyRate),
    `${megabytes(storedRate)} same bytes by PutObject`,
    manyRate / storedRate,
    '>=',
    0.95,
  );
}
