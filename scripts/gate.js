// @ts-check
/**
 * The one command to run before a commit: `npm run ok` (`-- --no-tests` for the static part alone). One line per step
 * with its time, the step's output only when it fails. Every static step runs even after a failure, so that one run
 * reports everything; the tests run only when all of them passed. Warnings never fail the gate.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @typedef {{ name: string, command: string[] }} Step */

const root = fileURLToPath(new URL('..', import.meta.url));
const tool = (/** @type {string} */ path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));
const script = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {Step[]} */
const staticSteps = [
  {
    name: 'format and lint',
    command: [tool('@biomejs/biome/bin/biome'), 'ci', '--colors=off', '--error-on-warnings', '.'],
  },
  { name: 'types: packages', command: [tool('typescript/bin/tsc'), '--build'] },
  { name: 'types: tests', command: [tool('typescript/bin/tsc'), '-p', 'tsconfig.tests.json'] },
  { name: 'types: scripts', command: [tool('typescript/bin/tsc'), '-p', 'scripts/tsconfig.json'] },
  { name: 'types: benches', command: [tool('typescript/bin/tsc'), '-p', 'bench/tsconfig.json'] },
  {
    name: 'import directions',
    command: [
      tool('dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err-long',
      'packages',
    ],
  },
  { name: 'unused', command: [tool('knip/bin/knip.js'), '--no-progress', '--treat-config-hints-as-errors'] },
  { name: 'docs', command: [script('check-docs.js')] },
  { name: 'structure', command: [script('structure/check-structure.js')] },
  { name: 'browser bundle', command: [script('bundle-for-browser.js')] },
  { name: 'packed packages', command: [script('check-packages.js')] },
];
/** @type {Step} */
const testStep = { name: 'tests', command: [tool('vitest/vitest.mjs'), 'run'] };

const unknownOptions = process.argv.slice(2).filter((option) => option !== '--no-tests');
if (unknownOptions.length > 0) {
  console.error(`Cannot run the gate with ${unknownOptions.join(' ')}: the only option is --no-tests`);
  process.exit(2);
}

const failed = staticSteps.filter((step) => !run(step)).map((step) => step.name);
if (!process.argv.includes('--no-tests')) {
  if (failed.length > 0) console.log('-     tests not run: the static steps come first');
  else if (!run(testStep)) failed.push(testStep.name);
}
console.log(failed.length === 0 ? 'ok' : `not ok: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/**
 * Runs one step with this very Node and prints its line.
 * @param {Step} step
 * @returns {boolean} whether it passed
 */
function run(step) {
  const startedAtMs = performance.now();
  const result = spawnSync(process.execPath, step.command, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 256 * 1024 * 1024,
  });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const passed = result.status === 0;
  console.log(`${passed ? 'ok   ' : 'FAIL '} ${step.name} (${seconds} s)`);
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`;
  if (!passed) process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
  else for (const line of output.split('\n')) if (line.startsWith('warning: ')) console.log(`      ${line}`);
  return passed;
}
