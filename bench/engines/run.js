/**
 * Runs the conformance suite over each engine and measures it:
 *
 *     npm run build && npm install --prefix bench/engines && \
 *         node bench/engines/run.js [--engine NAME] [--seconds 3] [--directory DIR]
 *
 * Prints one table. Each engine runs in a process of its own, so that none pays for the memory of another.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keyValueStoreCases, seededRandom } from '@annals/store/conformance';
import { percentile } from '../load/statistics.js';
import { ENGINES } from './engines.js';
import { flipBits } from './flip-bits.js';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '3' },
    directory: { type: 'string', default: tmpdir() },
    rows: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    one: { type: 'string' },
  },
});
const durationMs = Number(options.seconds) * 1000;
const rowCount = Number(options.rows);
const VALUE_LENGTH_BYTES = 1024;
/** Values are cut out of it anywhere: an engine that compresses finds nothing to compress, as in media. */
const noise = Buffer.from(seededRandom(Number(options.seed)).bytes(2 ** 20));
const ROWS_PER_COMMIT = 500;
const READ_COUNT = 20_000;

if (options.one === undefined) compare();
else process.stdout.write(`${JSON.stringify(await measureEngine(options.one))}\n`);

/** @param {number} index @returns {Buffer} 1 KiB */
function noiseOf(index) {
  const begin = (index * 7919) % (noise.length - VALUE_LENGTH_BYTES);
  return noise.subarray(begin, begin + VALUE_LENGTH_BYTES);
}

/** Runs one process per engine. */
function compare() {
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}, ${options.directory}`,
  );
  /** @type {Record<string, Record<string, string | number>>} */
  const table = {};
  for (const name of options.engine ?? Object.keys(ENGINES)) {
    const words = [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--one', name];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
    if (status !== 0) {
      console.log(`${name} was not measured: ${/(?:Error[^\n]*|No such built-in[^\n]*)/.exec(stderr)?.[0] ?? stderr}`);
      continue;
    }
    const { description, failures, figures } = JSON.parse(stdout);
    console.log(`${name}: ${description}`);
    for (const failure of failures) console.log(`  does not conform: ${failure}`);
    table[name] = figures;
  }
  const names = Object.keys(table);
  const measured = Object.keys(Object.values(table)[0] ?? {});
  console.log(`\n| | ${names.join(' | ')} |\n|---|${names.map(() => '---:').join('|')}|`);
  for (const what of measured) console.log(`| ${what} | ${names.map((name) => table[name]?.[what]).join(' | ')} |`);
}

/** @param {string} name */
async function measureEngine(name) {
  const load = ENGINES[name];
  if (load === undefined) throw new Error(`Cannot measure "${name}": wanted one of ${Object.keys(ENGINES).join(', ')}`);
  const engine = await load();
  mkdirSync(options.directory, { recursive: true });
  const scratch = mkdtempSync(join(options.directory, 'annals-engines-'));
  try {
    const failures = await conform(engine, scratch);
    const figures = {
      conformance: `${keyValueStoreCases.length - failures.length} of ${keyValueStoreCases.length}`,
      ...(await measureCommits(engine, scratch)),
      ...(await measureRows(engine, scratch)),
      ...(await flipBits(engine, scratch, seededRandom(Number(options.seed)))),
    };
    return { description: engine.description, failures, figures };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {import('./engines.js').Engine} engine @param {string} scratch @returns {Promise<string[]>} cases that failed
 */
async function conform(engine, scratch) {
  const failures = [];
  for (const [index, { name, run }] of keyValueStoreCases.entries()) {
    const directory = join(scratch, `case-${index}`);
    let store = await engine.open(directory);
    const reopen = async () => {
      await store.close();
      store = await engine.open(directory);
      return store;
    };
    try {
      await run({ store, reopen, seed: Number(options.seed) });
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`);
    }
    await store.close();
  }
  return failures;
}

/**
 * Each commit writes one row of 1 KiB that was not there. @param {import('./engines.js').Engine} engine @param {string}
 * scratch
 */
async function measureCommits(engine, scratch) {
  /** @type {Record<string, string | number>} */
  const figures = {};
  for (const committerCount of [1, 16, 64]) {
    const store = await engine.open(join(scratch, `commits-${committerCount}`));
    /** @type {number[]} */
    const latenciesMs = [];
    const loopBefore = performance.eventLoopUtilization();
    const startMs = performance.now();
    const endMs = startMs + durationMs;
    await Promise.all(
      Array.from({ length: committerCount }, async (_, committer) => {
        for (let index = 0; performance.now() < endMs; index += 1) {
          const key = Buffer.from(`extent\0camera-${committer}\0${String(index).padStart(12, '0')}`);
          const beganMs = performance.now();
          const { committed } = await store.commit({
            checks: [{ key, version: undefined }],
            puts: [{ key, value: noiseOf(index + committer) }],
          });
          if (!committed) throw new Error('A check failed that could not fail');
          latenciesMs.push(performance.now() - beganMs);
        }
      }),
    );
    const elapsedMs = performance.now() - startMs;
    const { utilization } = performance.eventLoopUtilization(loopBefore);
    await store.close();
    figures[`commits/s, ${committerCount} at a time`] = Math.round((latenciesMs.length / elapsedMs) * 1000);
    if (committerCount === 1) {
      figures['one at a time, p50'] = microseconds(percentile(latenciesMs, 0.5));
      figures['one at a time, p99'] = microseconds(percentile(latenciesMs, 0.99));
    }
    figures[`main thread busy, ${committerCount} at a time`] = `${Math.round(utilization * 100)} %`;
  }
  return figures;
}

/**
 * Rows of 1 KiB, put in random order, read and listed. @param {import('./engines.js').Engine} engine @param {string}
 * scratch
 */
async function measureRows(engine, scratch) {
  const directory = join(scratch, 'rows');
  const store = await engine.open(directory);
  const random = seededRandom(Number(options.seed));
  const order = Array.from({ length: rowCount }, (_, index) => index);
  for (let index = rowCount - 1; index > 0; index -= 1) {
    const other = random.below(index + 1);
    [order[index], order[other]] = [order[other] ?? 0, order[index] ?? 0];
  }
  const keyOf = (/** @type {number} */ index) =>
    Buffer.from(`object\0recordings\0camera/${String(index).padStart(9, '0')}.ts`);
  const fillStartMs = performance.now();
  for (let begin = 0; begin < rowCount; begin += ROWS_PER_COMMIT) {
    await store.commit({
      puts: order.slice(begin, begin + ROWS_PER_COMMIT).map((index) => ({ key: keyOf(index), value: noiseOf(index) })),
    });
  }
  const fillMs = performance.now() - fillStartMs;
  const readStartMs = performance.now();
  for (let index = 0; index < READ_COUNT; index += 1) {
    if ((await store.get(keyOf(random.below(rowCount)))) === undefined)
      throw new Error('A row is missing that was put');
  }
  const readMs = performance.now() - readStartMs;
  /** @type {number[]} */
  const listMs = [];
  const limit = Math.min(10_000, rowCount);
  for (let round = 0; round < 5; round += 1) {
    const start = keyOf(random.below(rowCount - limit + 1));
    const beganMs = performance.now();
    const entries = await store.list({ start, end: Buffer.from('object\xff', 'latin1'), limit });
    listMs.push(performance.now() - beganMs);
    if (entries.length !== limit) throw new Error(`Listed ${entries.length} rows of ${limit}`);
  }
  await store.close();
  const sizeBytes = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(directory, name)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
  return {
    [`${rowCount} rows put, ${ROWS_PER_COMMIT} a commit`]: `${(fillMs / 1000).toFixed(1)} s`,
    'get of a random row': microseconds(readMs / READ_COUNT),
    [`list of ${limit} rows`]: `${percentile(listMs, 0.5).toFixed(1)} ms`,
    'files when closed': `${Math.round(sizeBytes / 2 ** 20)} MiB`,
  };
}

/** @param {number} ms */
function microseconds(ms) {
  return `${(ms * 1000).toFixed(ms < 0.1 ? 1 : 0)} µs`;
}
