/**
 * Condition operators: which there are, how their values are read, and how they compare. All work on text; a fact that
 * cannot be read as what the operator needs counts as missing. Missing facts fail positive operators and pass negative
 * ones.
 */
import type { ConditionFacts, ConditionKey } from './condition-keys.js';
import { isInIpRange, parseIpRange } from './ip-range.js';
import { matchesWildcard } from './wildcard.js';

/** One line of a condition block: an operator, a key and its values. */
export interface ConditionTest {
  readonly operator: string;
  readonly key: ConditionKey;
  /** As the document has them. */
  readonly values: readonly string[];
  readonly isNegated: boolean;
  /** Whether the fact meets one of the values; `undefined` when it is of the wrong kind. */
  meetsAny(fact: string): boolean | undefined;
}

/** Compares one fact with one value. */
type Comparison = (fact: string) => boolean | undefined;

interface Operator {
  readonly isNegated: boolean;
  /** What values must be, for messages. */
  readonly valueKind: string;
  /** Reads a value of the document. @returns `undefined` if it is not of the kind. */
  read(value: string): Comparison | undefined;
}

function textual(compare: (fact: string, value: string) => boolean, isNegated: boolean): Operator {
  return { isNegated, valueKind: 'text', read: (value) => (fact) => compare(fact, value) };
}

/** An operator on facts and values that are both read as numbers. */
function ordered(
  valueKind: string,
  parse: (text: string) => number | undefined,
  compare: (fact: number, value: number) => boolean,
  isNegated = false,
): Operator {
  return {
    isNegated,
    valueKind,
    read(valueText) {
      const value = parse(valueText);
      if (value === undefined) return undefined;
      return (factText) => {
        const fact = parse(factText);
        return fact === undefined ? undefined : compare(fact, value);
      };
    },
  };
}

function orderedFamily(
  prefix: string,
  valueKind: string,
  parse: (text: string) => number | undefined,
): [string, Operator][] {
  const isEqual = (fact: number, value: number): boolean => fact === value;
  return [
    [`${prefix}Equals`, ordered(valueKind, parse, isEqual)],
    [`${prefix}NotEquals`, ordered(valueKind, parse, isEqual, true)],
    [`${prefix}LessThan`, ordered(valueKind, parse, (fact, value) => fact < value)],
    [`${prefix}LessThanEquals`, ordered(valueKind, parse, (fact, value) => fact <= value)],
    [`${prefix}GreaterThan`, ordered(valueKind, parse, (fact, value) => fact > value)],
    [`${prefix}GreaterThanEquals`, ordered(valueKind, parse, (fact, value) => fact >= value)],
  ];
}

function address(isNegated: boolean): Operator {
  return {
    isNegated,
    valueKind: 'an IP address or a CIDR range',
    read(value) {
      const range = parseIpRange(value);
      return range === undefined ? undefined : (fact) => isInIpRange(fact, range);
    },
  };
}

const NUMBER = /^[+-]?\d{1,30}(?:\.\d{1,30})?$/;

function parseNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?)?$/;

/** ISO 8601: a date, or date and time with or without seconds, in UTC unless an offset says otherwise. */
function parseDateMs(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, date, time = '00:00', seconds = '00', fraction = '0', offset = 'Z'] = match;
  const atMs = Date.parse(`${date}T${time}:${seconds}Z`);
  // The engine rolls 31 February over into March; writing it back shows that.
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== date) return undefined;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset) ?? [];
  const offsetMs = sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return atMs + Number(`0.${fraction}`) * 1000 - offsetMs;
}

function parseTruth(text: string): boolean | undefined {
  const lowerText = text.toLowerCase();
  return lowerText === 'true' ? true : lowerText === 'false' ? false : undefined;
}

const sameText = (fact: string, value: string): boolean => fact === value;
const sameTextIgnoringCase = (fact: string, value: string): boolean => fact.toLowerCase() === value.toLowerCase();
const likeText = (fact: string, value: string): boolean => matchesWildcard(value, fact);

const operators = new Map<string, Operator>([
  ['StringEquals', textual(sameText, false)],
  ['StringNotEquals', textual(sameText, true)],
  ['StringEqualsIgnoreCase', textual(sameTextIgnoringCase, false)],
  ['StringNotEqualsIgnoreCase', textual(sameTextIgnoringCase, true)],
  ['StringLike', textual(likeText, false)],
  ['StringNotLike', textual(likeText, true)],
  ...orderedFamily('Numeric', 'a number', parseNumber),
  ...orderedFamily('Date', 'an ISO 8601 time', parseDateMs),
  [
    'Bool',
    {
      isNegated: false,
      valueKind: '"true" or "false"',
      read(valueText) {
        const value = parseTruth(valueText);
        if (value === undefined) return undefined;
        return (fact) => {
          const truth = parseTruth(fact);
          return truth === undefined ? undefined : truth === value;
        };
      },
    },
  ],
  ['IpAddress', address(false)],
  ['NotIpAddress', address(true)],
]);

/** Names of all operators. */
export const CONDITION_OPERATOR_NAMES: readonly string[] = [...operators.keys()];

/**
 * Makes a test.
 * @returns The test, or what is wrong: `operator` when there is none of that name, otherwise the value and what it
 * should be.
 */
export function makeConditionTest(
  operatorName: string,
  key: ConditionKey,
  values: readonly string[],
): ConditionTest | 'operator' | { readonly value: string; readonly expected: string } {
  const operator = operators.get(operatorName);
  if (operator === undefined) return 'operator';
  const comparisons: Comparison[] = [];
  for (const value of values) {
    const comparison = operator.read(value);
    if (comparison === undefined) return { value, expected: operator.valueKind };
    comparisons.push(comparison);
  }
  return {
    operator: operatorName,
    key,
    values,
    isNegated: operator.isNegated,
    meetsAny(fact) {
      let isComparable = false;
      for (const compare of comparisons) {
        const outcome = compare(fact);
        if (outcome === true) return true;
        isComparable ||= outcome === false;
      }
      return isComparable ? false : undefined;
    },
  };
}

/**
 * Tells whether a test holds for a request.
 * @returns At once unless its key costs a read.
 */
export function holds(test: ConditionTest, facts: ConditionFacts): boolean | Promise<boolean> {
  const { key } = test;
  if (!key.isCostly) return holdsFor(test, key.look(facts));
  return key.look(facts).then((fact) => holdsFor(test, fact));
}

function holdsFor(test: ConditionTest, fact: string | undefined): boolean {
  const isMet = fact === undefined ? undefined : test.meetsAny(fact);
  return test.isNegated ? isMet !== true : isMet === true;
}
