/** Where the `annals` command begins. */
import { readFileSync } from 'node:fs';
import { describeError, EXIT_CODES, systemErrorCode } from './command-failure.js';
import { runProgram } from './program.js';

const packageText = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const version = /"version": *"([^"]+)"/.exec(packageText)?.[1] ?? 'unknown';

// A reader that has seen enough (`annals cat ... | head`) closes the pipe: nothing is wrong, and there is no more to
// do.
process.stdout.on('error', (error) => {
  const code = systemErrorCode(error);
  if (code === 'EPIPE') process.exit(0);
  const reason = code === 'ENOSPC' ? 'there is no space left' : describeError(error);
  process.stderr.write(`annals: Cannot write to standard output: ${reason}\n`);
  process.exit(EXIT_CODES.failed);
});
// No reader is left, which is no reason to stop serving.
process.stderr.on('error', () => undefined);

process.exitCode = await runProgram(version, process.argv.slice(2));
// What else keeps the process alive (a standard input that stays open, idle connections) is of no more use.
process.stdout.write('', () => process.exit());
