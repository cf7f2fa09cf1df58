/** Policies that need not be made and cannot be changed, with the names the public service gives them. */
import { parsePolicy } from '../policy/parse-policy.js';
import type { NamedPolicy } from '../policy/policy.js';

function allow(Action: readonly string[]): string {
  return JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
}

/** Documents by name. */
export const SYSTEM_POLICY_DOCUMENTS: ReadonlyMap<string, string> = new Map([
  ['AdministratorAccess', allow(['*'])],
  ['AliyunOSSFullAccess', allow(['oss:*'])],
  ['AliyunOSSReadOnlyAccess', allow(['oss:Get*', 'oss:List*'])],
  ['AliyunSTSAssumeRoleAccess', allow(['sts:AssumeRole'])],
]);

/** The same, parsed. */
export const SYSTEM_POLICIES: ReadonlyMap<string, NamedPolicy> = new Map(
  [...SYSTEM_POLICY_DOCUMENTS].map(([name, document]) => [
    name,
    { name, policy: parsePolicy(document, { form: 'ram' }) },
  ]),
);
