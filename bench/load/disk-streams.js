// @ts-check
/**
 * Threads that write and sync large pieces as fast as the disk takes them, each into a file of its own: what a small
 * write beside them waits for without any server.
 */
import { once } from 'node:events';
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/**
 * @param {string} folder
 * @param {{ count: number, pieceLength: number }} streams
 * @returns {Promise<() => Promise<void>>} All of them write by now; ends them and removes their files.
 */
export async function startDiskStreams(folder, { count, pieceLength }) {
  const cells = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from(
    { length: count },
    (_, index) =>
      new Worker(fileURLToPath(import.meta.url), {
        workerData: { cells, path: `${folder}/stream-${index}`, pieceLength },
      }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return async () => {
    const ends = workers.map((worker) => once(worker, 'exit'));
    Atomics.store(cells, 0, 1);
    await Promise.all(ends);
  };
}

if (!isMainThread && workerData !== null) {
  /** @type {{ cells: Int32Array, path: string, pieceLength: number }} */
  const { cells, path, pieceLength } = workerData;
  const piece = Buffer.alloc(pieceLength, 's');
  const file = openSync(path, 'w');
  parentPort?.postMessage('writing');
  while (Atomics.load(cells, 0) === 0) {
    for (let offset = 0; offset < piece.length; ) offset += writeSync(file, piece, offset);
    fdatasyncSync(file);
  }
  closeSync(file);
  unlinkSync(path);
}
