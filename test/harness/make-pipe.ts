/** Pipes with names, that are gone after the test. */
import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Makes a pipe for one test. It is removed after the test by itself, and something else is looked at behind it: while
 * the last thing that this process looked at synchronously is a pipe, `realpathSync` of Node 20 does not resolve links,
 * and the packages of the next test file would be loaded a second time (`instanceof` then fails between the two).
 * @returns Its path.
 */
export function makePipe(path: string): string {
  execFileSync('mkfifo', [path]);
  onTestFinished(() => {
    rmSync(path, { force: true });
    statSync(dirname(path));
  });
  return path;
}
