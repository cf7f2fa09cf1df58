// @ts-check
/**
 * `npm run bench`: measures Annals and, by turns in the same run on the same machine, the limits that bare HTTP and the
 * bare disk set, and the peers that are installed. Prints a table of ratios and writes JSON. Speed belongs here and
 * never in a test: a missed target, a busy machine and a peer that fails are reported and end nothing.
 *
 *   npm run bench                         everything on one machine at full size
 *   npm run bench -- --only gateways      several gateways over PostgreSQL, beside Ceph
 *   npm run bench -- --scale 0.1          a tenth of the work: a quick look
 *   npm run bench -- --only append        cases whose name contains "append"
 *   npm run bench -- --peers azurite      these peers, by commas (default: all that are installed; "none")
 *   npm run bench -- --folder /mnt/disk   where the data goes (default: the system's temporary folder)
 *   npm run bench -- --json FILE          default bench-results.json
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appendFlatness } from './cases/append-flatness.js';
import { bodies } from './cases/bodies.js';
import { extensions } from './cases/extensions.js';
import { fairness } from './cases/fairness.js';
import { gateways } from './cases/gateways.js';
import { gatewaysLarge } from './cases/gateways-large.js';
import { growth } from './cases/growth.js';
import { heldUp } from './cases/held-up.js';
import { largeUploads } from './cases/large-uploads.js';
import { listing } from './cases/listing.js';
import { reads } from './cases/reads.js';
import { smallAppends } from './cases/small-appends.js';
import { smallObjects } from './cases/small-objects.js';
import { workers } from './cases/workers.js';
import { stopWhatIsLeft } from './load/running.js';
import { isReached } from './load/statistics.js';
import { choosePeers } from './peers/peers.js';

/**
 * @callback Case
 * @param {object} options
 * @param {string} options.folder A fresh folder.
 * @param {number} options.scale The share of the full work to do.
 * @param {ReturnType<typeof choosePeers>} options.peers
 * @param {(contest: import('./load/turns.js').Contest) => void} options.addContest For the page: everybody's figures.
 * @returns {Promise<import('./load/statistics.js').Row[]>}
 */

/** @type {Record<string, Case>} */
const CASES = {
  'small-appends': smallAppends,
  bodies,
  'small-objects': smallObjects,
  fairness,
  workers,
  'append-flatness': appendFlatness,
  growth,
  extensions,
  'held-up': heldUp,
  'large-uploads': largeUploads,
  reads,
  listing,
};

/**
 * Only run when `--only` asks for them: they start a dozen programs, and have a section of the page for themselves.
 * @type {Record<string, Case>}
 */
const CASES_OF_THEIR_OWN = { gateways, 'gateways-large': gatewaysLarge };

/** More than this on average in the minute before the run, and the machine was not idle. */
const IDLE_LOAD_MAX = 0.5;

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'string', default: 'bench-results.json' },
  },
});

const load = loadavg()[0] ?? 0;
const isIdle = load <= IDLE_LOAD_MAX;
if (!isIdle) console.log(`The machine is not idle: its load average is ${load.toFixed(1)}. The page will say so.`);
const peers = choosePeers(values.peers);
for (const { state } of peers) {
  if (state.version === undefined) console.log(`${state.name} is not installed and left out: ${state.install}`);
}

const startMs = performance.now();
const rows = [];
/** @type {import('./load/turns.js').Contest[]} */
const contests = [];
/** @type {{ case: string, failure: string }[]} */
const failures = [];

/** @param {import('./load/turns.js').Contest} contest */
function addContest(contest) {
  contests.push(contest);
  for (const { name, failure } of contest.standings) {
    if (failure === undefined) continue;
    peers.find(({ state }) => state.name === name)?.state.failures.push(`${contest.title}: ${failure}`);
  }
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, async () => {
    await stopWhatIsLeft();
    process.exit(1);
  });
}
const chosen = values.only === '' ? CASES : { ...CASES, ...CASES_OF_THEIR_OWN };
for (const [name, run] of Object.entries(chosen)) {
  if (!name.includes(values.only)) continue;
  const folder = mkdtempSync(join(values.folder, 'annals-bench-'));
  try {
    for (const line of await run({ folder, scale: Number(values.scale), peers, addContest })) {
      rows.push({ case: name, ...line, isReached: isReached(line) });
      const verdict = isReached(line) ? 'reached' : 'MISSED';
      console.log(
        `${verdict.padEnd(8)} ${line.name.padEnd(62)} ${line.ratio.toFixed(2)} (${line.relation} ${line.target})  ${line.measured} against ${line.limit}`,
      );
    }
  } catch (error) {
    failures.push({ case: name, failure: error instanceof Error ? error.message : String(error) });
    console.log(`FAILED   ${name}: ${error instanceof Error ? error.stack : error}`);
  } finally {
    await stopWhatIsLeft();
    rmSync(folder, { recursive: true, force: true });
  }
}
const results = {
  machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, platform: process.platform },
  date: new Date().toISOString().slice(0, 10),
  scale: Number(values.scale),
  minutes: Number(((performance.now() - startMs) / 60_000).toFixed(1)),
  load: { average: load, isIdle },
  peers: peers.map(({ state }) => state),
  failures,
  contests,
  rows,
};
writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
// Connections of a case that failed in the middle would keep this process alive.
process.exit(failures.length === 0 ? 0 : 1);
