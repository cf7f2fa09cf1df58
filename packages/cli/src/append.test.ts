/** `annals append` against a real server, as a shell runs it. */
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../test/harness/until.js';
import { succeeded, useCommandServer } from './testing/command-server.js';
import { type HeldCommands, holdCommands } from './testing/held-command.js';

const server = useCommandServer({ beforeAll, afterAll });

describe('annals append', () => {
  it('adds a file and prints the position after it', async () => {
    writeFileSync(join(server.folder, 'app.log'), 'one\n');
    expect(await server.run('append', 'app.log', 'oss://logs/file')).toEqual(succeeded('4\n'));
    expect(await server.run('append', 'app.log', 'oss://logs/file')).toEqual(succeeded('8\n'));
    expect(await server.run('cat', 'oss://logs/file')).toEqual(succeeded('one\none\n'));
  });

  it('adds standard input as it comes: each piece is readable while the command goes on', async () => {
    const { child, ended } = server.start('append', '--flush', '0', '-', 'oss://logs/piped');
    child.stdin.write('first\n');
    await server.lengthReached('piped', 6);
    child.stdin.write('second\n');
    await server.lengthReached('piped', 13);
    child.stdin.end('third\n');
    expect(await ended).toEqual(succeeded('19\n'));
  });

  it('sends what was written to it before a Ctrl-C ended the pipeline', async () => {
    const { child, ended } = server.start('append', '--flush', '0', '-', 'oss://logs/interrupted');
    child.stdin.write('first\n');
    await server.lengthReached('interrupted', 6);
    // The end of the input may come first otherwise.
    const told = once(child.stderr, 'data');
    child.kill('SIGINT');
    await told;
    child.stdin.end('last\n');
    const { code, output, errors } = await ended;
    expect({ code, output }).toEqual({ code: 0, output: '11\n' });
    expect(errors).toBe(
      'annals: SIGINT: appending what was read; once more ends at once\nannals: All 11 bytes that were read are durable; oss://logs/interrupted ends at 11\n',
    );
  });

  it('sends whole lines where others append too', async () => {
    const words = ['append', '--flush', '0', '--position', 'auto', '-', 'oss://logs/several'];
    const { child, ended } = server.start(...words);
    child.stdin.write('first\nsec');
    await server.lengthReached('several', 6);
    await server.client.appendObject({ bucket: 'logs', key: 'several', position: 6, body: 'other\n' });
    child.stdin.end('ond\n');
    expect((await ended).code).toBe(0);
    expect((await server.run('cat', 'oss://logs/several')).output).toBe('first\nother\nsecond\n');
  });

  it('makes an empty object of nothing', async () => {
    expect(await server.run('append', '-', 'oss://logs/empty')).toEqual(succeeded('0\n'));
    expect(await server.run('cat', 'oss://logs/empty')).toEqual(succeeded(''));
  });

  it('cuts long input into pieces', async () => {
    const bytes = Buffer.alloc(300_000, 'annals ');
    writeFileSync(join(server.folder, 'long'), bytes);
    expect(await server.run('append', '--chunk', '64KiB', 'long', 'oss://logs/long')).toEqual(succeeded('300000\n'));
    expect((await server.run('cat', 'oss://logs/long')).output).toBe(bytes.toString());
  });

  it('refuses another position than the object has, saying which it has', async () => {
    await server.client.appendObject({ bucket: 'logs', key: 'positioned', position: 0, body: 'abc' });
    writeFileSync(join(server.folder, 'more'), 'more');
    const { code, output, errors } = await server.run('append', '--position', '2', 'more', 'oss://logs/positioned');
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toMatch(/^annals: Cannot append to oss:\/\/logs\/positioned at position 2: .*length of 3.*\n$/);
    expect((await server.client.headObject({ bucket: 'logs', key: 'positioned' })).length).toBe(3);
  });

  it('says that an object is not appendable', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'normal', body: 'abc' });
    const { code, errors } = await server.run('append', '-', 'oss://logs/normal');
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^annals: Cannot append to oss:\/\/logs\/normal at position 0: ObjectNotAppendable, .*\n {2}"annals convert .*\n$/,
    );
  });

  it('says that a file is missing, and leaves the object alone', async () => {
    const { code, errors } = await server.run('append', 'missing', 'oss://logs/never');
    expect({ code, errors }).toEqual({ code: 1, errors: 'annals: Cannot read missing: there is no such file\n' });
    await expect(server.client.headObject({ bucket: 'logs', key: 'never' })).rejects.toMatchObject({
      code: 'NoSuchKey',
    });
  });
});

describe('annals append that is interrupted', () => {
  let held: HeldCommands;

  beforeAll(async () => {
    held = await holdCommands(server);
  });

  afterAll(() => held.close());

  it('goes on with a file where it was killed, and doubles nothing', async () => {
    const bytes = Buffer.from(Array.from({ length: 400_000 }, (_, number) => `${number}\n`).join(''));
    writeFileSync(join(server.folder, 'recording'), bytes);
    const words = ['append', '--chunk', '16KiB', 'recording', 'oss://logs/recording'];
    // The first is more than a chunk takes.
    for (const lengthBytes of [20_000, 200_000, 500_000]) await held.kill(lengthBytes, ...words);
    const { code, output, errors } = await held.run(...words);
    expect({ code, output }).toEqual({ code: 0, output: `${bytes.length}\n` });
    expect(errors).toMatch(/^annals: going on with recording at byte \d+ of \d+\n$/);
    expect((await server.run('cat', 'oss://logs/recording')).output).toBe(bytes.toString());
    // That was the end of it: the next run appends the file once more.
    expect(await held.run(...words)).toEqual(succeeded(`${bytes.length * 2}\n`));
  });

  it('says what is durable after SIGTERM, and goes on there', async () => {
    const bytes = Buffer.alloc(3_000_000, 'annals ');
    writeFileSync(join(server.folder, 'stopped'), bytes);
    // More than a hundred appends are waiting when the signal comes, and the default is half a minute.
    const words = ['append', '--drain-for', '10m', '--chunk', '4KiB', 'stopped', 'oss://logs/stopped'];
    const { child, ended } = await held.startHeld(20_000, ...words);
    const told = once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(String((await told)[0])).toContain('SIGTERM: appending what was read');
    held.letGo();
    const { code, errors } = await ended;
    expect(code).toBe(143);
    expect(errors).toMatch(/All \d+ bytes that were read are durable; oss:\/\/logs\/stopped ends at \d+\n$/);
    expect((await held.run(...words)).output).toBe('3000000\n');
    expect((await server.run('cat', 'oss://logs/stopped')).output).toBe(bytes.toString());
  });

  it('refuses to go on where the object holds something else, and appends all of it with --restart', async () => {
    writeFileSync(join(server.folder, 'mixed'), Buffer.alloc(1_000_000, 'mixed '));
    const words = ['append', '--chunk', '4KiB', 'mixed', 'oss://logs/mixed'];
    await held.kill(20_000, ...words);
    const target = { bucket: 'logs', key: 'mixed' };
    const { length } = await server.client.headObject(target);
    expect(length).toBeGreaterThan(0);
    await server.client.appendObject({ ...target, position: length, body: 'of another' });
    const refused = await held.run(...words);
    expect(refused.code).toBe(1);
    expect(refused.errors).toMatch(/^annals: Cannot go on with mixed: behind position 0 the object holds other bytes/);
    expect((await held.run('append', '--restart', ...words.slice(1))).output).toBe(`${length + 10 + 1_000_000}\n`);
  });

  it('keeps in a spool what it read from a pipe before it was killed, and appends that first', async () => {
    const words = ['append', '--endpoint', 'http://127.0.0.1:2', '--spool', 'pipe-spool', '-', 'oss://logs/spooled'];
    const { child, ended } = server.start(...words);
    const told = once(child.stderr, 'data');
    child.stdin.write('before\n');
    expect(String((await told)[0])).toContain('trying again until it works');
    const spool = join(server.folder, 'pipe-spool');
    const segments = () => readdirSync(spool).filter((name) => name.endsWith('.spool'));
    await until(() => segments().some((name) => readFileSync(join(spool, name)).includes('before\n')));
    child.kill('SIGKILL');
    await ended;
    const { child: second, ended: secondEnded } = server.start('append', ...words.slice(3));
    second.stdin.end('after\n');
    expect(await secondEnded).toMatchObject({ code: 0, output: '13\n' });
    expect((await server.run('cat', 'oss://logs/spooled')).output).toBe('before\nafter\n');
  });
});

describe('annals append --follow-file', () => {
  it('says where it begins, at the first run and at the next', async () => {
    writeFileSync(join(server.folder, 'app.log'), 'one\n');
    const words = ['append', '--follow-file', 'app.log', 'oss://logs/app.log'];
    const first = server.start(...words);
    await server.lengthReached('app.log', 4);
    first.child.kill('SIGINT');
    expect((await first.ended).errors).toMatch(/^annals: following app\.log from its beginning\nannals: SIGINT/);
    const second = server.start(...words);
    expect(String((await once(second.child.stderr, 'data'))[0])).toBe('annals: going on with app.log at byte 4\n');
    second.child.kill('SIGINT');
    expect((await second.ended).code).toBe(0);
  });

  it('refuses the spool of another file or object, and says what helps', async () => {
    for (const name of ['a.log', 'b.log']) writeFileSync(join(server.folder, name), `${name}\n`);
    const begin = server.start('append', '--follow-file', '--spool', 'taken', 'a.log', 'oss://logs/a.log');
    await server.lengthReached('a.log', 6);
    begin.child.kill('SIGINT');
    await begin.ended;
    const otherFile = await server.run('append', '--follow-file', '--spool', 'taken', 'b.log', 'oss://logs/a.log');
    expect([otherFile.code, otherFile.errors]).toEqual([1, expect.stringMatching(/a\.log; choose another --spool\n$/)]);
    const otherObject = await server.run('append', '--spool', 'taken', '-', 'oss://logs/b.log');
    expect(otherObject.code).toBe(2);
    expect(otherObject.errors).toBe(
      'annals: Cannot append to oss://logs/b.log: the spool belongs to oss://logs/a.log; choose another folder for this object\n',
    );
  });
});

describe('annals append to a pattern', () => {
  it('goes on to the next object at the end of a line, and not again with a file that is done', async () => {
    writeFileSync(join(server.folder, 'lines'), 'one\ntwo\nthree\nfour\n');
    const words = ['append', '--roll', '8B', '--json', 'lines', 'oss://logs/rolled-{seq}.log'];
    const { code, output } = await server.run(...words);
    expect({ code, answer: JSON.parse(output) }).toMatchObject({
      code: 0,
      answer: { url: expect.stringMatching(/^oss:\/\/logs\/rolled-\d{4}\.log$/), readBytes: 19 },
    });
    const keys: string[] = [];
    let text = '';
    for await (const { objects } of server.client.listObjects({ bucket: 'logs', prefix: 'rolled-' })) {
      for (const { key } of objects) {
        keys.push(key);
        const part = (await server.run('cat', `oss://logs/${key}`)).output;
        expect(part).toMatch(/\n$/);
        text += part;
      }
    }
    expect(keys[0]).toBe('rolled-0000.log');
    expect(text).toBe('one\ntwo\nthree\nfour\n');
  });
});
