// @ts-check
/**
 * `npm run interop`: real clients against the real server, one column per client, one row per step.
 * `npm run interop -- python-v2 curl` runs some; `--write` puts the matrix of a full run into docs/sdks.md;
 * `--connections` copies the connection lines of the programs there; `--check-page` tells whether that was done;
 * `--json FILE` writes every cell there; `--prepare` installs and compiles what the clients need, and runs none. Fails,
 * never skips, without a toolchain.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareClient, runClient } from './runner/client.js';
import { clientNames, foldersOf } from './runner/folders.js';
import { markdownMatrix, textMatrix } from './runner/matrix.js';
import { updateConnections, writeMatrix } from './runner/page.js';
import { createTurns } from './runner/turns.js';
import { scenario } from './scenario.js';

const OPTIONS = ['--write', '--connections', '--check-page', '--json', '--prepare'];
/** Preparations and columns at once. They wait for the network and for the server, so two cores are busy with three. */
const TURN_COUNT = 3;
const words = process.argv.slice(2);
const jsonIndex = words.indexOf('--json');
const jsonPath = jsonIndex < 0 ? undefined : words.splice(jsonIndex + 1, 1)[0];
const options = words.filter((word) => word.startsWith('--'));
const wanted = words.filter((word) => !word.startsWith('--'));
const all = await clientNames();
const unknown = [...options.filter((word) => !OPTIONS.includes(word)), ...wanted.filter((word) => !all.includes(word))];

if (unknown.length > 0) {
  console.error(`Cannot run ${unknown.join(', ')}: clients are ${all.join(', ')}; options are ${OPTIONS.join(', ')}`);
  process.exitCode = 2;
} else if (jsonIndex >= 0 && jsonPath === undefined) {
  console.error('Cannot write the cells: --json needs the path of a file');
  process.exitCode = 2;
} else if (options.includes('--write') && wanted.length > 0) {
  console.error('Cannot write the matrix of some clients: --write needs a run of all');
  process.exitCode = 2;
} else if (options.includes('--connections') || options.includes('--check-page')) {
  const findings = await updateConnections({ isCheck: options.includes('--check-page') });
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length === 0 ? 0 : 1;
} else if (options.includes('--prepare')) {
  await prepareAll();
} else {
  await runAll();
}

async function prepareAll() {
  const takeTurn = createTurns(TURN_COUNT);
  const names = wanted.length > 0 ? wanted : all;
  const problems = await Promise.all(
    names.map(async (name) => {
      const problem = await prepareClient(name, await clientOf(name), takeTurn);
      if (problem !== undefined) console.error(`${name}: ${problem}`);
      return problem;
    }),
  );
  process.exitCode = problems.every((problem) => problem === undefined) ? 0 : 1;
}

async function runAll() {
  const startedAtMs = Date.now();
  const names = wanted.length > 0 ? wanted : all;
  const takeTurn = createTurns(TURN_COUNT);
  const results = await Promise.all(names.map((name) => runOne(name, takeTurn)));
  /** @type {Map<string, { steps: import('./scenario.js').Step[], columns: import('./runner/matrix.js').Column[] }>} */
  const tables = new Map();
  for (const { client, columns } of results) {
    const title = client.table ?? 'Shared scenario';
    const table = tables.get(title) ?? { steps: [], columns: [] };
    tables.set(title, table);
    for (const step of client.steps ?? scenario) {
      if (!table.steps.some(({ id }) => id === step.id)) table.steps.push(step);
    }
    table.columns.push(...columns);
  }
  for (const [title, { steps, columns }] of tables) console.log(`\n${title}\n\n${textMatrix(steps, columns)}`);
  if (options.includes('--write')) {
    const parts = [...tables].map(([title, { steps, columns }]) => `### ${title}\n\n${markdownMatrix(steps, columns)}`);
    await writeMatrix(`\n${parts.join('\n\n')}\n`);
    for (const finding of await updateConnections()) console.error(finding);
  }
  const cells = results.flatMap(({ columns }) =>
    columns.flatMap(({ name, cells: column }) => [...column].map(([step, cell]) => ({ name, step, ...cell }))),
  );
  if (jsonPath !== undefined) await writeFile(jsonPath, `${JSON.stringify(cells, undefined, 2)}\n`);
  const failedCount = cells.filter(({ state }) => state === 'fail').length;
  const passedCount = cells.filter(({ state }) => state === 'pass').length;
  console.log(`\n${((Date.now() - startedAtMs) / 1000).toFixed(1)} s\n${passedCount} passed, ${failedCount} failed`);
  process.exitCode = failedCount === 0 ? 0 : 1;
}

/**
 * @param {string} name
 * @param {import('./runner/turns.js').TakeTurn} takeTurn
 */
async function runOne(name, takeTurn) {
  const client = await clientOf(name);
  const columns = await runClient(name, client, takeTurn);
  const failedCount = columns
    .flatMap(({ cells }) => [...cells.values()])
    .filter(({ state }) => state === 'fail').length;
  console.log(`${name}: ${failedCount} failed`);
  return { client, columns };
}

/** @param {string} name Of its folder. */
async function clientOf(name) {
  /** @type {{ client?: import('./runner/client.js').Client }} */
  const { client } = await import(pathToFileURL(join(foldersOf(name).folder, 'client.js')).href);
  if (client === undefined) throw new Error(`test/interop/${name}/client.js exports no client`);
  return client;
}
