/**
 * Reads what holds JSON, rows and files: parses the text and checks every field that the program will use, or says
 * which row or file is bad, and which field of it. What fails here is `corrupt`, as a row whose checksum fails. Leaves
 * out the checks (`checks.ts`).
 */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { Check } from './checks.js';
import { successorOf } from './key-space.js';

/** What was read, or what is wrong with it, as the end of a sentence: `is not JSON`. */
export type DecodedJson<Value> = { readonly value: Value } | { readonly finding: string };

/**
 * Reads JSON, and leaves to the caller what it means that it is bad.
 * @returns The value, or what is wrong with it. Nothing of the text is in a finding, since it may be a secret.
 */
export function tryDecodeJson<Value>(json: Uint8Array | string, check: Check<Value>): DecodedJson<Value> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(
      typeof json === 'string' ? json : Buffer.from(json.buffer, json.byteOffset, json.length).toString('utf8'),
    );
  } catch {
    // The error quotes the text.
    return { finding: 'is not JSON' };
  }
  return tryCheck(parsed, check);
}

function tryCheck<Value>(parsed: unknown, check: Check<Value>): DecodedJson<Value> {
  const finding = check(parsed);
  return finding === undefined
    ? { value: parsed as Value }
    : { finding: `does not hold what it should: its value${finding}` };
}

/**
 * Reads JSON that is no row, or whose row is known by another name.
 * @param what Says for people what was read, such as `the file /data/x.json`.
 * @throws {EngineFailure} `corrupt`, with `what`.
 */
export function decodeJson<Value>(json: Uint8Array | string, check: Check<Value>, what: string): Value {
  return requireSound(tryDecodeJson(json, check), what);
}

/**
 * As {@link decodeJson}, of a part of what was parsed before.
 * @throws {EngineFailure} `corrupt`, with `what`.
 */
export function requireChecked(parsed: unknown, check: (value: unknown) => string | undefined, what: string): void {
  requireSound(tryCheck<unknown>(parsed, check), what);
}

function requireSound<Value>(decoded: DecodedJson<Value>, what: string): Value {
  if ('finding' in decoded) throw new EngineFailure({ kind: 'corrupt', detail: `${what} ${decoded.finding}` });
  return decoded.value;
}

/**
 * Reads the JSON of a row.
 * @param rowKey Gives the row's key; asked only when the row is bad.
 * @throws {EngineFailure} `corrupt`, with the row's key.
 */
export function decodeJsonRow<Value>(value: Uint8Array, check: Check<Value>, rowKey: () => Uint8Array): Value {
  const decoded = tryDecodeJson(value, check);
  if ('finding' in decoded) throw badRow(rowKey(), decoded.finding);
  return decoded.value;
}

/** @returns That a row is damage. @param finding The end of a sentence about it: `is not JSON`. */
export function badRow(rowKey: Uint8Array, finding: string): EngineFailure {
  return new EngineFailure({
    kind: 'corrupt',
    detail: `the row ${showKey(rowKey)} ${finding}`,
    keyRange: { start: rowKey, end: successorOf(rowKey) },
  });
}

/** The key of a row for people: its letter, and what can be printed. */
export function showKey(rowKey: Uint8Array): string {
  const shown = Buffer.from(rowKey).toString('latin1');
  return /^[\x20-\x7e\0]*$/.test(shown)
    ? JSON.stringify(shown)
    : `${shown.charAt(0)}-${Buffer.from(rowKey.subarray(1)).toString('hex')}`;
}
