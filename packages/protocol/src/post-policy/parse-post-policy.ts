/**
 * Reads the policy of a form upload. Strict: a condition that is not understood could not be kept, so the policy is
 * refused as a whole. Leaves out the signature over it (`../signature/post-policy.ts`).
 */

import { OssError, type OssErrorOptions } from '../error/oss-error.js';
import { JsonRefused, parseJson } from '../parse-json.js';
import type { PostPolicy, PostPolicyCondition } from './post-policy.js';

/** Conditions of one policy; real ones have a dozen. Ours: the bound keeps a check of thousands of forms cheap. */
const CONDITION_COUNT_MAX = 1000;

const EXPIRATION = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?Z$/;

/**
 * Reads the form field `policy`.
 * @param policyBase64 Base64 of a JSON document in UTF-8, as it stands in the form.
 * @throws {OssError} `InvalidPolicyDocument`, saying what is wrong.
 */
export function parsePostPolicy(policyBase64: string): PostPolicy {
  return readPostPolicy(readDocument(decodeBase64Text(policyBase64)));
}

/**
 * Checks a JSON document that is meant to be a policy.
 * @throws {OssError} `InvalidPolicyDocument`, saying what is wrong.
 */
export function readPostPolicy(document: unknown): PostPolicy {
  if (!isObject(document)) throw invalid('the document must be an object');
  for (const name of Object.keys(document)) {
    if (name !== 'expiration' && name !== 'conditions') throw invalid(`unknown element ${JSON.stringify(name)}`);
  }
  const { expiration, conditions } = document;
  if (typeof expiration !== 'string') throw invalid("'expiration' must be a text");
  if (!Array.isArray(conditions) || conditions.length === 0) {
    throw invalid("'conditions' must be a list of conditions", ecOfNoConditions(conditions));
  }
  const expiresAtMs = readExpiration(expiration);
  const read: PostPolicyCondition[] = [];
  for (const condition of conditions) {
    // One object may hold many conditions, so what was read is counted and not the list.
    read.push(...readConditions(condition, CONDITION_COUNT_MAX - read.length));
  }
  return { expiresAtMs, conditions: read };
}

function readExpiration(text: string): number {
  const atMs = EXPIRATION.test(text) ? Date.parse(text) : Number.NaN;
  // The engine rolls 31 February over into March; writing it back shows that.
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 19) !== text.slice(0, 19)) {
    throw invalid("'expiration' must be a time in UTC such as 2014-12-01T12:00:00.000Z");
  }
  return atMs;
}

function readConditions(condition: unknown, countMax: number): PostPolicyCondition[] {
  const members = Array.isArray(condition) ? [] : membersOf(condition);
  if (Math.max(members.length, 1) > countMax) {
    throw invalid(`'conditions' must not have more than ${CONDITION_COUNT_MAX} conditions`);
  }
  if (Array.isArray(condition)) return [readList(condition)];
  return members.map(([name, value]) => ({ kind: 'eq', field: readFieldName(name), value: readText(value, name) }));
}

function membersOf(condition: unknown): readonly (readonly [string, unknown])[] {
  const members = isObject(condition) ? Object.entries(condition) : [];
  if (members.length === 0) {
    throw invalid('a condition must be a list, or an object with one field', { ec: '0006-00000222' });
  }
  return members;
}

function readList(condition: readonly unknown[]): PostPolicyCondition {
  const [operator, first, second] = condition;
  if (typeof operator !== 'string' || condition.length !== 3) {
    throw invalid('a condition in a list must have an operator and two more elements', { ec: '0006-00000216' });
  }
  const kind = operator.toLowerCase();
  if (kind === 'content-length-range') {
    return { kind, lengthBytesMin: readLength(first), lengthBytesMax: readLength(second) };
  }
  if (kind !== 'eq' && kind !== 'starts-with' && kind !== 'in' && kind !== 'not-in') {
    throw invalid(`unknown operator ${JSON.stringify(operator)}`);
  }
  if (typeof first !== 'string' || !first.startsWith('$')) throw invalid("a condition must name its field with '$'");
  const field = readFieldName(first.slice(1));
  if (kind === 'eq') return { kind, field, value: readText(second, field) };
  // A bucket is one bucket: a signature for "all whose name begins so" would reach buckets made later by others.
  if (field === 'bucket') throw invalid("the condition of 'bucket' must be an exact match");
  if (kind === 'starts-with') return { kind, field, value: readText(second, field) };
  if (!Array.isArray(second)) throw invalid(`the values of '${field}' must be a list`);
  return { kind, field, values: second.map((value: unknown) => readText(value, field)) };
}

function readFieldName(name: string): string {
  if (name === '') throw invalid('the name of a field must not be empty');
  return name.toLowerCase();
}

function readText(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  // Written by programs that keep `success_action_status` as a number.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw invalid(`the value of '${field}' must be a text`);
}

function readLength(value: unknown): number {
  // A number and no text: the public service reads no numbers out of texts here.
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid("the lengths of 'content-length-range' must be whole numbers of 0 or more");
}

function decodeBase64Text(base64: string): string {
  const compact = base64.replace(/[\r\n\t ]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw invalid('the policy is not base64', { isUnreadable: true });
  try {
    const binary = atob(compact);
    const bytes = new Uint8Array(binary.length);
    // Not `from`: that makes a list of all characters first, ten times as long as the text.
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = binary.charCodeAt(index);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid('the policy is not base64 of a text in UTF-8', { cause, isUnreadable: true });
  }
}

function readDocument(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    const isMemberTwice = cause instanceof JsonRefused && cause.isMemberTwice;
    throw invalid(isMemberTwice ? 'a member of the policy is given twice' : 'the policy is not JSON', {
      cause,
      isUnreadable: !isMemberTwice,
    });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Conditions that are missing, and a list of none, have pages of their own. */
function ecOfNoConditions(conditions: unknown): { readonly ec?: string } {
  if (conditions === undefined) return { ec: '0006-00000207' };
  return Array.isArray(conditions) ? { ec: '0006-00000215' } : {};
}

function invalid(
  reason: string,
  { ec, isUnreadable = false, cause }: Pick<OssErrorOptions, 'ec' | 'isUnreadable' | 'cause'> = {},
): OssError {
  return new OssError('InvalidPolicyDocument', {
    message: `Invalid Policy: ${reason}.`,
    ...(ec !== undefined && { ec }),
    isUnreadable,
    cause,
  });
}
