/**
 * Waits for what a test cannot be told of: a figure of a server, a line in a file. Generous, because a busy machine is
 * no fault.
 */
import { vi } from 'vitest';

const TIME_LIMIT_MS = 120_000;
const INTERVAL_MS = 50;

/**
 * Asks again and again until it is so.
 * @throws {Error} It has not become so within two minutes; or what `isSo` throws.
 */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, { timeout: TIME_LIMIT_MS, interval: INTERVAL_MS });
}
