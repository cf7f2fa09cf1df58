/**
 * Checks a row of accounts by itself, as those who use it would: its decoder, and the policies in it. Leaves out
 * whether what it names is there.
 */
import { type CheckedRow, EngineFailure } from '@annals/store';
import { parseStoredPolicy } from '../policy/parse-stored-policy.js';
import {
  accessKeyRows,
  accountRows,
  generationKey,
  groupRows,
  limitRows,
  masterKeyIdsRows,
  nonceExpiryRows,
  nonceRows,
  policyRows,
  revocationRows,
  roleRows,
  userRows,
} from './account-rows.js';

/** By the first two letters of the key. */
const CHECKS: Readonly<Record<string, (row: CheckedRow) => unknown>> = {
  Aa: accountRows.decode,
  Ag: groupRows.decode,
  Ak: accessKeyRows.decode,
  Al: limitRows.decode,
  Am: masterKeyIdsRows.decode,
  An: nonceRows.decode,
  Ap(row) {
    const { name, document } = policyRows.decode(row);
    return parseStoredPolicy(document, { form: 'ram' }, `the document of policy ${name}`);
  },
  Ar(row) {
    const { name, trustPolicy } = roleRows.decode(row);
    return parseStoredPolicy(trustPolicy, { form: 'trust' }, `the trust policy of role ${name}`);
  },
  As: revocationRows.decode,
  At: nonceExpiryRows.decode,
  Au: userRows.decode,
};

/** @throws {EngineFailure} `corrupt` when the row is not what was once written, or of no kind that there is. */
export function checkAccountRow(row: CheckedRow): void {
  const key = Buffer.from(row.key);
  // Of the generation the version alone says something.
  if (key.equals(generationKey)) return;
  const letters = key.toString('latin1', 0, 2);
  const check = Object.hasOwn(CHECKS, letters) ? CHECKS[letters] : undefined;
  if (check === undefined)
    throw new EngineFailure({ kind: 'corrupt', detail: `"${letters}" begins no row of accounts` });
  check(row);
}
