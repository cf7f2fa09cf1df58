/** Reads the values every answer carries in its headers. Leaves out error documents (`service-error.ts`). */
import { parseCrc64 } from '@annals/checksum';
import { AnnalsError, type Outcome } from '../error.js';

/** Reads a header value as UTF-8; HTTP libraries give one character per byte. What is no UTF-8 stays as it is. */
export function fromHeaderText(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(value, (character) => character.charCodeAt(0)),
    );
  } catch {
    return value;
  }
}

/** Reads a whole number of bytes; `undefined` when absent or anything else. */
export function readLength(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  if (text === null || !/^[0-9]{1,16}$/.test(text)) return undefined;
  const length = Number(text);
  return Number.isSafeInteger(length) ? length : undefined;
}

/** Reads a time in milliseconds since 1970; `undefined` when absent or none. */
export function readTimeMs(headers: Headers, name: string): number | undefined {
  const timeMs = Date.parse(headers.get(name) ?? '');
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** The CRC-64 of the whole object; `undefined` when the server does not tell. */
export function readCrc64(headers: Headers): bigint | undefined {
  const text = headers.get('x-oss-hash-crc64ecma');
  return text === null ? undefined : parseCrc64(text);
}

/** A header as an object property, left out when absent. */
export function optionalHeader<Name extends string>(
  headers: Headers,
  header: string,
  name: Name,
): { readonly [key in Name]?: string } {
  const value = headers.get(header);
  return value === null ? {} : ({ [name]: value } as { readonly [key in Name]: string });
}

/**
 * Insists on a value the protocol promises.
 * @param outcome What became of the call whose answer lacks it.
 * @throws {AnnalsError} `InvalidResponse`.
 */
export function required<Value>(
  value: Value | undefined | null,
  what: string,
  action: string,
  outcome: Outcome,
): Value {
  if (value !== undefined && value !== null) return value;
  throw new AnnalsError('InvalidResponse', `Cannot ${action}: the answer has no valid ${what}`, { outcome });
}
