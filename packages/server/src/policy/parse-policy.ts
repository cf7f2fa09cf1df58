/**
 * Reads policy documents. Strict: an element, operator, key or value that is not understood is refused, with its path,
 * because a statement that is silently ignored is a hole. Leaves out what policies mean (`evaluate.ts`).
 */
import { JsonRefused, LIMITS, OssError, parseJson } from '@annals/protocol';
import { findConditionKey } from './condition-keys.js';
import { CONDITION_OPERATOR_NAMES, type ConditionTest, makeConditionTest } from './conditions.js';
import { refuseNeverMatching } from './known-actions.js';
import type { Policy, PolicyForm, PrincipalPattern, Selection, Statement } from './policy.js';
import { parseResourcePattern, type ResourcePattern } from './resource-name.js';
import { matchesWildcard } from './wildcard.js';

/** Limits of documents. Ours where the source gives none. */
export const POLICY_LIMITS = {
  /** RAM gives custom policies 6,144 characters. */
  ramLengthBytesMax: 6144,
  trustLengthBytesMax: 4096,
  bucketLengthBytesMax: LIMITS.bucketPolicyLengthBytesMax,
  statementCountMax: 100,
  /** Members of one element, values of one key. */
  listLengthMax: 500,
  /** The longest resource takes 1,023 bytes of key and some 150 of the rest. */
  patternLengthMax: 2048,
} as const;

/** What a policy belongs to. */
export type PolicyPlace =
  | { readonly form: 'ram' | 'trust' }
  /** `bucket`: where it stands; its resources must be there. */
  | { readonly form: 'bucket'; readonly bucket: string };

/** What to expect of a document. */
export type ParsePolicyOptions = PolicyPlace & {
  /**
   * It was taken once, perhaps by rules that were not as strict: of a member given twice the last counts, as it did
   * then.
   */
  readonly isStored?: boolean;
};

const lengthMaxOf: Readonly<Record<PolicyForm, number>> = {
  ram: POLICY_LIMITS.ramLengthBytesMax,
  bucket: POLICY_LIMITS.bucketLengthBytesMax,
  trust: POLICY_LIMITS.trustLengthBytesMax,
};

/** What a statement may have, besides what every one has. */
const extraElementsOf: Readonly<Record<PolicyForm, readonly string[]>> = {
  ram: ['Resource', 'NotResource'],
  bucket: ['Resource', 'NotResource', 'Principal', 'NotPrincipal'],
  trust: ['Principal'],
};

const COMMON_ELEMENTS: readonly string[] = ['Sid', 'Effect', 'Action', 'NotAction', 'Condition'];

const ACTION = /^[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+$/;
const UID = /^\d{1,32}$/;
const BRACKETED_UID = /^\[(\d{1,32})\]$/;
const SESSION = /^arn:sts::[\d*?]{1,32}:assumed-role\/[A-Za-z0-9.@_*?-]{1,128}\/[A-Za-z0-9.@_*?-]{1,128}$/;
const ACCOUNT_ROOT = /^acs:ram::(\d{1,32}):root$/;
const IDENTITY = /^acs:ram::\d{1,32}:(?:user|role)\/[A-Za-z0-9.@_-]{1,128}$/;

/**
 * Reads a policy document.
 * @param document JSON text.
 * @throws {OssError} `InvalidPolicyDocument`, naming the path and the value that is wrong; of one that is put also an
 * action or a resource that can never match.
 */
export function parsePolicy(document: string, options: ParsePolicyOptions): Policy {
  const lengthMax = lengthMaxOf[options.form];
  // A quick look first: a text has at least as many bytes as characters.
  if (document.length > lengthMax || Buffer.byteLength(document) > lengthMax) {
    throw invalid('', `the document is longer than ${lengthMax} bytes`);
  }
  const root = expectObject(readDocument(document, options), '');
  expectElements(root, ['Version', 'Statement'], '');
  if (root.Version !== '1') throw invalid('Version', `${quote(root.Version)} is not "1"`);
  const statements = Array.isArray(root.Statement) ? (root.Statement as unknown[]) : [root.Statement];
  if (root.Statement === undefined || statements.length === 0) throw invalid('Statement', 'there is no statement');
  if (statements.length > POLICY_LIMITS.statementCountMax) {
    throw invalid('Statement', `there are more than ${POLICY_LIMITS.statementCountMax} statements`);
  }
  const policy = {
    statements: statements.map((statement, index) => parseStatement(statement, `Statement[${index}]`, options)),
  };
  // Here, so that no place where a policy is put can forget it.
  if (options.isStored !== true) refuseNeverMatching(policy);
  return policy;
}

function readDocument(document: string, { isStored }: ParsePolicyOptions): unknown {
  try {
    return isStored === true ? JSON.parse(document) : parseJson(document);
  } catch (error) {
    const isTwice = error instanceof JsonRefused && error.cause === undefined;
    throw invalid('', isTwice ? error.message : 'the document is not JSON', !isTwice && document.trim() !== '');
  }
}

function parseStatement(value: unknown, path: string, options: ParsePolicyOptions): Statement {
  const statement = expectObject(value, path);
  expectElements(statement, [...COMMON_ELEMENTS, ...extraElementsOf[options.form]], path);
  if (statement.Sid !== undefined && typeof statement.Sid !== 'string') {
    throw invalid(`${path}.Sid`, `${quote(statement.Sid)} is not a text`);
  }
  const effect = parseEffect(statement.Effect, `${path}.Effect`);
  return {
    effect,
    actions: parseSelection(statement, 'Action', path, parseAction),
    resources:
      options.form === 'trust'
        ? undefined
        : parseSelection(statement, 'Resource', path, (text, at, isNegated) =>
            parseResource(text, at, isNegated, options),
          ),
    principals: parsePrincipals(statement, path, options.form, effect),
    conditions: parseConditions(statement.Condition, `${path}.Condition`),
  };
}

function parseEffect(value: unknown, path: string): 'allow' | 'deny' {
  if (value === 'Allow') return 'allow';
  if (value === 'Deny') return 'deny';
  throw invalid(path, `${quote(value)} is neither "Allow" nor "Deny"`);
}

function parseAction(text: string, path: string): string {
  if (text !== '*' && !ACTION.test(text))
    throw invalid(path, `${quote(text)} is not an action such as "oss:GetObject"`);
  return text.toLowerCase();
}

function parseResource(text: string, path: string, isNegated: boolean, options: ParsePolicyOptions): ResourcePattern {
  const pattern = parseResourcePattern(text);
  if (pattern === undefined) {
    throw invalid(path, `${quote(text)} is not a resource such as "acs:oss:*:*:bucket/*"`);
  }
  if (options.form === 'bucket' && !isNegated) {
    const [bucketPattern = ''] = pattern.name.split('/', 1);
    const isThere = matchesWildcard(pattern.service, 'oss') && matchesWildcard(bucketPattern, options.bucket);
    if (!isThere) throw invalid(path, `${quote(text)} is not in the bucket ${options.bucket}`);
  }
  return pattern;
}

function parsePrincipals(
  statement: Readonly<Record<string, unknown>>,
  path: string,
  form: PolicyForm,
  effect: Statement['effect'],
): Selection<PrincipalPattern> | undefined {
  if (form === 'ram') return undefined;
  if (form === 'bucket') return parseBucketPrincipals(statement, path, effect);
  const at = `${path}.Principal`;
  const principal = expectObject(statement.Principal, at);
  expectElements(principal, ['RAM'], at);
  return { patterns: parseList(principal.RAM, `${at}.RAM`).map(parseTrustedPrincipal), isNegated: false };

  function parseTrustedPrincipal(text: string, index: number): PrincipalPattern {
    const accountId = ACCOUNT_ROOT.exec(text)?.[1];
    if (accountId !== undefined) return { kind: 'account', accountId };
    if (IDENTITY.test(text)) return { kind: 'identity', arn: text };
    throw invalid(`${at}.RAM[${index}]`, `${quote(text)} is not an identity such as "acs:ram::1234:root"`);
  }
}

/**
 * Programs store statements that name no principal, or a uid in brackets, and the public service keeps them. A
 * statement that is not clear counts on the safe side: it allows nothing, and denies everybody that it may mean.
 */
function parseBucketPrincipals(
  statement: Readonly<Record<string, unknown>>,
  path: string,
  effect: Statement['effect'],
): Selection<PrincipalPattern> {
  if (statement.Principal === undefined && statement.NotPrincipal === undefined) {
    return { patterns: effect === 'deny' ? [{ kind: 'everyone' }] : [], isNegated: false };
  }
  const read = (text: string, at: string, isNegated: boolean): PrincipalPattern | undefined => {
    const bracketed = BRACKETED_UID.exec(text)?.[1];
    if (bracketed === undefined) return parseBucketPrincipal(text, at);
    const takesAway = (effect === 'deny') !== isNegated;
    return takesAway ? { kind: 'uid', uid: bracketed } : undefined;
  };
  const { patterns, isNegated } = parseSelection(statement, 'Principal', path, read);
  return { patterns: patterns.filter((pattern) => pattern !== undefined), isNegated };
}

function parseBucketPrincipal(text: string, path: string): PrincipalPattern {
  if (text === '*') return { kind: 'everyone' };
  if (UID.test(text)) return { kind: 'uid', uid: text };
  if (SESSION.test(text)) return { kind: 'session', pattern: text };
  throw invalid(path, `${quote(text)} is not a uid, an assumed role or "*"`);
}

function parseConditions(value: unknown, path: string): readonly ConditionTest[] {
  if (value === undefined) return [];
  const tests: ConditionTest[] = [];
  for (const [operator, keys] of Object.entries(expectObject(value, path))) {
    if (!CONDITION_OPERATOR_NAMES.includes(operator)) throw invalid(path, `there is no operator ${quote(operator)}`);
    const operatorPath = `${path}.${operator}`;
    for (const [name, values] of Object.entries(expectObject(keys, operatorPath))) {
      tests.push(parseTest(operator, name, values, operatorPath));
    }
  }
  // Those that cost a read last: they are looked at only when all others hold.
  return tests.sort((left, right) => Number(left.key.isCostly) - Number(right.key.isCostly));
}

function parseTest(operator: string, name: string, values: unknown, path: string): ConditionTest {
  const key = findConditionKey(name);
  if (key === undefined) throw invalid(path, `there is no condition key ${quote(name)}`);
  const at = `${path}.${key.name}`;
  const test = makeConditionTest(operator, key, parseList(values, at, scalarText));
  if (test === 'operator') throw invalid(path, `there is no operator ${quote(operator)}`);
  if ('expected' in test) throw invalid(at, `${quote(test.value)} is not ${test.expected}`);
  return test;
}

/** Reads an element or its negation, of which exactly one must be there. */
function parseSelection<Pattern>(
  statement: Readonly<Record<string, unknown>>,
  name: string,
  path: string,
  parse: (text: string, path: string, isNegated: boolean) => Pattern,
): Selection<Pattern> {
  const negatedName = `Not${name}`;
  const isNegated = statement[negatedName] !== undefined;
  if (isNegated === (statement[name] !== undefined)) {
    throw invalid(path, `exactly one of ${name} and ${negatedName} must be there`);
  }
  const at = `${path}.${isNegated ? negatedName : name}`;
  const texts = parseList(statement[isNegated ? negatedName : name], at);
  return { patterns: texts.map((text, index) => parse(text, `${at}[${index}]`, isNegated)), isNegated };
}

/** Reads one value or a list of them. */
function parseList(value: unknown, path: string, read: (value: unknown) => string | undefined = plainText): string[] {
  const members: unknown[] = Array.isArray(value) ? value : [value];
  if (value === undefined || members.length === 0) throw invalid(path, 'there is no value');
  if (members.length > POLICY_LIMITS.listLengthMax) {
    throw invalid(path, `there are more than ${POLICY_LIMITS.listLengthMax} values`);
  }
  return members.map((member, index) => {
    const text = read(member);
    if (text === undefined) throw invalid(`${path}[${index}]`, `${quote(member)} is not a text`);
    if (text.length > POLICY_LIMITS.patternLengthMax) {
      throw invalid(`${path}[${index}]`, `the value is longer than ${POLICY_LIMITS.patternLengthMax} characters`);
    }
    return text;
  });
}

function plainText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Conditions are also written with bare numbers and truth values. */
function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
    ? String(value)
    : undefined;
}

function expectObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, `${quote(value)} is not an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function expectElements(object: Readonly<Record<string, unknown>>, names: readonly string[], path: string): void {
  for (const name of Object.keys(object)) {
    if (!names.includes(name)) throw invalid(path, `there is no element ${quote(name)}`);
  }
}

const QUOTED_LENGTH_MAX = 100;

/** Nested values are not written out: they may be deep. */
function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value);
  return text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}...` : text;
}

function invalid(path: string, problem: string, isUnreadable = false): OssError {
  const message = `Invalid Policy: ${path === '' ? '' : `at ${path}, `}${problem}.`;
  return new OssError('InvalidPolicyDocument', { message, isUnreadable });
}
