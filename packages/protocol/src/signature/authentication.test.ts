import { describe, expect, it } from 'vitest';
import { Query, type QueryParameter } from '../query.js';
import { readAuthentication } from './authentication.js';
import { checkScope, checkTimes } from './check-times.js';
import type { SignableRequest } from './signable-request.js';

const HTTP_DATE = 'Sat, 21 Nov 2026 01:18:25 GMT';
const BASIC_DATE = '20261121T011825Z';
const SIGNED_AT_MS = Date.UTC(2026, 10, 21, 1, 18, 25);
const CREDENTIAL = 'ak/20261121/cn-hangzhou/oss/aliyun_v4_request';

function makeRequest(
  headers: Readonly<Record<string, string>>,
  query: readonly QueryParameter[] = [],
): SignableRequest {
  return { method: 'GET', query: new Query(query), headers: new Map(Object.entries(headers)) };
}

function signed(authorization: string, date = BASIC_DATE): SignableRequest {
  return makeRequest({ authorization, 'x-oss-date': date });
}

function urlV4(changes: Readonly<Record<string, string | undefined>> = {}): SignableRequest {
  const parameters = {
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': CREDENTIAL,
    'x-oss-date': BASIC_DATE,
    'x-oss-expires': '60',
    'x-oss-signature': '00',
    ...changes,
  };
  return makeRequest(
    {},
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

describe('readAuthentication of requests signed for Amazon S3', () => {
  it.each([
    [{ authorization: 'AWS4-HMAC-SHA256 Credential=a/20261121/us-east-1/s3/aws4_request, Signature=00' }, []],
    [{ authorization: 'AWS a:signature' }, []],
    [{ 'x-amz-date': BASIC_DATE, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, []],
    [{}, [['X-Amz-Algorithm', 'AWS4-HMAC-SHA256']]],
    [{}, [['X-Amz-Signature', '00']]],
    [{}, [['AWSAccessKeyId', 'a']]],
  ] as [Record<string, string>, QueryParameter[]][])(
    'says with %j %j that this server speaks OSS',
    (headers, query) => {
      expect(() => readAuthentication(makeRequest(headers, query))).toThrow(/^This server speaks OSS.*sdks\.md$/);
    },
  );

  it('takes headers that load balancers add for none', () => {
    const headers = { 'x-amzn-trace-id': 'Root=1', 'x-amz-cf-id': 'id' };
    expect(readAuthentication(makeRequest(headers))).toEqual({ kind: 'anonymous' });
  });
});

describe('readAuthentication', () => {
  it('finds a request without any anonymous', () => {
    expect(readAuthentication(makeRequest({ date: HTTP_DATE }))).toEqual({ kind: 'anonymous' });
  });

  it.each([
    [`OSS4-HMAC-SHA256 Credential=${CREDENTIAL},AdditionalHeaders=host;ABC;content-type,Signature=00ff`],
    [`OSS4-HMAC-SHA256 Credential=${CREDENTIAL}, Signature=00ff, AdditionalHeaders=ABC;host`],
    [`  OSS4-HMAC-SHA256   Signature = 00ff ,AdditionalHeaders = abc ; host,Credential = ${CREDENTIAL}  `],
  ])('reads %j, whatever the order and the spaces', (authorization) => {
    expect(readAuthentication(signed(authorization))).toEqual({
      kind: 'v4-header',
      accessKeyId: 'ak',
      signature: '00ff',
      securityToken: undefined,
      dateSlot: BASIC_DATE,
      signedAtMs: SIGNED_AT_MS,
      expiresAtMs: undefined,
      additionalHeaders: ['abc', 'host'],
      scope: { date: '20261121', region: 'cn-hangzhou', product: 'oss' },
    });
  });

  it.each(['OSS2 AccessKeyId:ak,Signature:c2ln+/=', 'OSS2 AccessKeyId:ak, Signature:c2ln+/='])(
    'reads %j',
    (authorization) => {
      expect(readAuthentication(signed(authorization, HTTP_DATE))).toMatchObject({
        kind: 'v2-header',
        accessKeyId: 'ak',
        signature: 'c2ln+/=',
        dateSlot: HTTP_DATE,
        signedAtMs: SIGNED_AT_MS,
        additionalHeaders: [],
      });
    },
  );

  it('prefers x-oss-date to Date', () => {
    const request = makeRequest({ authorization: 'OSS ak:c2ln', date: 'nonsense', 'x-oss-date': HTTP_DATE });
    expect(readAuthentication(request)).toMatchObject({ kind: 'v1-header', dateSlot: HTTP_DATE });
  });

  it.each([
    ['OSS ak:c2ln', { 'x-oss-security-token': 'right', 'security-token': 'other' }, 'right'],
    ['OSS ak:c2ln', { 'security-token': ' right ' }, 'right'],
    ['OSS2 AccessKeyId:ak,Signature:c2ln', { 'security-token': 'other' }, undefined],
    [`OSS4-HMAC-SHA256 Credential=${CREDENTIAL},Signature=00`, { 'security-token': 'other' }, undefined],
  ])('takes the token of %s from the headers %j as %j', (authorization, headers, securityToken) => {
    const request = makeRequest({ authorization, 'x-oss-date': BASIC_DATE, ...headers });
    expect(readAuthentication(request)).toMatchObject({ securityToken });
  });

  it.each([
    ['', 'Authorization header value is empty.'],
    ['  ', 'Authorization header value is empty.'],
    ['Basic YTpi', 'Authorization header is invalid.'],
    ['OSS ak:c2ln:more', 'Authorization header is invalid.'],
    [`OSS ${'a'.repeat(9000)}:c2ln`, 'Authorization header is invalid.'],
    ['OSS2 AccessKeyId:ak,AccessKeyId:ak,Signature:c2ln', 'Authorization header is invalid.'],
    ['OSS2 AccessKeyId:ak,Other:x,Signature:c2ln', 'Authorization header is invalid.'],
    ['OSS', 'AccessKeyId or Signature is missing in Authorization header value.'],
    ['OSS ak', 'AccessKeyId or Signature is missing in Authorization header value.'],
    ['OSS :c2ln', 'AccessKeyId or Signature is missing in Authorization header value.'],
    ['OSS2 AccessKeyId:ak', 'AccessKeyId or Signature is missing in Authorization header value.'],
    [`OSS4-HMAC-SHA256 Credential=${CREDENTIAL}`, 'AccessKeyId or Signature is missing in Authorization header value.'],
    ['OSS4-HMAC-SHA256 Credential=ak,Signature=00', 'Invalid credential in Authorization header.'],
    [`OSS4-HMAC-SHA256 Credential=${CREDENTIAL}/x,Signature=00`, 'Invalid credential in Authorization header.'],
    [
      'OSS4-HMAC-SHA256 Credential=ak/20261122/r/oss/aliyun_v4_request,Signature=00',
      'Invalid signing date in Authorization header.',
    ],
  ])('refuses the Authorization header %j', (authorization, message) => {
    expect(() => readAuthentication(signed(authorization))).toThrow(
      expect.objectContaining({ code: 'InvalidArgument', status: 400, message }),
    );
  });

  it.each([undefined, '', 'nonsense', '20261331T000000Z', '20260231T000000Z'])('refuses the date %j', (date) => {
    const headers = { authorization: 'OSS ak:c2ln', ...(date !== undefined && { date }) };
    expect(() => readAuthentication(makeRequest(headers))).toThrow(
      expect.objectContaining({
        code: 'AccessDenied',
        status: 403,
        message: 'OSS authentication requires a valid Date.',
      }),
    );
  });

  it('refuses a payload hash, which nobody would check', () => {
    const authorization = `OSS4-HMAC-SHA256 Credential=${CREDENTIAL},Signature=00`;
    const request = makeRequest({ authorization, 'x-oss-date': BASIC_DATE, 'x-oss-content-sha256': 'ab12' });
    expect(() => readAuthentication(request)).toThrow('The x-oss-content-sha256 header must be UNSIGNED-PAYLOAD.');
  });

  it('refuses two authentications at once', () => {
    const request = makeRequest({ authorization: 'OSS ak:c2ln', date: HTTP_DATE }, [['Expires', '1']]);
    expect(() => readAuthentication(request)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });

  it.each(['OSSAccessKeyId', 'Expires', 'Signature'])('refuses a V1 URL without %s', (name) => {
    const parameters = { OSSAccessKeyId: 'ak', Expires: '1', Signature: 'c2ln' };
    const rest = Object.entries(parameters).filter(([other]) => other !== name);
    expect(() => readAuthentication(makeRequest({}, rest))).toThrow(
      expect.objectContaining({
        code: 'AccessDenied',
        message: 'Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters',
      }),
    );
  });

  it.each(['soon', '-1', '1.5', '1e9'])('refuses the V1 expiry %j', (expires) => {
    const request = makeRequest({}, [
      ['OSSAccessKeyId', 'ak'],
      ['Expires', expires],
      ['Signature', 'c2ln'],
    ]);
    expect(() => readAuthentication(request)).toThrow(
      expect.objectContaining({
        code: 'AccessDenied',
        message: 'Invalid date (should be seconds since epoch).',
        ec: '0002-00000070',
      }),
    );
  });

  it.each([
    [{ 'x-oss-expires': undefined }, { code: 'InvalidArgument', ec: '0002-00000215' }],
    [{ 'x-oss-expires': '0' }, { code: 'InvalidArgument', ec: '0002-00000232' }],
    [{ 'x-oss-expires': '604801' }, { code: 'InvalidArgument', ec: '0002-00000232' }],
    [{ 'x-oss-credential': 'ak/x' }, { code: 'InvalidArgument', message: 'The credential in the URL is invalid.' }],
    [{ 'x-oss-signature': undefined }, { code: 'AccessDenied' }],
    [{ 'x-oss-date': undefined }, { code: 'AccessDenied', message: 'OSS authentication requires a valid Date.' }],
    [{ 'x-oss-date': '20261122T000000Z' }, { code: 'InvalidArgument' }],
    [{ 'x-oss-signature-version': 'OSS5' }, { code: 'InvalidArgument' }],
    [{ 'x-oss-signature-version': undefined }, { code: 'InvalidArgument' }],
  ])('refuses a V4 URL with %j', (changes, error) => {
    expect(() => readAuthentication(urlV4(changes))).toThrow(expect.objectContaining(error));
  });
});

describe('checkTimes', () => {
  const header = readAuthentication(signed('OSS ak:c2ln', HTTP_DATE));
  const url = readAuthentication(urlV4());

  it.each([-900_000, 0, 900_000])('takes a clock that is %i ms off', (skewMs) => {
    expect(() => checkTimes(header, { nowMs: SIGNED_AT_MS + skewMs })).not.toThrow();
  });

  it.each([-86_400_000, -900_001, 900_001, 86_400_000])('refuses a clock that is %i ms off', (skewMs) => {
    expect(() => checkTimes(header, { nowMs: SIGNED_AT_MS + skewMs })).toThrow(
      expect.objectContaining({
        code: 'RequestTimeTooSkewed',
        status: 403,
        details: {
          MaxAllowedSkewMilliseconds: '900000',
          RequestTime: '2026-11-21T01:18:25.000Z',
          ServerTime: new Date(Math.floor((SIGNED_AT_MS + skewMs) / 1000) * 1000).toISOString(),
        },
      }),
    );
  });

  it('takes a V4 URL until it expires, however old', () => {
    const old = readAuthentication(urlV4({ 'x-oss-expires': '604800' }));
    expect(() => checkTimes(old, { nowMs: SIGNED_AT_MS + 604_800_999 })).not.toThrow();
    expect(() => checkTimes(url, { nowMs: SIGNED_AT_MS + 61_000 })).toThrow(
      expect.objectContaining({ code: 'AccessDenied', message: 'Request has expired.', ec: '0002-00000236' }),
    );
  });

  it('refuses a V4 URL of the future', () => {
    expect(() => checkTimes(url, { nowMs: SIGNED_AT_MS - 900_001 })).toThrow(
      expect.objectContaining({ code: 'RequestTimeTooSkewed' }),
    );
  });

  it('takes a V1 URL until it expires', () => {
    const parameters: QueryParameter[] = [
      ['OSSAccessKeyId', 'ak'],
      ['Expires', '1000'],
      ['Signature', 'c2ln'],
    ];
    const authentication = readAuthentication(makeRequest({}, parameters));
    expect(() => checkTimes(authentication, { nowMs: 1_000_999 })).not.toThrow();
    expect(() => checkTimes(authentication, { nowMs: 1_001_000 })).toThrow('Request has expired.');
  });

  it('has nothing to say about an anonymous request', () => {
    expect(() => checkTimes({ kind: 'anonymous' }, { nowMs: 0 })).not.toThrow();
  });
});

describe('checkScope', () => {
  const header = readAuthentication(signed(`OSS4-HMAC-SHA256 Credential=${CREDENTIAL},Signature=00`));
  const url = readAuthentication(urlV4());

  it('takes any region unless one is set', () => {
    expect(() => checkScope(header)).not.toThrow();
    expect(() => checkScope(header, { region: 'cn-hangzhou' })).not.toThrow();
  });

  it.each([
    [header, { region: 'x' }, 'Invalid signing region in Authorization header.', '0002-00000226'],
    [url, { region: 'x' }, 'The signing region in credential is invalid.', '0002-00000226'],
    [header, { products: ['x'] }, 'Invalid signing product in Authorization header.', '0002-00000227'],
    [url, { products: ['x'] }, 'The signing product in credential is invalid.', '0002-00000227'],
  ])('refuses another scope: %o, %j', (authentication, check, message, ec) => {
    expect(() => checkScope(authentication, check)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument', message, ec }),
    );
  });
});
