// @ts-check
/**
 * `npm run interop`: real clients against the real server, one column per client, one row per step.
 * `npm run interop -- python-v2 curl` runs some; `--write` puts the matrix of a full run into docs/sdks.md; `--connections` copies
 * the connection lines of the programs there; `--check-page` tells whether that was done. Fails, never skips, without a toolchain.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runClient } from './runner/client.js';
import { clientNames, foldersOf } from './runner/folders.js';
import { markdownMatrix, textMatrix } from './runner/matrix.js';
import { updateConnections, writeMatrix } from './runner/page.js';
import { scenario } from './scenario.js';

const OPTIONS = ['--write', '--connections', '--check-page'];
const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith('--'));
const wanted = words.filter((word) => !word.startsWith('--'));
const all = await clientNames();
const unknown = [...options.filter((word) => !OPTIONS.includes(word)), ...wanted.filter((word) => !all.includes(word))];

if (unknown.length > 0) {
  console.error(`Cannot run ${unknown.join(', ')}: clients are ${all.join(', ')}; options are ${OPTIONS.join(', ')}`);
  process.exitCode = 2;
} else if (options.includes('--write') && wanted.length > 0) {
  console.error('Cannot write the matrix of some clients: --write needs a run of all');
  process.exitCode = 2;
} else if (options.includes('--connections') || options.includes('--check-page')) {
  const findings = await updateConnections({ isCheck: options.includes('--check-page') });
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length === 0 ? 0 : 1;
} else {
  await runAll();
}

async function runAll() {
  /** @type {Map<string, { steps: readonly import('./scenario.js').Step[], columns: import('./runner/matrix.js').Column[] }>} */
  const tables = new Map();
  for (const name of wanted.length > 0 ? wanted : all) {
    const startedAtMs = Date.now();
    const { client } = await import(pathToFileURL(join(foldersOf(name).folder, 'client.js')).href);
    if (client === undefined) throw new Error(`test/interop/${name}/client.js exports no client`);
    const columns = await runClient(name, client);
    console.log(`${name}: ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
    const table = client.table ?? 'Shared scenario';
    const known = tables.get(table);
    if (known === undefined) tables.set(table, { steps: client.steps ?? scenario, columns });
    else known.columns.push(...columns);
  }
  for (const [title, { steps, columns }] of tables) console.log(`\n${title}\n\n${textMatrix(steps, columns)}`);
  if (options.includes('--write')) {
    const parts = [...tables].map(([title, { steps, columns }]) => `### ${title}\n\n${markdownMatrix(steps, columns)}`);
    await writeMatrix(`\n${parts.join('\n\n')}\n`);
    for (const finding of await updateConnections()) console.error(finding);
  }
  const cells = [...tables.values()].flatMap(({ columns }) => columns.flatMap((column) => [...column.cells.values()]));
  const failedCount = cells.filter(({ state }) => state === 'fail').length;
  const passedCount = cells.filter(({ state }) => state === 'pass').length;
  console.log(`\n${passedCount} passed, ${failedCount} failed`);
  process.exitCode = failedCount === 0 ? 0 : 1;
}
