/**
 * Reads rows that hold JSON: parses the text and checks every field that the program will use, or says which row is
 * bad, and which field of it. A row that fails here is `corrupt`, as one whose checksum fails. Fields that a check does
 * not name are left alone. Leaves out what each row holds; the files beside this one say that.
 *
 * A check gives its finding as text and builds nothing where all is well: every append and every read decodes rows.
 */
import { EngineFailure } from '../../contract/engine-failure.js';
import { successorOf } from './key-space.js';

/** @returns What is wrong with a value, such as `.length is no length in bytes`; `undefined`: it is a `Value`. */
export interface Check<Value> {
  (value: unknown): string | undefined;
  /** Never there: it makes the type of what is checked part of the check's own. */
  readonly checked?: (value: Value) => Value;
}

/** The check of a field that may be absent. */
export interface OptionalCheck<Value> extends Check<Value> {
  readonly isOptional: true;
}

/** One check for each field of `Value`, optional where the field is: a field without one does not compile. */
export type FieldChecks<Value> = {
  readonly [Name in keyof Value]-?: object extends Pick<Value, Name>
    ? OptionalCheck<Exclude<Value[Name], undefined>>
    : Check<Value[Name]>;
};

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

/** @returns A check for a text of this form. @param what Names the form, such as `a CRC-64 in decimal`. */
function textLike(form: RegExp, what: string): Check<string> {
  return (value) => (typeof value === 'string' && form.test(value) ? undefined : ` is not ${what}`);
}

/** A 64-bit number in decimal. */
export const crc64Text = textLike(/^\d{1,20}$/, 'a CRC-64 in decimal');
/** 16 bytes in hex. */
export const idText = textLike(/^[0-9a-f]{32}$/, '32 hex digits');
/** Bytes in hex. */
export const hexText = textLike(/^(?:[0-9a-f]{2})*$/, 'bytes in hex');
/** Bytes in Base64. */
export const base64Text = textLike(/^[A-Za-z0-9+/]*={0,2}$/, 'bytes in Base64');

/** @param values All values there are: one that is missing does not compile. */
export function oneOf<Value extends string>(values: Readonly<Record<Value, true>>): Check<Value> {
  return (value) => (typeof value === 'string' && Object.hasOwn(values, value) ? undefined : ' has an unknown value');
}

/** @param literal The only value there is. */
export function exactly<const Value extends string | number | boolean>(literal: Value): Check<Value> {
  return (value) => (value === literal ? undefined : ` is not ${JSON.stringify(literal)}`);
}

/** Turns the check of a field into one of a field that may be absent. */
export function optional<Value>(check: Check<Value>): OptionalCheck<Value> {
  const checkOptional = (value: unknown): string | undefined => (value === undefined ? undefined : check(value));
  return Object.assign(checkOptional, { isOptional: true as const });
}

/** An object with these fields, and perhaps others. */
export function fields<Value extends object>(checks: FieldChecks<Value>): Check<Value> {
  // By index: destructuring entries takes twice as long, and this runs for every row that is read.
  const names = Object.keys(checks);
  const inOrder = Object.values<Check<unknown>>(checks as Readonly<Record<string, Check<unknown>>>);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no object';
    for (let index = 0; index < inOrder.length; index += 1) {
      const name = names[index] ?? '';
      const finding = inOrder[index]?.((value as Readonly<Record<string, unknown>>)[name]);
      if (finding !== undefined) return `.${name}${finding}`;
    }
    return undefined;
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

/**
 * Reads the JSON of a row.
 * @param rowKey Gives the row's key; asked only when the row is bad.
 * @throws {EngineFailure} `corrupt`, with the row's key.
 */
export function decodeJsonRow<Value>(value: Uint8Array, check: Check<Value>, rowKey: () => Uint8Array): Value {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8'));
  } catch (cause) {
    throw badRow(rowKey(), 'is not JSON', cause);
  }
  return requireSound(parsed, check, rowKey);
}

/**
 * As {@link decodeJsonRow}, of what was parsed before.
 * @throws {EngineFailure} `corrupt`, with the row's key.
 */
function requireSound<Value>(parsed: unknown, check: Check<Value>, rowKey: () => Uint8Array): Value {
  const finding = check(parsed);
  if (finding !== undefined) throw badRow(rowKey(), `does not hold what it should: its value${finding}`);
  return parsed as Value;
}

function badRow(rowKey: Uint8Array, what: string, cause?: unknown): EngineFailure {
  return new EngineFailure(
    {
      kind: 'corrupt',
      detail: `the row ${showKey(rowKey)} ${what}`,
      keyRange: { start: rowKey, end: successorOf(rowKey) },
    },
    cause,
  );
}

/** The key of a row for people: its letter, and what can be printed. */
export function showKey(rowKey: Uint8Array): string {
  const shown = Buffer.from(rowKey).toString('latin1');
  return /^[\x20-\x7e\0]*$/.test(shown)
    ? JSON.stringify(shown)
    : `${shown.charAt(0)}-${Buffer.from(rowKey.subarray(1)).toString('hex')}`;
}
