/** `max-keys` and its siblings: how many rows a listing page may have. */
import { invalidArgument } from './header/refuse.js';
import { LIMITS } from './limits.js';
import { utf8LengthBytes } from './text.js';

/**
 * Reads a page size.
 * @param name Parameter, such as `max-keys`.
 * @param value Its value; empty counts as absent, because one official SDK always sends every parameter.
 * @param bounds Default and maximum, from `LIMITS`.
 * @returns 1 to the maximum.
 * @throws {OssError} `InvalidArgument` for anything else.
 */
export function parsePageSize(
  name: string,
  value: string | undefined,
  bounds: { readonly default: number; readonly max: number },
): number {
  if (value === undefined || value === '') return bounds.default;
  const size = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (size < 1 || size > bounds.max) throw invalidArgument(name, value);
  return size;
}

/**
 * Reads a prefix, marker or delimiter of a listing.
 * @param name Parameter.
 * @param value Its value.
 * @returns The value, or `undefined` if absent or empty.
 * @throws {OssError} `InvalidArgument` if it is longer than a key can be.
 */
export function parseListingName(name: string, value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (utf8LengthBytes(value) > LIMITS.keyLengthBytesMax) throw invalidArgument(name, value);
  return value;
}
