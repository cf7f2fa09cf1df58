/**
 * The process of a worker. It is started by the process that keeps the store (`worker-handle.ts`), and lives no longer
 * than that. Leaves out serving (`run-worker.ts`).
 */
import type { Socket } from 'node:net';
import { loadServer } from '../load-server.js';
import type { RunningWorker } from './run-worker.js';
import type { OwnerMessage, WorkerMessage, WorkerStart } from './worker-messages.js';

/** What comes while it starts waits for that: the process may be told to stop, or of other keys. */
let starting: Promise<RunningWorker> | undefined;

// The terminal and service managers send signals to all processes; the one that keeps the store says when to stop.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(1));
process.on('message', (message: OwnerMessage, socket: unknown) => {
  if (message.kind === 'start') starting = start(message);
  else void starting?.then((running) => running.receive(message, socket as Socket | undefined));
});

async function start(message: WorkerStart): Promise<RunningWorker> {
  try {
    await loadServer();
    const { runWorker } = await import('./run-worker.js');
    const running = await runWorker(message);
    process.send?.({ kind: 'ready' } satisfies WorkerMessage);
    return running;
  } catch (error) {
    const failed: WorkerMessage = { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    process.send?.(failed, () => process.exit(1));
    return new Promise(() => undefined);
  }
}
