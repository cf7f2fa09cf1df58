import { describe, expect, it } from 'vitest';
import { formatUrl, parseEndpoint } from './endpoint.js';

describe('parseEndpoint', () => {
  it.each([
    ['http://127.0.0.1:9000', 'http:', '127.0.0.1:9000', 'path'],
    ['http://localhost:9000/', 'http:', 'localhost:9000', 'path'],
    ['http://[::1]:9000', 'http:', '[::1]:9000', 'path'],
    ['https://oss-cn-hangzhou.aliyuncs.com', 'https:', 'oss-cn-hangzhou.aliyuncs.com', 'virtual-hosted'],
    ['oss.example.com', 'https:', 'oss.example.com', 'virtual-hosted'],
  ])('reads %s', (text, scheme, host, addressing) => {
    expect(parseEndpoint(text)).toEqual({ scheme, host, addressing });
  });

  it('lets the caller choose the addressing', () => {
    expect(parseEndpoint('http://localhost:9000', 'virtual-hosted').addressing).toBe('virtual-hosted');
  });

  it.each(['', 'ftp://example.com', 'http://', 'http://example.com/bucket', 'http://example.com?x', 'http://a b'])(
    'refuses %j and quotes it',
    (text) => {
      expect(() => parseEndpoint(text)).toThrow(`Cannot use the endpoint ${JSON.stringify(text)}`);
    },
  );

  it('does not quote a password', () => {
    expect(() => parseEndpoint('http://user:hunter2@example.com')).toThrow(/^(?!.*hunter2)Cannot use the endpoint/);
  });
});

describe('formatUrl', () => {
  const path = parseEndpoint('http://127.0.0.1:9000');
  const virtualHosted = parseEndpoint('https://oss.example.com');

  it.each([
    [undefined, undefined, 'http://127.0.0.1:9000/', 'https://oss.example.com/'],
    ['logs', undefined, 'http://127.0.0.1:9000/logs/', 'https://logs.oss.example.com/'],
    ['logs', 'a/b.log', 'http://127.0.0.1:9000/logs/a/b.log', 'https://logs.oss.example.com/a/b.log'],
    [
      'logs',
      'a b+c%?#é',
      'http://127.0.0.1:9000/logs/a%20b%2Bc%25%3F%23%C3%A9',
      'https://logs.oss.example.com/a%20b%2Bc%25%3F%23%C3%A9',
    ],
    ['logs', 'a/../b', 'http://127.0.0.1:9000/logs/a%2F..%2Fb', 'https://logs.oss.example.com/a%2F..%2Fb'],
    ['logs', 'a//b/', 'http://127.0.0.1:9000/logs/a//b/', 'https://logs.oss.example.com/a//b/'],
  ])('addresses bucket %j, key %j', (bucket, key, byPath, byHost) => {
    expect(formatUrl(path, bucket, key)).toBe(byPath);
    expect(formatUrl(virtualHosted, bucket, key)).toBe(byHost);
    // What a URL library makes of it must be the same: it would resolve `/../`.
    expect(new URL(byPath).href).toBe(byPath);
  });

  it('expresses the keys "." and ".." where that is possible', () => {
    expect(formatUrl(path, 'logs', '..')).toBe('http://127.0.0.1:9000/logs%2F..');
    expect(() => formatUrl(virtualHosted, 'logs', '..')).toThrow('Cannot use the key ".." with virtual-hosted');
  });

  it.each(['', 'No', 'a/b', '..', 'evil.com'])('refuses the bucket name %j', (bucket) => {
    expect(() => formatUrl(path, bucket, 'key')).toThrow('Cannot use the bucket name');
  });

  it('refuses an empty key, which would address the bucket', () => {
    expect(() => formatUrl(path, 'logs', '')).toThrow('Cannot use an empty key');
  });
});
