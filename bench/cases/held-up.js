// @ts-check
/**
 * What long operations make others wait for: while one goes on, a writer beside it appends 1 KiB again and again, and
 * its longest and 99th-percentile answers are printed beside those it got when nothing else went on. The limit is that
 * quiet writer's own longest wait and the bound of 50 ms. What the server and the writer's own process saw of their
 * turns is printed with them, since on a busy machine a wait may be neither's work.
 */

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Query, SigningKeyCache, signHeadersV4 } from '@annals/protocol';
import { ACCESS_KEY, BUCKET, startAnnals } from '../load/processes.js';
import { percentile, row } from '../load/statistics.js';
import { waitsBeside } from '../load/waits-beside.js';

const BOUND_MS = 50;
const cache = new SigningKeyCache();

/**
 * @param {number} port
 * @param {'POST' | 'PUT' | 'GET' | 'DELETE'} method
 * @param {string} key
 * @param {readonly (readonly [string, string])[]} query
 * @param {Buffer} body
 */
async function send(port, method, key, query, body = Buffer.alloc(0)) {
  const digest = createHash('md5').update(body).digest('base64');
  const signed = signHeadersV4({
    request: { method, query: new Query(query), headers: new Map([['content-md5', digest]]) },
    resource: key === '' ? { bucket: BUCKET } : { bucket: BUCKET, key },
    credentials: ACCESS_KEY,
    nowMs: Date.now(),
    region: 'cn-hangzhou',
    cache,
  });
  const search = query.map(([name, value]) => (value === '' ? name : `${name}=${encodeURIComponent(value)}`)).join('&');
  const url = `http://127.0.0.1:${port}/${BUCKET}/${key}${search === '' ? '' : `?${search}`}`;
  const answer = await fetch(url, {
    method,
    headers: { ...signed, 'content-md5': digest },
    ...(body.length !== 0 && { body }),
  });
  const answered = await answer.text();
  if (answer.status >= 300) throw new Error(`${method} ${key}: ${answer.status} ${answered}`);
  return { text: answered, etag: answer.headers.get('etag') ?? '' };
}

/**
 * Appends beside `work`, from a process of its own, until it ends.
 * @param {number} port
 * @param {string} key
 * @param {() => Promise<unknown>} work
 */
async function lateBeside(port, key, work) {
  // What came before is not this work's.
  await longestSince(port);
  const { waits, ownLongestMs } = await waitsBeside(port, key, work);
  return {
    longest: Math.max(...waits),
    p99: percentile(waits, 0.99),
    server: await longestSince(port),
    writer: `${ownLongestMs.toFixed(0)} ms`,
  };
}

/**
 * What the server itself saw since it was last asked: its longest turn of the event loop (the pause between two looks
 * of a timer that are 10 ms apart, so up to 10 ms of rest, garbage collection and other programs on the cores are in
 * it) and its longest commit.
 * @param {number} port
 */
async function longestSince(port) {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/-/metrics`)).text();
  const milliseconds = (/** @type {string} */ name) =>
    (Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1]) * 1000).toFixed(0);
  return `turn ${milliseconds('nodejs_eventloop_lag_max_seconds')} ms, commit ${milliseconds('annals_commit_batch_duration_max_seconds')} ms`;
}

/**
 * @param {number} count
 * @param {number} width
 * @param {(index: number) => Promise<unknown>} run
 */
async function manyAtOnce(count, width, run) {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < count) await run(next++);
    }),
  );
}

/** @param {readonly string[]} keys */
const deletion = (keys) =>
  Buffer.from(
    `<Delete><Quiet>true</Quiet>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`,
  );

/** @type {import('../run.js').Case} */
export async function heldUp({ folder, scale }) {
  const data = `${folder}/data`;
  mkdirSync(data);
  const annals = await startAnnals(data);
  const { port } = annals;
  const partCount = Math.max(500, Math.ceil(10_000 * scale));
  const objectCount = Math.max(2000, Math.ceil(40_000 * scale));
  const part = Buffer.alloc(100 * 1024, 'p');
  const keys = Array.from({ length: objectCount }, (_, index) => `small/${index}`);

  /** @param {string} key */
  const upload = async (key) => {
    const initiated = await send(port, 'POST', key, [['uploads', '']]);
    const uploadId = /<UploadId>([^<]+)</.exec(initiated.text)?.[1] ?? '';
    /** @type {string[]} */
    const etags = [];
    await manyAtOnce(partCount, 8, async (index) => {
      const query = /** @type {const} */ ([
        ['partNumber', String(index + 1)],
        ['uploadId', uploadId],
      ]);
      etags[index] = (await send(port, 'PUT', key, query, part)).etag;
    });
    const list = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    return { uploadId, document: Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`) };
  };

  const quiet = await lateBeside(port, 'quiet', () => pause(2000));
  /** @type {[string, { longest: number, p99: number, server: string, writer: string }][]} */
  const measured = [];
  const many = await upload('many');
  measured.push([
    `completing ${partCount} parts`,
    await lateBeside(port, 'beside-complete', () =>
      send(port, 'POST', 'many', [['uploadId', many.uploadId]], many.document),
    ),
  ]);
  const gone = await upload('gone');
  measured.push([
    `aborting ${partCount} parts`,
    await lateBeside(port, 'beside-abort', async () => {
      await send(port, 'DELETE', 'gone', [['uploadId', gone.uploadId]]);
      await pause(1000);
    }),
  ]);
  await manyAtOnce(objectCount, 32, async (index) => send(port, 'PUT', keys[index] ?? '', [], Buffer.from('small')));
  measured.push([
    `listing ${objectCount} keys`,
    await lateBeside(port, 'beside-list', () => manyAtOnce(40, 8, () => send(port, 'GET', '', [['max-keys', '1000']]))),
  ]);
  const startMs = performance.now();
  measured.push([
    `deleting ${objectCount} keys in batches of 1,000, 40 at once`,
    await lateBeside(port, 'beside-delete', () =>
      manyAtOnce(objectCount / 1000, 40, (index) =>
        send(port, 'POST', '', [['delete', '']], deletion(keys.slice(index * 1000, (index + 1) * 1000))),
      ),
    ),
  ]);
  const deletedMs = performance.now() - startMs;
  const sweptMs = await waitForSweep(port, startMs);
  await annals.stop();
  console.log(
    `deleted ${Math.round((objectCount / deletedMs) * 1000)} objects/s; all swept ${sweptMs === undefined ? 'at an unknown time' : `${(sweptMs / 1000).toFixed(1)} s after the first deletion`}`,
  );
  return measured.map(([name, { longest, p99, server, writer }]) =>
    row(
      `Longest wait of an append beside ${name}`,
      `${longest.toFixed(1)} ms (p99 ${p99.toFixed(1)} ms; server: ${server}; the writer itself: ${writer})`,
      `${quiet.longest.toFixed(1)} ms quiet + ${BOUND_MS} ms`,
      longest / (quiet.longest + BOUND_MS),
      '<=',
      1,
    ),
  );
}

/**
 * @param {number} port
 * @param {number} startMs
 * @returns {Promise<number | undefined>} Undefined: the server does not say.
 */
async function waitForSweep(port, startMs) {
  for (let round = 0; round < 600; round += 1) {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/-/metrics`)).text();
    const waiting = /^annals_garbage_contents (\d+)/m.exec(metrics)?.[1];
    if (waiting === undefined) return undefined;
    if (waiting === '0') return performance.now() - startMs;
    await pause(500);
  }
  return undefined;
}
