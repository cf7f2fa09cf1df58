/**
 * Holds a form against its policy. Pure: time and fields come in as values. Leaves out `content-length-range`, which
 * can only be kept while the file passes (`lengthRangeOf`).
 */
import { OssError } from '../error/oss-error.js';
import { formatCondition, type PostPolicy, type PostPolicyCondition } from './post-policy.js';

/** What a policy is held against. */
export interface PolicedForm {
  /** Values by lower-case field name, before `${filename}` is filled in; `bucket` is the bucket addressed. */
  readonly fields: ReadonlyMap<string, string>;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Checks that a policy is in force and that all its conditions hold. A field that is missing counts as empty.
 * @throws {OssError} `AccessDenied`, quoting the first condition that fails.
 */
export function checkPostPolicy(policy: PostPolicy, { fields, nowMs }: PolicedForm): void {
  if (nowMs > policy.expiresAtMs) {
    throw new OssError('AccessDenied', { message: 'Invalid according to Policy: Policy expired.' });
  }
  for (const condition of policy.conditions) {
    if (holds(condition, fields)) continue;
    throw new OssError('AccessDenied', {
      message: `Invalid according to Policy: Policy Condition failed: ${formatCondition(condition)}`,
    });
  }
}

/**
 * Checks that a policy fixes certain fields to one value each, so that the sender of the form cannot choose them.
 * @throws {OssError} `AccessDenied`, naming the first that is free.
 */
export function requireFixedFields(policy: PostPolicy, fields: readonly string[]): void {
  for (const field of fields) {
    if (policy.conditions.some((condition) => condition.kind === 'eq' && condition.field === field)) continue;
    throw new OssError('AccessDenied', {
      message: `Invalid according to Policy: The policy has no condition that fixes ${field}.`,
    });
  }
}

function holds(condition: PostPolicyCondition, fields: ReadonlyMap<string, string>): boolean {
  if (condition.kind === 'content-length-range') return true;
  const value = fields.get(condition.field) ?? '';
  switch (condition.kind) {
    case 'eq':
      return value === condition.value;
    case 'starts-with':
      return value.startsWith(condition.value);
    case 'in':
      return condition.values.includes(value);
    case 'not-in':
      return !condition.values.includes(value);
  }
}
