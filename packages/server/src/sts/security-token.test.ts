import { OssError } from '@annals/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../../test/harness/mutations.js';
import { MasterKeyRing } from '../accounts/master-key.js';
import { issueSecurityToken, openSecurityToken } from './security-token.js';

const random = (byteCount: number): Uint8Array => Uint8Array.from({ length: byteCount }, (_, index) => index);
const ring = (fill: number): MasterKeyRing => new MasterKeyRing([new Uint8Array(32).fill(fill)], random);
const keys = ring(1);
const session = {
  kind: 'role-session',
  accountId: '1000',
  roleId: '3001',
  roleName: 'uploader',
  sessionName: 's',
} as const;
const BORROWER = { uid: '2001', links: [] };
const POLICY = '{"Version":"1","Statement":{"Effect":"Allow","Action":"oss:*","Resource":"*"}}';
const issued = issueSecurityToken(
  { session, sessionPolicy: POLICY, issuedAtMs: 1000, expiresAtMs: 2000, borrower: BORROWER },
  { keys, random },
);

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof OssError) return error.code;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('security tokens', () => {
  test('open with everything that is known of the key, until they expire', () => {
    const opened = openSecurityToken(issued.securityToken, issued.accessKeyId, { keys, nowMs: 1999 });
    expect(opened).toMatchObject({ secret: issued.accessKeySecret, principal: session, expiresAtMs: 2000 });
    expect(opened.sessionPolicy?.statements).toHaveLength(1);
    expect(codeOf(() => openSecurityToken(issued.securityToken, issued.accessKeyId, { keys, nowMs: 2000 }))).toBe(
      'SecurityTokenExpired',
    );
  });

  test('need no encoding in a URL, and show nothing', () => {
    expect(issued.securityToken).toBe(encodeURIComponent(issued.securityToken));
    const bytes = Buffer.from(issued.securityToken, 'base64url').toString('latin1');
    expect(bytes).not.toContain(issued.accessKeySecret);
    expect(bytes).not.toContain('uploader');
  });

  test('belong to one key', () => {
    expect(codeOf(() => openSecurityToken(issued.securityToken, 'STS.OTHER', { keys, nowMs: 0 }))).toBe(
      'AccessKeyIdAndSecurityTokenNotMatch',
    );
  });

  test('of another master key, another purpose, or long or strange text are invalid', () => {
    const open = (token: string, opener = keys) =>
      codeOf(() => openSecurityToken(token, issued.accessKeyId, { keys: opener, nowMs: 0 }));
    expect(open(issued.securityToken, ring(2))).toBe('InvalidSecurityToken');
    const other = keys.seal('access-key-secret', Buffer.from('{}'), 'token');
    expect(open(Buffer.from(other).toString('base64url'))).toBe('InvalidSecurityToken');
    expect(open('A'.repeat(100_000))).toBe('InvalidSecurityToken');
    expect(open('')).toBe('InvalidSecurityToken');
  });

  test('spoiled in many ways are invalid, unless the bytes they stand for are still the same', {
    timeout: 300_000,
  }, async () => {
    const pieces = ['A', '_', '-', '=', '+', '/', ' ', '\0', '日', '\r\n', 'A'.repeat(300), '='.repeat(300), 'é', '.'];
    await readHostileInputs({
      inputs: fc.oneof(
        { weight: 20, arbitrary: spoiledTexts([issued.securityToken, issued.securityToken.slice(0, -4)], pieces) },
        { weight: 1, arbitrary: fc.constant(issued.securityToken) },
      ),
      read: (token) => {
        const opened = openSecurityToken(token, issued.accessKeyId, { keys, nowMs: 0 });
        const isSame = Buffer.from(token, 'base64url').toString('base64url') === issued.securityToken;
        if (!isSame) throw new Error(`opened for ${opened.accessKeyId}`);
      },
      refusals: ['InvalidSecurityToken'],
      lengthOf: (token) => token.length,
      allowance: { perInputBytes: 16 * 1024, perCharacterBytes: 32 },
    });
  });

  test('changed in one character are invalid', () => {
    for (let index = 0; index < issued.securityToken.length; index += 1) {
      const changed = issued.securityToken[index] === 'A' ? 'B' : 'A';
      const token = issued.securityToken.slice(0, index) + changed + issued.securityToken.slice(index + 1);
      expect(codeOf(() => openSecurityToken(token, issued.accessKeyId, { keys, nowMs: 0 }))).toBe(
        'InvalidSecurityToken',
      );
    }
  });

  test('with the longest session policy of the worst characters and the longest chain open', () => {
    const lender = {
      accessKeyId: `STS.${'K'.repeat(24)}`,
      roleId: '3'.repeat(18),
      sessionName: 's'.repeat(32),
      issuedAtMs: 1_795_219_200_000,
    };
    const links = Array.from({ length: 16 }, () => lender);
    const text = '\u0001'.repeat(900);
    const sessionPolicy = JSON.stringify({
      Version: '1',
      Statement: { Effect: 'Allow', Action: 'oss:*', Resource: '*', Sid: text },
    });
    const { securityToken, accessKeyId } = issueSecurityToken(
      { session, sessionPolicy, issuedAtMs: 1000, expiresAtMs: 2000, borrower: { uid: '2001', links } },
      { keys, random },
    );
    expect(openSecurityToken(securityToken, accessKeyId, { keys, nowMs: 0 }).sessionPolicy).toBeDefined();
  });
});

test('openSecurityToken gives of any sealed JSON a session, or one of its refusals', () => {
  const id = 'STS.any';
  const almost = fc.record(
    {
      id: fc.oneof(fc.constant(id), fc.jsonValue()),
      secret: fc.oneof(fc.string(), fc.jsonValue()),
      account: fc.string(),
      roleId: fc.string(),
      role: fc.string(),
      session: fc.string(),
      expiresAtMs: fc.oneof(fc.nat(), fc.jsonValue()),
      policy: fc.oneof(fc.constant(POLICY), fc.string(), fc.jsonValue()),
      lenders: fc.jsonValue(),
    },
    { requiredKeys: ['id', 'secret', 'account', 'roleId', 'role', 'session', 'expiresAtMs'] },
  );
  const texts = fc.oneof(almost, fc.jsonValue()).map((content) => JSON.stringify(content));
  fc.assert(
    fc.property(texts, (text) => {
      const sealed = keys.seal('security-token', Buffer.from(text), 'token');
      const open = () => openSecurityToken(Buffer.from(sealed).toString('base64url'), id, { keys, nowMs: 1000 });
      expect([
        'opened',
        'InvalidSecurityToken',
        'AccessKeyIdAndSecurityTokenNotMatch',
        'SecurityTokenExpired',
      ]).toContain(codeOrOpened(open));
    }),
    { numRuns: 500, seed: 3 },
  );
});

function codeOrOpened(open: () => { readonly secret: string; readonly expiresAtMs: number }): string {
  try {
    expect(open()).toMatchObject({ secret: expect.any(String), expiresAtMs: expect.any(Number) });
    return 'opened';
  } catch (error) {
    return error instanceof OssError ? error.code : String(error);
  }
}
