// @ts-check
/**
 * Turns Vitest's JSON reports of several runs of the same tests, and the cells of `npm run interop -- --json`, into the
 * one line a CI reader looks for: `node scripts/count-tests.js FAILED_STEPS REPORT...` prints `N passed, N failed` and
 * exits 1 unless all is well. A test counts once however many runs it was in, and has passed only if it failed in none.
 * A file that could not be loaded, a report that is missing, a step of CI that failed without a failing test, and a run
 * of no tests are failures. A cell counts as a test; one of a call that its SDK lacks does not count.
 */
import { existsSync, readFileSync } from 'node:fs';

const [failedStepsText = '', ...reports] = process.argv.slice(2);
const failedStepCount = Number(failedStepsText);
if (!Number.isInteger(failedStepCount) || failedStepCount < 0 || failedStepsText === '') {
  console.error(`Cannot count tests with "${failedStepsText}" failed steps: give a whole number, then the reports`);
  process.exit(2);
}

/** @type {Set<string>} */
const passed = new Set();
/** @type {Set<string>} */
const failed = new Set();
for (const path of reports) readReport(path);
for (const name of failed) passed.delete(name);

let failedCount = failed.size;
if (failedCount === 0) failedCount = failedStepCount;
if (failedCount === 0 && passed.size === 0) failedCount = 1;
console.log(`${passed.size} passed, ${failedCount} failed`);
process.exitCode = failedCount === 0 ? 0 : 1;

/** @param {string} path */
function readReport(path) {
  if (!existsSync(path)) {
    failed.add(`report ${path}`);
    return;
  }
  const report = JSON.parse(readFileSync(path, 'utf8'));
  if (Array.isArray(report)) readCells(path, report);
  else readTests(report);
}

/**
 * @param {string} path
 * @param {readonly { name: string, step: string, state: 'pass' | 'fail' | 'not-in-sdk' }[]} cells
 */
function readCells(path, cells) {
  if (cells.length === 0) failed.add(`report ${path} without cells`);
  for (const { name, step, state } of cells) {
    if (state === 'pass') passed.add(`interop ${name} ${step}`);
    if (state === 'fail') failed.add(`interop ${name} ${step}`);
  }
}

/**
 * @param {{ testResults: readonly { name: string, status: string, assertionResults: readonly { fullName: string,
 * status: string }[] }[] }} report
 */
function readTests(report) {
  for (const file of report.testResults) {
    let hasFailedTest = false;
    for (const [index, test] of file.assertionResults.entries()) {
      // Two tests of a file may have one name; their order tells them apart.
      const name = `${file.name} ${index} ${test.fullName}`;
      if (test.status === 'passed') passed.add(name);
      if (test.status === 'failed') {
        failed.add(name);
        hasFailedTest = true;
      }
    }
    if (file.status === 'failed' && !hasFailedTest) failed.add(file.name);
  }
}
