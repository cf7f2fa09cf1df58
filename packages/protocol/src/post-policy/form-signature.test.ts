import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../../test/harness/mutations.js';
import { OssError } from '../error/oss-error.js';
import { checkFormScope, readFormSignature, verifyFormSignature } from './form-signature.js';

const POLICY = btoa(
  '{"expiration":"2014-12-01T12:00:00.000Z","conditions":[{"bucket":"johnsmith"},["starts-with","$key","user/eric/"]]}',
);
const V1 = { ossaccesskeyid: 'ak', policy: POLICY, signature: 'dpKSRMoL0aqf4NRGyH4VO/YOsyY=' };
const V4 = {
  policy: POLICY,
  'x-oss-signature-version': 'OSS4-HMAC-SHA256',
  'x-oss-credential': 'ak/20231203/cn-hangzhou/oss/aliyun_v4_request',
  'x-oss-date': '20231203T121212Z',
  'x-oss-signature': 'f4877c80f23396f8e2b2f320f152cc572fdbb9c08060f46e7ad05d3fd46d7955',
};
const V4_AT_MS = Date.UTC(2023, 11, 3, 12, 12, 12);

const read = (fields: Record<string, string>) => readFormSignature(new Map(Object.entries(fields)));

function outcome(action: () => unknown): string {
  try {
    action();
    return 'passed';
  } catch (error) {
    if (error instanceof OssError) return `${error.status} ${error.code} ${error.ec ?? ''} ${error.message}`;
    throw error;
  }
}

function without(fields: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([candidate]) => candidate !== name));
}

/** Reads a form that is signed. */
function claimOf(fields: Record<string, string>) {
  const claim = read(fields);
  if (claim === undefined) throw new Error('The form is not signed');
  return claim;
}

describe('readFormSignature', () => {
  test('a form without any field of a signature is anonymous', () => {
    expect(read({ key: 'k', 'x-oss-meta-a': 'b' })).toBeUndefined();
  });

  test.each(Object.keys(V1))('a V1 form without %s is refused', (name) => {
    expect(outcome(() => read(without(V1, name)))).toMatch(/^400 InvalidArgument .*The bucket POST must contain/);
  });

  test.each(Object.keys(V4))('a V4 form without %s is refused', (name) => {
    expect(outcome(() => read(without(V4, name)))).toMatch(/^400 InvalidArgument .*The bucket POST must contain/);
  });

  test('an empty signature is said to be empty', () => {
    expect(outcome(() => read({ ...V1, signature: '' }))).toBe(
      '400 InvalidArgument 0002-00000704 Post request signature is empty.',
    );
  });

  test.each([
    ['x-oss-credential', 'ak/20231203/cn-hangzhou/oss'],
    ['x-oss-credential', 'ak/20231204/cn-hangzhou/oss/aliyun_v4_request'],
    ['x-oss-date', '20230231T000000Z'],
    ['x-oss-signature-version', 'OSS2'],
  ])('a V4 form with %s %s is refused', (name, value) => {
    expect(outcome(() => read({ ...V4, [name]: value }))).toMatch(/^400 InvalidArgument /);
  });
});

test('verifyFormSignature takes the known signatures and no others', () => {
  for (const fields of [V1, V4]) {
    const claim = claimOf(fields);
    expect(outcome(() => verifyFormSignature(claim, 'sk'))).toBe('passed');
    expect(outcome(() => verifyFormSignature(claim, 'other'))).toMatch(/^403 SignatureDoesNotMatch/);
    const tampered = { ...claim, policyBase64: `${POLICY.slice(0, -1)}A` };
    expect(outcome(() => verifyFormSignature(tampered, 'sk'))).toMatch(/^403 SignatureDoesNotMatch/);
  }
});

test('checkFormScope: 15 minutes ahead, 7 days back, the region of the server', () => {
  const at = (nowMs: number, region?: string) =>
    outcome(() => checkFormScope(claimOf(V4), { nowMs, skewMsMax: 900_000, ...(region !== undefined && { region }) }));
  expect(at(V4_AT_MS - 900_000)).toBe('passed');
  expect(at(V4_AT_MS - 900_001)).toMatch(/^403 RequestTimeTooSkewed/);
  expect(at(V4_AT_MS + 604_800_000)).toBe('passed');
  expect(at(V4_AT_MS + 604_800_001)).toBe('403 AccessDenied 0003-00000001 Request has expired.');
  expect(at(V4_AT_MS, 'cn-hangzhou')).toBe('passed');
  expect(at(V4_AT_MS, 'cn-beijing')).toMatch(/^400 InvalidArgument 0002-00000226/);
});

test('forms with spoiled fields are read and refused by name', { timeout: 300_000 }, async () => {
  const values = ['', ...Object.values(V1), ...Object.values(V4).slice(1), '20231204T121212Z', '20231001T121212Z'];
  const pieces = [
    '/',
    '20231203',
    'oss',
    'aliyun_v4_request',
    'T',
    'Z',
    '=',
    ' ',
    '\0',
    '日',
    '\ud800',
    '9'.repeat(300),
    '//',
  ];
  const fields = fc.record(
    {
      version: fc.constantFrom('OSS4-HMAC-SHA256', 'OSS4-HMAC-SHA256', 'OSS2'),
      name: fc.constantFrom(...Object.keys({ ...V1, ...V4 })),
      value: spoiledTexts(values, pieces),
      missing: fc.constantFrom('', '', '', ...Object.keys({ ...V1, ...V4 })),
      isV4: fc.boolean(),
      nowMs: fc.constantFrom(V4_AT_MS, V4_AT_MS, V4_AT_MS - 1_000_000, V4_AT_MS + 700_000_000),
    },
    { noNullPrototype: true },
  );
  await readHostileInputs({
    inputs: fields.map(({ version, name, value, missing, isV4, nowMs }) => {
      const valid: Record<string, string> = isV4 ? { ...V4, 'x-oss-signature-version': version } : V1;
      return { form: new Map(Object.entries(without({ ...valid, [name]: value }, missing))), nowMs };
    }),
    read: ({ form, nowMs }) => {
      const claim = readFormSignature(form);
      if (claim === undefined) return;
      checkFormScope(claim, { nowMs, skewMsMax: 900_000, region: 'cn-hangzhou' });
      verifyFormSignature(claim, 'sk');
    },
    refusals: ['InvalidArgument', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'AccessDenied'],
    lengthOf: ({ form }) => [...form].reduce((sum, [name, value]) => sum + name.length + value.length, 0),
    allowance: { perInputBytes: 24 * 1024, perCharacterBytes: 64 },
  });
});
