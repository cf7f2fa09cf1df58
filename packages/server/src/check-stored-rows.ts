/**
 * What the server keeps in the store beside objects, checked row by row for those who look for damage: the check of a
 * store (`annals fsck`) and the scrub. The decoders are those that requests use.
 */
import { type CallerChecks, type Check, type CheckedRow, checks, decodeJsonRow } from '@annals/store';
import { checkAccountRow } from './accounts/check-account-row.js';
import { checkConfigurations, configurationsOf } from './bucket-configuration/bucket-configurations.js';
import { PUBLIC_ACCESS_BLOCK } from './bucket-configuration/public-access-block.js';
import { LIFECYCLE_RUN_CONFIGURATION, lifecycleCursorCheck } from './lifecycle/lifecycle-cursor.js';
import { parseStoredPolicy } from './policy/parse-stored-policy.js';
import { SCRUB_CONFIGURATION, scrubStateCheck } from './scrub/scrub-state.js';

const decodeAs =
  <Value>(check: Check<Value>) =>
  ({ key, value }: CheckedRow): unknown =>
    decodeJsonRow(value, check, () => key);

/** By the name of the configuration. */
const SERVICE_CHECKS: ReadonlyMap<string, (row: CheckedRow) => unknown> = new Map([
  [PUBLIC_ACCESS_BLOCK, decodeAs(checks.flag)],
  [LIFECYCLE_RUN_CONFIGURATION, decodeAs(lifecycleCursorCheck)],
  [SCRUB_CONFIGURATION, decodeAs(scrubStateCheck)],
]);
/** Of a configuration that this version does not have. */
const decodeAnything = decodeAs(checks.anything);

/** Checks of all rows that the server writes. */
export const storedRowChecks: CallerChecks = {
  accountRow: checkAccountRow,
  serviceRow(name, row) {
    (SERVICE_CHECKS.get(name) ?? decodeAnything)(row);
  },
  bucket(record) {
    checkConfigurations(record);
    const { policy } = configurationsOf(record);
    if (policy !== undefined) {
      parseStoredPolicy(policy, { form: 'bucket', bucket: record.name }, `the policy of bucket ${record.name}`);
    }
  },
};
