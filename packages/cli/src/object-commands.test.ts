/** The commands on single objects and on what buckets are set to, against a real server, as a shell runs them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeeded, useCommandServer } from './testing/command-server.js';

const server = useCommandServer({ beforeAll, afterAll });

describe('annals seal, convert and sign', () => {
  it('seals an object where it ends', async () => {
    await server.client.appendObject({ bucket: 'logs', key: 'sealed', position: 0, body: 'abc' });
    expect(await server.run('seal', 'oss://logs/sealed')).toEqual(succeeded('sealed oss://logs/sealed at 3\n'));
    const { code, errors } = await server.run('append', '-', 'oss://logs/sealed');
    expect([code, errors]).toEqual([1, expect.stringContaining('AppendSealedObjectNotAllowed')]);
  });

  it('makes an object appendable and normal again', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'converted', body: 'abc' });
    const { output } = await server.run('convert', '--json', '--to', 'appendable', 'oss://logs/converted');
    expect(JSON.parse(output)).toMatchObject({ url: 'oss://logs/converted', type: 'appendable', nextPosition: 3 });
    expect(await server.run('convert', '--to', 'normal', 'oss://logs/converted')).toEqual(
      succeeded('oss://logs/converted is normal\n'),
    );
  });

  it('prints a URL that works without keys', async () => {
    await server.client.putObject({ bucket: 'logs', key: 'signed é', body: 'abc' });
    const { output } = await server.run('sign', '--expires', '1m', 'oss://logs/signed é');
    expect(await (await fetch(output.trim())).text()).toBe('abc');
  });

  it('prints a URL that appends, and nothing else, with the content type that was signed', async () => {
    const { output } = await server.run(
      ...['sign', '--json', '--append', '--content-type', 'application/x-ndjson', '--expires', '87600h'],
      'oss://logs/appended.jsonl',
    );
    const { url, method, headers, expiresAt } = JSON.parse(output);
    expect({ method, headers }).toEqual({ method: 'POST', headers: { 'content-type': 'application/x-ndjson' } });
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 3649 * 86_400_000);
    const send = async (address: string, init: RequestInit): Promise<number> => (await fetch(address, init)).status;
    for (const body of ['{"n":1}\n', '{"n":2}\n']) expect(await send(url, { method, headers, body })).toBe(200);
    expect(await send(url, { method, headers: { 'content-type': 'text/html' }, body: '{}' })).toBe(403);
    expect(await send(url.replace('position=auto', 'position=0'), { method, headers, body: '{}' })).toBe(403);
    expect(await send(url.replace('append&position=auto&', ''), { method: 'PUT', headers, body: '{}' })).toBe(403);
    expect(await send(url, {})).toBe(403);
    expect((await server.run('cat', 'oss://logs/appended.jsonl')).output).toBe('{"n":1}\n{"n":2}\n');
  });

  it('prints a URL that goes on with what is appended later', async () => {
    await server.client.appendObject({ bucket: 'logs', key: 'followed', position: 0, body: 'one ' });
    const { output } = await server.run('sign', '--follow', 'oss://logs/followed');
    const answer = await fetch(output.trim());
    await server.client.appendObject({ bucket: 'logs', key: 'followed', position: 4, body: 'two' });
    await server.client.sealObject({ bucket: 'logs', key: 'followed', position: 7 });
    expect(await answer.text()).toBe('one two');
  });

  it.each([
    [['--append', '--method', 'PUT'], "'--method <name>'"],
    [['--follow', '--append'], "'--follow'"],
    [['--expires', '87601h'], '315363600'],
    [['--expires', '7d'], '7d'],
  ])('do not sign with %j', async (options, named) => {
    const { code, errors } = await server.run('sign', ...options, 'oss://logs/any');
    expect([code, errors]).toEqual([2, expect.stringContaining(named)]);
  });
});

describe('annals acl, tag and versions', () => {
  it('show and change what an object and a bucket have', async () => {
    await server.run('mb', 'oss://properties');
    await server.client.putObject({ bucket: 'properties', key: 'o', body: 'abc' });
    expect(await server.run('acl', 'oss://properties')).toEqual(succeeded('private\n'));
    expect(await server.run('acl', 'oss://properties/o', 'public-read')).toEqual(succeeded('public-read\n'));
    expect((await server.run('acl', 'oss://properties', 'open')).code).toBe(2);
    for (const url of ['oss://properties', 'oss://properties/o']) {
      expect(await server.run('tag', url, 'room=1', 'kept=yes=no')).toEqual(succeeded('room=1\nkept=yes=no\n'));
      expect((await server.run('tag', '--json', url)).output).toBe(
        `${JSON.stringify({ url, tags: { room: '1', kept: 'yes=no' } })}\n`,
      );
      expect(await server.run('tag', '--delete', url)).toEqual(succeeded(''));
    }
  });

  it('list versions and delete markers', async () => {
    await server.run('mb', 'oss://versioned');
    expect(await server.run('versions', '--state', 'oss://versioned')).toEqual(succeeded('never enabled\n'));
    expect(await server.run('versions', '--set', 'enabled', 'oss://versioned')).toEqual(succeeded('enabled\n'));
    await server.client.putObject({ bucket: 'versioned', key: 'v', body: 'one' });
    await server.run('rm', 'oss://versioned/v');
    const { output } = await server.run('versions', '--json', 'oss://versioned');
    const rows = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([
      { url: 'oss://versioned/v', kind: 'delete-marker', isLatest: true },
      { url: 'oss://versioned/v', kind: 'version', isLatest: false, length: 3 },
    ]);
    expect((await server.run('rm', '--all-versions', 'oss://versioned/v')).output.split('\n')).toHaveLength(3);
    expect((await server.run('versions', 'oss://versioned')).output).toBe('');
  });
});

describe('documents of buckets', () => {
  it.each([
    [
      'lifecycle',
      '<LifecycleConfiguration><Rule><ID>old</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>',
      '<Days>30</Days>',
    ],
    [
      'cors',
      '<CORSConfiguration><CORSRule><AllowedOrigin>https://a.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
      '<AllowedOrigin>https://a.test</AllowedOrigin>',
    ],
    [
      'bucket-policy',
      '{"Version":"1","Statement":[{"Effect":"Deny","Principal":["*"],"Action":["oss:DeleteObject"],"Resource":["acs:oss:*:*:logs/*"]}]}',
      '"oss:DeleteObject"',
    ],
  ])('annals %s puts, gets and deletes one', async (command, document, expected) => {
    const file = join(server.folder, `${command}.document`);
    expect((await server.run(command, 'get', 'oss://logs')).code).toBe(3);
    writeFileSync(file, document);
    expect(await server.run(command, 'put', 'oss://logs', file)).toEqual(succeeded(''));
    expect((await server.run(command, 'get', 'oss://logs')).output).toContain(expected);
    expect(JSON.parse((await server.run(command, 'get', '--json', 'oss://logs')).output)).toBeTypeOf('object');
    writeFileSync(file, '<Nonsense>');
    const wrong = await server.run(command, 'put', 'oss://logs', file);
    expect([wrong.code, wrong.errors]).toEqual([2, expect.stringMatching(`^annals: Cannot use .* as ${command}: `)]);
    expect(await server.run(command, 'delete', 'oss://logs')).toEqual(succeeded(''));
    expect((await server.run(command, 'get', 'oss://logs')).code).toBe(3);
  });
});

describe('annals du', () => {
  it('adds up by folders', async () => {
    await server.run('mb', 'oss://sized');
    for (const [key, length] of [
      ['a/1', 1024],
      ['a/b/2', 2048],
      ['c', 10],
    ] as const) {
      await server.client.putObject({ bucket: 'sized', key, body: Buffer.alloc(length) });
    }
    const rows = (await server.run('du', '--json', 'oss://sized')).output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toEqual([
      { url: 'oss://sized/a/', bytes: 3072, objects: 2 },
      { url: 'oss://sized/', bytes: 3082, objects: 3 },
    ]);
    expect((await server.run('du', '--depth', '0', 'oss://sized/a/')).output).toBe(
      '   3.0 KiB           2  oss://sized/a/\n',
    );
  });
});

describe('annals doctor', () => {
  it('finds nothing to mend where all is well', async () => {
    const { code, output } = await server.run('doctor', 'oss://logs');
    expect(code).toBe(0);
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => line.slice(0, 7).trim()),
    ).toEqual(Array(7).fill('ok'));
  });

  it.each([
    [['--endpoint', 'http://127.0.0.1:2'], 'server', 'Is the server running'],
    [['--endpoint', 'http://no-such-host.invalid'], 'endpoint', 'Check --endpoint'],
    [['--access-key-id', 'unknown'], 'signature', 'does not know this key id'],
    [['oss://missing-bucket'], 'signature', 'There is no such bucket'],
  ])('%j: says what to mend', async (words, step, remedy) => {
    const { code, output } = await server.run('doctor', '--json', ...words);
    const last = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    expect([code, last]).toMatchObject([1, { step, state: 'failed', remedy: expect.stringContaining(remedy) }]);
  });
});
