import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OssError } from '../error/oss-error.js';
import { RESPONSE_HEADERS, spellResponseHeader } from '../headers.js';
import { parseListingName, parsePageSize } from '../listing-limit.js';
import { parseQuery } from '../query.js';
import { readAppendExtensions } from './append-extensions.js';
import { formatContentMd5, parseContentMd5 } from './content-md5.js';
import { formatCopySource, parseCopySource } from './copy-source.js';
import { readEncryption } from './encryption.js';
import { parsePartNumber, requirePartNumber } from './part-number.js';
import { parseAppendPosition, parsePosition } from './position.js';
import { readResponseOverrides } from './response-overrides.js';
import { parseTrafficLimit } from './traffic-limit.js';
import { readUserMetadata } from './user-metadata.js';
import { parseForbidOverwrite, refuseConditionalWrite } from './write-rules.js';

function failure(action: () => unknown): OssError {
  try {
    action();
  } catch (error) {
    if (error instanceof OssError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function headersOf(headers: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers));
}

describe('spellResponseHeader', () => {
  it('gives the spelling that case-sensitive SDKs look for', () => {
    expect(['etag', 'CONTENT-MD5', 'X-Oss-Request-Id', 'X-OSS-META-A', 'X-Else'].map(spellResponseHeader)).toEqual([
      'ETag',
      'Content-MD5',
      'x-oss-request-id',
      'x-oss-meta-a',
      'X-Else',
    ]);
    for (const name of Object.values(RESPONSE_HEADERS)) expect(spellResponseHeader(name.toLowerCase())).toBe(name);
  });
});

describe('part numbers', () => {
  it.each([
    ['1', 1],
    ['00001', 1],
    ['10000', 10_000],
  ])('reads %j', (value, partNumber) => {
    expect(parsePartNumber(value)).toBe(partNumber);
    expect(() => requirePartNumber('PartNumber', partNumber)).not.toThrow();
  });
  it.each([undefined, '', '0', '10001', '-1', '+1', ' 1', '1.0', '1e1', 'one', '１', '18446744073709551617'])(
    'refuses %j',
    (value) => {
      expect(failure(() => parsePartNumber(value))).toMatchObject({
        code: 'InvalidArgument',
        message: 'Part number must be an integer between 1 and 10000, inclusive.',
        details: { ArgumentName: 'partNumber', ArgumentValue: value ?? '' },
      });
    },
  );
  it.each([0, 10_001, -1, Number.NaN, Number.MAX_SAFE_INTEGER])('refuses %d in a list of parts', (partNumber) => {
    expect(failure(() => requirePartNumber('PartNumber', partNumber))).toMatchObject({
      code: 'InvalidArgument',
      details: { ArgumentName: 'PartNumber', ArgumentValue: String(partNumber) },
    });
  });
});

describe('parsePosition', () => {
  it.each([
    ['0', 0],
    ['007', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads %j', (value, position) => {
    expect(parsePosition(value)).toBe(position);
    expect(parseAppendPosition(value)).toBe(position);
  });
  it('says that it is missing', () => {
    expect(failure(() => parsePosition(undefined))).toMatchObject({
      code: 'MissingArgument',
      message: 'Missing Some Required Arguments.',
      ec: '0016-00000501',
      status: 400,
    });
  });
  it.each(['', '-1', '+1', '1.0', '1e3', '0x1', ' 1', 'test', 'Auto', '9007199254740992', '９', '1'.repeat(100)])(
    'refuses %j',
    (value) => {
      expect(failure(() => parseAppendPosition(value))).toMatchObject({ code: 'InvalidArgument', ec: '0016-00000502' });
    },
  );
  it('takes auto for an append only', () => {
    expect(parseAppendPosition('auto')).toBe('auto');
    expect(failure(() => parsePosition('auto')).code).toBe('InvalidArgument');
  });
});

describe('parseContentMd5', () => {
  it('reads what formatContentMd5 wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (md5) => {
        expect(parseContentMd5(formatContentMd5(md5))).toEqual(md5);
      }),
    );
    expect(parseContentMd5(undefined)).toBeUndefined();
  });
  it.each([
    '',
    'x',
    '1B2M2Y8AsgTpgAmY7PhCfg=',
    '1B2M2Y8AsgTpgAmY7PhCfh==',
    'd41d8cd98f00b204e9800998ecf8427e',
    'ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=',
  ])('refuses %j', (value) => {
    expect(failure(() => parseContentMd5(value))).toMatchObject({
      code: 'InvalidDigest',
      message: 'The Content-MD5 you specified was invalid.',
    });
  });
});

describe('readUserMetadata', () => {
  it('collects lower-case names without prefix', () => {
    expect(
      readUserMetadata(
        headersOf({ 'x-oss-meta-a': '1', 'x-oss-meta-b_c-9': 'é', 'x-oss-acl': 'x', 'x-oss-meta-__proto__': 'p' }),
      ),
    ).toEqual(
      Object.fromEntries([
        ['a', '1'],
        ['b_c-9', 'é'],
        ['__proto__', 'p'],
      ]),
    );
  });
  it('accepts 8 KiB and refuses a byte more', () => {
    expect(readUserMetadata(headersOf({ 'x-oss-meta-a': 'x'.repeat(8191) }))).toHaveProperty('a');
    expect(failure(() => readUserMetadata(headersOf({ 'x-oss-meta-a': 'x'.repeat(8192) }))).code).toBe(
      'InvalidArgument',
    );
  });
  it.each([
    ['x-oss-meta-', 'v'],
    ['x-oss-meta-a.b', 'v'],
    ['x-oss-meta-a b', 'v'],
    ['x-oss-meta-a', 'v\r\nx: y'],
    ['x-oss-meta-a', '\u0000'],
  ])('refuses %j: %j', (name, value) => {
    expect(failure(() => readUserMetadata(headersOf({ [name]: value }))).code).toBe('InvalidArgument');
  });
});

describe('readEncryption', () => {
  it('reads what is asked for', () => {
    expect(readEncryption(headersOf({}))).toBeUndefined();
    expect(readEncryption(headersOf({ 'x-oss-server-side-encryption': 'AES256' }))).toEqual({ algorithm: 'AES256' });
    expect(
      readEncryption(
        headersOf({
          'x-oss-server-side-encryption': 'KMS',
          'x-oss-server-side-data-encryption': 'SM4',
          'x-oss-server-side-encryption-key-id': 'k',
        }),
      ),
    ).toEqual({ algorithm: 'KMS', dataAlgorithm: 'SM4', keyId: 'k' });
  });
  it('refuses with the documented codes', () => {
    expect(failure(() => readEncryption(headersOf({ 'x-oss-server-side-encryption': 'aes' })))).toMatchObject({
      code: 'InvalidEncryptionAlgorithmError',
      message: 'The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.',
    });
    expect(
      failure(() =>
        readEncryption(
          headersOf({ 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-data-encryption': 'AES256' }),
        ),
      ).code,
    ).toBe('InvalidDataEncryptionAlgorithmError');
    expect(failure(() => readEncryption(headersOf({ 'x-oss-server-side-encryption-key-id': 'k' }))).code).toBe(
      'InvalidArgument',
    );
  });
});

describe('parseTrafficLimit', () => {
  it('reads header or parameter', () => {
    expect(parseTrafficLimit('819200')).toBe(819200);
    expect(parseTrafficLimit(undefined, '838860800')).toBe(838860800);
    expect(parseTrafficLimit(undefined, undefined)).toBeUndefined();
  });
  it.each(['819199', '838860801', '', 'x', '-819200', '8e6'])('refuses %j', (value) => {
    expect(failure(() => parseTrafficLimit(value)).message).toBe(
      'x-oss-traffic-limit is invalid, should be specified between 819200(100KB/s) and 838860800(100MB/s).',
    );
  });
  it('refuses both at once', () => {
    expect(failure(() => parseTrafficLimit('819200', '819200')).code).toBe('InvalidArgument');
  });
});

describe('parseForbidOverwrite and refuseConditionalWrite', () => {
  it('read true and false', () => {
    expect([undefined, 'true', 'FALSE', 'True'].map(parseForbidOverwrite)).toEqual([false, true, false, true]);
    expect(failure(() => parseForbidOverwrite('yes')).code).toBe('InvalidArgument');
  });
  it('name the header that a write does not honour', () => {
    expect(() => refuseConditionalWrite(headersOf({ 'content-type': 'x' }))).not.toThrow();
    expect(failure(() => refuseConditionalWrite(headersOf({ 'if-modified-since': 'x' })))).toMatchObject({
      code: 'NotImplemented',
      status: 400,
      details: { Header: 'If-Modified-Since' },
    });
  });
});

describe('readResponseOverrides', () => {
  it('maps parameters to headers', () => {
    const query = parseQuery(
      'response-content-type=text%2Fplain&response-expires=&response-content-disposition=f%E6%97%A5',
    );
    expect(readResponseOverrides(query, false)).toEqual({
      'Content-Type': 'text/plain',
      'Content-Disposition': 'f\u00e6\u0097\u00a5',
    });
    expect(readResponseOverrides(parseQuery('a=b'), true)).toEqual({});
  });
  it('refuses line ends and anonymous requests', () => {
    const query = parseQuery('response-content-type=a%0D%0ASet-Cookie:x');
    expect(failure(() => readResponseOverrides(query, false)).code).toBe('InvalidArgument');
    expect(failure(() => readResponseOverrides(parseQuery('response-expires=x'), true))).toMatchObject({
      code: 'InvalidRequest',
      message: 'Request specific response headers cannot be used for anonymous GET requests.',
    });
  });
});

describe('parseCopySource', () => {
  it.each([
    ['/logs/a', { bucket: 'logs', key: 'a' }],
    ['logs/a%2Fb%20c', { bucket: 'logs', key: 'a/b c' }],
    ['/logs%2Fa%3Fb?versionId=v1', { bucket: 'logs', key: 'a?b', versionId: 'v1' }],
    ['%2Flogs%2Fa', { bucket: 'logs', key: 'a' }],
    ['/logs/a%0Ab', { bucket: 'logs', key: 'a\nb' }],
  ])('reads %j', (value, source) => {
    expect(parseCopySource(value)).toEqual(source);
  });
  it.each([
    ['', 'InvalidArgument'],
    ['/logs', 'InvalidArgument'],
    ['/logs/', 'InvalidArgument'],
    ['/logs/%', 'InvalidArgument'],
    ['/logs/a?versionId=', 'InvalidArgument'],
    ['/LOGS/a', 'InvalidBucketName'],
    ['/logs//a', 'InvalidObjectName'],
  ])('refuses %j with %s', (value, code) => {
    expect(failure(() => parseCopySource(value)).code).toBe(code);
  });
  it('reads back what formatCopySource wrote', () => {
    const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }).filter((text) => !/^[/\\]/.test(text));
    fc.assert(
      fc.property(key, fc.option(fc.string({ minLength: 1 }), { nil: undefined }), (text, versionId) => {
        const source = { bucket: 'logs', key: text, ...(versionId !== undefined && { versionId }) };
        expect(parseCopySource(formatCopySource(source))).toEqual(source);
      }),
    );
  });
});

describe('readAppendExtensions', () => {
  it('reads every extension', () => {
    expect(readAppendExtensions(headersOf({}))).toEqual({});
    expect(
      readAppendExtensions(
        headersOf({
          'x-oss-annals-append-id': 'id-1',
          'x-oss-annals-writer-epoch': '7',
          'x-oss-annals-max-length': '0',
        }),
      ),
    ).toEqual({ appendId: 'id-1', writerEpoch: 7, maxLengthBytes: 0 });
  });
  it.each([
    ['x-oss-annals-append-id', ''],
    ['x-oss-annals-append-id', 'a b'],
    ['x-oss-annals-append-id', 'é'],
    ['x-oss-annals-append-id', 'x'.repeat(65)],
    ['x-oss-annals-writer-epoch', '-1'],
    ['x-oss-annals-writer-epoch', '9007199254740992'],
    ['x-oss-annals-max-length', 'x'],
  ])('refuses %s: %j', (name, value) => {
    expect(failure(() => readAppendExtensions(headersOf({ [name]: value })))).toMatchObject({
      code: 'InvalidArgument',
      details: { ArgumentName: name, ArgumentValue: value },
    });
  });
});

describe('parsePageSize and parseListingName', () => {
  const bounds = { default: 100, max: 1000 };
  it('accept 1 to the maximum, and nothing', () => {
    expect(['1', '1000', '', undefined].map((value) => parsePageSize('max-keys', value, bounds))).toEqual([
      1, 1000, 100, 100,
    ]);
  });
  it.each(['0', '1001', '-1', 'x', '1.5'])('refuse %j', (value) => {
    expect(failure(() => parsePageSize('max-keys', value, bounds))).toMatchObject({
      code: 'InvalidArgument',
      details: { ArgumentName: 'max-keys', ArgumentValue: value },
    });
  });
  it('bound names as keys are bounded', () => {
    expect(parseListingName('prefix', 'a'.repeat(1023))).toHaveLength(1023);
    expect(parseListingName('prefix', '')).toBeUndefined();
    expect(failure(() => parseListingName('prefix', 'a'.repeat(1024))).code).toBe('InvalidArgument');
  });
});
