/** Pipes, devices and files without a length as what commands read and write, against a real server. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePipe } from '../../../test/harness/make-pipe.js';
import { until } from '../../../test/harness/until.js';
import { PROGRAM } from './testing/annals-process.js';
import { useCommandServer } from './testing/command-server.js';

const server = useCommandServer({ beforeAll, afterAll });
const BYTES = Buffer.alloc(3_000_000, 'annals ');

async function textOf(key: string): Promise<string> {
  const { body } = await server.client.getObject({ bucket: 'logs', key });
  return new Response(body).text();
}

/** What the descriptors of a process lead to, without those of its standard streams. */
function openedBy(processId: number | undefined): readonly string[] {
  const folder = `/proc/${processId}/fd`;
  const numbers = readdirSync(folder).filter((name) => Number(name) > 2);
  return numbers.flatMap((name) => {
    try {
      return [readlinkSync(join(folder, name))];
    } catch {
      return [];
    }
  });
}

describe('annals cp', () => {
  it('writes to a pipe and leaves it in its place', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'down', body: BYTES });
    const path = makePipe(join(server.folder, 'down'));
    const { ended } = server.start('cp', 'oss://logs/down', 'down');
    // In a process of its own: opening a pipe holds a thread until a program is at its other end.
    const program = `process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(path)}))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { maxBuffer: BYTES.length * 2 });
    expect((await ended).code).toBe(0);
    expect(stdout).toBe(BYTES.toString());
    expect(lstatSync(path).isFIFO()).toBe(true);
  });

  it('reads a pipe to its end, and a file whose length the system does not say', async () => {
    const path = makePipe(join(server.folder, 'up'));
    const { ended } = server.start('cp', 'up', 'oss://logs/up');
    createWriteStream(path).end(BYTES);
    expect((await ended).code).toBe(0);
    expect(await textOf('up')).toBe(BYTES.toString());
    expect((await server.run('cp', '/proc/self/status', 'oss://logs/status')).code).toBe(0);
    expect(await textOf('status')).toMatch(/^Name:\s/);
  });

  it('knows the names of the standard streams', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'text', body: 'text\n' });
    expect(await server.run('cp', 'oss://logs/text', '/dev/stdout')).toEqual({ code: 0, output: 'text\n', errors: '' });
    const { child, ended } = server.start('cp', '/dev/stdin', 'oss://logs/input');
    child.stdin.end('typed');
    expect((await ended).code).toBe(0);
    expect(await textOf('input')).toBe('typed');
  });

  it('says that a device is full, and leaves it in its place', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'full', body: BYTES });
    // A link, so that a program that takes its place by a rename does no harm to the machine.
    const path = join(server.folder, 'full');
    execFileSync('ln', ['-s', '/dev/full', path]);
    const { code, errors } = await server.run('cp', 'oss://logs/full', 'full');
    expect([code, errors]).toEqual([1, expect.stringContaining('Cannot write to full: ENOSPC')]);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  it('names the file for which there is no room', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'full', body: BYTES });
    execFileSync('ln', ['-s', '/dev/full', join(server.folder, 'room.annals-part')]);
    const { code, errors } = await server.run('cp', 'oss://logs/full', 'room');
    expect([code, errors]).toEqual([1, expect.stringMatching(/Cannot use ".*room": /)]);
  });

  it('does not move what is no file: that would remove it', async () => {
    const path = makePipe(join(server.folder, 'moved'));
    const { code, errors } = await server.run('mv', 'moved', 'oss://logs/moved');
    expect([code, errors]).toEqual([2, expect.stringContaining('Cannot move moved: it is no regular file')]);
    expect(lstatSync(path).isFIFO()).toBe(true);
  });

  it.each([
    [
      'cp',
      ['cp', '--part-size', '1MiB', 'long', 'oss://logs/unremembered-cp'],
      'an interrupted upload will begin again',
    ],
    ['append', ['append', 'long', 'oss://logs/unremembered-append'], 'an interruption will not be continued'],
  ])('%s does its work where nothing can be remembered, and says so', async (name, words, message) => {
    writeFileSync(join(server.folder, 'long'), BYTES);
    writeFileSync(join(server.folder, 'no-folder'), '');
    const environment = { ...server.environment, XDG_STATE_HOME: join(server.folder, 'no-folder', 'states') };
    const { child, ended } = server.startIn(words, { folder: server.folder, environment });
    child.stdin.end();
    expect(await ended).toMatchObject({ code: 0, errors: expect.stringContaining(message) });
    expect(await textOf(`unremembered-${name}`)).toBe(BYTES.toString());
  });

  it('moves an empty file', async () => {
    writeFileSync(join(server.folder, 'empty'), '');
    expect((await server.run('mv', 'empty', 'oss://logs/empty')).code).toBe(0);
    expect(await textOf('empty')).toBe('');
    expect(() => readFileSync(join(server.folder, 'empty'))).toThrow('ENOENT');
  });
});

describe('a pipe at whose other end nobody is', () => {
  it.each([
    ['reading', ['append', 'idle', 'oss://logs/idle'], /\/idle$/],
    ['uploading', ['cp', 'idle', 'oss://logs/idle'], /\/idle$/],
    ['downloading', ['cp', 'oss://logs/some', 'idle'], /^socket:/],
  ])('does not keep a command that is %s from ending at a signal', async (_, words, opened) => {
    await server.client.putObject({ bucket: 'logs', key: 'some', body: 'some' });
    makePipe(join(server.folder, 'idle'));
    // A signal that comes before the command listens ends it too, but says nothing; then it is tried again.
    let code: number | null = null;
    while (code === null) {
      const { child, ended } = server.start(...words);
      await until(() => openedBy(child.pid).some((target) => opened.test(target)));
      child.kill('SIGTERM');
      ({ code } = await ended);
    }
    expect(code).toBe(143);
  });

  it('is no file to follow', async () => {
    makePipe(join(server.folder, 'followed'));
    const { code, errors } = await server.run('append', '--follow-file', 'followed', 'oss://logs/followed');
    expect([code, errors]).toEqual([1, expect.stringContaining('followed: it is no regular file')]);
  });
});

describe('a standard output that is full', () => {
  it.each([
    [1, '--help'],
    [1, '--version'],
    [1, 'cp --help'],
    [1, 'completion fish'],
    [1, 'ls'],
    [1, 'cat oss://logs/said'],
    // What goes to standard error is not lost.
    [2, 'no-such-command'],
    [3, 'cat oss://logs/none'],
  ])('ends with %i after annals %s', async (exitCode, line) => {
    await server.client.putObject({ bucket: 'logs', key: 'said', body: 'text' });
    const program = ['-c', 'exec "$0" "$@" > /dev/full', process.execPath, PROGRAM, ...line.split(' ')];
    const environment = { HOME: server.folder, ...server.environment };
    const { status, stderr } = spawnSync('sh', program, { env: environment, encoding: 'utf8' });
    expect([status, stderr]).toEqual([exitCode, expect.stringMatching(exitCode === 1 ? 'no space left' : 'no')]);
  });
});
