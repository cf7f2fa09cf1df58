/** The worker processes of a server under test, as the operating system sees them. */
import { execFileSync } from 'node:child_process';
import type { ServerProcess } from './server-process.js';
import { until } from './until.js';

/** @returns Process ids of the children of a process that are there now. */
export function childrenOf(processId: number): readonly number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return table.split('\n').flatMap((line) => {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    return parent === processId && child !== undefined && isServing(child) ? [child] : [];
  });
}

/**
 * Ends one worker with kill -9, at once: before anything else, and above all before it looks at the table of processes.
 *
 * @param workers What {@link childrenOf} said of the server.
 * @returns When another has taken its place.
 */
export async function killWorker(server: ServerProcess, workers: readonly number[], index: number): Promise<void> {
  const processId = workers[index];
  if (processId === undefined) throw new Error(`Cannot kill worker ${index}: there are ${workers.length}`);
  process.kill(processId, 'SIGKILL');
  await until(() => {
    const now = childrenOf(server.pid);
    return now.length >= workers.length && !now.includes(processId);
  });
}

/** Waits until none of the processes is there any more. */
export async function untilGone(processIds: readonly number[]): Promise<void> {
  await until(() => processIds.every((processId) => !isServing(processId)));
}

/** `ps` itself is a child of the test, and one that was killed stays in the table until its parent looks. */
function isServing(processId: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(processId)], { encoding: 'utf8' }).trim();
    return state !== '' && !state.startsWith('Z');
  } catch {
    return false;
  }
}
