/**
 * The shapes of cases of policies, and the words their rows are written in. The rows stand in the files beside this
 * one. The account 1000 owns the buckets `logs` (private) and `site` (public-read); account 2000 is another account.
 */

/** A statement, written short: `Allow oss:GetObject on logs/*` has the usual elements filled in. */
export interface StatementData {
  readonly [element: string]: unknown;
}

/** A condition line and a request; the claim is whether it holds. */
export interface ConditionCase {
  readonly operator: string;
  readonly key: string;
  readonly values: unknown;
  /** Facts of the request that matter. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly holds: boolean;
}

/** The caller. */
export type PrincipalName =
  | 'anonymous'
  | 'root'
  | 'alice'
  | 'uploader'
  | 'stranger'
  | 'foreign-user'
  | 'foreign-session';

/** Policies, a request, and who decides what. */
export interface DecisionCase {
  readonly claim: string;
  readonly as: PrincipalName;
  readonly action: string;
  /** `logs`, `logs/a/b.log`, or `*` for the service. */
  readonly on: string;
  readonly access?: 'read' | 'write' | 'owner';
  readonly ram?: readonly StatementData[];
  readonly bucket?: readonly StatementData[];
  readonly session?: readonly StatementData[];
  /** Default: that of the bucket. */
  readonly acl?: 'private' | 'public-read' | 'public-read-write';
  readonly isPublicAccessBlocked?: boolean;
  readonly region?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly expected: string;
}

/** A statement: effect, actions, and resources inside `acs:oss:*:*:`. */
function statement(
  Effect: 'Allow' | 'Deny',
  Action: string | readonly string[],
  names: string | readonly string[],
  more: StatementData = {},
): StatementData {
  const Resource = (typeof names === 'string' ? [names] : names).map((name) => `acs:oss:*:*:${name}`);
  return { Effect, Action, Resource, ...more };
}

/** A statement that allows. */
export const allow = (action: string | readonly string[], names: string | readonly string[], more?: StatementData) =>
  statement('Allow', action, names, more);
/** A statement that denies. */
export const deny = (action: string | readonly string[], names: string | readonly string[], more?: StatementData) =>
  statement('Deny', action, names, more);
/** The principals that a statement of a bucket policy is about. */
export const to = (...Principal: string[]): StatementData => ({ Principal });
/** A condition of one line. */
export const when = (operator: string, key: string, value: unknown): StatementData => ({
  Condition: { [operator]: { [key]: value } },
});

/** Id of the user `alice`. */
export const ALICE = '1001';
/** ARN of a session of the role `uploader`. */
export const UPLOADER_SESSION = 'arn:sts::1000:assumed-role/uploader/phone-7';
/** Reading an object of `logs`. */
export const get = { action: 'oss:GetObject', on: 'logs/a/b.log', access: 'read' } as const;
/** Writing an object of `logs`. */
export const put = { action: 'oss:PutObject', on: 'logs/a/b.log', access: 'write' } as const;
/** Listing `logs`. */
export const list = { action: 'oss:ListObjects', on: 'logs', access: 'read' } as const;
/** Asking for the description of `logs`. */
export const info = { action: 'oss:GetBucketInfo', on: 'logs', access: 'owner' } as const;
/** Listing the buckets. */
export const service = { action: 'oss:ListBuckets', on: '*', access: 'owner' } as const;
/** Reading the policy of `logs`. */
export const getPolicy = { action: 'oss:GetBucketPolicy', on: 'logs', access: 'owner' } as const;

/** Fact: the address of the caller. */
export const ip = (sourceIp: string) => ({ sourceIp });
/** Fact: tags that a request sets. */
export const sent = (requestObjectTags: Readonly<Record<string, string>>) => ({ requestObjectTags });
/** Fact: tags of the object. */
export const stored = (existingObjectTags: Readonly<Record<string, string>>) => ({ existingObjectTags });
/** Fact: tags of the bucket. */
export const onBucket = (bucketTags: Readonly<Record<string, string>>) => ({ bucketTags });
