/**
 * What a stranger finds who takes the disk away: a real server, killed in the middle of its life, and every byte of its
 * data folder searched. Then what the operator finds: keys rotated, lost and brought back.
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aliClient } from '../harness/ali-oss.js';
import { filesBelow, ifThere } from '../harness/files-below.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const run = promisify(execFile);
const BUCKET = 'vault';
const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));
const SECRET = 'the plaintext nobody can find ';
const AES256 = { 'x-oss-server-side-encryption': 'AES256' };
const KMS = { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'payroll' };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let server: ServerProcess | undefined;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
});

afterAll(async () => {
  await server?.kill();
  await folder.remove();
});

async function start(): Promise<ServerProcess> {
  server = await startServerProcess({ data, buckets: [BUCKET] });
  return server;
}

/** Every file of the data folder that holds the text. */
async function filesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(data)) {
    if ((await ifThere(readFile(path)))?.includes(text)) found.push(path);
  }
  return found;
}

async function sendSample(running: ServerProcess, file: string): Promise<string[]> {
  const sample = fileURLToPath(new URL('../ali-oss/samples/append-encrypted.cjs', import.meta.url));
  const { stdout } = await run(process.execPath, [sample, running.endpoint, BUCKET, 'sample.txt', file], {
    env: {
      ...process.env,
      OSS_ACCESS_KEY_ID: running.accessKeyId,
      OSS_ACCESS_KEY_SECRET: running.accessKeySecret,
    },
  });
  return stdout.trim().split('\n');
}

it('no file holds a byte of an encrypted object after a kill, and all of it is there after a restart', async () => {
  const running = await startServerProcess({ data, buckets: [BUCKET] });
  server = running;
  const file = join(folder.path, 'local.txt');
  await writeFile(file, `${SECRET}local\n`);
  expect(await sendSample(running, file)).toEqual(['AES256', 'AES256', String(2 * (SECRET.length + 6))]);
  const client = aliClient(running, BUCKET);
  const large = Buffer.from(SECRET.repeat(40_000));
  await client.put('large.bin', large, { headers: AES256 });
  let position = 0;
  for (let count = 0; count < 20; count += 1) {
    const { nextAppendPosition } = await client.append('log.txt', Buffer.from(`${SECRET}${count}\n`), {
      position,
      headers: AES256,
    });
    position = Number(nextAppendPosition);
  }
  // Proves that the search finds what is there.
  await client.put('clear.txt', Buffer.from('this lies in the clear'));
  await running.kill();
  expect(await filesWith('this lies in the clear')).not.toEqual([]);
  expect(await filesWith(SECRET)).toEqual([]);

  const again = aliClient(await start(), BUCKET);
  expect((await again.get('large.bin')).content.equals(large)).toBe(true);
  const { content, res } = await again.get('log.txt');
  expect(content.toString()).toBe(Array.from({ length: 20 }, (_, count) => `${SECRET}${count}\n`).join(''));
  expect(res.headers).toMatchObject(AES256);
  await again.append('log.txt', Buffer.from('after'), { position });
  expect((await again.get('log.txt')).content.toString()).toMatch(/19\nafter$/);
  await server?.stop();
});

it('rotated keys open what older ones sealed, in the end without them', async () => {
  for (const name of [[], ['payroll']]) await run(process.execPath, [ANNALS, 'key', 'rotate', ...name, '--data', data]);
  const rotated = await start();
  const client = aliClient(rotated, BUCKET);
  await client.put('managed.txt', Buffer.from(SECRET), { headers: KMS });
  expect((await client.get('log.txt')).content.toString()).toContain(SECRET);
  await until(() => rotated.output().stderr.includes('all data keys are wrapped with the newest keys'));
  await rotated.stop();
  // The version before is thrown away.
  const path = join(data, 'master-key');
  const [newest] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, `${newest}\n`);
  const pruned = aliClient(await start(), BUCKET);
  expect((await pruned.get('log.txt')).content.toString()).toContain(SECRET);
  expect((await pruned.get('managed.txt')).res.headers).toMatchObject(KMS);
  await server?.stop();
});

it('without its key an object answers an error and never bytes; with the key it is back', async () => {
  const [master, kms] = [join(data, 'master-key'), join(data, 'kms')];
  await rename(master, `${master}.away`);
  await rename(kms, `${kms}.away`);
  const client = aliClient(await start(), BUCKET);
  await expect(client.get('log.txt')).rejects.toMatchObject({ status: 500, code: 'InternalError' });
  await expect(client.get('managed.txt')).rejects.toMatchObject({ status: 403, code: 'KmsServiceNotEnabled' });
  expect((await client.head('managed.txt')).res.headers).toMatchObject({
    ...KMS,
    'content-length': String(SECRET.length),
  });
  expect((await client.get('clear.txt')).content.toString()).toBe('this lies in the clear');
  // What another key sealed now could not be read once the right one is back.
  const aes256 = { headers: { 'x-oss-server-side-encryption': 'AES256' } };
  await expect(client.put('new.txt', Buffer.from(SECRET), aes256)).rejects.toMatchObject({ status: 500 });
  expect(existsSync(master)).toBe(false);
  await server?.stop();
  await rename(`${master}.away`, master);
  await rename(`${kms}.away`, kms);
  const restored = aliClient(await start(), BUCKET);
  expect((await restored.get('log.txt')).content.toString()).toContain(SECRET);
  expect((await restored.get('managed.txt')).content.toString()).toBe(SECRET);
});
