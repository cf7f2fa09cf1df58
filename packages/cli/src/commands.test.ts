/** The client commands against a real server, as a shell runs them; `append` and `tail` have files of their own. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../test/harness/free-port.js';
import { type AnnalsProcess, readyUrl } from './testing/annals-process.js';
import { succeeded, useCommandServer } from './testing/command-server.js';

const server = useCommandServer({ beforeAll, afterAll });

describe('annals cat', () => {
  it.each([
    ['2-4', '234'],
    ['7-', '789'],
    ['-3', '789'],
    ['-100', '0123456789'],
    ['8-100', '89'],
    ['-0', ''],
  ])('writes the range %s', async (range, expected) => {
    await server.client.putObject({ bucket: 'logs', key: 'digits', body: '0123456789' });
    expect(await server.run('cat', `--range=${range}`, 'oss://logs/digits')).toEqual(succeeded(expected));
  });

  it('says that a range begins behind the end', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'digits', body: '0123456789' });
    const { code, errors } = await server.run('cat', '--range', '10-', 'oss://logs/digits');
    expect(code).toBe(1);
    expect(errors).toMatch(/^annals: Cannot read oss:\/\/logs\/digits: InvalidRange, /);
  });

  it('writes bytes as they are stored, whatever their Content-Encoding says', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'encoded', body: 'not gzip', contentEncoding: 'gzip' });
    expect(await server.run('cat', 'oss://logs/encoded')).toEqual(succeeded('not gzip'));
  });

  it('follows what is appended, and ends when the object is sealed', async () => {
    const target = { bucket: 'logs', key: 'followed' };
    let { nextPosition } = await server.client.appendObject({ ...target, position: 0, body: 'first\n' });
    const { firstLine, ended } = server.start('cat', '--follow', '--interval', '5ms', 'oss://logs/followed');
    expect(await firstLine).toBe('first');
    ({ nextPosition } = await server.client.appendObject({ ...target, position: nextPosition, body: 'second\n' }));
    ({ nextPosition } = await server.client.appendObject({ ...target, position: nextPosition, body: 'third\n' }));
    await server.client.sealObject({ ...target, position: nextPosition });
    expect(await ended).toEqual(succeeded('first\nsecond\nthird\n'));
  });

  it('goes on following where it was after the server was killed and came back', async () => {
    const ownFolder = mkdtempSync(join(tmpdir(), 'annals-outage-'));
    const key = { ANNALS_ROOT_ACCESS_KEY_ID: 'test-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret' };
    const serve = (port: string): AnnalsProcess =>
      server.startIn(['serve', '--port', port, '--bucket', 'logs'], { folder: ownFolder, environment: key });
    const port = String(await freePort());
    const first = serve(port);
    const endpoint = await readyUrl(first);
    const own = createClient({ endpoint, accessKeyId: 'test-id', accessKeySecret: 'test-secret' });
    const target = { bucket: 'logs', key: 'survivor' };
    await own.appendObject({ ...target, position: 0, body: 'before\n' });
    const following = server.startIn(['cat', '--follow', '--interval', '5ms', 'oss://logs/survivor'], {
      folder: server.folder,
      environment: { ...server.environment, OSS_ENDPOINT: endpoint },
    });
    await following.firstLine;
    const outageTold = once(following.child.stderr, 'data');
    first.child.kill('SIGKILL');
    await Promise.all([first.ended, outageTold]);
    const second = serve(port);
    await readyUrl(second);
    await own.appendObject({ ...target, position: 7, body: 'after\n' });
    await own.sealObject({ ...target, position: 13 });
    const { code, output, errors } = await following.ended;
    second.child.kill('SIGKILL');
    await second.ended;
    rmSync(ownFolder, { recursive: true });
    expect({ code, output }).toEqual({ code: 0, output: 'before\nafter\n' });
    expect(errors).toMatch(
      /^annals: Cannot follow oss:\/\/logs\/survivor from position 7: .*; trying again until it works\n$/,
    );
  });

  it('says that a followed object was deleted', async () => {
    const target = { bucket: 'logs', key: 'deleted' };
    await server.client.appendObject({ ...target, position: 0, body: 'first\n' });
    const { firstLine, ended } = server.start('cat', '-f', '--interval', '5ms', 'oss://logs/deleted');
    await firstLine;
    await server.client.deleteObject(target);
    expect(await ended).toMatchObject({
      code: 1,
      errors: 'annals: Cannot follow oss://logs/deleted any longer: it was deleted\n',
    });
  });

  it('ends quietly when its reader has seen enough', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'endless', body: Buffer.alloc(8 * 1024 ** 2, 'y\n') });
    const { child, ended } = server.start('cat', 'oss://logs/endless');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, errors: '' });
  });
});

describe('annals stat, ls and mb', () => {
  it('shows what is known of an object', async () => {
    await server.client.appendObject({
      bucket: 'logs',
      key: 'known',
      position: 0,
      body: '123456789',
      contentType: 'text/plain',
      metadata: { source: 'Käse' },
    });
    const { code, output } = await server.run('stat', 'oss://logs/known');
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
    const json = await server.run('stat', '--json', 'oss://logs/known');
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
    expect(await server.run('mb', 'oss://listed')).toEqual(succeeded('oss://listed\n'));
    expect((await server.run('ls')).output).toMatch(/^[0-9-]{10}T[0-9:]{8}Z {2}oss:\/\/listed$/m);
    await server.client.putObject({ bucket: 'listed', key: 'a b+c%', body: 'abc' });
    await server.client.appendObject({ bucket: 'listed', key: 'dir/é', position: 0, body: 'abcd' });
    const { code, output } = await server.run('ls', 'oss://listed');
    expect(code).toBe(0);
    const time = '[0-9-]{10}T[0-9:]{8}Z';
    expect(output).toMatch(
      new RegExp(
        `^${time}  Normal                 3  oss://listed/a b\\+c%\n${time}  Appendable             4  oss://listed/dir/é\n$`,
      ),
    );
    const lines = (await server.run('ls', '--json', 'oss://listed/dir/')).output.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { bucket: 'listed', key: 'dir/é', type: 'Appendable', length: 4 },
    ]);
  });

  it('reaches keys that look like relative paths', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'up/../../other', body: 'dots' });
    await server.client.putObject({ bucket: 'logs', key: '..', body: 'two dots' });
    expect(await server.run('cat', 'oss://logs/up/../../other')).toEqual(succeeded('dots'));
    expect(await server.run('cat', 'oss://logs/..')).toEqual(succeeded('two dots'));
  });
});

describe('errors', () => {
  it('are one line on standard error', async () => {
    const { code, output, errors } = await server.run('stat', 'oss://logs/missing');
    expect({ code, output }).toEqual({ code: 3, output: '' });
    expect(errors).toMatch(
      /^annals: Cannot look at oss:\/\/logs\/missing: NoSuchKey, The specified key does not exist\. \(status 404, request [0-9A-F]{24}\)\n$/,
    );
  });

  it('say that no server listens', async () => {
    const { code, errors } = await server.run('ls', '--endpoint', 'http://127.0.0.1:2');
    expect(code).toBe(5);
    expect(errors).toMatch(/^annals: Cannot list the buckets: .*127\.0\.0\.1:2.*\n$/);
  });

  it('say that the key pair is wrong without showing it', async () => {
    const { ended } = server.startIn(['ls'], {
      folder: server.folder,
      environment: { ...server.environment, OSS_ACCESS_KEY_SECRET: 'wrong-one' },
    });
    const { code, errors } = await ended;
    expect(code).toBe(4);
    expect(errors).toMatch(/^annals: Cannot list the buckets: SignatureDoesNotMatch, /);
    expect(errors).not.toContain('wrong-one');
  });

  it('say that there is no key pair', async () => {
    const { ended } = server.startIn(['ls'], { folder: server.folder, environment: {} });
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
    const { code, output, errors } = await server.run(...words);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(message);
  });
});
