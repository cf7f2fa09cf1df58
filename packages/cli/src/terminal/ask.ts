/** Asks people on a terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * Asks one question on standard error and reads the line that answers it.
 * @param options `isHidden`: what is typed is not shown.
 */
export async function ask(question: string, { isHidden = false } = {}): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: isHidden ? silent : process.stderr,
    terminal: process.stdin.isTTY,
  });
  try {
    const answer = await lines.question('');
    if (isHidden) process.stderr.write('\n');
    return answer.trim();
  } finally {
    lines.close();
  }
}
