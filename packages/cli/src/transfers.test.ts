/** `annals cp`, `mv`, `sync` and `rm` against a real server, as a shell runs them. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow } from '../../../test/harness/files-below.js';
import { until } from '../../../test/harness/until.js';
import { useCommandServer } from './testing/command-server.js';
import { holdCommands } from './testing/held-command.js';

const server = useCommandServer({ beforeAll, afterAll });

/** Makes files in a new folder of the working folder. @returns Its name. */
function makeFiles(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [path, content] of Object.entries(files)) {
    const whole = join(server.folder, name, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
  }
  return name;
}

async function keysOf(bucket: string, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of server.client.listObjects({ bucket, ...(prefix !== '' && { prefix }) })) {
    keys.push(...objects.map(({ key }) => key));
  }
  return keys;
}

/** The paths of all files below a folder, in order. */
async function pathsBelow(name: string): Promise<readonly string[]> {
  const folder = join(server.folder, name);
  return (await filesBelow(folder)).map((path) => path.slice(folder.length + 1));
}

describe('annals cp', () => {
  it('copies one file up and down, and gives it a content type by its name', async () => {
    const bytes = Buffer.alloc(20_000_000, 'annals ');
    makeFiles('one', { 'film.mp4': bytes });
    const up = await server.run('cp', 'one/film.mp4', 'oss://logs/films/');
    expect(up).toMatchObject({ code: 0, output: 'copy one/film.mp4 to oss://logs/films/film.mp4\n' });
    const head = await server.client.headObject({ bucket: 'logs', key: 'films/film.mp4' });
    expect(head).toMatchObject({ length: bytes.length, type: 'Multipart', contentType: 'video/mp4' });
    expect(await server.run('cp', '--json', 'oss://logs/films/film.mp4', 'one/back.mp4')).toMatchObject({
      code: 0,
      output: `${JSON.stringify({ action: 'copy', source: 'oss://logs/films/film.mp4', target: 'one/back.mp4', dryRun: false })}\n`,
      errors: '',
    });
    expect(readFileSync(join(server.folder, 'one/back.mp4')).equals(bytes)).toBe(true);
    expect(await pathsBelow('one')).toEqual(['back.mp4', 'film.mp4']);
  });

  it('copies within the server, from standard input and to standard output', async () => {
    const { child, ended } = server.start('cp', '-', 'oss://logs/stream.txt');
    child.stdin.end('streamed\n');
    expect(await ended).toMatchObject({ code: 0, output: 'copied 9 bytes to oss://logs/stream.txt\n' });
    await server.run('cp', 'oss://logs/stream.txt', 'oss://logs/stream-2.txt');
    expect(await server.run('cp', 'oss://logs/stream-2.txt', '-')).toEqual({
      code: 0,
      output: 'streamed\n',
      errors: '',
    });
  });

  it('copies all below a place, but what is left out, and says of each what would be done', async () => {
    makeFiles('tree', { 'a.log': 'a', 'sub/b.log': 'b', 'sub/c.tmp': 'c', 'sub/deep/d.log': 'd' });
    symlinkSync('..', join(server.folder, 'tree/sub/circle'));
    const words = ['cp', '-r', '--exclude', '*.tmp', '--exclude', 'sub/deep/**', 'tree', 'oss://logs/tree'];
    const dry = await server.run(...words, '--dry-run');
    expect(dry.output.split('\n').sort()).toEqual([
      '',
      'would copy tree/a.log to oss://logs/tree/a.log',
      'would copy tree/sub/b.log to oss://logs/tree/sub/b.log',
    ]);
    expect(await keysOf('logs', 'tree/')).toEqual([]);
    const { code, errors } = await server.run(...words);
    expect(code).toBe(0);
    expect(errors).toContain('tree/sub/circle is a link to a folder and is passed over');
    expect(await keysOf('logs', 'tree/')).toEqual(['tree/a.log', 'tree/sub/b.log']);
    await server.run('cp', '-r', 'oss://logs/tree', 'tree-back');
    expect(await pathsBelow('tree-back')).toEqual(['a.log', 'sub/b.log']);
  });

  it('writes nothing outside of the target, goes on with the others, and fails', async () => {
    for (const key of ['evil/../../../escaped', 'evil/fine', 'evil//double']) {
      await server.client.putObject({ bucket: 'logs', key, body: 'x' });
    }
    const { code, errors } = await server.run('cp', '-r', 'oss://logs/evil', 'safe/inner');
    expect(code).toBe(1);
    expect(errors).toContain('Cannot write the key "../../../escaped" below safe/inner: it is no path there');
    expect(await pathsBelow('safe')).toEqual(['inner/fine']);
    expect(existsSync(join(server.folder, 'escaped'))).toBe(false);
  });

  it('goes on with a download that was interrupted', async () => {
    const bytes = Buffer.alloc(20_000_000, 'big ');
    await server.client.upload({ bucket: 'logs', key: 'big', source: bytes });
    const words = ['cp', '--part-size', '256KiB', 'oss://logs/big', 'big'];
    const held = await holdCommands(server);
    // So many that some parts are whole, however they are shared out among those that come at the same time.
    const { child, ended } = await held.startHeld(10_000_000, ...words);
    const record = join(server.folder, 'big.annals-part.json');
    await until(() => existsSync(record));
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(server.folder, 'big'))).toBe(false);
    expect((await held.run(...words)).code).toBe(0);
    expect(readFileSync(join(server.folder, 'big')).equals(bytes)).toBe(true);
    await held.close();
  });

  it.each([
    [['cp', 'here', 'there'], 'expected oss://... at one end at least'],
    [['cp', 'tree', 'oss://logs/'], 'it is a folder; -r takes what is in it'],
    [['cp', 'oss://logs/', 'here'], 'expected a key, or -r'],
    [['cp', '--parallel', '0', 'here', 'oss://logs/'], 'expected a whole number from 1 to 256'],
    [['mv', '-', 'oss://logs/k'], 'Cannot use - here'],
    [['rm', 'oss://logs'], 'expected a key, or -r'],
    [['sync', 'here', 'there'], 'expected oss://... at one end at least'],
  ])('%j ends with 2', async (words, message) => {
    const { code, errors } = await server.run(...words);
    expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('annals mv', () => {
  it('removes each source once its copy is there, and never a source that is its own target', async () => {
    makeFiles('done', { 'a.log': 'a', 'b.log': 'b' });
    expect((await server.run('mv', '-r', 'done', 'oss://logs/done')).code).toBe(0);
    expect(await pathsBelow('done')).toEqual([]);
    expect((await server.run('mv', 'oss://logs/done/a.log', 'oss://logs/done/c.log')).code).toBe(0);
    expect(await keysOf('logs', 'done/')).toEqual(['done/b.log', 'done/c.log']);
    const itself = await server.run('mv', '-r', 'oss://logs/done', 'oss://logs/done');
    expect([itself.code, itself.errors]).toEqual([1, expect.stringContaining('source and target are the same')]);
    expect(await keysOf('logs', 'done/')).toEqual(['done/b.log', 'done/c.log']);
  });
});

describe('annals sync', () => {
  it('removes what a killed download left beside a file that is whole, and not in a dry run', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'left/film', body: 'film' });
    expect(await server.run('sync', 'oss://logs/left', 'left')).toMatchObject({ code: 0 });
    for (const end of ['lock', 'json']) makeFiles('left', { [`film.annals-part.${end}`]: '999999999' });
    expect(await server.run('sync', '--dry-run', 'oss://logs/left', 'left')).toMatchObject({ code: 0 });
    expect(await pathsBelow('left')).toHaveLength(3);
    expect(await server.run('sync', 'oss://logs/left', 'left')).toMatchObject({ code: 0 });
    expect(await pathsBelow('left')).toEqual(['film']);
  });

  it('copies what is missing or changed, nothing twice, and removes only when told', async () => {
    makeFiles('site', { 'index.html': 'one', 'img/a.png': 'a', 'old.txt': 'old' });
    const sync = async (...words: string[]): Promise<readonly string[]> => {
      const { code, output } = await server.run('sync', '--json', ...words, 'site', 'oss://logs/site');
      expect(code).toBe(0);
      return output
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
        .map(({ action, name, target }) => `${action} ${name ?? target}`)
        .sort();
    };
    expect(await sync()).toEqual(['copy img/a.png', 'copy index.html', 'copy old.txt']);
    expect(await sync()).toEqual([]);
    writeFileSync(join(server.folder, 'site/index.html'), 'two');
    utimesSync(join(server.folder, 'site/index.html'), new Date(), new Date(Date.now() + 5000));
    writeFileSync(join(server.folder, 'site/img/a.png'), 'longer');
    await server.client.putObject({ bucket: 'logs', key: 'site/only-there.tmp', body: 'x' });
    expect(await sync()).toEqual(['copy img/a.png', 'copy index.html']);
    expect(await sync('--delete', '--exclude', 'index.html', '--exclude', '*.tmp')).toEqual([]);
    expect(await sync('--delete', '--exclude', 'index.html')).toEqual(['remove oss://logs/site/only-there.tmp']);
  });

  it('brings a folder down, and up again without copying', async () => {
    for (const key of ['down/a', 'down/sub/b']) await server.client.putObject({ bucket: 'logs', key, body: key });
    await server.client.putSymlink({ bucket: 'logs', key: 'down/link', target: 'down/sub/b' });
    expect((await server.run('sync', 'oss://logs/down', 'mirror')).code).toBe(0);
    expect(await pathsBelow('mirror')).toEqual(['a', 'link', 'sub/b']);
    expect(readFileSync(join(server.folder, 'mirror/link'), 'utf8')).toBe('down/sub/b');
    expect((await server.run('sync', 'oss://logs/down', 'mirror')).output).toBe('');
    expect((await server.run('sync', 'mirror', 'oss://logs/down')).output).toBe('');
    await server.client.deleteObject({ bucket: 'logs', key: 'down/a' });
    expect((await server.run('sync', '--delete', 'oss://logs/down', 'mirror')).output).toBe('remove mirror/a\n');
    expect(await pathsBelow('mirror')).toEqual(['link', 'sub/b']);
    // A name that was mistyped empties nothing.
    const mistyped = await server.run('sync', '--delete', 'oss://logs/dwon', 'mirror');
    expect([mistyped.code, mistyped.errors]).toEqual([
      1,
      expect.stringContaining('Cannot remove everything below mirror'),
    ]);
    expect(mistyped.errors).toContain('there is nothing below oss://logs/dwon');
    expect(await pathsBelow('mirror')).toEqual(['link', 'sub/b']);
  });
});

describe('annals rm and rb', () => {
  it('removes one object, those below a prefix, and all with a bucket', async () => {
    await server.run('mb', 'oss://removed');
    for (const key of ['a', 'b/1.log', 'b/2.keep', 'b/3.log']) {
      await server.client.putObject({ bucket: 'removed', key, body: 'x' });
    }
    expect((await server.run('rm', 'oss://removed/a')).output).toBe('removed oss://removed/a\n');
    const words = ['rm', '-r', '--exclude', '*.keep', 'oss://removed/b/'];
    expect((await server.run(...words, '--dry-run')).output).toBe(
      'would remove oss://removed/b/1.log\nwould remove oss://removed/b/3.log\n',
    );
    expect((await server.run(...words)).code).toBe(0);
    expect(await keysOf('removed')).toEqual(['b/2.keep']);
    expect(await server.run('rb', 'oss://removed')).toMatchObject({ code: 1, output: '' });
    await server.run('versions', '--set', 'enabled', 'oss://removed');
    await server.client.putObject({ bucket: 'removed', key: 'b/2.keep', body: 'newer' });
    await server.client.initiateMultipartUpload({ bucket: 'removed', key: 'unfinished' });
    const { code, output } = await server.run('rb', '--force', 'oss://removed');
    expect([code, output.split('\n').at(-2)]).toEqual([0, 'removed oss://removed']);
    expect((await server.run('ls', 'oss://removed')).code).toBe(3);
  });
});
