/**
 * Joins what session policy, RAM policies, bucket policy, ACLs and ownership say to one right of one request, in the
 * documented order. Leaves out reading any of them, and the wording of a refusal (`access-denied.ts`).
 */
import { type Effect, type Evaluation, evaluate, evaluateAll, IMPLICIT_DENY, type PolicyQuestion } from './evaluate.js';
import type { NamedPolicy, Policy } from './policy.js';
import { isPublicStatement } from './public-policy.js';

/** Values of an ACL that is not `default`. */
export type DecidingAcl = 'private' | 'public-read' | 'public-read-write';

/** Everything a decision depends on. */
export interface AccessQuestion extends PolicyQuestion {
  /** Which half of an ACL decides when no policy does. `owner`: no ACL grants it. */
  readonly access: 'read' | 'write' | 'owner';
  /** What the operation works on. */
  readonly level: 'service' | 'bucket' | 'object';
  /** Of a temporary key, when it was issued with one. */
  readonly sessionPolicy: Policy | undefined;
  /** Of the user with its groups, or of the role. */
  readonly identityPolicies: readonly NamedPolicy[];
  readonly bucketPolicy: Policy | undefined;
  /** Whether public access is blocked, for the bucket or everywhere. */
  readonly isPublicAccessBlocked: boolean;
  /**
   * The ACL that decides: the object's, or, where that says `default`, the bucket's. May cost a read; called only when
   * nothing else has decided.
   */
  acl(): Promise<DecidingAcl>;
}

/** What decided a denial. */
export type DenialSource = 'session-policy' | 'ram-policy' | 'bucket-policy' | 'acl';

/** Allowed, and what allowed it. */
export interface Grant {
  readonly isAllowed: true;
  readonly by: 'ram-policy' | 'bucket-policy' | 'owner' | 'acl';
  readonly evaluation?: Evaluation;
}

/** Denied, and what denied it. */
export interface Denial {
  readonly isAllowed: false;
  readonly by: DenialSource;
  readonly effect: Exclude<Effect, 'allow'>;
  readonly question: AccessQuestion;
  /** The statement that denied, when one did. */
  readonly evaluation?: Evaluation;
}

/** The answer to an access question, with its reason. */
export type Decision = Grant | Denial;

/** What the owner may do whatever the bucket policy says: otherwise a mistake in it would lock the bucket for ever. */
const RIGHTS_OF_OWNERS: readonly string[] = ['oss:GetBucketPolicy', 'oss:PutBucketPolicy', 'oss:DeleteBucketPolicy'];

/** Tells a right that the owner of a bucket has whatever the bucket policy says, even if it cannot be read. */
export function isRightOfOwner(action: string): boolean {
  return RIGHTS_OF_OWNERS.includes(action);
}

/**
 * Decides.
 * @returns Who allowed or denied. Never throws of itself; what `acl` or the facts throw goes through.
 */
export async function decide(question: AccessQuestion): Promise<Decision> {
  const { principal, sessionPolicy } = question;
  const isOwner = principal.kind === 'root' && principal.accountId === question.resource.ownerId;
  if (isOwner && isRightOfOwner(question.action)) return { isAllowed: true, by: 'owner' };
  if (sessionPolicy !== undefined) {
    const evaluation = await evaluate(sessionPolicy, question);
    if (evaluation.effect !== 'allow') return denial('session-policy', evaluation, question);
  }
  const byRam = await evaluateRamPolicies(question);
  if (byRam.effect === 'explicit-deny') return denial('ram-policy', byRam, question);
  const byBucket = await evaluateBucketPolicy(question);
  if (byBucket.effect === 'explicit-deny') return denial('bucket-policy', byBucket, question);
  if (byRam.effect === 'allow') return { isAllowed: true, by: 'ram-policy', evaluation: byRam };
  if (byBucket.effect === 'allow') return { isAllowed: true, by: 'bucket-policy', evaluation: byBucket };
  if (isOwner) return { isAllowed: true, by: 'owner' };
  if (
    question.access !== 'owner' &&
    question.level !== 'service' &&
    grants(await effectiveAcl(question), question.access)
  ) {
    return { isAllowed: true, by: 'acl' };
  }
  return denial('acl', IMPLICIT_DENY, question);
}

async function evaluateRamPolicies(question: AccessQuestion): Promise<Evaluation> {
  const { principal, resource } = question;
  // They say nothing about what belongs to other accounts, and nobody writes any for the root key.
  if (principal.kind === 'anonymous' || principal.kind === 'root') return IMPLICIT_DENY;
  if (principal.accountId !== resource.ownerId) return IMPLICIT_DENY;
  return evaluateAll(question.identityPolicies, question);
}

async function evaluateBucketPolicy(question: AccessQuestion): Promise<Evaluation> {
  const { bucketPolicy, isPublicAccessBlocked } = question;
  if (bucketPolicy === undefined) return IMPLICIT_DENY;
  return evaluate(bucketPolicy, question, isPublicAccessBlocked ? { isIgnored: isPublicStatement } : {});
}

async function effectiveAcl(question: AccessQuestion): Promise<DecidingAcl> {
  return question.isPublicAccessBlocked ? 'private' : question.acl();
}

function grants(acl: DecidingAcl, access: 'read' | 'write'): boolean {
  return acl === 'public-read-write' || (acl === 'public-read' && access === 'read');
}

function denial(by: DenialSource, evaluation: Evaluation, question: AccessQuestion): Denial {
  const effect = evaluation.effect === 'explicit-deny' ? 'explicit-deny' : 'implicit-deny';
  return { isAllowed: false, by, effect, question, ...(evaluation.statement !== undefined && { evaluation }) };
}
