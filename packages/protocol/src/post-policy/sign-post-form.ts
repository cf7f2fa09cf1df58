/**
 * Makes the fields of a signed form upload: the policy as text, and the signature over it. The counterpart of
 * `parse-post-policy.ts` and `form-signature.ts`. Leaves out the fields that say what is uploaded.
 */

import { signPostPolicyV1, signPostPolicyV4 } from '../signature/post-policy.js';
import { type Credentials, formatBasicTime } from '../signature/signable-request.js';
import { formatScope, V4_ALGORITHM } from '../signature/v4.js';
import { toHeaderText } from '../text.js';
import type { PostPolicy, PostPolicyCondition } from './post-policy.js';

/** What a form is signed with. */
export interface SignPostFormOptions {
  readonly policy: PostPolicy;
  readonly credentials: Credentials;
}

/** V4 names where and when it is valid. */
export interface SignPostFormV4Options extends SignPostFormOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Without `oss-`: `cn-hangzhou`. */
  readonly region: string;
}

/**
 * Writes a policy as the form field has it.
 * @returns Base64 of a JSON document in UTF-8.
 */
export function renderPostPolicy({ expiresAtMs, conditions }: PostPolicy): string {
  const document = { expiration: new Date(expiresAtMs).toISOString(), conditions: conditions.map(conditionOf) };
  return btoa(toHeaderText(JSON.stringify(document)));
}

/** Signs with V1. @returns The fields `OSSAccessKeyId`, `policy`, `Signature`, and the token of temporary keys. */
export function signPostFormV1({ policy, credentials }: SignPostFormOptions): Readonly<Record<string, string>> {
  const token = tokenField(credentials);
  const policyBase64 = renderPostPolicy(withFixed(policy, token));
  return {
    ...token,
    OSSAccessKeyId: credentials.accessKeyId,
    policy: policyBase64,
    Signature: signPostPolicyV1(credentials.accessKeySecret, policyBase64),
  };
}

/**
 * Signs with V4; the policy fixes the fields of the signature, as it must.
 * @returns The fields `x-oss-signature-version`, `x-oss-credential`, `x-oss-date`, `policy`, `x-oss-signature`, and the
 * token of temporary keys.
 */
export function signPostFormV4(options: SignPostFormV4Options): Readonly<Record<string, string>> {
  const { policy, credentials, nowMs, region } = options;
  const timestamp = formatBasicTime(nowMs);
  const scope = { date: timestamp.slice(0, 8), region, product: 'oss' };
  const fixed = {
    'x-oss-signature-version': V4_ALGORITHM,
    'x-oss-credential': `${credentials.accessKeyId}/${formatScope(scope)}`,
    'x-oss-date': timestamp,
    ...tokenField(credentials),
  };
  const policyBase64 = renderPostPolicy(withFixed(policy, fixed));
  const signature = signPostPolicyV4(credentials.accessKeySecret, scope, policyBase64);
  return { ...fixed, policy: policyBase64, 'x-oss-signature': signature };
}

function conditionOf(condition: PostPolicyCondition): readonly unknown[] | Readonly<Record<string, string>> {
  switch (condition.kind) {
    case 'eq':
      return { [condition.field]: condition.value };
    case 'starts-with':
      return [condition.kind, `$${condition.field}`, condition.value];
    case 'in':
    case 'not-in':
      return [condition.kind, `$${condition.field}`, condition.values];
    case 'content-length-range':
      return [condition.kind, condition.lengthBytesMin, condition.lengthBytesMax];
  }
}

function withFixed(policy: PostPolicy, fields: Readonly<Record<string, string>>): PostPolicy {
  const fixed = Object.entries(fields).map(([field, value]) => ({ kind: 'eq', field, value }) as const);
  return { ...policy, conditions: [...policy.conditions, ...fixed] };
}

function tokenField({ securityToken }: Credentials): Readonly<Record<string, string>> {
  return securityToken === undefined ? {} : { 'x-oss-security-token': securityToken };
}
