// @ts-check
/**
 * What CI does about tests that failed beside everything else: a few files of tests may be repeated alone.
 *
 * `node scripts/unstable-tests.js files REPORT` prints the files to repeat, one a line. It exits with 1 and a reason
 * when CI must not repeat them: when too many failed, when no test is to blame, or when one of them proves that the
 * store keeps what it acknowledged. Such a failure counts even if it is seen once.
 *
 * `node scripts/unstable-tests.js settle REPORT REPEATED...` exits with 0 when every repetition ran all tests of these
 * files and every test passed. It then puts the last repetition in the place of the failure in REPORT, and prints a
 * line for each test that is unstable.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** @typedef {{ fullName: string, status: string }} TestResult */
/** @typedef {{ name: string, status: string, assertionResults: readonly TestResult[] }} FileResult */
/** @typedef {{ testResults: FileResult[] }} Report */

/** More are no accident of one test. */
const FILE_COUNT_MAX = 3;

/** Where one failure may mean that data is lost, doubled or wrong. */
const NEVER_REPEATED = [
  'packages/store/',
  'test/crash/',
  'test/faults/bit-flips',
  'test/faults/damaged-',
  'test/faults/full-disk',
  'test/gateways/histories',
  'test/linearizability/',
];

const [command, reportPath = '', ...repeatedPaths] = process.argv.slice(2);
if (command === 'files') printFiles();
else if (command === 'settle' && repeatedPaths.length > 0) settle();
else {
  console.error('Cannot run without a command: give "files REPORT" or "settle REPORT REPEATED..."');
  process.exitCode = 2;
}

function printFiles() {
  const report = readReport(reportPath);
  if (report === undefined) return refuse('there is no report');
  const names = failedFiles(report).map(({ name }) => relative(process.cwd(), name));
  if (names.length === 0) return refuse('no test is to blame');
  if (names.length > FILE_COUNT_MAX) return refuse(`${names.length} files failed`);
  const never = names.find((name) => NEVER_REPEATED.some((place) => name.startsWith(place)));
  if (never !== undefined) return refuse(`${never} proves what the store promises`);
  console.log(names.join('\n'));
}

function settle() {
  const report = readReport(reportPath);
  if (report === undefined) return refuse('there is no report');
  /** @type {Map<string, FileResult>} */
  const settled = new Map();
  for (const failed of failedFiles(report)) {
    for (const path of repeatedPaths) {
      const repeated = readReport(path)?.testResults.find(({ name }) => name === failed.name);
      if (repeated === undefined) return refuse(`${failed.name} was not repeated`);
      const problem = problemOf(failed, repeated);
      if (problem !== undefined) return refuse(`${failed.name}: ${problem}`);
      settled.set(failed.name, repeated);
    }
  }
  for (const file of failedFiles(report)) {
    const tests = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName } of tests.length > 0 ? tests : [{ fullName: 'the whole file' }]) {
      console.log(`UNSTABLE: ${relative(process.cwd(), file.name)} > ${fullName}`);
    }
  }
  const testResults = report.testResults.map((file) => settled.get(file.name) ?? file);
  writeFileSync(reportPath, JSON.stringify({ ...report, testResults }));
}

/**
 * @param {FileResult} failed
 * @param {FileResult} repeated
 * @returns {string | undefined} why the repetition does not make up for the failure
 */
function problemOf(failed, repeated) {
  if (repeated.status !== 'passed') return 'it failed again';
  const passed = new Set(
    repeated.assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
  );
  const missing = failed.assertionResults.find(({ fullName, status }) => status === 'failed' && !passed.has(fullName));
  if (missing !== undefined) return `"${missing.fullName}" did not run again`;
  if (repeated.assertionResults.length < failed.assertionResults.length) return 'fewer tests ran again';
  return passed.size === 0 ? 'no test ran again' : undefined;
}

/** @param {Report} report */
function failedFiles(report) {
  return report.testResults.filter(({ status }) => status === 'failed');
}

/**
 * @param {string} path
 * @returns {Report | undefined}
 */
function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** @param {string} reason */
function refuse(reason) {
  console.error(`not repeated: ${reason}`);
  process.exitCode = 1;
}
