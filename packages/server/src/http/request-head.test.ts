import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../../test/harness/mutations.js';
import { type RequestHead, readRequestHead } from './request-head.js';

function read(...rawHeaders: string[]): RequestHead {
  return readRequestHead({ httpVersion: '1.1', rawHeaders: ['Host', 'Example.com:80', ...rawHeaders] });
}

describe('readRequestHead', () => {
  test('names are lower case, values as sent, and one map serves both readers', () => {
    const head = read('X-OSS-Meta-A', 'Value', 'Range', 'bytes=0-1');
    expect([...head.headers]).toEqual([
      ['host', 'Example.com:80'],
      ['x-oss-meta-a', 'Value'],
      ['range', 'bytes=0-1'],
    ]);
    expect(head.wireHeaders).toBe(head.headers);
    expect(head.host).toBe('Example.com:80');
  });

  test('repeated headers are joined, for signatures without the space', () => {
    const head = read('x-oss-meta-a', '1', 'x-oss-meta-b', '2', 'X-Oss-Meta-A', '3');
    expect(head.headers.get('x-oss-meta-a')).toBe('1, 3');
    expect(head.wireHeaders.get('x-oss-meta-a')).toBe('1,3');
    expect(head.headers.get('x-oss-meta-b')).toBe('2');
  });

  test('UTF-8 is text for operations and bytes for signatures', () => {
    const wire = Buffer.from('Straße').toString('latin1');
    const head = read('x-oss-meta-a', wire, 'x-oss-meta-b', 'plain');
    expect(head.headers.get('x-oss-meta-a')).toBe('Straße');
    expect(head.wireHeaders.get('x-oss-meta-a')).toBe(wire);
    expect(head.headers.get('x-oss-meta-b')).toBe('plain');
  });

  test.each<[string[], number | undefined, boolean, boolean]>([
    [[], 0, false, false],
    [['Content-Length', '0'], 0, true, false],
    [['Content-Length', '5368709120'], 5_368_709_120, true, false],
    [['Transfer-Encoding', 'Chunked'], undefined, true, false],
    [['Transfer-Encoding', 'chunked', 'Content-Length', '5'], undefined, true, true],
  ])('framing of %j: length %s, announced %s, last %s', (rawHeaders, bodyLength, announcesBody, mustClose) => {
    expect(read(...rawHeaders)).toMatchObject({ bodyLength, announcesBody, mustClose });
  });

  test.each([
    [['Content-Length', '']],
    [['Content-Length', '-1']],
    [['Content-Length', '1e3']],
    [['Transfer-Encoding', 'chunked', 'Content-Length', 'x']],
    [['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
    [['Transfer-Encoding', '']],
    [['Host', 'Example.com:80']],
    [['x-a', '\x7f']],
    [['x-a', '\xff']],
  ])('refuses %j', (rawHeaders) => {
    expect(() => read(...rawHeaders)).toThrow(expect.objectContaining({ code: 'BadRequest', status: 400 }));
  });
});

test('hostile heads are read, or refused', { timeout: 300_000 }, async () => {
  const names = ['Host', 'Content-Length', 'Transfer-Encoding', 'x-a', 'X-A', '__proto__', 'expect', 'content-md5'];
  const values = ['', '0', '5', 'chunked', 'Example.com:80', 'a, b'];
  const pieces = [
    ...[
      ',',
      ' ',
      '\t',
      '\0',
      '\r\n',
      '\x7f',
      '\xff',
      '\xc3\xb6',
      '\xed\xa0\x80',
      '\xef\xbb\xbf',
      '-',
      '+',
      '0',
      '9'.repeat(20),
      '1e3',
    ],
    ...['chunked', ', chunked', 'gzip', 'x'.repeat(300), ':', '[::1]', '@', '/', '\xf0\x9f\x98\x80'],
  ];
  // Most headers are honest, or a head of many would be refused for one of them.
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: spoiledTexts(values, pieces) },
  );
  const header = fc.tuple(fc.constantFrom(...names), value);
  await readHostileInputs({
    inputs: fc.tuple(fc.constantFrom('1.1', '1.1', '1.0', '2.0', ''), fc.array(header, { maxLength: 5 })),
    read: ([httpVersion, headers]) => {
      const rawHeaders = ['Host', 'h', ...headers.flat()].slice(httpVersion === '1.0' ? 2 : 0);
      const { bodyLength, announcesBody } = readRequestHead({ httpVersion, rawHeaders });
      const isLength = bodyLength === undefined || Number.isSafeInteger(bodyLength);
      if (!isLength || (bodyLength !== 0 && !announcesBody)) throw new Error(`a body of ${bodyLength} bytes`);
    },
    refusals: ['BadRequest'],
    lengthOf: ([, headers]) => headers.flat().join('').length,
  });
});
