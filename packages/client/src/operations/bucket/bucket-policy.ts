/** The document of Put- and GetBucketPolicy as a type, and its reader. Leaves out judging by it: the server. */
import { parseJson } from '@annals/protocol';

/** Who may do what with a bucket, besides its ACL. */
export interface BucketPolicy {
  readonly Version: '1';
  readonly Statement: readonly BucketPolicyStatement[];
}

/** One text or several. */
export type PolicyTexts = string | readonly string[];

/** One rule; of each pair of `X` and `NotX` one is there. */
export interface BucketPolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Such as `oss:GetObject`, with the wildcards `*` and `?`. */
  readonly Action?: PolicyTexts;
  readonly NotAction?: PolicyTexts;
  /** Such as `acs:oss:*:*:bucket/*`. */
  readonly Resource?: PolicyTexts;
  readonly NotResource?: PolicyTexts;
  /** Ids of accounts and users; `*` means all. */
  readonly Principal?: PolicyTexts;
  readonly NotPrincipal?: PolicyTexts;
  /** Operator, key, values: `{ IpAddress: { 'acs:SourceIp': ['10.0.0.0/8'] } }`. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, PolicyTexts>>>>;
}

/** Writes the document. */
export function renderBucketPolicy(policy: BucketPolicy): string {
  return JSON.stringify(policy);
}

/**
 * Reads the document. One statement that is not in a list becomes a list of one.
 * @throws {TypeError} It is no policy. @throws {JsonRefused} It is not JSON.
 */
export function parseBucketPolicy(document: string): BucketPolicy {
  const policy = parseJson(document);
  if (!isRecord(policy) || policy.Version !== '1') throw new TypeError('The policy is not of version "1"');
  const statements: readonly unknown[] = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  return { Version: '1', Statement: statements.map(readStatement) };
}

const TEXT_ELEMENTS = ['Action', 'NotAction', 'Resource', 'NotResource', 'Principal', 'NotPrincipal'] as const;

function readStatement(value: unknown): BucketPolicyStatement {
  if (!isRecord(value)) throw new TypeError('A statement is not an object');
  const { Sid, Effect, Condition } = value;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new TypeError('An Effect is neither "Allow" nor "Deny"');
  if (Sid !== undefined && typeof Sid !== 'string') throw new TypeError('A Sid is not a text');
  const texts = TEXT_ELEMENTS.flatMap((name) => (value[name] === undefined ? [] : [[name, readTexts(value[name])]]));
  return {
    ...(Sid !== undefined && { Sid }),
    Effect,
    ...Object.fromEntries(texts),
    ...(Condition !== undefined && { Condition: readCondition(Condition) }),
  };
}

function readCondition(value: unknown): NonNullable<BucketPolicyStatement['Condition']> {
  return mapRecord(value, (tests) => mapRecord(tests, readTexts));
}

function mapRecord<Result>(value: unknown, read: (member: unknown) => Result): Readonly<Record<string, Result>> {
  if (!isRecord(value)) throw new TypeError('A Condition is not an object');
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, read(member)]));
}

function readTexts(value: unknown): PolicyTexts {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw new TypeError('An element of a statement is neither a text nor a list of texts');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
