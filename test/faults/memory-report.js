/**
 * Loaded into a server by `flood-memory.test.ts`: on SIGUSR2 collects garbage and writes what memory is in use to the
 * file that `ANNALS_MEMORY_REPORT` names. Needs `--expose-gc`.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const path = process.env.ANNALS_MEMORY_REPORT;
if (isMainThread && path !== undefined) {
  process.on('SIGUSR2', () => {
    // Twice: what the first finds unreachable may hold more with finalizers.
    globalThis.gc?.();
    setImmediate(() => {
      globalThis.gc?.();
      writeFileSync(`${path}.new`, JSON.stringify(process.memoryUsage()));
      renameSync(`${path}.new`, path);
    });
  });
}
