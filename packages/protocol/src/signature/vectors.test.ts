/**
 * Test vectors of signatures. The V1 and V4 ones are those of the official SDKs' own unit tests (access key `ak`,
 * secret `sk`) and of the public documentation; those marked "derived" were computed with an independent implementation
 * that reproduces all official ones.
 */
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#digest';
import { Query } from '../query.js';
import { signPostPolicyV1, signPostPolicyV4 } from './post-policy.js';
import { presignV1, presignV4, signHeadersV1, signHeadersV4 } from './sign-request.js';
import { resourceTextV1, signatureV1, stringToSignV1 } from './v1.js';
import { canonicalRequestV4, deriveSigningKeyV4 } from './v4.js';

const credentials = { accessKeyId: 'ak', accessKeySecret: 'sk' };

describe('V1', () => {
  const nowMs = Date.UTC(2022, 11, 28, 10, 27, 41);
  const putHeaders = new Map([
    ['content-md5', 'eB5eJF1ptWaXm4bijSPyxw=='],
    ['content-type', 'text/html'],
    ['x-oss-meta-author', 'alice'],
    ['x-oss-meta-magic', 'abracadabra'],
  ]);

  it.each([
    ['PUT', [], { bucket: 'examplebucket', key: 'nelson' }, putHeaders, 'kSHKmLxlyEAKtZPkJhG9bZb5k7M='],
    ['PUT', [['acl', '']], { bucket: 'examplebucket', key: 'nelson' }, putHeaders, '/afkugFbmWDQ967j1vr6zygBLQk='],
    [
      'GET',
      [
        ['resourceGroup', ''],
        ['non-resousce', 'null'],
      ],
      { bucket: 'examplebucket' },
      new Map(),
      'vkQmfuUDyi1uDi3bKt67oemssIs=',
    ],
    [
      'GET',
      [
        ['resourceGroup', ''],
        ['acl', ''],
      ],
      { bucket: 'examplebucket' },
      new Map(),
      'x3E5TgOvl/i7PN618s5mEvpJDYk=',
    ],
  ] as const)('signs %s %j of %j as the official vector says', (method, parameters, resource, headers, signature) => {
    const request = { method, query: new Query(parameters), headers };
    expect(signHeadersV1({ request, resource, credentials, nowMs }).authorization).toBe(`OSS ak:${signature}`);
  });

  it.each([
    [{ ...credentials }, 'key', 1_699_807_420_000, 'dcLTea+Yh9ApirQ8o8dOPqtvJXQ='],
    [{ ...credentials, securityToken: 'token' }, 'key+123', 1_699_808_204_000, 'jzKYRrM5y6Br0dRFPaTGOsbrDhY='],
  ])('signs a URL as the official vector says, credentials %j', (signer, key, expiresAtMs, signature) => {
    const request = { method: 'GET', query: new Query([['versionId', 'versionId']]), headers: new Map() };
    const resource = { bucket: 'bucket', key };
    const parameters = new Map(presignV1({ request, resource, credentials: signer, expiresAtMs }));
    expect(parameters.get('Signature')).toBe(signature);
    expect(parameters.get('Expires')).toBe(String(expiresAtMs / 1000));
  });

  it.each([
    ['ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=', '26NBxoKdsyly4EDv6inkoDft/yA='],
    ['eB5eJF1ptWaXm4bijSPyxw==', 'hD208RWMpg77svXkQRwWXS+V5KQ='],
  ])('signs the example of the documentation with Content-MD5 %s', (contentMd5, signature) => {
    const headers = new Map([
      ['x-oss-meta-author', 'foo@bar.com'],
      ['x-oss-magic', 'abracadabra'],
      ['content-md5', contentMd5],
      ['content-type', 'text/html'],
    ]);
    const request = { method: 'PUT', query: new Query([]), headers };
    const stringToSign = stringToSignV1(request, 'Thu, 17 Nov 2005 18:49:58 GMT', '/oss-example/nelson');
    expect(signatureV1('OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV', stringToSign)).toBe(signature);
  });

  it('signs an append as derived', () => {
    const headers = new Map([
      ['content-type', 'text/plain'],
      ['x-oss-object-acl', 'private'],
    ]);
    const query = new Query([
      ['position', '0'],
      ['append', ''],
    ]);
    const stringToSign = stringToSignV1(
      { method: 'POST', query, headers },
      'Wed, 28 Dec 2022 10:27:41 GMT',
      resourceTextV1('/examplebucket/logs/app.log', query),
    );
    expect(signatureV1('sk', stringToSign)).toBe('+8wCHu2gDKe6LJ7+rVzxOF9flsE=');
  });
});

describe('V4', () => {
  const query = new Query([
    ['param1', 'value1'],
    ['+param1', 'value3'],
    ['|param1', 'value4'],
    ['+param2', ''],
    ['|param2', ''],
    ['param2', ''],
  ]);
  const resource = { bucket: 'bucket', key: '1234+-/123/1.txt' };
  const cloudbox = { region: 'cb-123', product: 'oss-cloudbox' };
  const additionalHeaders = ['ZAbc', 'abc'];
  const request = (contentType: string) => ({
    method: 'PUT',
    query,
    headers: new Map([
      ['x-oss-head1', 'value'],
      ['abc', 'value'],
      ['zabc', 'value'],
      ['xyz', 'value'],
      ['content-type', contentType],
    ]),
  });

  it.each([
    [1_702_743_657, {}, 'e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe'],
    [1_702_747_512, { additionalHeaders }, '4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f'],
    [
      1_702_784_856,
      { credentials: { ...credentials, securityToken: 'token' } },
      'b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea',
    ],
    [1_702_743_657, cloudbox, '94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43'],
  ])('signs headers as the official vector of %i with %j says', (seconds, options, signature) => {
    const headers = signHeadersV4({
      request: request('text/plain'),
      resource,
      credentials,
      region: 'cn-hangzhou',
      nowMs: seconds * 1000,
      ...options,
    });
    expect(headers.authorization).toMatch(new RegExp(`Signature=${signature}$`));
  });

  it.each([
    [1_702_781_677, {}, 'a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe'],
    [
      1_702_785_388,
      { credentials: { ...credentials, securityToken: 'token' } },
      '3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5',
    ],
    [1_702_783_809, { additionalHeaders }, '6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7'],
    [
      1_702_781_677,
      { ...cloudbox, additionalHeaders },
      '07284191b9b4978ac3520cd39ee2dea2747eda454089359371ff463a6c7ba20f',
    ],
  ])('signs a URL as the official vector of %i with %j says', (seconds, options, signature) => {
    const parameters = presignV4({
      request: request('application/octet-stream'),
      resource,
      credentials,
      region: 'cn-hangzhou',
      nowMs: seconds * 1000,
      expiresSeconds: 599,
      ...options,
    });
    expect(new Map(parameters).get('x-oss-signature')).toBe(signature);
  });

  it('goes through the official intermediate values', () => {
    const { headers, ...rest } = request('text/plain');
    const signed = new Map([
      ...headers,
      ['x-oss-content-sha256', 'UNSIGNED-PAYLOAD'],
      ['x-oss-date', '20231216T162057Z'],
    ]);
    const canonicalRequest = canonicalRequestV4({ ...rest, headers: signed }, '/bucket/1234+-/123/1.txt', []);
    expect(canonicalRequest).toBe(
      'PUT\n/bucket/1234%2B-/123/1.txt\n%2Bparam1=value3&%2Bparam2&%7Cparam1=value4&%7Cparam2&param1=value1&param2\ncontent-type:text/plain\nx-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:20231216T162057Z\nx-oss-head1:value\n\n\nUNSIGNED-PAYLOAD',
    );
    expect(sha256Hex(canonicalRequest)).toBe('f4613657f1b108998e8dbd10a1aa5da621dc2c6e02c9ddec0f163664848704c4');
    const key = deriveSigningKeyV4('sk', { date: '20231216', region: 'cn-hangzhou', product: 'oss' });
    expect(Buffer.from(key).toString('hex')).toBe('b412a03b134ebddd720f5167b5de6db66620ebb3b01cff4d49e3ccb09f8de97f');
  });

  it('signs an append as derived', () => {
    const headers = signHeadersV4({
      request: {
        method: 'POST',
        query: new Query([
          ['append', ''],
          ['position', '0'],
        ]),
        headers: new Map([['content-type', 'text/plain']]),
      },
      resource: { bucket: 'examplebucket', key: 'logs/app.log' },
      credentials,
      region: 'cn-hangzhou',
      nowMs: Date.UTC(2023, 11, 16, 16, 20, 57),
    });
    expect(headers.authorization).toBe(
      'OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,Signature=04a4d467b9db9be2f7490d9a2b18f5c9d47fa1e2fae4c679b7b420871ae43938',
    );
  });
});

describe('form policies', () => {
  const policy = btoa(
    '{"expiration":"2014-12-01T12:00:00.000Z","conditions":[{"bucket":"johnsmith"},["starts-with","$key","user/eric/"]]}',
  );

  it('are signed with V1 as derived', () => {
    expect(signPostPolicyV1('sk', policy)).toBe('dpKSRMoL0aqf4NRGyH4VO/YOsyY=');
  });

  it('are signed with V4 as derived', () => {
    const scope = { date: '20231203', region: 'cn-hangzhou', product: 'oss' };
    expect(signPostPolicyV4('sk', scope, policy)).toBe(
      'f4877c80f23396f8e2b2f320f152cc572fdbb9c08060f46e7ad05d3fd46d7955',
    );
  });
});
