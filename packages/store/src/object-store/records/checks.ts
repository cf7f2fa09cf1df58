/**
 * Says whether what was read from disk is what was once written: checks of values that JSON can hold, made of smaller
 * ones. Fields that a check does not name are left alone. Leaves out reading (`row-decoder.ts`) and what each row or
 * file holds; those who own a row say that.
 *
 * A check gives its finding as text and builds nothing where all is well: every append and every read decodes rows. The
 * finding names places, never values, since a value may be a secret.
 */
import { compileFunction } from 'node:vm';

/** @returns What is wrong with a value, such as `.length is no whole number`; `undefined`: it is a `Value`. */
export interface Check<Value> {
  (value: unknown): string | undefined;
  /** Never there: it makes the type of what is checked part of the check's own. */
  readonly checked?: (value: Value) => Value;
}

/** The check of a field that may be absent. */
export interface OptionalCheck<Value> extends Check<Value> {
  /** Of the field when it is there. */
  readonly present: Check<Value>;
}

/** One check for each field of `Value`, optional where the field is: a field without one does not compile. */
export type FieldChecks<Value> = {
  readonly [Name in keyof Value]-?: object extends Pick<Value, Name>
    ? OptionalCheck<Exclude<Value[Name], undefined>>
    : Check<Value[Name]>;
};

/** A table of checks, once it does not matter any more what they check. */
type NamedChecks = Readonly<Record<string, Check<unknown> | OptionalCheck<unknown>>>;

/** A text of any length. */
export const text: Check<string> = (value) => (typeof value === 'string' ? undefined : ' is no text');
/** True or false. */
export const flag: Check<boolean> = (value) => (typeof value === 'boolean' ? undefined : ' is neither true nor false');
/** A number of bytes, rows or parts: a whole number from 0 on. */
export const count: Check<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : ' is no whole number from 0 on';
/** Milliseconds since 1970. */
export const time: Check<number> = (value) => (Number.isFinite(value) ? undefined : ' is no time in milliseconds');
/** Anything that JSON can hold. */
export const anything: Check<unknown> = () => undefined;

/** @returns A check for a text of this form. @param what Names the form, such as `a host name`. */
export function textLike(form: RegExp, what: string): Check<string> {
  return (value) => (typeof value === 'string' && form.test(value) ? undefined : ` is not ${what}`);
}

const CRC64_DIGIT_COUNT_MAX = 20;
const ID_DIGIT_COUNT = 32;

/** A 64-bit number in decimal. */
export const crc64Text: Check<string> = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= CRC64_DIGIT_COUNT_MAX && isDecimal(value)
    ? undefined
    : ' is not a CRC-64 in decimal';
/** 16 bytes in hex. */
export const idText: Check<string> = (value) =>
  typeof value === 'string' && value.length === ID_DIGIT_COUNT && isHex(value) ? undefined : ' is not 32 hex digits';
/** Bytes in hex. */
export const hexText: Check<string> = (value) =>
  typeof value === 'string' && value.length % 2 === 0 && isHex(value) ? undefined : ' is not bytes in hex';
/** Bytes in Base64. */
export const base64Text: Check<string> = textLike(/^[A-Za-z0-9+/]*={0,2}$/, 'bytes in Base64');

/* By code: a regular expression takes twice as long, and a row of an object has five such fields. */

function isDecimal(digits: string): boolean {
  for (let index = 0; index < digits.length; index += 1) {
    const code = digits.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

function isHex(digits: string): boolean {
  for (let index = 0; index < digits.length; index += 1) {
    const code = digits.charCodeAt(index);
    if (code < 0x30 || code > 0x66 || (code > 0x39 && code < 0x61)) return false;
  }
  return true;
}

/** @param values All values there are: one that is missing does not compile. */
export function oneOf<Value extends string>(values: Readonly<Record<Value, true>>): Check<Value> {
  const known: ReadonlySet<unknown> = new Set(Object.keys(values));
  return (value) => (known.has(value) ? undefined : ' has an unknown value');
}

/** @param literal The only value there is. */
export function exactly<const Value extends string | number | boolean>(literal: Value): Check<Value> {
  return (value) => (value === literal ? undefined : ` is not ${JSON.stringify(literal)}`);
}

/** Turns the check of a field into one of a field that may be absent, as JSON leaves out what is undefined. */
export function optional<Value>(check: Check<Value>): OptionalCheck<Value> & Check<Value | undefined> {
  const checkOptional = (value: unknown): string | undefined => (value === undefined ? undefined : check(value));
  return Object.assign(checkOptional, { present: check });
}

/**
 * An object with these fields, and perhaps others. The table is compiled once into straight code that reads each field
 * by its name: going through a list of names takes two and a half times as long for the row of an object.
 */
export function fields<Value extends object>(checks: FieldChecks<Value>): Check<Value> {
  const table = Object.entries(checks as NamedChecks);
  const steps = table.map(([name, check], index) => {
    const given = 'present' in check ? `(field = value[${JSON.stringify(name)}]) !== undefined && ` : '';
    const field = 'present' in check ? 'field' : `value[${JSON.stringify(name)}]`;
    return `if (${given}(finding = check${index}(${field})) !== undefined) return ${JSON.stringify(`.${name}`)} + finding;`;
  });
  const compiled: (...parts: Check<unknown>[]) => Check<Value> = compileFunction(
    `return (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no object';
      let field, finding;
      ${steps.join('\n      ')}
      return undefined;
    };`,
    table.map((_, index) => `check${index}`),
  ) as (...parts: Check<unknown>[]) => Check<Value>;
  return compiled(...table.map(([, check]) => ('present' in check ? check.present : check)));
}

/** An object of one of several kinds, and which it is says its field `kind`. */
export function kinds<Value extends { readonly kind: string }>(
  checks: {
    readonly [Kind in Value['kind']]: Check<Extract<Value, { readonly kind: Kind }>>;
  },
): Check<Value> {
  const byKind: ReadonlyMap<unknown, Check<unknown>> = new Map(Object.entries(checks as NamedChecks));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no object';
    const check = 'kind' in value ? byKind.get(value.kind) : undefined;
    return check === undefined ? '.kind has an unknown value' : check(value);
  };
}

/** A list of such items. */
export function listOf<Item>(check: Check<Item>): Check<readonly Item[]> {
  return (value) => {
    if (!Array.isArray(value)) return ' is no list';
    for (const [index, item] of value.entries()) {
      const finding = check(item);
      if (finding !== undefined) return `[${index}]${finding}`;
    }
    return undefined;
  };
}

/** An object with any names, and such a value behind each. */
export function recordOf<Item>(check: Check<Item>): Check<Readonly<Record<string, Item>>> {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no object';
    for (const name in value) {
      const finding = check((value as Readonly<Record<string, unknown>>)[name]);
      if (finding !== undefined) return `[${JSON.stringify(name)}]${finding}`;
    }
    return undefined;
  };
}
