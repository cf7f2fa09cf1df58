/** Asks people on a terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * Asks one question on standard error and reads the line that answers it.
 * @param options `isHidden`: what is typed is not shown.
 */
export async function ask(question: string, { isHidden = false } = {}): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Takes the terminal's own echo away, so it comes before the question.
  const lines = createInterface({
    input: process.stdin,
    output: isHidden ? silent : process.stderr,
    terminal: true,
  });
  try {
    if (!isHidden) return (await lines.question(question)).trim();
    process.stderr.write(question);
    const answer = await lines.question('');
    process.stderr.write('\n');
    return answer.trim();
  } finally {
    lines.close();
  }
}
