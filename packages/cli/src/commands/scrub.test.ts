/**
 * `annals scrub` as an operator meets it: a real server finds a bit that flipped while it was stopped, and names the
 * object.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesBelow } from '../../../../test/harness/files-below.js';
import { type AnnalsProcess, readyUrl, startAnnals } from '../testing/annals-process.js';

const KEYS = { ANNALS_ROOT_ACCESS_KEY_ID: 'root-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'root-secret' };
let folder: string;
let server: AnnalsProcess;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-scrub-'));
  await serve();
  await writeFile(join(folder, 'long'), Buffer.alloc(600_000, 'a line of text\n'));
  const appended = await annals('append', 'long', 'oss://logs/dir/long');
  expect(appended.code, appended.errors).toBe(0);
  await stop();
  const [path = ''] = await filesBelow(join(folder, 'data', 'blobs'));
  const bytes = await readFile(path);
  bytes[300_000] = (bytes[300_000] as number) ^ 4;
  await writeFile(path, bytes);
  await serve();
});

afterAll(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function serve(): Promise<void> {
  const words = ['serve', '--data', join(folder, 'data'), '--port', '0', '--bucket', 'logs'];
  server = startAnnals(words, { folder, environment: KEYS });
  url = await readyUrl(server);
}

async function stop(): Promise<void> {
  server.child.kill('SIGTERM');
  await server.ended;
}

function annals(...words: string[]) {
  const environment = {
    OSS_ENDPOINT: url,
    OSS_REGION: 'cn-hangzhou',
    OSS_ACCESS_KEY_ID: 'root-id',
    OSS_ACCESS_KEY_SECRET: 'root-secret',
  };
  return startAnnals(words, { folder, environment }).ended;
}

test('status names the object that is hit, and so do metrics and the log', async () => {
  await expect
    .poll(async () => (await fetch(`${url}/-/metrics`)).text(), { timeout: 60_000 })
    .toMatch(/^annals_scrub_hit_objects 1$[\s\S]*^annals_scrub_contradictions 0$[\s\S]*^annals_orphan_blobs 0$/m);
  const { output } = await annals('scrub', 'status');
  expect(output).toMatch(/^isRunning: true$/m);
  expect(output).toMatch(/^rows[.]hitCount: 1$/m);
  expect(output).toMatch(/^damage: content [0-9a-f]{32}, bytes 262144 to 524288: /m);
  expect(output).toContain(
    'damage: Object "dir/long" in "logs" cannot be read from 262144 to 524288 of its 600000 bytes\n',
  );
  const answer = JSON.parse((await annals('scrub', 'status', '--json')).output);
  expect(answer.scrub.rows.findings).toEqual([expect.objectContaining({ bucket: 'logs', key: 'dir/long' })]);
});
