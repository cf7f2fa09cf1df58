/** Ports for programs that cannot choose one and say which, or that come back on the same one. Tests only. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give away by themselves (Linux from 32768 on, others from 49152 on): while a program is
 * not there, neither another server nor the near end of any connection gets its port.
 */
const [FIRST_PORT, END_PORT] = [15_000, 32_000];

/** @returns A port of this machine on which nothing listens now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, END_PORT);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
