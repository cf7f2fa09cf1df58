/**
 * The master key over a real server and its commands: its id is shown and the key never, and it rotates only where the
 * audit log has it.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AUDIT_FOLDER_NAME, readAuditRecords } from '@annals/server';
import { afterEach, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, allow } from './account.js';

const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function annals(words: readonly string[], server?: ServerProcess): Promise<Ended> {
  const keys = server && { OSS_ACCESS_KEY_ID: server.accessKeyId, OSS_ACCESS_KEY_SECRET: server.accessKeySecret };
  const env = { ...process.env, ...(server && { OSS_ENDPOINT: server.endpoint }), ...keys };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [ANNALS, ...words], { env })) };
  } catch (error) {
    return error as Ended;
  }
}

test('a key rotates with the server stopped, and the audit log has it; beside a server nothing is done', async () => {
  const folder = await temporaryFolder();
  closers.push(() => folder.remove());
  const data = join(folder.path, 'data');
  const first = await startServerProcess({ data });
  closers.push(() => first.stop());
  const keyBefore = await readFile(join(data, 'master-key'), 'utf8');
  for (const words of [
    ['key', 'rotate'],
    ['key', 'rotate', 'payroll'],
    ['key', 'rotate', '--file', join(folder.path, 'other')],
  ]) {
    const { code, stdout, stderr } = await annals([...words, '--data', data]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^annals: Cannot rotate the key: a server has .* open.*; stop it, rotate, and start it again\n$/,
    );
  }
  expect(await readFile(join(data, 'master-key'), 'utf8')).toBe(keyBefore);
  const before = await annals(['master-key', 'show', '--json'], first);
  const { masterKey: one } = JSON.parse(before.stdout) as { masterKey: { id: string; olderIds: string[] } };
  expect(one).toEqual({ id: expect.stringMatching(/^[0-9a-f]{16}$/), olderIds: [] });
  const account = new Account(first);
  const nobody = await account.makeUser('nobody', [allow('oss:*', '*')]);
  expect((await account.admin('GET', 'master-key', undefined, nobody)).status).toBe(403);
  const keeper = await account.makeUser('keeper', [allow('ram:GetMasterKey', '*')]);
  expect((await account.admin('GET', 'master-key', undefined, keeper)).body.masterKey).toEqual(one);
  account.close();
  await first.stop();

  expect(await annals(['key', 'rotate', '--data', data])).toMatchObject({
    code: 0,
    stdout: `${join(data, 'master-key')}: 2 versions\n`,
  });
  const second = await startServerProcess({ data });
  closers.push(() => second.stop());
  const after = await annals(['master-key', 'show'], second);
  const [, id] = /^id: ([0-9a-f]{16})\nolderIds: ([0-9a-f]{16})\n$/.exec(after.stdout) ?? [];
  expect(id).not.toBe(one.id);
  expect(after.stdout).toBe(`id: ${id}\nolderIds: ${one.id}\n`);
  const keys = (await readFile(join(data, 'master-key'), 'utf8')).trim().split('\n');
  for (const key of keys) expect(before.stdout + after.stdout).not.toContain(key);
  const phases: string[] = [];
  for await (const { action, phase } of readAuditRecords(join(data, AUDIT_FOLDER_NAME))) {
    if (action === 'key.RotateMasterKey') phases.push(phase);
  }
  expect(phases).toEqual(['intent', 'outcome']);
});
