/** Where the `annals` command begins. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { systemErrorCode } from './command-failure.js';
import { runProgram } from './program.js';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

// A reader that has seen enough (`annals cat ... | head`) closes the pipe: nothing is wrong, and there is no more to
// do.
process.stdout.on('error', (error) => {
  if (systemErrorCode(error) !== 'EPIPE') throw error;
  process.exit(0);
});
// Nobody is left to be told, which is no reason to stop serving.
process.stderr.on('error', () => undefined);

process.exitCode = await runProgram(version, process.argv.slice(2));
// What else keeps the process alive (a standard input that stays open, idle connections) is of no more use.
process.stdout.write('', () => process.exit());
