import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../../test/harness/mutations.js';
import { Query, type QueryParameter } from '../query.js';
import type { ResourceAddress } from '../request-target.js';
import { type Authentication, readAuthentication, type SignedAuthentication } from './authentication.js';
import { checkScope, checkTimes } from './check-times.js';
import { presignV1, presignV2, presignV4, signHeadersV1, signHeadersV2, signHeadersV4 } from './sign-request.js';
import type { Credentials, SignableRequest } from './signable-request.js';
import { deriveSigningKeyV4, SigningKeyCache, signatureV4, stringToSignV4 } from './v4.js';
import { verifySignature } from './verify-signature.js';

const credentials = { accessKeyId: 'AKIDEXAMPLE', accessKeySecret: 'SECRETEXAMPLE' };
const nowMs = Date.UTC(2026, 10, 21, 1, 18, 25);

interface Signing {
  readonly request: SignableRequest;
  readonly resource: ResourceAddress;
  readonly credentials: Credentials;
}

/** Every way to sign, giving the request as it goes out. */
const WAYS: readonly (readonly [string, (signing: Signing) => SignableRequest])[] = [
  ['v1-header', (signing) => withHeaders(signing, signHeadersV1({ ...signing, nowMs }))],
  ['v2-header', (signing) => withHeaders(signing, signHeadersV2({ ...signing, nowMs }))],
  ['v4-header', (signing) => withHeaders(signing, signHeadersV4({ ...signing, nowMs, region: 'cn-hangzhou' }))],
  ['v1-url', (signing) => withQuery(signing, presignV1({ ...signing, expiresAtMs: nowMs + 60_000 }))],
  ['v2-url', (signing) => withQuery(signing, presignV2({ ...signing, expiresAtMs: nowMs + 60_000 }))],
  [
    'v4-url',
    (signing) => withQuery(signing, presignV4({ ...signing, nowMs, region: 'cn-hangzhou', expiresSeconds: 60 })),
  ],
];

function withHeaders({ request }: Signing, added: Readonly<Record<string, string>>): SignableRequest {
  return { ...request, headers: new Map([...request.headers, ...Object.entries(added)]) };
}

function withQuery({ request }: Signing, entries: readonly QueryParameter[]): SignableRequest {
  return { ...request, query: new Query(entries) };
}

function readSigned(request: SignableRequest): SignedAuthentication {
  const authentication = readAuthentication(request);
  if (authentication.kind === 'anonymous') throw new Error('The request is not signed');
  return authentication;
}

function verify(request: SignableRequest, resource: ResourceAddress): ResourceAddress {
  return verifySignature(readSigned(request), request, [resource], credentials.accessKeySecret);
}

const DOES_NOT_MATCH = expect.objectContaining({ code: 'SignatureDoesNotMatch', status: 403 });

const oddText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  fc.constantFrom(' ', '+', '%', '%2F', '/', '//a', 'a/../b', 'ä/ö', '日誌.log', 'a&b=c?d#e', "!'()*~", '😀'),
);
const resources = fc.record({ bucket: fc.constantFrom('examplebucket', 'b-1'), key: oddText });
const parameters = fc
  .uniqueArray(fc.tuple(fc.constantFrom('append', 'position', 'acl', 'versionId', 'prefix', 'a b', 'ü'), oddText), {
    selector: ([name]) => name,
  })
  .map((entries) => new Query(entries));
const headers = fc
  .dictionary(
    fc.constantFrom('x-oss-meta-a', 'x-oss-object-acl', 'content-type', 'content-md5', 'user-agent'),
    fc.string({ maxLength: 12 }).map((text) => text.trim()),
  )
  .map((entries) => new Map(Object.entries(entries)));

describe.each(WAYS)('%s', (kind, sign) => {
  const appended: Signing = {
    request: {
      method: 'POST',
      query: new Query([
        ['append', ''],
        ['position', '5'],
      ]),
      headers: new Map([
        ['content-type', 'text/plain'],
        ['x-oss-object-acl', 'private'],
      ]),
    },
    resource: { bucket: 'examplebucket', key: 'a.log' },
    credentials,
  };

  it('is verified for any key, parameters and headers', () => {
    fc.assert(
      fc.property(resources, parameters, headers, (resource, query, headerMap) => {
        const signed = sign({ request: { method: 'POST', query, headers: headerMap }, resource, credentials });
        expect(readSigned(signed).kind).toBe(kind);
        expect(verify(signed, resource)).toBe(resource);
      }),
    );
  });

  it('is verified for the service and for a bucket', () => {
    for (const resource of [{}, { bucket: 'examplebucket' }]) {
      const request = { method: 'GET', query: new Query([['prefix', 'a']]), headers: new Map() };
      expect(verify(sign({ request, resource, credentials }), resource)).toBe(resource);
    }
  });

  it('tells which of several resources was signed', () => {
    const { resource } = appended;
    const others = [{ bucket: 'examplebucket', key: 'examplebucket/a.log' }, { bucket: 'a.log' }] as const;
    const signed = sign(appended);
    const found = verifySignature(readSigned(signed), signed, [...others, resource], credentials.accessKeySecret);
    expect(found).toBe(resource);
  });

  it('carries a security token', () => {
    const signed = sign({ ...appended, credentials: { ...credentials, securityToken: 'token+/=' } });
    expect(readSigned(signed).securityToken).toBe('token+/=');
    expect(verify(signed, appended.resource)).toBe(appended.resource);
  });

  it('fails when any signed part differs', () => {
    const signed = sign(appended);
    const set = (name: string, value: string): SignableRequest => ({
      ...signed,
      headers: new Map([...signed.headers, [name, value]]),
    });
    const replace = (entries: readonly QueryParameter[]): SignableRequest => ({
      ...signed,
      query: new Query([...entries, ...signed.query]),
    });
    const tampered = [
      { ...signed, method: 'PUT' },
      set('content-type', 'text/html'),
      set('content-md5', '1B2M2Y8AsgTpgAmY7PhCfg=='),
      set('x-oss-object-acl', 'public-read'),
      set('x-oss-meta-new', ''),
      replace([['position', '6']]),
      replace([['append', 'x']]),
      ...['acl', 'delete', 'uploadId', 'partNumber', 'policy', 'versionId', 'seal', 'follow', 'convert', 'tagging'].map(
        (name) => replace([[name, '']]),
      ),
      { ...signed, query: new Query([...signed.query].filter(([name]) => name !== 'append')) },
    ];
    for (const request of tampered) expect(() => verify(request, appended.resource)).toThrow(DOES_NOT_MATCH);
    for (const resource of [
      { bucket: 'other', key: 'a.log' },
      { bucket: 'examplebucket', key: 'b.log' },
      { bucket: 'examplebucket' },
      {},
    ]) {
      expect(() => verify(signed, resource)).toThrow(DOES_NOT_MATCH);
    }
  });

  it('lets a repeated parameter mean its first value', () => {
    const signed = sign(appended);
    const request = { ...signed, query: new Query([...signed.query, ['position', '9']]) };
    expect(verify(request, appended.resource)).toBe(appended.resource);
    expect(request.query.get('position')).toBe('5');
  });
});

describe('V1 seal', () => {
  const seal = new Query([
    ['seal', ''],
    ['position', '5'],
  ]);
  const resource = { bucket: 'b', key: 'k' };
  const positionOnly = { method: 'POST', query: new Query([['position', '5']]), headers: new Map() };

  it('may leave seal unsigned, as Java v2 does', () => {
    const added = signHeadersV1({ request: positionOnly, resource, credentials, nowMs });
    const sent = { method: 'POST', query: seal, headers: new Map(Object.entries(added)) };
    expect(verify(sent, resource)).toBe(resource);
  });

  it('cannot be made of a captured append, nor of another method', () => {
    const append = new Query([
      ['append', ''],
      ['position', '5'],
    ]);
    const appendHeaders = signHeadersV1({ request: { ...positionOnly, query: append }, resource, credentials, nowMs });
    const forged = new Query([['seal', ''], ...append]);
    const sent = { method: 'POST', query: forged, headers: new Map(Object.entries(appendHeaders)) };
    expect(() => verify(sent, resource)).toThrow(DOES_NOT_MATCH);
    const getHeaders = signHeadersV1({ request: { ...positionOnly, method: 'GET' }, resource, credentials, nowMs });
    const get = { method: 'GET', query: seal, headers: new Map(Object.entries(getHeaders)) };
    expect(() => verify(get, resource)).toThrow(DOES_NOT_MATCH);
  });
});

describe('V4 parameters without value', () => {
  const resource = { bucket: 'examplebucket', key: 'a.log' };
  const scope = { date: '20261121', region: 'cn-hangzhou', product: 'oss' };
  const unsigned: readonly QueryParameter[] = [
    ['append', ''],
    ['position', '5'],
    ['x-oss-credential', `${credentials.accessKeyId}/20261121/cn-hangzhou/oss/aliyun_v4_request`],
    ['x-oss-date', '20261121T011825Z'],
    ['x-oss-expires', '60'],
    ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
  ];

  /** Written out by hand: what is signed is the point. */
  function signQuery(append: string): string {
    const query = `${append}&position=5&x-oss-credential=AKIDEXAMPLE%2F20261121%2Fcn-hangzhou%2Foss%2Faliyun_v4_request&x-oss-date=20261121T011825Z&x-oss-expires=60&x-oss-signature-version=OSS4-HMAC-SHA256`;
    const canonicalRequest = `POST\n/examplebucket/a.log\n${query}\n\n\nUNSIGNED-PAYLOAD`;
    const key = deriveSigningKeyV4(credentials.accessKeySecret, scope);
    return signatureV4(key, stringToSignV4(canonicalRequest, '20261121T011825Z', scope));
  }

  function request(entries: readonly QueryParameter[], append: string): SignableRequest {
    const query = new Query([...entries, ['x-oss-signature', signQuery(append)]]);
    return { method: 'POST', query, headers: new Map() };
  }

  it.each(['append', 'append='])('may be signed as %s, as ali-oss does either way', (append) => {
    expect(verify(request(unsigned, append), resource)).toBe(resource);
  });

  it('are not those with a value, nor missing ones', () => {
    for (const append of ['append=1', 'append==']) {
      expect(() => verify(request(unsigned, append), resource)).toThrow(DOES_NOT_MATCH);
    }
    const [, ...others] = unsigned;
    for (const entries of [others, [['append', '1'] as const, ...others]]) {
      expect(() => verify(request(entries, 'append='), resource)).toThrow(DOES_NOT_MATCH);
    }
  });

  it('are shown in their documented form when the signature is wrong', () => {
    expect(() => verify(request(unsigned, 'append=1'), resource)).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ CanonicalRequest: expect.stringContaining('\nappend&position=5&') }),
      }),
    );
  });
});

describe('SignatureDoesNotMatch', () => {
  it('says what the server would have signed, and not the secret', () => {
    const request = {
      method: 'GET',
      query: new Query([]),
      headers: new Map([
        ['authorization', 'OSS AKIDEXAMPLE:c2lnbmF0dXJl'],
        ['date', 'Sat, 21 Nov 2026 01:18:25 GMT'],
      ]),
    };
    const details = {
      OSSAccessKeyId: 'AKIDEXAMPLE',
      SignatureProvided: 'c2lnbmF0dXJl',
      StringToSign: 'GET\n\n\nSat, 21 Nov 2026 01:18:25 GMT\n/b/ä',
      StringToSignBytes:
        '47 45 54 0A 0A 0A 53 61 74 2C 20 32 31 20 4E 6F 76 20 32 30 32 36 20 30 31 3A 31 38 3A 32 35 20 47 4D 54 0A 2F 62 2F C3 A4',
    };
    expect(() => verify(request, { bucket: 'b', key: 'ä' })).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch', ec: '0002-00000040', details }),
    );
  });
});

describe('SigningKeyCache', () => {
  it('keeps only keys of signatures that were right, and not more than its limit', () => {
    const cache = new SigningKeyCache();
    const resource = { bucket: 'b', key: 'k' };
    const request = { method: 'GET', query: new Query([]), headers: new Map<string, string>() };
    const signing = { request, resource, credentials };
    const signed = withHeaders(signing, signHeadersV4({ ...signing, nowMs, region: 'r' }));
    const authentication = readSigned(signed);
    expect(() => verifySignature(authentication, signed, [resource], 'wrong', cache)).toThrow(DOES_NOT_MATCH);
    expect(cache.size).toBe(0);
    for (let round = 0; round < 2; round += 1) {
      verifySignature(authentication, signed, [resource], credentials.accessKeySecret, cache);
      expect(cache.size).toBe(1);
    }
    for (let region = 0; region < 2000; region += 1) {
      cache.keep('secret', { date: '20261121', region: `r${region}`, product: 'oss' }, new Uint8Array(32));
    }
    expect(cache.size).toBe(1024);
  });
});

describe('hostile input', () => {
  const PIECES = [
    ...['OSS', 'OSS2', 'OSS4-HMAC-SHA256', ' ', ',', ':', '=', '/', ';', 'Credential=', 'Signature=', 'Signature:'],
    ...['AccessKeyId:', 'AdditionalHeaders=', 'AdditionalHeaders:', 'aliyun_v4_request', '20261121', 'oss', 'ak'],
    ...['cn-hangzhou', '\u00ff', '\t', '', 'x'.repeat(300), '20261121T011825Z', 'Sat, 21 Nov 2026 01:18:25 GMT'],
    ...[
      '99999999999',
      '-1',
      '60',
      '20269999T999999Z',
      'UNSIGNED-PAYLOAD',
      '日',
      '\ud800',
      '\0',
      '%',
      '+',
      ';'.repeat(300),
    ],
  ];
  const VALUES = [
    ...[
      '',
      'OSS ak:c2ln',
      'OSS2 AccessKeyId:ak,Signature:c2ln',
      '20261121T011825Z',
      'Sat, 21 Nov 2026 01:18:25 GMT',
      '1795223905',
      'Sun, 22 Nov 2026 01:18:25 GMT',
      '20261122T011825Z',
    ],
    'OSS4-HMAC-SHA256 Credential=ak/20261121/r/oss/aliyun_v4_request,Signature=00',
    ...[
      'ak/20261121/r/oss/aliyun_v4_request',
      'OSS2',
      'OSS4-HMAC-SHA256',
      '60',
      'UNSIGNED-PAYLOAD',
      'ak',
      'host;range',
    ],
  ];
  const PARAMETERS = [
    ...[
      'OSSAccessKeyId',
      'Expires',
      'Signature',
      'security-token',
      'x-oss-signature-version',
      'x-oss-credential',
      'append',
    ],
    ...['x-oss-date', 'x-oss-expires', 'x-oss-signature', 'x-oss-additional-headers', 'x-oss-access-key-id'],
  ];
  const HEADERS = [
    'authorization',
    'date',
    'x-oss-date',
    'x-oss-content-sha256',
    'x-oss-security-token',
    'abc',
    'host',
  ];

  it('ends in a refusal, and never in a signature that fits', { timeout: 300_000 }, async () => {
    const value = fc.oneof(fc.constantFrom(...VALUES), spoiledTexts(VALUES, PIECES));
    const entries = (names: readonly string[]) =>
      fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 6 });
    const requests = fc.tuple(fc.boolean(), entries(PARAMETERS), entries(HEADERS));
    await readHostileInputs({
      inputs: requests.map(([hasQuery, query, headers]) => ({
        method: 'POST',
        query: new Query(hasQuery ? query : []),
        headers: new Map(headers),
      })),
      read: (request) => {
        const authentication: Authentication = readAuthentication(request);
        if (authentication.kind === 'anonymous') return;
        checkScope(authentication);
        checkTimes(authentication, { nowMs });
        verifySignature(authentication, request, [{ bucket: 'b', key: 'k' }, { bucket: 'k' }], 'secret');
        throw new Error('verified');
      },
      refusals: ['InvalidArgument', 'AccessDenied', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed'],
      lengthOf: ({ query, headers }) =>
        [...query, ...headers].reduce((sum, [name, text]) => sum + name.length + text.length, 0),
      allowance: { perInputBytes: 16 * 1024, perCharacterBytes: 96 },
    });
  });
});
