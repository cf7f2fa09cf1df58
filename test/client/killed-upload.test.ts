/** A process that uploads a file is killed with -9 again and again, and the next one goes on where it ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@annals/client';
import { downloadFile } from '@annals/client/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { collect, patternBytes } from './test-client.js';

const UPLOADER = fileURLToPath(new URL('./uploading-process.js', import.meta.url));
const PART_BYTES = 102_400;
const CONTENT = patternBytes(PART_BYTES * 9 + 1);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['logs'] });
  await writeFile(join(folder.path, 'content'), CONTENT);
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

/**
 * Runs the upload until it ends, or stands still when it has told of some parts and is killed. @returns Everything it
 * printed.
 */
async function runUpload(partCount: number): Promise<string> {
  const { endpoint, accessKeyId, accessKeySecret } = server;
  const paths = [join(folder.path, 'content'), join(folder.path, 'record.json')];
  const words = [UPLOADER, endpoint, accessKeyId, accessKeySecret, 'whole', ...paths, String(partCount)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    if (printed.split('\n').length - 1 >= partCount) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return printed;
}

it('sends what the processes before had not sent, and leaves nothing behind', async () => {
  const runs: string[] = [];
  for (const partCount of [1, 3, 6, 9, 100]) runs.push(await runUpload(partCount));
  const resumedBytes = Number(/resumed (\d+)/.exec(runs.at(-1) ?? '')?.[1]);
  // The last process that was killed had told of nine parts.
  expect(resumedBytes).toBeGreaterThanOrEqual(PART_BYTES * 8 + 1);
  const { endpoint, accessKeyId, accessKeySecret } = server;
  const client = createClient({ endpoint, accessKeyId, accessKeySecret });
  const fetched = join(folder.path, 'fetched');
  await downloadFile(client, { bucket: 'logs', key: 'whole', path: fetched });
  expect((await readFile(fetched)).compare(CONTENT)).toBe(0);
  expect(await readdir(folder.path)).toEqual(['content', 'data', 'fetched']);
  expect(await collect(client.listMultipartUploads({ bucket: 'logs' }), (page) => page.uploads)).toEqual([]);
});
