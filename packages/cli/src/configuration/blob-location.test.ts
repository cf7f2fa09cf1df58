/** Places of large bodies as operators write them. */
import { describe, expect, it } from 'vitest';
import { parseBlobLocation, parseBoundLocation, withoutSecrets } from './blob-location.js';
import { loadConfiguration } from './load-configuration.js';

describe('parseBlobLocation', () => {
  it('reads a bucket with everything', () => {
    const text =
      's3://my-bucket/a/b?endpoint=http://127.0.0.1:7070&region=eu-1&addressing=path&ca-file=/ca.pem&key-file=/keys.json&upload-memory=1GiB';
    expect(parseBlobLocation(text)).toEqual({
      kind: 's3',
      text,
      bucket: 'my-bucket',
      prefix: 'a/b/',
      endpoint: 'http://127.0.0.1:7070',
      region: 'eu-1',
      addressing: 'path',
      certificateAuthorityFile: '/ca.pem',
      keyFile: '/keys.json',
      uploadMemoryBytes: 1024 ** 3,
    });
    expect(parseBlobLocation('s3://my-bucket')).toMatchObject({ prefix: '', endpoint: undefined });
    expect(parseBlobLocation('file')).toEqual({ kind: 'file' });
  });

  it.each([
    ['', 'expected "file", a bucket'],
    ['files', 'expected "file", a bucket'],
    ['s3://ab', 'expected a bucket of 3 to 63'],
    ['s3://my-bucket:80/x', 'expected a bucket without keys'],
    ['s3://id:secret@my-bucket/x', 'expected a bucket without keys'],
    ['s3://my-bucket/a//b', 'expected a prefix'],
    ['s3://my-bucket/a%20b', 'expected a prefix'],
    ['s3://my-bucket/x?secret=abc', 'expected no parameter "secret", but only endpoint'],
    ['s3://my-bucket/x?region=a&region=b', 'expected each parameter once'],
    ['s3://my-bucket/x?endpoint=example.com', 'expected an endpoint such as'],
    ['s3://my-bucket/x?endpoint=https://example.com/path', 'expected an endpoint such as'],
    ['s3://my-bucket/x?endpoint=https://id:secret@example.com', 'expected an endpoint such as'],
    ['s3://my-bucket/x?region=a/b', 'expected a region'],
    ['s3://my-bucket/x?addressing=host', 'expected addressing "path"'],
    ['s3://my-bucket/x?key-file=', 'expected a file as key-file'],
    ['s3://my-bucket/x?upload-memory=1MiB', 'expected an upload-memory of 64MiB or more'],
  ])('refuses %j', (text, message) => {
    expect(() => parseBlobLocation(text)).toThrow(message);
  });

  it('reads a pool with everything, and with nothing', () => {
    const text =
      'rados://My_pool.1/recordings?user=annals&cluster=far&conf=/c.conf&keyring=/k&timeout=10s&upload-memory=1GiB';
    expect(parseBlobLocation(text)).toEqual({
      kind: 'rados',
      text,
      pool: 'My_pool.1',
      namespace: 'recordings',
      user: 'annals',
      cluster: 'far',
      configurationFile: '/c.conf',
      keyringFile: '/k',
      timeoutMs: 10_000,
      uploadMemoryBytes: 1024 ** 3,
    });
    expect(parseBlobLocation('rados://bodies')).toMatchObject({
      namespace: '',
      user: 'admin',
      cluster: 'ceph',
      configurationFile: undefined,
      timeoutMs: 30_000,
    });
  });

  it.each([
    ['rados://', 'expected a pool'],
    ['rados://pool:80', 'expected a pool without keys'],
    ['rados://id:secret@pool', 'expected a pool without keys'],
    ['rados://pool/a/b', 'expected a pool, and maybe a namespace'],
    ['rados://po%20ol', 'expected a pool, and maybe a namespace'],
    ['rados://pool?key=abc', 'expected no parameter "key", but only user'],
    ['rados://pool?user=a&user=b', 'expected each parameter once'],
    ['rados://pool?user=client.annals', 'expected a user of letters'],
    ['rados://pool?keyring=', 'expected a file as keyring'],
    ['rados://pool?timeout=10ms', 'expected a timeout from 1s to 5m'],
    ['rados://pool?upload-memory=1MiB', 'expected an upload-memory of 64MiB or more'],
  ])('refuses %j', (text, message) => {
    expect(() => parseBlobLocation(text)).toThrow(message);
  });

  it('takes the place that a store remembers, and its own folder for what it is', () => {
    expect(parseBoundLocation('rados://bodies')).toMatchObject({ kind: 'rados' });
    expect(parseBoundLocation('s3://my-bucket')).toMatchObject({ kind: 's3' });
    for (const text of [undefined, 'file', '/srv/annals/blobs']) expect(parseBoundLocation(text).kind).toBe('file');
    expect(() => parseBoundLocation('later://place')).toThrow('expected "file"');
  });

  it('repeats no key that stands in the wrong place', () => {
    expect(withoutSecrets('s3://id:secret@my-bucket/x?secret-key=abc')).toBe('s3://...@my-bucket/x?...');
    const load = (blobs: string) => () => loadConfiguration({ storage: { blobs } } as never, undefined);
    for (const text of [
      's3://id:my-secret@my-bucket/x',
      's3://my-bucket/x?key=my-secret',
      's3://my-bucket/x#my-secret',
      'rados://id:my-secret@pool',
      'rados://pool?key=my-secret',
    ]) {
      let message = '';
      try {
        load(text)();
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain('storage.blobs: expected');
      expect(message).not.toContain('my-secret');
    }
  });

  it('other settings fit', () => {
    const load = (settings: object) => () => loadConfiguration(settings as never, undefined);
    expect(load({ storage: { metadata: 'sqlite' } })).toThrow('storage.metadata: expected "lmdb" or a database');
    expect(load({ storage: { blobs: 's3://my-bucket' }, limits: { 'body-length': '79GiB' } })).toThrow(
      'limits.body-length: expected at most 78GiB where storage.blobs is a bucket',
    );
    expect(load({ limits: { 'body-length': '79GiB' } })()).toMatchObject({ storage: { blobs: 'file' } });
    const pool = load({ storage: { blobs: 'rados://bodies' }, limits: { 'body-length': '79GiB' } });
    expect(pool()).toMatchObject({ storage: { blobs: 'rados://bodies' } });
  });
});
