/** A writer with a spool is killed with -9 again and again, behind a proxy that breaks: no byte is lost or doubled. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, readAll } from '@annals/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startUnreliableProxy, type UnreliableProxy } from '../harness/unreliable-proxy.js';
import { randomNumbers } from './exactly-once-runs.js';

const WRITER = fileURLToPath(new URL('./spooling-writer.js', import.meta.url));
const LINE_COUNT = 1500;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let proxy: UnreliableProxy;
const random = randomNumbers(7);

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['logs'] });
  proxy = await startUnreliableProxy(server.port, () => {
    if (random() < 0.8) return { kind: 'pass' };
    const at = Math.floor(random() * 1000);
    return random() < 0.5 ? { kind: 'cut-answer', at } : { kind: 'late', order: 'after' };
  });
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
  await folder.remove();
});

/** Runs the writer until it ends, or is killed after it has told of some batches. @returns Whether it ended. */
async function runWriter(key: string, batchCount: number): Promise<boolean> {
  const { accessKeyId, accessKeySecret } = server;
  const words = [WRITER, proxy.endpoint, accessKeyId, accessKeySecret, key, join(folder.path, 'spool'), LINE_COUNT];
  const child = spawn(process.execPath, words.map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = 0;
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString().split('\n').length - 1;
    if (told >= batchCount) child.kill('SIGKILL');
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`The writer ended with ${String(code)}:\n${errors}`);
  return code === 0;
}

it('goes on where it was killed', async () => {
  let killCount = 0;
  while (!(await runWriter('killed.log', 2 + Math.floor(random() * 12)))) killCount += 1;
  await proxy.settle();
  const { endpoint, accessKeyId, accessKeySecret } = server;
  const client = createClient({ endpoint, accessKeyId, accessKeySecret });
  const { body } = await client.getObject({ bucket: 'logs', key: 'killed.log' });
  const found = new TextDecoder().decode(await readAll(body));
  const wanted = Array.from({ length: LINE_COUNT }, (_, number) => `line ${number} ${'x'.repeat(number % 50)}\n`);
  expect(found).toBe(wanted.join(''));
  expect(killCount).toBeGreaterThan(5);
}, 300_000);
