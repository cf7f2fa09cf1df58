/**
 * What policies say to one request: an explicit deny wins over every allow, and silence is an implicit deny.
 * Leaves out how the answers of several kinds of policies are joined (`decide.ts`).
 */

import type { ConditionFacts } from './condition-keys.js';
import { type ConditionTest, holds } from './conditions.js';
import type { NamedPolicy, Policy, Selection, Statement } from './policy.js';
import { matchesPrincipal, type Principal } from './principal.js';
import { matchesResource, type ResourceName } from './resource-name.js';
import { matchesWildcard } from './wildcard.js';

/** One right that a request needs, and everything policies may look at. */
export interface PolicyQuestion {
  readonly principal: Principal;
  /** `oss:GetObject`. */
  readonly action: string;
  readonly resource: ResourceName;
  readonly facts: ConditionFacts;
}

/** What a set of policies says about one question. */
export type Effect = 'allow' | 'explicit-deny' | 'implicit-deny';

/** What was found, and which statement decided. */
export interface Evaluation {
  readonly effect: Effect;
  /** None for an implicit deny. */
  readonly statement?: Statement;
  /** Name of the policy it stands in, where it has one. */
  readonly policyName?: string;
}

/** How to evaluate. */
export interface EvaluateOptions {
  /** Leaves out statements. Default: none. */
  readonly isIgnored?: (statement: Statement) => boolean;
}

/** What is said when nothing is said. */
export const IMPLICIT_DENY: Evaluation = { effect: 'implicit-deny' };

/**
 * Evaluates one policy.
 * @returns The first statement that denies, otherwise the first that allows, otherwise an implicit deny.
 */
export function evaluate(policy: Policy, question: PolicyQuestion, options: EvaluateOptions = {}): Promise<Evaluation> {
  return evaluateAll([{ name: '', policy }], question, options);
}

/** Evaluates policies as if all their statements stood in one. */
export async function evaluateAll(
  policies: readonly NamedPolicy[],
  question: PolicyQuestion,
  { isIgnored }: EvaluateOptions = {},
): Promise<Evaluation> {
  let allowed: Evaluation | undefined;
  for (const { name, policy } of policies) {
    for (const statement of policy.statements) {
      // Once allowed, only a deny can change anything.
      if (statement.effect === 'allow' && allowed !== undefined) continue;
      if (isIgnored?.(statement) === true || !isAbout(statement, question)) continue;
      if (!(await allHold(statement.conditions, question.facts))) continue;
      const decided = { statement, ...(name !== '' && { policyName: name }) };
      if (statement.effect === 'deny') return { effect: 'explicit-deny', ...decided };
      allowed = { effect: 'allow', ...decided };
    }
  }
  return allowed ?? IMPLICIT_DENY;
}

function isAbout(statement: Statement, { principal, action, resource }: PolicyQuestion): boolean {
  const { actions, resources, principals } = statement;
  const lowerAction = action.toLowerCase();
  return (
    selects(actions, (pattern) => matchesWildcard(pattern, lowerAction)) &&
    (resources === undefined || selects(resources, (pattern) => matchesResource(pattern, resource))) &&
    (principals === undefined || selects(principals, (pattern) => matchesPrincipal(pattern, principal)))
  );
}

function selects<Pattern>(selection: Selection<Pattern>, matches: (pattern: Pattern) => boolean): boolean {
  return selection.patterns.some(matches) !== selection.isNegated;
}

async function allHold(tests: readonly ConditionTest[], facts: ConditionFacts): Promise<boolean> {
  for (const test of tests) {
    const outcome = holds(test, facts);
    if (!(typeof outcome === 'boolean' ? outcome : await outcome)) return false;
  }
  return true;
}
