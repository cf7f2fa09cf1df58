/**
 * Waits for what a test cannot be told of: a figure of a server, a line in a file. Generous, because a busy machine is
 * no fault. Needs no test runner, so that what starts before the tests can wait, too.
 */
import { setTimeout as pause } from 'node:timers/promises';

const TIME_LIMIT_MS = 120_000;
const INTERVAL_MS = 50;

/**
 * Asks again and again until it is so.
 * @throws {Error} It has not become so within two minutes; or what `isSo` throws.
 */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const beganAtMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - beganAtMs > TIME_LIMIT_MS) throw new Error(`It is not so after ${TIME_LIMIT_MS} ms`);
    await pause(INTERVAL_MS);
  }
}
