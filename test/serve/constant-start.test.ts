/**
 * A start does the same work whatever is stored: promise 7 of docs/reliability.md. Counts what the whole process has
 * read when it says that it is ready, as Linux counts it, not time. Rows are read from their file and not mapped into
 * memory, so the count has them. Leaves out the first start after a change of the format.
 */
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@annals/client';
import { expect, it, onTestFinished } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const OBJECT_COUNT = 150;
/** Nearly all that the service takes, so that few objects make many pages of rows. */
const NOTE = 'n'.repeat(7000);
/** The least that the objects' rows take. How much the file of the rows grows by them says nothing: it has room. */
const ROWS_BYTES = OBJECT_COUNT * NOTE.length;

/** Bytes that a process has read since it began. Its number of reads says less: threads wake each other by reads. */
async function bytesReadBy({ pid }: ServerProcess): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

async function store(server: ServerProcess, prefix: string): Promise<void> {
  const client = createClient(server);
  const numbers = Array.from({ length: OBJECT_COUNT }, (_, number) => number).values();
  const worker = async (): Promise<void> => {
    for (const number of numbers) {
      await client.putObject({ bucket: 'logs', key: `${prefix}-${number}`, body: 'body', metadata: { note: NOTE } });
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

it.skipIf(!existsSync('/proc/self/io'))('reads no more at a start when more is stored', async () => {
  const folder = await temporaryFolder();
  onTestFinished(folder.remove);
  // A scrub begins to read rows as soon as the server is ready, and a busy machine counts later than that.
  const config = join(folder.path, 'annals.yaml');
  await writeFile(config, 'scrub:\n  rate: 0\n');
  const start = async (): Promise<ServerProcess> => {
    const server = await startServerProcess({ data: folder.path, buckets: ['logs'], flags: ['--config', config] });
    onTestFinished(() => server.kill());
    return server;
  };
  const lengthOf = async (name: string): Promise<number> => (await stat(join(folder.path, 'metadata', name))).size;
  await (await start()).stop();

  const first = await start();
  const smallBytes = await bytesReadBy(first);
  await store(first, 'stopped');
  await first.stop();

  const second = await start();
  const largeBytes = await bytesReadBy(second);
  expect(largeBytes - smallBytes).toBeLessThan(ROWS_BYTES / 4);

  // The same count sees it when every row is read, and they are all there.
  let listedCount = 0;
  for await (const { objects } of createClient(second).listObjects({ bucket: 'logs' })) listedCount += objects.length;
  expect(listedCount).toBe(OBJECT_COUNT);
  expect((await bytesReadBy(second)) - largeBytes).toBeGreaterThan(ROWS_BYTES / 2);

  // After a kill the start also applies the journal, which is two segments whatever is stored.
  await store(second, 'killed');
  await second.kill();
  const third = await start();
  const recovered = await bytesReadBy(third);
  const journalBytes = (await lengthOf('journal-0')) + (await lengthOf('journal-1'));
  await third.stop();
  expect(recovered - largeBytes).toBeLessThan(journalBytes * 2);
});
