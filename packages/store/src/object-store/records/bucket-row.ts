/** The row of a bucket: its record as JSON in UTF-8. The name stands in it too, as in the row's key. */
import type { AppendReplay, BucketAcl, BucketRecord, Permission, VersioningState } from '../types.js';
import { storageClassCheck } from './attribute-checks.js';
import { rulesOf, storedRulesCheck } from './bucket-rules.js';
import { anything, type Check, count, fields, oneOf, optional, recordOf, text, time } from './checks.js';
import { decodeJsonRow } from './row-decoder.js';

/** The rules are among the configurations. */
type StoredBucket = Omit<BucketRecord, 'rules'>;

const permissionCheck = oneOf<Permission>({ allow: true, deny: true });
const configurationsCheck: Check<StoredBucket['configurations']> = (value) =>
  recordOf(anything)(value) ?? storedRulesCheck(value);

const bucketCheck: Check<StoredBucket> = fields<StoredBucket>({
  name: text,
  ownerId: text,
  createdBy: optional(text),
  createdAtMs: time,
  acl: oneOf<BucketAcl>({ private: true, 'public-read': true, 'public-read-write': true }),
  storageClass: storageClassCheck,
  dataRedundancyType: oneOf<BucketRecord['dataRedundancyType']>({ LRS: true, ZRS: true }),
  versioning: oneOf<VersioningState>({ unversioned: true, enabled: true, suspended: true }),
  appendable: optional(
    fields<NonNullable<BucketRecord['appendable']>>({
      overwrite: optional(permissionCheck),
      copy: optional(permissionCheck),
      lengthMax: optional(count),
      replay: optional(oneOf<AppendReplay>({ off: true, 'same-bytes': true })),
    }),
  ),
  configurations: configurationsCheck,
});

/** @returns The value of the row. */
export function encodeBucketRecord({ rules: _, ...stored }: BucketRecord): Uint8Array {
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeBucketRecord(rowKey: Uint8Array, value: Uint8Array): BucketRecord {
  const stored = decodeJsonRow(value, bucketCheck, () => rowKey);
  return { ...stored, rules: rulesOf(stored.configurations) };
}
