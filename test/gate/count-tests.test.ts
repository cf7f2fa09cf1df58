/** `scripts/count-tests.js`: the last line of CI counts tests and cells of the interop matrix, and hides no failure. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/count-tests.js', import.meta.url));
const tests = {
  testResults: [
    {
      name: 'a.test.ts',
      status: 'failed',
      assertionResults: [
        { fullName: 'one', status: 'passed' },
        { fullName: 'two', status: 'failed' },
      ],
    },
  ],
};
const cells = [
  { name: 'python', step: 'append', state: 'pass' },
  { name: 'python', step: 'seal', state: 'not-in-sdk' },
  { name: 'go', step: 'append', state: 'pass' },
];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-count-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function count(failedStepCount: number, reports: readonly unknown[]) {
  const paths = reports.map((_, index) => join(folder, `${index}.json`));
  for (const [index, path] of paths.entries()) {
    if (reports[index] !== undefined) await writeFile(path, JSON.stringify(reports[index]));
  }
  const { stdout, status } = spawnSync(process.execPath, [script, String(failedStepCount), ...paths], {
    encoding: 'utf8',
  });
  return [stdout.trim(), status];
}

it.each([
  ['cells, but not those of missing calls', 0, [cells], '2 passed, 0 failed', 0],
  ['tests and cells', 0, [tests, cells], '3 passed, 1 failed', 1],
  ['failed cells', 0, [[...cells, { name: 'go', step: 'seal', state: 'fail' }]], '2 passed, 1 failed', 1],
  ['a matrix without cells as a failure', 0, [cells, []], '2 passed, 1 failed', 1],
  ['a missing report as a failure', 0, [cells, undefined], '2 passed, 1 failed', 1],
  ['failed steps where no test failed', 2, [cells], '2 passed, 2 failed', 1],
])('counts %s', async (_, failedStepCount, reports, line, status) => {
  expect(await count(failedStepCount, reports)).toEqual([line, status]);
});
