/**
 * Files and folders that a command may not read, against a real server. Root may read everything, so where root runs
 * the tests the commands run as another user.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended } from './testing/annals-process.js';
import { useCommandServer } from './testing/command-server.js';

const server = useCommandServer({ beforeAll, afterAll });

/** `nobody` of most systems. */
const OTHER_USER = 65_534;

beforeAll(() => {
  chmodSync(server.folder, 0o755);
  const inFolder = (name: string): string => join(server.folder, name);
  for (const folder of ['home', 'tree', 'tree/closed']) mkdirSync(inFolder(folder));
  for (const file of ['secret', 'tree/open', 'tree/secret', 'tree/closed/hidden']) writeFileSync(inFolder(file), file);
  chmodSync(inFolder('home'), 0o777);
  for (const name of ['secret', 'tree/secret', 'tree/closed']) chmodSync(inFolder(name), 0);
});

function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { child, ended } = server.startIn(words, {
    folder: server.folder,
    environment: { ...server.environment, HOME: join(server.folder, 'home'), ...environment },
    ...(process.getuid?.() === 0 && { userId: OTHER_USER }),
  });
  child.stdin.end();
  return ended;
}

describe('a file that may not be read', () => {
  it.each([
    ['append secret oss://logs/x', 1],
    ['append --follow-file secret oss://logs/x', 1],
    ['cp secret oss://logs/x', 1],
    ['mv secret oss://logs/x', 1],
    ['cp -r tree/closed oss://logs/x', 1],
    ['sync tree/closed oss://logs/x', 1],
    ['lifecycle put oss://logs secret', 1],
    ['policy create p secret', 1],
    ['serve --config secret', 2],
  ])('is named with the reason, and no stack: annals %s', async (line, code) => {
    const words = line.split(' ');
    const ended = await run(words);
    expect(ended).toMatchObject({ code, output: '' });
    expect(ended.errors).toMatch(/(?:secret|closed)'?(?:: this user may not read or write it)?\n/);
    expect(ended.errors).toMatch(/permission denied, \w+ '|this user may not read or write it/);
    expect(ended.errors).not.toMatch(/\n {4}at /);
  });

  it('is named where it is the profile file', async () => {
    const { code, errors } = await run(['ls', '--profile', 'any'], { ANNALS_CONFIG_FILE: 'secret' });
    expect([code, errors]).toEqual([
      2,
      expect.stringMatching(/^annals: Cannot read the profile file secret: .*denied/),
    ]);
  });
});

describe('a tree with parts that may not be read', () => {
  const UNREADABLE = [/Cannot upload .*tree\/secret/, /Cannot list tree\/closed: .*permission denied/];

  it.each(['cp -r', 'sync'])('annals %s copies the rest, names each part and fails', async (command) => {
    const target = `oss://logs/${command.replace(' ', '')}`;
    const { code, errors } = await run([...command.split(' '), 'tree', target]);
    expect(code).toBe(1);
    for (const message of UNREADABLE) expect(errors).toMatch(message);
    expect(errors).toContain('1 done (9 B), 2 failed');
    expect((await server.run('ls', `${target}/`)).output).toMatch(/open\n$/);
  });

  it('fails in a dry run too, as far as listing shows it', async () => {
    const { code, errors, output } = await run(['cp', '-r', '--dry-run', '--json', 'tree', 'oss://logs/dry']);
    expect(code).toBe(1);
    expect(output).toContain('"source":"tree/closed"');
    expect(JSON.parse(errors)).toMatchObject({ error: { message: '2 to do (0 B), 1 failed' } });
  });

  it('keeps sync --delete from removing anything', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'kept/closed/hidden', body: 'kept' });
    const { code, errors } = await run(['sync', '--delete', 'tree', 'oss://logs/kept']);
    expect([code, errors]).toEqual([
      1,
      expect.stringContaining('Cannot remove anything: not everything at the source'),
    ]);
    expect((await server.run('cat', 'oss://logs/kept/closed/hidden')).output).toBe('kept');
  });
});
