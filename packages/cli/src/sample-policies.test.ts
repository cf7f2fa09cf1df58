/** The policies in `docs/policies` let their users do what the page on operations says, and nothing else. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runAnnals } from './testing/annals-process.js';
import { useCommandServer } from './testing/command-server.js';

const server = useCommandServer({ beforeAll, afterAll });
const policyPath = (name: string): string =>
  fileURLToPath(new URL(`../../../docs/policies/${name}.json`, import.meta.url));

/** Makes a user with a sample policy. @returns Runs commands with the keys of that user. */
async function userWith(policy: string): Promise<(...words: string[]) => Promise<Ended>> {
  const succeed = async (...words: string[]): Promise<string> => {
    const { code, output, errors } = await server.run(...words);
    expect([code, errors], words.join(' ')).toEqual([0, '']);
    return output;
  };
  await succeed('policy', 'create', policy, policyPath(policy));
  await succeed('user', 'create', `user-of-${policy}`);
  await succeed('policy', 'attach', policy, '--user', `user-of-${policy}`);
  const created = await succeed('access-key', 'create', `user-of-${policy}`);
  const [, id = ''] = /OSS_ACCESS_KEY_ID=(\S+)/.exec(created) ?? [];
  const [, secret = ''] = /OSS_ACCESS_KEY_SECRET=(\S+)/.exec(created) ?? [];
  const environment = { ...server.environment, OSS_ACCESS_KEY_ID: id, OSS_ACCESS_KEY_SECRET: secret };
  return (...words) => {
    if (!words.includes('-')) return runAnnals(words, { folder: server.folder, environment });
    const { child, ended } = server.startIn(words, { folder: server.folder, environment });
    child.stdin.end('frame\n');
    return ended;
  };
}

const codes = async (run: Awaited<ReturnType<typeof userWith>>, commands: readonly (readonly string[])[]) => {
  const found: [string, number | null][] = [];
  for (const words of commands) found.push([words.join(' '), (await run(...words)).code]);
  return Object.fromEntries(found);
};

describe('docs/policies', () => {
  it('append-only-camera: appends below its prefix, and neither reads nor removes', async () => {
    await server.run('mb', 'oss://recordings');
    const run = await userWith('append-only-camera');
    expect(
      await codes(run, [
        ['append', '-', 'oss://recordings/front-door/1.ts'],
        ['append', '-', 'oss://recordings/front-door/1.ts'],
        ['append', '-', 'oss://recordings/back-door/1.ts'],
        ['cat', 'oss://recordings/front-door/1.ts'],
        ['ls', 'oss://recordings'],
        ['rm', 'oss://recordings/front-door/1.ts'],
      ]),
    ).toEqual({
      'append - oss://recordings/front-door/1.ts': 0,
      'append - oss://recordings/back-door/1.ts': 4,
      'cat oss://recordings/front-door/1.ts': 4,
      'ls oss://recordings': 4,
      'rm oss://recordings/front-door/1.ts': 4,
    });
    const denied = await run('append', '-', 'oss://recordings/back-door/1.ts');
    expect(denied.errors).toMatch(/AccessDenied.*\n {2}Reason: oss:PutObject as SubUser .*: no policy allows it/);
  });

  it('read-only-viewer: lists and reads one bucket, and writes nothing', async () => {
    await server.client.appendObject({ bucket: 'recordings', key: 'seen.ts', position: 0, body: 'x' });
    const run = await userWith('read-only-viewer');
    writeFileSync(join(server.folder, 'mine'), 'x');
    expect(
      await codes(run, [
        ['tail', 'oss://recordings/seen.ts'],
        ['ls', 'oss://recordings'],
        ['ls', 'oss://logs'],
        ['append', '-', 'oss://recordings/seen.ts'],
        ['cp', 'mine', 'oss://recordings/mine'],
      ]),
    ).toEqual({
      'tail oss://recordings/seen.ts': 0,
      'ls oss://recordings': 0,
      'ls oss://logs': 4,
      'append - oss://recordings/seen.ts': 4,
      'cp mine oss://recordings/mine': 4,
    });
  });

  it('prefix-per-device: reads, lists and appends below its prefix, and sees no other', async () => {
    await server.run('mb', 'oss://devices');
    const run = await userWith('prefix-per-device');
    expect(
      await codes(run, [
        ['append', '-', 'oss://devices/sensor-17/day.log'],
        ['tail', 'oss://devices/sensor-17/day.log'],
        ['ls', 'oss://devices/sensor-17/'],
        ['ls', 'oss://devices'],
        ['append', '-', 'oss://devices/sensor-18/day.log'],
        ['cat', 'oss://devices/sensor-18/day.log'],
      ]),
    ).toEqual({
      'append - oss://devices/sensor-17/day.log': 0,
      'tail oss://devices/sensor-17/day.log': 0,
      'ls oss://devices/sensor-17/': 0,
      'ls oss://devices': 4,
      'append - oss://devices/sensor-18/day.log': 4,
      'cat oss://devices/sensor-18/day.log': 4,
    });
  });
});
