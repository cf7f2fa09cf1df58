/** `repeat_unstable` of `.ci/steps.sh`: what CI repeats, what it never repeats, and what counts afterwards. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { makeTemporaryFolder } from '../harness/temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A run of tests in place of Vitest's: how each file ends, by the number of the run. */
const RUN = `
import { readFileSync, writeFileSync } from 'node:fs';
const { runs } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const counted = process.argv[2] + '.count';
let count = 0;
try { count = Number(readFileSync(counted, 'utf8')); } catch {}
writeFileSync(counted, String(count + 1));
const words = process.argv.slice(3);
const asked = words.filter((word) => word.endsWith('.test.ts'));
const report = words.find((word) => word.startsWith('--outputFile.json=')).slice('--outputFile.json='.length);
const run = runs[Math.min(count, runs.length - 1)];
const testResults = Object.entries(run)
  .filter(([name]) => asked.length === 0 || asked.includes(name))
  .map(([name, tests]) => ({
    name: process.cwd() + '/' + name,
    status: Object.values(tests).includes('failed') || Object.keys(tests).length === 0 ? 'failed' : 'passed',
    assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
  }));
writeFileSync(report, JSON.stringify({ testResults }));
console.log('ran ' + (asked.join(' ') || 'all'));
process.exitCode = testResults.some(({ status }) => status === 'failed') ? 1 : 0;
`;

type Run = Readonly<Record<string, Readonly<Record<string, 'passed' | 'failed'>>>>;

/** Runs a step of tests, and one step beside it, as `.ci/run` does. */
function runSteps(runs: readonly Run[], lines: readonly string[] = [`test_step one one "\${run[@]}"`]) {
  const folder = makeTemporaryFolder();
  const [program, plan] = [join(folder, 'run.mjs'), join(folder, 'plan.json')];
  writeFileSync(program, RUN);
  writeFileSync(plan, JSON.stringify({ runs }));
  const script = [
    'set -euo pipefail',
    'readonly minutes_max=5',
    'source .ci/steps.sh',
    `run=(env A='b c' node ${program} ${plan})`,
    ...lines,
    'repeat_unstable',
    'summary_printed=true',
    `node scripts/count-tests.js "\${#failed_steps[@]}" "\${reports[@]}"`,
  ];
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script.join('\n')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: folder },
  });
  const output = stdout.trim().split('\n');
  return { status, errors: stderr, last: output.at(-1), ran: output.filter((line) => line.startsWith('ran')), output };
}

const OTHER = { 'test/other.test.ts': { other: 'passed' } } as const;
const FAILED = { ...OTHER, 'test/cli/a.test.ts': { one: 'passed', two: 'failed' } } as const;
const PASSED = { ...OTHER, 'test/cli/a.test.ts': { one: 'passed', two: 'passed' } } as const;

it('a file that passes twice alone is named, and fails nothing', () => {
  const { status, last, ran, output } = runSteps([FAILED, PASSED, PASSED]);
  expect(output).toContain('UNSTABLE: test/cli/a.test.ts > two');
  expect(ran).toEqual(['ran all', 'ran test/cli/a.test.ts', 'ran test/cli/a.test.ts']);
  expect([last, status]).toEqual(['3 passed, 0 failed', 0]);
});

it('a step beside others is repeated with its own command, without the files that it had named', () => {
  const { status, last, ran } = runSteps(
    [FAILED, PASSED, PASSED],
    [
      `beside_it() { side_test_step one "\${run[@]}" :: test/cli/a.test.ts test/other.test.ts; }`,
      'begin_beside beside_it',
      `await_tests 'one of them' one "\${run[@]}"`,
    ],
  );
  expect(ran).toEqual([
    'ran test/cli/a.test.ts test/other.test.ts',
    'ran test/cli/a.test.ts',
    'ran test/cli/a.test.ts',
  ]);
  expect([last, status]).toEqual(['3 passed, 0 failed', 0]);
});

it('a fault that is there each time fails, and so does one that comes back once', () => {
  expect(runSteps([FAILED, FAILED])).toMatchObject({ status: 1, last: '2 passed, 1 failed' });
  const again = runSteps([FAILED, PASSED, FAILED]);
  expect(again).toMatchObject({ status: 1, last: '2 passed, 1 failed' });
  expect(again.output.filter((line) => line.startsWith('UNSTABLE'))).toEqual([]);
});

it.each([
  'test/crash/a.test.ts',
  'test/faults/bit-flips.test.ts',
  'test/faults/damaged-rows.test.ts',
  'test/faults/full-disk.test.ts',
  'test/linearizability/a.test.ts',
  'test/gateways/histories.check.test.ts',
  'packages/store/src/a.test.ts',
])('what says that data may be lost is not repeated: %s', (name) => {
  const { status, last, ran, errors } = runSteps([{ ...OTHER, [name]: { lost: 'failed' } }, PASSED]);
  expect(ran).toEqual(['ran all']);
  expect(errors).toContain('proves what the store promises');
  expect([last, status]).toEqual(['1 passed, 1 failed', 1]);
});

it('many files, a step without a failed test and a missing report are not repeated', () => {
  const many = Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((name) => [`test/${name}.test.ts`, { x: 'failed' as const }]),
  );
  expect(runSteps([many])).toMatchObject({ status: 1, last: '0 passed, 4 failed', ran: ['ran all'] });
  expect(runSteps([PASSED], [`test_step one one bash -c '"$@"; exit 3' run "\${run[@]}"`])).toMatchObject({
    status: 1,
    last: '3 passed, 1 failed',
  });
  expect(runSteps([PASSED], ['test_step one one false'])).toMatchObject({ status: 1, last: '0 passed, 1 failed' });
});

it('a repetition in which the failed test is missing, or any is, makes up for nothing', () => {
  const without = { ...OTHER, 'test/cli/a.test.ts': { one: 'passed' } } as const;
  expect(runSteps([FAILED, without])).toMatchObject({ status: 1, last: '2 passed, 1 failed' });
  const fewer = { ...OTHER, 'test/cli/a.test.ts': { two: 'passed' } } as const;
  expect(runSteps([FAILED, fewer])).toMatchObject({ status: 1, last: '2 passed, 1 failed' });
});

it('a file that could not be loaded is repeated, too', () => {
  const broken = { ...OTHER, 'test/cli/a.test.ts': {} } as const;
  const { status, last, output } = runSteps([broken, PASSED]);
  expect(output).toContain('UNSTABLE: test/cli/a.test.ts > the whole file');
  expect([last, status]).toEqual(['3 passed, 0 failed', 0]);
  expect(runSteps([broken, broken])).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
});
