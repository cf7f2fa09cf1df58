// @ts-check
/**
 * How much more two workers do than one process: appends of 1 KiB without a position, and reads, with signed URLs,
 * by turns, under `wrk` (one thread, 64 connections), which takes little of the machine. Prints requests a second, and
 * for each thread the share of a core that it used.
 *
 * The fewer objects (`--keys`), the more often two workers append to one at once, and one of them has to try again.
 *
 *     npm run build && node bench/workers.js [--seconds 6] [--rounds 3] [--workers 2] [--connections 64] [--keys 1024]
 */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ACCESS_KEY, BUCKET, startAnnals } from './load/processes.js';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    connections: { type: 'string', default: '64' },
    keys: { type: 'string', default: '1024' },
    only: { type: 'string', default: '' },
  },
});
const KEY_COUNT = Number(options.keys);
/** Of a tick in which the system counts the time of a thread. */
const TICK_MS = 10;

/** @typedef {{ label: string, method: 'POST' | 'GET', workers: string }} Case */

/**
 * @param {string} method
 * @param {string} key
 * @param {string} subResources As they are signed, with `?` in front; or empty.
 */
function signedPath(method, key, subResources) {
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const text = `${method}\n\n\n${expires}\n/${BUCKET}/${key}${subResources}`;
  const signature = createHmac('sha1', ACCESS_KEY.accessKeySecret).update(text).digest('base64');
  const query = new URLSearchParams({
    OSSAccessKeyId: ACCESS_KEY.accessKeyId,
    Expires: String(expires),
    Signature: signature,
  });
  return `/${BUCKET}/${key}${subResources}${subResources === '' ? '?' : '&'}${query}`;
}

/**
 * @param {number} pid
 * @returns {Map<string, number>} Milliseconds that each thread of the server and of its workers has used.
 */
function threadTimes(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean);
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const [index, process] of [String(pid), ...children].entries()) {
    for (const thread of readdirSync(`/proc/${process}/task`)) {
      const stat = readFileSync(`/proc/${process}/task/${thread}/stat`, 'utf8');
      const [user = '', system = ''] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      const name = `${index === 0 ? 'owner' : `worker ${index}`}${thread === process ? '' : ` thread ${thread}`}`;
      times.set(name, (Number(user) + Number(system)) * TICK_MS);
    }
  }
  return times;
}

/**
 * @param {number} port
 * @param {string} script
 * @param {string} seconds
 * @returns {Promise<string>} What wrk says.
 */
async function load(port, script, seconds) {
  const wrk = spawn(
    'wrk',
    ['-t1', `-c${options.connections}`, `-d${seconds}s`, '--latency', '-s', script, `http://127.0.0.1:${port}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  wrk.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(wrk, 'close');
  if (/Non-2xx/.test(said)) throw new Error(`Cannot measure: requests were refused\n${said}`);
  return said;
}

/**
 * @param {Case} measured
 * @returns {Promise<number>} Requests a second.
 */
async function measure({ label, method, workers }) {
  const folder = mkdtempSync(join(tmpdir(), 'annals-workers-'));
  const server = await startAnnals(join(folder, 'data'), ['--workers', workers]);
  try {
    const keys = Array.from({ length: KEY_COUNT }, (_, index) => `object-${index}`);
    if (method === 'GET') {
      for (const key of keys) {
        const url = `http://127.0.0.1:${server.port}${signedPath('PUT', key, '')}`;
        await fetch(url, { method: 'PUT', body: Buffer.alloc(1024, 'x') });
      }
    }
    const paths = keys.map((key) => signedPath(method, key, method === 'POST' ? '?append&position=auto' : ''));
    const script = join(folder, 'load.lua');
    writeFileSync(
      script,
      `local paths = {${paths.map((path) => JSON.stringify(path)).join(',')}}
local body = string.rep('x', 1024)
local count = 0
request = function()
  count = count + 1
  return wrk.format('${method}', paths[count % ${KEY_COUNT} + 1], nil, ${method === 'POST' ? 'body' : 'nil'})
end
`,
    );
    await load(server.port, script, '2');
    const before = threadTimes(server.pid);
    const startMs = performance.now();
    const said = await load(server.port, script, options.seconds);
    const elapsedMs = performance.now() - startMs;
    const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
    const used = [...threadTimes(server.pid)].map(
      ([name, ms]) => /** @type {const} */ ([name, ms - (before.get(name) ?? 0)]),
    );
    const usedMs = used.reduce((sum, [, ms]) => sum + ms, 0);
    const busiest = used.filter(([, ms]) => ms > 0.02 * elapsedMs).sort(([, one], [, other]) => other - one);
    const shares = busiest.map(([name, ms]) => `${name} ${((100 * ms) / elapsedMs).toFixed(0)} %`).join(', ');
    const latencies = ['50%', '99%'].map((name) => new RegExp(`${name}\\s+(\\S+)`).exec(said)?.[1]).join(', ');
    const perRequest = ((1000 * usedMs) / (perSecond * (elapsedMs / 1000))).toFixed(0);
    console.log(`${label}, workers ${workers}: ${perSecond.toFixed(0)}/s, p50 and p99 ${latencies}, ${perRequest} µs`);
    console.log(`  ${shares}`);
    return perSecond;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [label, method] of /** @type {const} */ ([
  ['append 1 KiB', 'POST'],
  ['read 1 KiB', 'GET'],
])) {
  if (!label.startsWith(options.only)) continue;
  /** @type {number[]} */
  const ratios = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const alone = await measure({ label, method, workers: '1' });
    ratios.push((await measure({ label, method, workers: options.workers })) / alone);
  }
  ratios.sort((one, other) => one - other);
  const median = ratios[Math.floor(ratios.length / 2)] ?? Number.NaN;
  console.log(`${label}: ${median.toFixed(2)} x (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`);
}
