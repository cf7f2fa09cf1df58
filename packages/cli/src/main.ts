/** Where the `annals` command begins. */
import { readFileSync } from 'node:fs';
import { EXIT_CODES, systemErrorCode } from './command-failure.js';
import { describeFileError } from './describe-file-error.js';
import { asksForJson, writeFailure } from './failure-report.js';
import { runProgram } from './program.js';

const packageText = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const words = process.argv.slice(2);
const version = /"version": *"([^"]+)"/.exec(packageText)?.[1] ?? 'unknown';

// A reader that has seen enough (`annals cat ... | head`) closes the pipe: nothing is wrong, and there is no more to
// do.
process.stdout.on('error', (error) => {
  if (systemErrorCode(error) === 'EPIPE') process.exit(0);
  const message = `Cannot write to standard output: ${describeFileError(error)}`;
  writeFailure({ message, exitCode: EXIT_CODES.failed }, asksForJson(words));
  process.exit(EXIT_CODES.failed);
});
// No reader is left, which is no reason to stop serving.
process.stderr.on('error', () => undefined);

process.exitCode = await runProgram(version, words);
// What else keeps the process alive (a standard input that stays open, idle connections) is of no more use. An output
// that fails is told of a turn later, and ends the process above.
if (process.stdout.writableLength === 0) setImmediate(() => process.exit());
else process.stdout.write('', (error) => error ?? process.exit());
