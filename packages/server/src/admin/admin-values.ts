/**
 * Values of an admin request: members of a JSON object, each of the kind that is asked for and none that nobody asked
 * for.
 */
import { parseJson } from '@annals/protocol';
import { AccountFailure } from '../accounts/account-failure.js';
import type { AccountStatus } from '../accounts/account-rows.js';

/**
 * The deepest policy there is has 5 levels. Unbounded nesting would overflow the stack of the code that writes it out
 * again.
 */
const POLICY_DEPTH_MAX = 16;

/** The values one request brings. */
export class AdminValues {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  /** @param document Body; empty for none. @throws {AccountFailure} `invalid-value` when it is no JSON object. */
  constructor(document: Uint8Array) {
    this.#members = document.length === 0 ? {} : parse(document);
  }

  /** @throws {AccountFailure} `invalid-value` when it is there and no text. */
  text(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === 'string') return value;
    throw new AccountFailure({ kind: 'invalid-value', field: name, expected: 'a text' });
  }

  /** A policy: as text, or as the object itself. @throws {AccountFailure} `invalid-value`. */
  policy(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === 'string') return value;
    if (isObject(value) && depthOf(value) <= POLICY_DEPTH_MAX) return JSON.stringify(value);
    throw new AccountFailure({ kind: 'invalid-value', field: name, expected: 'a policy' });
  }

  /** @throws {AccountFailure} `invalid-value`; also when it is missing. */
  requiredPolicy(name: string): string {
    const policy = this.policy(name);
    if (policy === undefined) throw new AccountFailure({ kind: 'invalid-value', field: name, expected: 'a policy' });
    return policy;
  }

  /** @throws {AccountFailure} `invalid-value`. */
  number(name: string): number | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === 'number') return value;
    throw new AccountFailure({ kind: 'invalid-value', field: name, expected: 'a number' });
  }

  /** @throws {AccountFailure} `invalid-value`. */
  status(name: string): AccountStatus | undefined {
    const value = this.#take(name);
    if (value === undefined || value === 'active' || value === 'inactive') return value;
    throw new AccountFailure({ kind: 'invalid-value', field: name, expected: '"active" or "inactive"' });
  }

  /**
   * Refuses unknown members: a misspelt name must not be silently without effect. @throws {AccountFailure}
   * `invalid-value`.
   */
  refuseOthers(): void {
    const field = Object.keys(this.#members).find((name) => !this.#read.has(name));
    if (field === undefined) return;
    const known = [...this.#read].join(', ') || 'no member at all';
    throw new AccountFailure({ kind: 'invalid-value', field: field.slice(0, 64), expected: known });
  }

  /** @returns All members for the audit log, without those that are secret. */
  toAudit(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(this.#members).filter(([name]) => !/secret|token|password/i.test(name)));
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }
}

function parse(document: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(document));
    if (isObject(value)) return value;
  } catch (cause) {
    const expected = 'a JSON object in which no member is given twice';
    throw new AccountFailure({ kind: 'invalid-value', field: 'body', expected }, cause);
  }
  throw new AccountFailure({ kind: 'invalid-value', field: 'body', expected: 'a JSON object' });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns How deep values are nested in a value, counted no further than to what is too deep. */
function depthOf(value: unknown, above = 0): number {
  if (typeof value !== 'object' || value === null || above > POLICY_DEPTH_MAX) return above;
  return Object.values(value).reduce(
    (deepest: number, inner) => Math.max(deepest, depthOf(inner, above + 1)),
    above + 1,
  );
}
