import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostileInputs } from '../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../test/harness/mutations.js';
import { percentEncode } from './percent-encoding.js';
import { normalizeHost, parseRequestTarget, scopeOf } from './request-target.js';

function candidatesOf(target: string, host: string | undefined, domains: string[] = []): readonly unknown[] {
  return parseRequestTarget({ target, host, domains }).candidates;
}

describe('parseRequestTarget, path style', () => {
  it.each(['/', '//', '///', '', '*', '/?max-keys=2', '//?a'])('reads %j as the service', (target) => {
    expect(candidatesOf(target, '127.0.0.1:9000')).toEqual([{}]);
  });
  it.each(['/logs', '/logs/', '/logs?acl', '/logs/?acl', '/%6cogs'])('reads %j as a bucket', (target) => {
    expect(candidatesOf(target, '127.0.0.1:9000')).toEqual([{ bucket: 'logs' }]);
  });
  it.each([
    ['/logs/a', 'a'],
    ['/logs%2Fa', 'a'],
    ['/examplebucket%2Fdir%2Fa%20b%2Bc.log'.replace('examplebucket', 'logs'), 'dir/a b+c.log'],
    ['/logs/dir%2Fa+b%2Bc.log?append&position=0', 'dir/a b+c.log'],
    ['/logs/folder/', 'folder/'],
    ['/logs/a//b', 'a//b'],
    ['/logs//a', '/a'],
    ['/logs/../x', '../x'],
    ['/logs/%00%0D%0A', '\u0000\r\n'],
    ['/logs/%E6%97%A5#x', '日#x'],
  ])('reads %j as the key %j', (target, key) => {
    expect(candidatesOf(target, '127.0.0.1:9000')).toEqual([{ bucket: 'logs', key }]);
  });
  it.each(['10.1.2.3', '[::1]:9000', 'localhost', 'LOCALHOST:80', 'localhost.', 'unknown.example', '', undefined])(
    'takes the bucket from the path at host %j',
    (host) => {
      expect(candidatesOf('/logs/a', host, ['store.example'])).toEqual([{ bucket: 'logs', key: 'a' }]);
    },
  );
  it('takes the host of an absolute-form target instead of the Host header', () => {
    expect(candidatesOf('http://127.0.0.1:9000/logs/a?append', 'other.localhost')).toEqual([
      { bucket: 'logs', key: 'a' },
    ]);
    expect(candidatesOf('http://logs.localhost:9000', '127.0.0.1')).toEqual([{ bucket: 'logs' }]);
    expect(candidatesOf('HTTPS://logs.localhost?acl', '127.0.0.1')).toEqual([{ bucket: 'logs' }]);
  });
});

describe('parseRequestTarget, bucket in the host', () => {
  it.each([
    ['logs.localhost', []],
    ['logs.localhost:9000', []],
    ['Logs.Store.Example:80', ['store.example']],
    ['logs.store.example', ['store.example:9000']],
    ['logs.b.a.example', ['a.example', 'b.a.example']],
    ['logs.oss-cn-hangzhou.aliyuncs.com', []],
    ['logs.oss-cn-hangzhou-internal.aliyuncs.com', []],
  ])('names the bucket: %j with domains %j', (host, domains) => {
    expect(candidatesOf('/dir/a%2Fb', host, domains)).toEqual([{ bucket: 'logs', key: 'dir/a/b' }]);
    expect(candidatesOf('/', host, domains)).toEqual([{ bucket: 'logs' }]);
    expect(candidatesOf('//', host, domains)).toEqual([{ bucket: 'logs' }]);
  });
  it.each(['.oss-cn-hangzhou.aliyuncs.com', 'oss-cn-hangzhou.aliyuncs.com', '.localhost', 'store.example:1'])(
    'names no bucket: %j',
    (host) => {
      expect(candidatesOf('/', host, ['store.example'])).toEqual([{}]);
    },
  );
  it('lists the path reading second where the path repeats the bucket', () => {
    const host = 'logs.oss-cn-hangzhou.aliyuncs.com';
    expect(candidatesOf('/logs/dir/a', host)).toEqual([
      { bucket: 'logs', key: 'logs/dir/a' },
      { bucket: 'logs', key: 'dir/a' },
    ]);
    expect(candidatesOf('/logs/?max-keys=2', host)).toEqual([{ bucket: 'logs', key: 'logs/' }, { bucket: 'logs' }]);
    expect(candidatesOf('/logs', host)).toEqual([{ bucket: 'logs', key: 'logs' }, { bucket: 'logs' }]);
    expect(candidatesOf('/logs2/a', host)).toEqual([{ bucket: 'logs', key: 'logs2/a' }]);
  });
  it('asks the injected lookup first', () => {
    const lookup = (host: string) => (host === 'data.example.com' ? 'logs' : undefined);
    const parse = (host: string) => parseRequestTarget({ target: '/a', host, bucketOfHost: lookup }).candidates;
    expect(parse('Data.Example.com:8080')).toEqual([{ bucket: 'logs', key: 'a' }]);
    expect(parse('else.example.com')).toEqual([{ bucket: 'a' }]);
  });
});

describe('parseRequestTarget, refusals', () => {
  it.each([
    ['/logs/%', 'InvalidArgument'],
    ['/logs/%zz', 'InvalidArgument'],
    ['/logs/日', 'InvalidArgument'],
    ['/logs/%ff', 'InvalidObjectName'],
    ['/logs/%ED%A0%80', 'InvalidObjectName'],
    ['//logs/a', 'InvalidBucketName'],
    ['/%2Flogs/a', 'InvalidBucketName'],
    ['logs/a', 'InvalidArgument'],
    ['ftp://host/a', 'InvalidArgument'],
    ['/logs?a=%', 'InvalidArgument'],
  ])('refuses %j with %s', (target, code) => {
    expect(() => candidatesOf(target, '127.0.0.1')).toThrow(expect.objectContaining({ code, status: 400 }));
  });
});

describe('parseRequestTarget, any input', () => {
  it('never gives an empty name; hostile targets and hosts', { timeout: 300_000 }, async () => {
    const pieces = [
      ...[
        '/',
        '//',
        '%2F',
        '%',
        '%00',
        '%ff',
        '%2E%2E/',
        '+',
        '?',
        '&',
        '#',
        'a',
        'http://',
        'HTTPS://h',
        '*',
        '..',
        '\u00e9',
        '日',
      ],
      ...[
        '\0',
        '\\',
        ':',
        '@',
        '%ED%A0%80',
        '/'.repeat(300),
        '%41'.repeat(100),
        '?'.repeat(300),
        '&a'.repeat(30),
        '\ud800',
      ],
    ];
    const hostPieces = [
      ...['.', 'a', 'localhost', ':', '80', '[', ']', '::1', 'oss-x.aliyuncs.com', ' ', '..', '日', '\0', '%', '-'],
      ...['.'.repeat(300), ':'.repeat(300), 'a.'.repeat(100), '[[', ']:'],
    ];
    const hosts = ['', '127.0.0.1:9000', 'logs.localhost:80', '[::1]:9000', 'b.a.a', 'logs.oss-cn-a.aliyuncs.com'];
    await readHostileInputs({
      inputs: fc.tuple(
        spoiledTexts(['', '/', '/logs/a%20b', '/logs?acl', 'http://a.localhost/b?c=d', '/a/a/b'], pieces),
        fc.option(spoiledTexts(hosts, hostPieces), { nil: undefined }),
      ),
      read: ([target, host]) => {
        for (const { bucket, key } of parseRequestTarget({ target, host, domains: ['a.a', ''] }).candidates) {
          const isWhole = bucket !== '' && key !== '' && (key === undefined || bucket !== undefined);
          if (!isWhole) throw new Error(`bucket ${JSON.stringify(bucket)}, key ${JSON.stringify(key)}`);
        }
      },
      refusals: ['InvalidArgument', 'InvalidObjectName', 'InvalidBucketName'],
      lengthOf: ([target, host = '']) => target.length + host.length,
      allowance: { perInputBytes: 6 * 1024, perCharacterBytes: 192 },
    });
  });
  it('finds every key again, however its slashes are written', () => {
    const key = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/^\/+$/.test(text));
    fc.assert(
      fc.property(key, fc.boolean(), (text, keepSlash) => {
        const encoded = percentEncode(text, { keepSlash });
        expect(candidatesOf(`/logs/${encoded}`, '[::1]')).toEqual([{ bucket: 'logs', key: text }]);
        expect(candidatesOf(`/logs%2F${encoded}`, '[::1]')).toEqual([{ bucket: 'logs', key: text }]);
        expect(candidatesOf(`/${encoded}`, 'logs.localhost')[0]).toEqual({ bucket: 'logs', key: text });
      }),
      { numRuns: 5000 },
    );
  });
});

describe('normalizeHost', () => {
  it.each([
    ['Example.com:80', 'example.com'],
    ['[::1]:9000', '[::1]'],
    ['[FE80::1]', '[fe80::1]'],
    ['a.', 'a'],
    ['', ''],
  ])('turns %j into %j', (host, expected) => {
    expect(normalizeHost(host)).toBe(expected);
  });
});

describe('scopeOf', () => {
  it('tells service, bucket and object apart', () => {
    expect(scopeOf({})).toBe('service');
    expect(scopeOf({ bucket: 'b' })).toBe('bucket');
    expect(scopeOf({ bucket: 'b', key: 'k' })).toBe('object');
  });
});

it('a mapped host that is shared has a second reading, path style, wherever that names a bucket', () => {
  const parse = (target: string) =>
    parseRequestTarget({ target, host: 'data.example.com', bucketOfHost: () => 'logs', isMappedHostShared: true })
      .candidates;
  expect(parse('/a/b')).toEqual([
    { bucket: 'logs', key: 'a/b' },
    { bucket: 'a', key: 'b' },
  ]);
  expect(parse('/')).toEqual([{ bucket: 'logs' }, {}]);
  expect(parse('//a')).toEqual([{ bucket: 'logs', key: '/a' }]);
});
