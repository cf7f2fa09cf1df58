/** The client commands against a real server, as a shell runs them. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnnalsProcess, type Ended, readyUrl, startAnnals as startProcess } from './testing/annals-process.js';

const started: AnnalsProcess[] = [];

/** As the original, and whatever a failing test leaves running is ended with the others. */
const startAnnals: typeof startProcess = (words, options) => {
  const annals = startProcess(words, options);
  started.push(annals);
  return annals;
};

let folder: string;
let server: AnnalsProcess;
let client: Client;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'annals-commands-'));
  server = startAnnals(['serve', '--port', '0', '--bucket', 'logs'], {
    folder,
    environment: { ANNALS_ROOT_ACCESS_KEY_ID: 'test-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret' },
  });
  const endpoint = await readyUrl(server);
  client = createClient({ endpoint, accessKeyId: 'test-id', accessKeySecret: 'test-secret' });
  environment = {
    OSS_ENDPOINT: endpoint,
    OSS_ACCESS_KEY_ID: 'test-id',
    OSS_ACCESS_KEY_SECRET: 'test-secret',
  };
});

afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  rmSync(folder, { recursive: true });
});

function start(...words: string[]): AnnalsProcess {
  return startAnnals(words, { folder, environment });
}

function run(...words: string[]): Promise<Ended> {
  const { child, ended } = start(...words);
  child.stdin.end();
  return ended;
}

const succeeded = (output: string): Ended => ({ code: 0, output, errors: '' });

describe('annals append', () => {
  it('adds a file and prints the position after it', async () => {
    writeFileSync(join(folder, 'app.log'), 'one\n');
    expect(await run('append', 'app.log', 'oss://logs/file')).toEqual(succeeded('4\n'));
    expect(await run('append', 'app.log', 'oss://logs/file')).toEqual(succeeded('8\n'));
    expect(await run('cat', 'oss://logs/file')).toEqual(succeeded('one\none\n'));
  });

  it('adds standard input as it comes: each piece is readable while the command goes on', async () => {
    const { child, ended } = start('append', '--flush', '0', '-', 'oss://logs/piped');
    child.stdin.write('first\n');
    await lengthReached('piped', 6);
    child.stdin.write('second\n');
    await lengthReached('piped', 13);
    child.stdin.end('third\n');
    expect(await ended).toEqual(succeeded('19\n'));
  });

  it('sends what was written to it before a Ctrl-C ended the pipeline', async () => {
    const { child, ended } = start('append', '--flush', '0', '-', 'oss://logs/interrupted');
    child.stdin.write('first\n');
    await lengthReached('interrupted', 6);
    child.kill('SIGINT');
    child.stdin.end('last\n');
    expect(await ended).toEqual(succeeded('11\n'));
  });

  it('makes an empty object of nothing', async () => {
    expect(await run('append', '-', 'oss://logs/empty')).toEqual(succeeded('0\n'));
    expect(await run('cat', 'oss://logs/empty')).toEqual(succeeded(''));
  });

  it('cuts long input into pieces', async () => {
    const bytes = Buffer.alloc(300_000, 'annals ');
    writeFileSync(join(folder, 'long'), bytes);
    expect(await run('append', '--chunk', '64KiB', 'long', 'oss://logs/long')).toEqual(succeeded('300000\n'));
    expect((await run('cat', 'oss://logs/long')).output).toBe(bytes.toString());
  });

  it('refuses another position than the object has, saying which it has', async () => {
    await client.appendObject({ bucket: 'logs', key: 'positioned', position: 0, body: 'abc' });
    writeFileSync(join(folder, 'more'), 'more');
    const { code, output, errors } = await run('append', '--position', '2', 'more', 'oss://logs/positioned');
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toMatch(/^annals: Cannot append to oss:\/\/logs\/positioned at position 2: .*length of 3.*\n$/);
    expect((await client.headObject({ bucket: 'logs', key: 'positioned' })).length).toBe(3);
  });

  it('says that an object is not appendable', async () => {
    await client.putObject({ bucket: 'logs', key: 'normal', body: 'abc' });
    const { code, errors } = await run('append', '-', 'oss://logs/normal');
    expect(code).toBe(1);
    expect(errors).toMatch(/^annals: Cannot append to oss:\/\/logs\/normal at position 3: ObjectNotAppendable, .*\n$/);
  });

  it('says that a file is missing, and leaves the object alone', async () => {
    const { code, errors } = await run('append', 'missing', 'oss://logs/never');
    expect({ code, errors }).toEqual({ code: 1, errors: 'annals: Cannot read missing: there is no such file\n' });
    await expect(client.headObject({ bucket: 'logs', key: 'never' })).rejects.toMatchObject({ code: 'NoSuchKey' });
  });
});

describe('annals cat', () => {
  it.each([
    ['2-4', '234'],
    ['7-', '789'],
    ['-3', '789'],
    ['-100', '0123456789'],
    ['8-100', '89'],
    ['-0', ''],
  ])('writes the range %s', async (range, expected) => {
    await client.putObject({ bucket: 'logs', key: 'digits', body: '0123456789' });
    expect(await run('cat', `--range=${range}`, 'oss://logs/digits')).toEqual(succeeded(expected));
  });

  it('says that a range begins behind the end', async () => {
    await client.putObject({ bucket: 'logs', key: 'digits', body: '0123456789' });
    const { code, errors } = await run('cat', '--range', '10-', 'oss://logs/digits');
    expect(code).toBe(1);
    expect(errors).toMatch(/^annals: Cannot read oss:\/\/logs\/digits: InvalidRange, /);
  });

  it('writes bytes as they are stored, whatever their Content-Encoding says', async () => {
    await client.putObject({ bucket: 'logs', key: 'encoded', body: 'not gzip', contentEncoding: 'gzip' });
    expect(await run('cat', 'oss://logs/encoded')).toEqual(succeeded('not gzip'));
  });

  it('follows what is appended, and ends when the object is sealed', async () => {
    const target = { bucket: 'logs', key: 'followed' };
    let { nextPosition } = await client.appendObject({ ...target, position: 0, body: 'first\n' });
    const { firstLine, ended } = start('cat', '--follow', '--interval', '5ms', 'oss://logs/followed');
    expect(await firstLine).toBe('first');
    ({ nextPosition } = await client.appendObject({ ...target, position: nextPosition, body: 'second\n' }));
    ({ nextPosition } = await client.appendObject({ ...target, position: nextPosition, body: 'third\n' }));
    await client.sealObject({ ...target, position: nextPosition });
    expect(await ended).toEqual(succeeded('first\nsecond\nthird\n'));
  });

  it('goes on following where it was after the server was killed and came back', async () => {
    const ownFolder = mkdtempSync(join(tmpdir(), 'annals-outage-'));
    const key = { ANNALS_ROOT_ACCESS_KEY_ID: 'test-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret' };
    const serve = (port: string): AnnalsProcess =>
      startAnnals(['serve', '--port', port, '--bucket', 'logs'], { folder: ownFolder, environment: key });
    const first = serve('0');
    const endpoint = await readyUrl(first);
    const own = createClient({ endpoint, accessKeyId: 'test-id', accessKeySecret: 'test-secret' });
    const target = { bucket: 'logs', key: 'survivor' };
    await own.appendObject({ ...target, position: 0, body: 'before\n' });
    const following = startAnnals(['cat', '--follow', '--interval', '5ms', 'oss://logs/survivor'], {
      folder,
      environment: { ...environment, OSS_ENDPOINT: endpoint },
    });
    await following.firstLine;
    const outageTold = once(following.child.stderr, 'data');
    first.child.kill('SIGKILL');
    await Promise.all([first.ended, outageTold]);
    const second = serve(new URL(endpoint).port);
    await readyUrl(second);
    await own.appendObject({ ...target, position: 7, body: 'after\n' });
    await own.sealObject({ ...target, position: 13 });
    const { code, output, errors } = await following.ended;
    second.child.kill('SIGKILL');
    await second.ended;
    rmSync(ownFolder, { recursive: true });
    expect({ code, output }).toEqual({ code: 0, output: 'before\nafter\n' });
    expect(errors).toMatch(/^annals: Cannot (look at|read) oss:\/\/logs\/survivor: .*; trying again until it works\n$/);
  });

  it('says that a followed object was deleted', async () => {
    const target = { bucket: 'logs', key: 'deleted' };
    await client.appendObject({ ...target, position: 0, body: 'first\n' });
    const { firstLine, ended } = start('cat', '-f', '--interval', '5ms', 'oss://logs/deleted');
    await firstLine;
    await client.deleteObject(target);
    expect(await ended).toMatchObject({
      code: 1,
      errors: 'annals: Cannot follow oss://logs/deleted any longer: it was deleted\n',
    });
  });

  it('ends quietly when its reader has seen enough', async () => {
    await client.putObject({ bucket: 'logs', key: 'endless', body: Buffer.alloc(8 * 1024 ** 2, 'y\n') });
    const { child, ended } = start('cat', 'oss://logs/endless');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, errors: '' });
  });
});

describe('annals stat, ls and mb', () => {
  it('shows what is known of an object', async () => {
    await client.appendObject({
      bucket: 'logs',
      key: 'known',
      position: 0,
      body: '123456789',
      contentType: 'text/plain',
      metadata: { source: 'Käse' },
    });
    const { code, output } = await run('stat', 'oss://logs/known');
    expect(code).toBe(0);
    expect(output.split('\n')).toEqual([
      'url                  oss://logs/known',
      'type                 Appendable',
      'length               9',
      'next position        9',
      expect.stringMatching(/^last modified at {5}[0-9-]{10}T[0-9:]{8}Z$/),
      expect.stringMatching(/^etag {17}[0-9A-F]{32}$/),
      'crc64                11051210869376104954',
      'content type         text/plain',
      'storage class        Standard',
      'meta source          Käse',
      '',
    ]);
    const json = await run('stat', '--json', 'oss://logs/known');
    expect(JSON.parse(json.output)).toMatchObject({
      url: 'oss://logs/known',
      type: 'Appendable',
      length: 9,
      nextPosition: 9,
      crc64: '11051210869376104954',
      metadata: { source: 'Käse' },
    });
  });

  it('makes a bucket and lists buckets and objects', async () => {
    expect(await run('mb', 'oss://listed')).toEqual(succeeded('oss://listed\n'));
    expect((await run('ls')).output).toMatch(/^[0-9-]{10}T[0-9:]{8}Z {2}oss:\/\/listed$/m);
    await client.putObject({ bucket: 'listed', key: 'a b+c%', body: 'abc' });
    await client.appendObject({ bucket: 'listed', key: 'dir/é', position: 0, body: 'abcd' });
    const { code, output } = await run('ls', 'oss://listed');
    expect(code).toBe(0);
    const time = '[0-9-]{10}T[0-9:]{8}Z';
    expect(output).toMatch(
      new RegExp(
        `^${time}  Normal                 3  oss://listed/a b\\+c%\n${time}  Appendable             4  oss://listed/dir/é\n$`,
      ),
    );
    const lines = (await run('ls', '--json', 'oss://listed/dir/')).output.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { bucket: 'listed', key: 'dir/é', type: 'Appendable', length: 4 },
    ]);
  });

  it('reaches keys that look like relative paths', async () => {
    await client.putObject({ bucket: 'logs', key: 'up/../../other', body: 'dots' });
    await client.putObject({ bucket: 'logs', key: '..', body: 'two dots' });
    expect(await run('cat', 'oss://logs/up/../../other')).toEqual(succeeded('dots'));
    expect(await run('cat', 'oss://logs/..')).toEqual(succeeded('two dots'));
  });
});

describe('errors', () => {
  it('are one line on standard error', async () => {
    const { code, output, errors } = await run('stat', 'oss://logs/missing');
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toMatch(
      /^annals: Cannot look at oss:\/\/logs\/missing: NoSuchKey, The specified key does not exist\. \(status 404, request [0-9A-F]{24}\)\n$/,
    );
  });

  it('say that no server listens', async () => {
    const { code, errors } = await run('ls', '--endpoint', 'http://127.0.0.1:2');
    expect(code).toBe(1);
    expect(errors).toMatch(/^annals: Cannot list the buckets: .*127\.0\.0\.1:2.*\n$/);
  });

  it('say that the key pair is wrong without showing it', async () => {
    const { ended } = startAnnals(['ls'], {
      folder,
      environment: { ...environment, OSS_ACCESS_KEY_SECRET: 'wrong-one' },
    });
    const { code, errors } = await ended;
    expect(code).toBe(1);
    expect(errors).toMatch(/^annals: Cannot list the buckets: SignatureDoesNotMatch, /);
    expect(errors).not.toContain('wrong-one');
  });

  it('say that there is no key pair', async () => {
    const { ended } = startAnnals(['ls'], { folder, environment: {} });
    expect(await ended).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^annals: Cannot sign requests: OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET/),
    });
  });

  it.each([
    [['cat', 'logs/file'], 'Cannot use "logs/file": expected oss://BUCKET/KEY'],
    [['cat', 'oss://logs'], 'Cannot use "oss://logs": expected a key after the bucket'],
    [['mb', 'oss://logs/key'], 'Cannot use "oss://logs/key": expected a bucket without a key'],
    [['ls', 'oss://No'], 'Cannot use "oss://No": expected a bucket name'],
    [['cat', '--range', '5-2', 'oss://logs/file'], 'expected FIRST-LAST, FIRST- or -COUNT'],
    [['append', '--chunk', '0', '-', 'oss://logs/file'], 'expected a size such as'],
    [['append', '--position', '-1', '-', 'oss://logs/file'], 'expected a whole number of bytes'],
    [['ls', '--endpoint', 'ftp://somewhere'], 'Cannot use the endpoint "ftp://somewhere"'],
    [['sta', 'oss://logs/file'], "unknown command 'sta'"],
    [['stat'], "missing required argument 'url'"],
  ])('end with 2 when %j cannot be understood', async (words, message) => {
    const { code, output, errors } = await run(...words);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(message);
  });
});

it.each(['serve', 'append', 'cat', 'stat', 'ls', 'mb'])('annals %s --help shows an example', async (command) => {
  const { code, output } = await run(command, '--help');
  expect(code).toBe(0);
  expect(output).toMatch(new RegExp(`Examples?:\\n  annals ${command}`));
});

/** Resolves once the object has that many bytes. */
async function lengthReached(key: string, length: number): Promise<void> {
  for (;;) {
    const found = await client.headObject({ bucket: 'logs', key }).then(
      (head) => head.length,
      () => 0,
    );
    if (found >= length) return;
  }
}
