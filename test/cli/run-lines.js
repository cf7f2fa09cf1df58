// Runs command lines of `annals` one after the other in this process, as starting one for each would take minutes. The
// file that the first word names has them as JSON, an array of words for each; after each line comes a mark with its
// exit code on both streams. What only a process of its own shows (signals, closed pipes) has tests of its own.
import { readFileSync } from 'node:fs';
import { runProgram } from '../../packages/cli/dist/program.js';

process.setMaxListeners(0);
for (const words of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))) {
  process.exitCode = undefined;
  const code = await runProgram('0.0.0', words);
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise((resolve) => stream.write(`\n[ended with ${code}]\n`, resolve));
  }
}
process.exitCode = 0;
process.stdout.write('', () => process.exit());
