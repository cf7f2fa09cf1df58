/** What a client signs, a server reads and verifies: forms of both versions, with any conditions and fields. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Credentials } from '../signature/signable-request.js';
import { requireFixedFields } from './check-post-policy.js';
import { checkFormScope, readFormSignature, V4_FIXED_FIELDS, verifyFormSignature } from './form-signature.js';
import { parsePostPolicy } from './parse-post-policy.js';
import type { PostPolicy, PostPolicyCondition } from './post-policy.js';
import { renderPostPolicy, signPostFormV1, signPostFormV4 } from './sign-post-form.js';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

const texts = fc.string({ unit: 'grapheme', maxLength: 12 });
const fields = fc.stringMatching(/^[a-z][a-z-]{0,12}$/).filter((name) => name !== 'bucket');
const conditions: fc.Arbitrary<PostPolicyCondition> = fc.oneof(
  fc.record({ kind: fc.constantFrom('eq' as const, 'starts-with' as const), field: fields, value: texts }),
  fc.record({ kind: fc.constantFrom('in' as const, 'not-in' as const), field: fields, values: fc.array(texts) }),
  fc.record({
    kind: fc.constant('content-length-range' as const),
    lengthBytesMin: fc.nat(),
    lengthBytesMax: fc.nat(),
  }),
);
const policies: fc.Arbitrary<PostPolicy> = fc.record({
  expiresAtMs: fc.integer({ min: 0, max: 4e12 }),
  conditions: fc.array(conditions, { minLength: 1, maxLength: 6 }),
});
const credentials: fc.Arbitrary<Credentials> = fc.record(
  { accessKeyId: fc.stringMatching(/^[A-Za-z0-9.]{1,24}$/), accessKeySecret: texts, securityToken: texts },
  { requiredKeys: ['accessKeyId', 'accessKeySecret'], noNullPrototype: true },
);

function readSigned(
  form: Readonly<Record<string, string>>,
  { accessKeySecret, securityToken }: Credentials,
): PostPolicy {
  const claim = readFormSignature(new Map(Object.entries(form).map(([name, value]) => [name.toLowerCase(), value])));
  if (claim === undefined) throw new Error('The form is not signed');
  expect(claim.securityToken).toBe(securityToken);
  verifyFormSignature(claim, accessKeySecret);
  checkFormScope(claim, { nowMs: NOW_MS, skewMsMax: 0, region: 'cn-hangzhou' });
  return parsePostPolicy(claim.policyBase64);
}

describe('a form that a client signs', () => {
  it('has a policy that a server reads as it was meant', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        expect(parsePostPolicy(renderPostPolicy(policy))).toEqual(policy);
      }),
    );
  });

  it('is verified, with everything in its policy that was asked for, by V1', () => {
    fc.assert(
      fc.property(policies, credentials, (policy, keys) => {
        const read = readSigned(signPostFormV1({ policy, credentials: keys }), keys);
        expect(read.conditions).toEqual(expect.arrayContaining([...policy.conditions]));
      }),
    );
  });

  it('is verified, and fixes the fields of its signature, by V4', () => {
    fc.assert(
      fc.property(policies, credentials, (policy, keys) => {
        const form = signPostFormV4({ policy, credentials: keys, nowMs: NOW_MS, region: 'cn-hangzhou' });
        const read = readSigned(form, keys);
        expect(read.conditions).toEqual(expect.arrayContaining([...policy.conditions]));
        requireFixedFields(read, V4_FIXED_FIELDS);
        if (keys.securityToken !== undefined) requireFixedFields(read, ['x-oss-security-token']);
      }),
    );
  });
});
