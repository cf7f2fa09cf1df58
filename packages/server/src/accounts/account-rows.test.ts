import fc from 'fast-check';
import { describe, test } from 'vitest';
import { expectSoundDecoder } from '../../../../test/harness/stored-shape.js';
import {
  accessKeyRows,
  accountRows,
  groupRows,
  limitRows,
  policyRows,
  type RowFamily,
  revocationRows,
  roleRows,
  userRows,
} from './account-rows.js';
import type { RevocationRow } from './revocations.js';

const words = fc.string({ minLength: 1 });
const times = fc.nat({ max: 4e12 });
const counts = fc.maxSafeNat();
const lists = fc.array(words, { maxLength: 3 });
const statuses = fc.constantFrom('active', 'inactive');
const SECRET = 'c2VjcmV0IG9mIGEgdXNlcg==';
const revoked = { revokedAtMs: times, forgetAtMs: times };

function provenBy<Row>(family: RowFamily<Row>, values: fc.Arbitrary<Row>): () => void {
  const key = family.key('name');
  return () =>
    expectSoundDecoder({
      values,
      encode: family.encode,
      decode: (value) => family.decode({ key, value }),
      name: Buffer.from(key).toString('latin1'),
      secret: SECRET,
      // Times may be any number.
      isAllowed: (path, replacement) => path.endsWith('Ms') && typeof replacement === 'number',
    });
}

function revocations<Row extends RevocationRow>(values: fc.Arbitrary<Row>): () => void {
  return provenBy<RevocationRow>(revocationRows, values);
}

const FAMILIES = {
  account: provenBy(accountRows, fc.record({ accountId: words, createdAtMs: times })),
  group: provenBy(groupRows, fc.record({ name: words, comment: words, createdAtMs: times, policies: lists })),
  'access key': provenBy(
    accessKeyRows,
    fc.record({
      accessKeyId: words,
      userName: words,
      uid: words,
      status: statuses,
      createdAtMs: times,
      sealedSecret: fc.constant(SECRET),
    }),
  ),
  limit: provenBy(
    limitRows,
    fc.record(
      {
        kind: fc.constantFrom('bucket', 'user'),
        name: words,
        lengthBytesMax: counts,
        objectCountMax: counts,
        requestsPerSecondMax: counts,
        bytesPerSecondMax: counts,
      },
      { requiredKeys: ['kind', 'name'] },
    ),
  ),
  policy: provenBy(
    policyRows,
    fc.record({ name: words, description: words, document: words, createdAtMs: times, updatedAtMs: times }),
  ),
  role: provenBy(
    roleRows,
    fc.record({
      name: words,
      roleId: words,
      description: words,
      trustPolicy: words,
      sessionSecondsMax: counts,
      createdAtMs: times,
      policies: lists,
    }),
  ),
  user: provenBy(
    userRows,
    fc.record({
      name: words,
      uid: words,
      displayName: words,
      status: statuses,
      createdAtMs: times,
      groups: lists,
      policies: lists,
      accessKeyIds: lists,
    }),
  ),
  'revocation of a key': revocations(fc.record({ ...revoked, kind: fc.constant('key'), accessKeyId: words })),
  'revocation of a role': revocations(
    fc.record({ ...revoked, kind: fc.constant('role'), roleId: words, roleName: words }),
  ),
  'revocation of a session': revocations(
    fc.record({ ...revoked, kind: fc.constant('session'), roleId: words, roleName: words, sessionName: words }),
  ),
  'revocation of a user': revocations(
    fc.record({ ...revoked, kind: fc.constant('user'), uid: words, userName: words }),
  ),
};

describe('a row of accounts is read as it was written, and refused by name after any change', () => {
  test.each(Object.entries(FAMILIES))('%s', (_, prove) => prove());
});
