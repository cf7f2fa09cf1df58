/**
 * A policy as it is evaluated: everything parsed that can be parsed before there is a request.
 * Leaves out reading documents (`parse-policy.ts`) and deciding (`evaluate.ts`, `decide.ts`).
 */
import type { ConditionTest } from './conditions.js';
import type { ResourcePattern } from './resource-name.js';

/**
 * Where a document stands, which decides what it may say: `ram` at users, groups, roles and sessions, `bucket` at a
 * bucket, `trust` at a role, saying who may assume it.
 */
export type PolicyForm = 'ram' | 'bucket' | 'trust';

/** A list that holds for its members, or, as `NotAction` and its like, for everything else. */
export interface Selection<Pattern> {
  readonly patterns: readonly Pattern[];
  readonly isNegated: boolean;
}

/** The principals of a statement. */
export type PrincipalPattern =
  | { readonly kind: 'everyone' }
  /** The root key of an account, or a RAM user. */
  | { readonly kind: 'uid'; readonly uid: string }
  /** `arn:sts::uid:assumed-role/role/session`, with wildcards. */
  | { readonly kind: 'session'; readonly pattern: string }
  /** Any identity of an account; trust policies only. */
  | { readonly kind: 'account'; readonly accountId: string }
  /** `acs:ram::uid:user/name` or `acs:ram::uid:role/name`; trust policies only. */
  | { readonly kind: 'identity'; readonly arn: string };

/** One statement, parsed. */
export interface Statement {
  readonly effect: 'allow' | 'deny';
  /** In lower case. */
  readonly actions: Selection<string>;
  /** Trust policies have none: they are about the role they stand at. */
  readonly resources: Selection<ResourcePattern> | undefined;
  /** RAM policies have none: they are about the identity they stand at. */
  readonly principals: Selection<PrincipalPattern> | undefined;
  /** All must hold. Those that cost no read come first. */
  readonly conditions: readonly ConditionTest[];
}

/** A document, parsed. */
export interface Policy {
  readonly statements: readonly Statement[];
}

/** A policy and what it is called, for the log. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}
