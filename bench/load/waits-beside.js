// @ts-check
/** Measures a writer beside other work: the writer is a process of its own (`beside-writer.js`). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const WRITER = fileURLToPath(new URL('beside-writer.js', import.meta.url));

/**
 * Appends beside `work`, until it ends.
 * @param {number} port
 * @param {string} key
 * @param {() => Promise<unknown>} work
 * @returns {Promise<{ waits: number[], ownLongestMs: number }>} How long each append took, in milliseconds, and for how
 *   long the writer itself was held up at most.
 */
export async function waitsBeside(port, key, work) {
  const writer = spawn(process.execPath, [WRITER, String(port), key], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(writer, 'exit');
  const printed = text(writer.stdout);
  await once(writer.stderr, 'data');
  await work();
  writer.stdin.end();
  const [code] = await exited;
  if (code !== 0) throw new Error(`The writer beside ended with ${code}`);
  // The first also makes the connection and the object.
  const { waits, ownLongestMs } = JSON.parse(await printed);
  return { waits: waits.slice(1), ownLongestMs };
}
