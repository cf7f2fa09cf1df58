// @ts-check
/**
 * `npm run bench`: measures Annals and, in the same run on the same machine, the limits that bare HTTP and the bare
 * disk set. Prints a table of ratios and writes JSON. Speed belongs here and never in a test.
 *
 *   npm run bench                         everything at full size
 *   npm run bench -- --scale 0.1          a tenth of the work: a quick look
 *   npm run bench -- --only append        cases whose name contains "append"
 *   npm run bench -- --folder /mnt/disk   where the data goes (default: the system's temporary folder)
 *   npm run bench -- --json FILE          default bench-results.json
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appendFlatness } from './cases/append-flatness.js';
import { appendLatency } from './cases/append-latency.js';
import { appendThroughput } from './cases/append-throughput.js';
import { extensions } from './cases/extensions.js';
import { heldUp } from './cases/held-up.js';
import { largeUploads } from './cases/large-uploads.js';
import { listing } from './cases/listing.js';
import { reads } from './cases/reads.js';
import { isReached } from './load/statistics.js';

/**
 * @callback Case
 * @param {{ folder: string, scale: number }} options A fresh folder, and the share of the full work to do.
 * @returns {Promise<import('./load/statistics.js').Row[]>}
 */

/** @type {Record<string, Case>} */
const CASES = {
  'append-latency': appendLatency,
  'append-throughput': appendThroughput,
  'append-flatness': appendFlatness,
  extensions,
  'held-up': heldUp,
  'large-uploads': largeUploads,
  reads,
  listing,
};

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'string', default: 'bench-results.json' },
  },
});

const rows = [];
for (const [name, run] of Object.entries(CASES)) {
  if (!name.includes(values.only)) continue;
  const folder = mkdtempSync(join(values.folder, 'annals-bench-'));
  try {
    for (const line of await run({ folder, scale: Number(values.scale) })) {
      rows.push({ case: name, ...line, isReached: isReached(line) });
      const verdict = isReached(line) ? 'reached' : 'MISSED';
      console.log(
        `${verdict.padEnd(8)} ${line.name.padEnd(62)} ${line.ratio.toFixed(2)} (${line.relation} ${line.target})  ${line.measured} against ${line.limit}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, platform: process.platform };
const date = new Date().toISOString().slice(0, 10);
writeFileSync(values.json, `${JSON.stringify({ machine, date, scale: Number(values.scale), rows }, null, 2)}\n`);
