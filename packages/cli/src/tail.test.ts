/** `annals tail` against a real server, as a shell runs it. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeeded, useCommandServer } from './testing/command-server.js';

const server = useCommandServer({ beforeAll, afterAll });

describe('annals tail', () => {
  it.each([
    [['-n', '2'], 'line 9998\nline 9999\n'],
    [['-n', '0'], ''],
    [['-c', '5'], '9999\n'],
    [['-n', '3000'], Array.from({ length: 3000 }, (_, number) => `line ${number + 7000}\n`).join('')],
  ])('writes the end: %j', async (words, expected) => {
    const body = Array.from({ length: 10_000 }, (_, number) => `line ${number}\n`).join('');
    await server.client.putObject({ bucket: 'logs', key: 'long.log', body });
    expect(await server.run('tail', ...words, 'oss://logs/long.log')).toEqual(succeeded(expected));
  });

  it('writes the whole of an object with fewer lines, and a last line without its end', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'short.log', body: 'one\ntwo' });
    expect(await server.run('tail', 'oss://logs/short.log')).toEqual(succeeded('one\ntwo'));
    expect(await server.run('tail', '-n', '1', 'oss://logs/short.log')).toEqual(succeeded('two'));
  });

  it('-f goes on with what is appended, and -F waits for an object that is not there yet', async () => {
    const target = { bucket: 'logs', key: 'awaited' };
    const { child, firstLine, ended } = server.start(
      'tail',
      '-F',
      '-n',
      '1',
      '--interval',
      '5ms',
      'oss://logs/awaited',
    );
    const [told] = await once(child.stderr, 'data');
    expect(String(told)).toBe('annals: oss://logs/awaited does not exist; waiting for it\n');
    await server.client.appendObject({ ...target, position: 0, body: 'one\ntwo\n' });
    await firstLine;
    await server.client.appendObject({ ...target, position: 8, body: 'three\n' });
    await server.client.sealObject({ ...target, position: 14 });
    const { code, output } = await ended;
    expect({ code, lines: output.endsWith('two\nthree\n') }).toEqual({ code: 0, lines: true });
    const missing = await server.run('tail', '-f', 'oss://logs/missing');
    expect(missing).toMatchObject({ code: 3, output: '' });
  });

  it('-F waits for a bucket as for an object, and says which of them is missing', async () => {
    const { child, ended } = server.start('tail', '-F', '--interval', '5ms', 'oss://later/awaited');
    const told = createInterface(child.stderr)[Symbol.asyncIterator]();
    expect((await told.next()).value).toBe('annals: oss://later does not exist; waiting for it');
    await server.client.putBucket({ bucket: 'later' });
    expect((await told.next()).value).toBe('annals: oss://later/awaited does not exist; waiting for it');
    await server.client.putObject({ bucket: 'later', key: 'awaited', body: 'one\n' });
    expect(await ended).toMatchObject({ code: 0, output: 'one\n' });
    expect((await server.run('tail', '-f', 'oss://never/missing')).code).toBe(3);
  });
});
