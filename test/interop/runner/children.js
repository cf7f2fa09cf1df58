// @ts-check
/** Keeps track of what the runner starts, so that nothing outlives it when it is interrupted. */
import process from 'node:process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();

/**
 * @template {import('node:child_process').ChildProcess} Child
 * @param {Child} child Started with `detached`: it leads a process group.
 * @returns {Child}
 */
export function remember(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/**
 * Ends a child and all that it started.
 * @param {import('node:child_process').ChildProcess} child
 * @param {'SIGKILL' | 'SIGTERM'} signal
 */
export function endGroup(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])) {
  process.once(signal, () => {
    for (const child of children) endGroup(child, 'SIGKILL');
    process.exit(code);
  });
}
