/** Signatures of STS requests, against the worked examples of the public documentation. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../../test/harness/mutations.js';
import { readAcs3Authentication } from './acs3-signature.js';
import { readRpcAuthentication } from './rpc-signature.js';
import { StsError } from './sts-error.js';
import { readStsParameters, type StsHttpRequest } from './sts-request.js';

const EMPTY_DIGEST = createHash('sha256').digest('hex');

function request(change: Partial<StsHttpRequest> = {}): StsHttpRequest {
  return {
    method: 'GET',
    path: '/',
    query: '',
    headers: new Map(),
    body: new Uint8Array(),
    host: 'h',
    receivedAtMs: 0,
    ...change,
  };
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof StsError) return error.code;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('the RPC signature', () => {
  // The example of the RPC signature page: DescribeRegions with testid and testsecret.
  const query =
    'Timestamp=2016-02-23T12:46:24Z&Format=XML&AccessKeyId=testid&Action=DescribeRegions&SignatureMethod=HMAC-SHA1&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&Version=2014-05-26&SignatureVersion=1.0&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D';

  test('of the documented example', () => {
    const authentication = readRpcAuthentication('GET', readStsParameters(request({ query })));
    expect(authentication).toMatchObject({
      accessKeyId: 'testid',
      nonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
      signedAtMs: Date.UTC(2016, 1, 23, 12, 46, 24),
      securityToken: undefined,
    });
    expect(authentication.signature).toBe('OLeaidS1JvxuMvnyHOwuJ+uX5qY=');
    expect(authentication.expect('testsecret')).toBe(authentication.signature);
    expect(authentication.expect('other')).not.toBe(authentication.signature);
  });

  test('differs by method', () => {
    const parameters = readStsParameters(request({ query }));
    expect(readRpcAuthentication('POST', parameters).expect('testsecret')).not.toBe('OLeaidS1JvxuMvnyHOwuJ+uX5qY=');
  });

  test('is the same for a form, and for query and form together', () => {
    const [head = '', tail = ''] = query.split('&Version');
    const headers = new Map([['content-type', 'application/x-www-form-urlencoded; charset=utf-8']]);
    const parameters = readStsParameters(request({ query: head, body: Buffer.from(`Version${tail}`), headers }));
    expect(readRpcAuthentication('GET', parameters).expect('testsecret')).toBe('OLeaidS1JvxuMvnyHOwuJ+uX5qY=');
  });

  test.each([
    ['AccessKeyId=', 'MissingAccessKeyId'],
    ['Signature=', 'MissingSignature'],
    ['SignatureNonce=', 'MissingSignatureNonce'],
    ['Timestamp=', 'MissingTimestamp'],
    ['Timestamp=2016-02-23+12:46:24', 'InvalidTimeStamp.Format'],
    ['Timestamp=2016-13-23T12:46:24Z', 'InvalidTimeStamp.Format'],
    ['SignatureMethod=HMAC-MD5', 'IncompleteSignature'],
    ['SignatureVersion=2.0', 'IncompleteSignature'],
    [`SignatureNonce=${'n'.repeat(257)}`, 'InvalidParameter'],
  ])('refuses %s', (change, code) => {
    const [name = ''] = change.split('=');
    const changed = query.split('&').map((part) => (part.startsWith(`${name}=`) ? change : part));
    const parameters = readStsParameters(request({ query: changed.join('&') }));
    expect(codeOf(() => readRpcAuthentication('GET', parameters))).toBe(code);
  });

  test('refuses a parameter that is given twice, also once in each place', () => {
    expect(codeOf(() => readStsParameters(request({ query: 'Action=a&Action=b' })))).toBe('InvalidParameter');
    const headers = new Map([['content-type', 'application/x-www-form-urlencoded']]);
    expect(codeOf(() => readStsParameters(request({ query: 'A=1', body: Buffer.from('A=1'), headers })))).toBe(
      'InvalidParameter',
    );
    expect(codeOf(() => readStsParameters(request({ query: 'A=%zz' })))).toBe('InvalidParameter');
  });

  test('leaves a body alone that is no form', () => {
    const body = Buffer.from('Action=b');
    expect([...readStsParameters(request({ query: 'Action=a', body }))]).toEqual([['Action', 'a']]);
  });
});

describe('the ACS3 signature', () => {
  // The example of the V3 signature page: RunInstances with fixed nonce and date.
  const headers = {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    'x-acs-action': 'RunInstances',
    'x-acs-version': '2014-05-26',
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-content-sha256': EMPTY_DIGEST,
    authorization:
      'ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
  };
  const query = 'ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai';
  const signed = (change: Partial<Record<string, string>> = {}, body = ''): StsHttpRequest =>
    request({
      method: 'POST',
      query,
      body: Buffer.from(body),
      headers: new Map(
        Object.entries({ ...headers, ...change }).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    });

  test('of the documented example', () => {
    const authentication = readAcs3Authentication(signed());
    expect(authentication).toMatchObject({ accessKeyId: 'YourAccessKeyId', nonce: '3156853299f313e23d1673dc12e1703d' });
    expect(authentication.expect('YourAccessKeySecret')).toBe(authentication.signature);
    expect(authentication.expect('other')).not.toBe(authentication.signature);
  });

  test('covers the order of parameters, the path and every named header', () => {
    const expected = readAcs3Authentication(signed()).signature;
    const reordered = { ...signed(), query: query.split('&').reverse().join('&') };
    expect(readAcs3Authentication(reordered).expect('YourAccessKeySecret')).toBe(expected);
    expect(readAcs3Authentication({ ...signed(), path: '/-/sts/' }).expect('YourAccessKeySecret')).not.toBe(expected);
    expect(readAcs3Authentication(signed({ host: 'other' })).expect('YourAccessKeySecret')).not.toBe(expected);
    expect(readAcs3Authentication(signed({ 'x-acs-action': 'Other' })).expect('YourAccessKeySecret')).not.toBe(
      expected,
    );
  });

  test.each([
    ['a header that is not signed', signed({ 'x-acs-security-token': 't' }), 'IncompleteSignature'],
    ['another body', signed({}, 'a=b'), 'SignatureDoesNotMatch'],
    ['no digest', signed({ 'x-acs-content-sha256': undefined }), 'IncompleteSignature'],
    ['no nonce', signed({ 'x-acs-signature-nonce': undefined }), 'IncompleteSignature'],
    ['a date that is none', signed({ 'x-acs-date': 'today' }), 'InvalidTimeStamp.Format'],
    [
      'another algorithm',
      signed({ authorization: headers.authorization.replace('SHA256', 'SM3') }),
      'IncompleteSignature',
    ],
    ['half a signature', signed({ authorization: headers.authorization.slice(0, -1) }), 'IncompleteSignature'],
  ])('refuses %s', (_, wrong, code) => {
    expect(codeOf(() => readAcs3Authentication(wrong))).toBe(code);
  });
});

describe('hostile requests', () => {
  const refusals = ['InvalidParameter', 'InvalidTimeStamp.Format', 'IncompleteSignature'];
  const pieces = [
    ...[
      '&',
      '=',
      '%',
      '%zz',
      '%00',
      '%ff',
      '+',
      ';',
      ',',
      ':',
      ' ',
      '\0',
      '\xff',
      '-',
      'T',
      'Z',
      'n'.repeat(300),
      '__proto__=1',
    ],
    ...[
      'Signature=',
      'Signature=,',
      '&Signature',
      '&Version=1',
      'Action',
      '=%E6%97%A5',
      '&a'.repeat(30),
      ';'.repeat(300),
      'SignedHeaders=',
    ],
    ...[
      'HMAC-SHA1',
      'HMAC-MD5',
      '2026-13-01T00:00:00Z',
      '99999-01-01T00:00:00Z',
      ' '.repeat(300),
      'x-acs-b',
      'Credential=',
    ],
  ];

  const MANDATORY = ['Timestamp', 'AccessKeyId', 'Signature', 'SignatureNonce', 'SignatureVersion', 'SignatureMethod'];

  test('of the RPC kind are read, or refused', { timeout: 300_000 }, async () => {
    const query =
      'Timestamp=2016-02-23T12:46:24Z&AccessKeyId=i&SignatureMethod=HMAC-SHA1&SignatureNonce=n&SignatureVersion=1.0&Signature=s';
    const headers = new Map([['content-type', 'application/x-www-form-urlencoded']]);
    await readHostileInputs({
      inputs: fc.tuple(spoiledTexts([query], pieces), spoiledTexts(['', 'Action=a&Version=b'], pieces), fc.boolean()),
      read: ([inQuery, inBody, isSwapped]) => {
        const [first, second] = isSwapped ? [inBody, inQuery] : [inQuery, inBody];
        const parameters = readStsParameters(request({ query: first, body: Buffer.from(second, 'latin1'), headers }));
        readRpcAuthentication('POST', parameters).expect('secret');
      },
      refusals: [...refusals, ...MANDATORY.map((name) => `Missing${name}`)],
      lengthOf: ([inQuery, inBody]) => inQuery.length + inBody.length,
      allowance: { perInputBytes: 24 * 1024, perCharacterBytes: 256 },
    });
  });

  test('of the ACS3 kind are read, or refused', { timeout: 300_000 }, async () => {
    const valid: Readonly<Record<string, string>> = {
      host: 'sts.aliyuncs.com',
      'x-acs-date': '2023-10-26T10:22:32Z',
      'x-acs-signature-nonce': 'n',
      'x-acs-content-sha256': EMPTY_DIGEST,
      'x-acs-b': '1',
      authorization: `ACS3-HMAC-SHA256 Credential=i,SignedHeaders=host;x-acs-b;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce,Signature=${EMPTY_DIGEST}`,
    };
    const name = fc.constantFrom(...Object.keys(valid), 'authorization', 'x-acs-date');
    await readHostileInputs({
      inputs: name.chain((changed) =>
        spoiledTexts([valid[changed] ?? ''], pieces).map(
          (value) => new Map(Object.entries({ ...valid, [changed]: value })),
        ),
      ),
      read: (headers) => readAcs3Authentication(request({ headers, query: 'Action=a' })).expect('secret'),
      refusals: [...refusals, 'SignatureDoesNotMatch'],
      lengthOf: (headers) => [...headers].flat().join('').length,
      allowance: { perInputBytes: 24 * 1024, perCharacterBytes: 64 },
    });
  });
});
