// @ts-check
/**
 * Where the processor time of a request goes: by thread, and on the main thread by the folder that the code is in.
 * Prints microseconds a request. The first figures are taken without the profiler, which costs time itself; its shares
 * are then applied to them. Linux only.
 *
 *     npm run build && node bench/profile.js [--work append|put|get|head] [--connections 64] [--length 1024]
 *       [--seconds 6]
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stopWhatIsLeft } from './load/running.js';
import { openAnnals, openBare } from './load/services.js';
import { appending, askingHeads, getting, putting } from './load/workloads.js';

const { values } = parseArgs({
  options: {
    work: { type: 'string', default: 'append' },
    connections: { type: 'string', default: '64' },
    length: { type: 'string', default: '1024' },
    seconds: { type: 'string', default: '6' },
  },
});
const WORKS = { append: appending, put: putting, get: getting, head: askingHeads };
const WARM_UP_SECONDS = 4;
/** Waiting, and what the inspector does for the profiler itself. */
const LEFT_OUT = new Set(['(idle)', 'Node in C++: dispatch']);
/** What takes less is left out. */
const SHOWN_MICROSECONDS = 0.5;

/** @typedef {{ functionName: string, url: string }} CallFrame */
/** @typedef {{ nodes: { id: number, callFrame: CallFrame }[], samples: number[], timeDeltas: number[] }} Profile */

const take = Object.entries(WORKS).find(([name]) => name === values.work)?.[1];
if (take === undefined) throw new RangeError(`No work is called "${values.work}"; expected ${Object.keys(WORKS)}`);
const folder = mkdtempSync(join(tmpdir(), 'annals-profile-'));
const seconds = Number(values.seconds);
const body = Buffer.alloc(Number(values.length), 'a');
const work = {
  connectionCount: Number(values.connections),
  turnMs: seconds * 1000,
  value: /** @type {const} */ ('rate'),
  prefix: 'profile',
  body,
};

try {
  const served = join(folder, 'same-bytes');
  writeFileSync(served, body);
  const bare = await openBare(served);
  const withBare = take(bare, work);
  const ofBare = await measure(bare, withBare);
  withBare.close();
  await bare.stop();
  const file = join(folder, 'profile.json');
  process.env.ANNALS_BENCH_PROFILE = file;
  process.env.NODE_OPTIONS = `--import=${fileURLToPath(new URL('load/profiler.js', import.meta.url))}`;
  const annals = await openAnnals(join(folder, 'data'));
  delete process.env.NODE_OPTIONS;
  if (values.work === 'get' || values.work === 'head') {
    const stored = putting(annals, work);
    await stored.take(1 / seconds);
    stored.close();
  }
  const contestant = take(annals, work);
  const ofAnnals = await measure(annals, contestant);
  const [pid = 0] = annals.pids;
  process.kill(pid, 'SIGUSR2');
  await contestant.take(1);
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await pause(50);
  contestant.close();
  await annals.stop();
  print(ofBare, ofAnnals, /** @type {Profile} */ (JSON.parse(readFileSync(file, 'utf8'))));
} finally {
  await stopWhatIsLeft();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {import('./load/services.js').Service} service
 * @param {ReturnType<typeof appending>} contestant
 */
async function measure(service, contestant) {
  await contestant.take(WARM_UP_SECONDS / seconds);
  const before = threadsOf(service.pids);
  const { value: rate, requests } = await contestant.take(1);
  const threads = [...threadsOf(service.pids)].map(
    ([thread, nanoseconds]) => (nanoseconds - (before.get(thread) ?? 0)) / 1000 / requests,
  );
  return { rate, threads };
}

/**
 * @param {readonly number[]} pids
 * @returns {Map<string, number>} Nanoseconds on a processor by thread, the main thread of the first process first.
 */
function threadsOf(pids) {
  return new Map(
    pids.flatMap((pid) =>
      readdirSync(`/proc/${pid}/task`).map((thread) => {
        const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
        return /** @type {[string, number]} */ ([thread, Number(nanoseconds)]);
      }),
    ),
  );
}

/**
 * @param {Awaited<ReturnType<typeof measure>>} bare
 * @param {Awaited<ReturnType<typeof measure>>} annals
 * @param {Profile} profile
 */
function print(bare, annals, profile) {
  const sum = (/** @type {number[]} */ threads) => threads.reduce((total, one) => total + one, 0);
  const line = (/** @type {number} */ microseconds, /** @type {string} */ name) =>
    console.log(`${microseconds.toFixed(1).padStart(8)} µs  ${name}`);
  console.log(`${values.work}, ${values.length} bytes, ${values.connections} connections`);
  console.log(`${annals.rate.toFixed(0)}/s; bare HTTP ${bare.rate.toFixed(0)}/s`);
  line(sum(annals.threads), `all threads (bare HTTP ${sum(bare.threads).toFixed(1)})`);
  const [main = 0, ...others] = annals.threads;
  line(main, 'main thread');
  for (const other of others.sort((one, two) => two - one))
    if (other >= SHOWN_MICROSECONDS) line(other, 'another thread: writing, checkpoints, files, collecting garbage');
  const byPlace = timeByPlace(profile);
  const busy = sum([...byPlace.values()]);
  console.log('The main thread, by folder:');
  for (const [place, time] of [...byPlace].sort(([, one], [, two]) => two - one)) {
    const microseconds = (main * time) / busy;
    if (microseconds >= SHOWN_MICROSECONDS) line(microseconds, place);
  }
}

/** @param {Profile} profile @returns {Map<string, number>} Without the time that the thread waited or was profiled. */
function timeByPlace({ nodes, samples, timeDeltas }) {
  const placeOf = new Map(nodes.map(({ id, callFrame }) => [id, place(callFrame)]));
  /** @type {Map<string, number>} */
  const times = new Map();
  samples.forEach((id, index) => {
    const name = placeOf.get(id) ?? '';
    if (!LEFT_OUT.has(name)) times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  });
  return times;
}

/** @param {CallFrame} frame */
function place({ functionName, url }) {
  const own = /packages\/(\w+)\/dist\/(?:(.*)\/)?[^/]*$/.exec(url);
  if (own !== null) return [own[1], own[2]].filter(Boolean).join('/');
  const installed = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (installed !== null) return `library ${installed[1]}`;
  if (url.startsWith('node:')) return 'Node in JavaScript';
  if (url.startsWith('wasm:')) return 'CRC-64 in WebAssembly';
  return functionName.startsWith('(') ? functionName : `Node in C++: ${functionName}`;
}
