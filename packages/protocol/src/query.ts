/**
 * The query string of a request, decoded once and kept in the order it came in. Leaves out which parameters mean an
 * operation (`operation/identify-operation.ts`) and which are signed (`signature/`).
 */
import { OssError } from './error/oss-error.js';
import { LIMITS } from './limits.js';
import { percentDecode, percentEncode } from './percent-encoding.js';

/** One decoded query parameter; `a` and `a=` both have the value `''`. */
export type QueryParameter = readonly [name: string, value: string];

/** Decoded query parameters in wire order. Where a name is repeated the first value counts, as for signatures. */
export class Query implements Iterable<QueryParameter> {
  readonly entries: readonly QueryParameter[];
  readonly #first: ReadonlyMap<string, string>;

  /** @param entries Decoded parameters in wire order. */
  constructor(entries: Iterable<QueryParameter>) {
    this.entries = [...entries];
    const first = new Map<string, string>();
    for (const [name, value] of this.entries) if (!first.has(name)) first.set(name, value);
    this.#first = first;
  }

  /**
   * Gives the first value of a parameter.
   * @param name Exact name; names are case-sensitive.
   * @returns The value, `''` for a bare name, `undefined` if absent.
   */
  get(name: string): string | undefined {
    return this.#first.get(name);
  }

  /** Tells whether a parameter is there, with or without a value. */
  has(name: string): boolean {
    return this.#first.has(name);
  }

  /** Names without repeats, in wire order. */
  names(): Iterable<string> {
    return this.#first.keys();
  }

  [Symbol.iterator](): Iterator<QueryParameter> {
    return this.entries[Symbol.iterator]();
  }
}

/**
 * Reads a query string: `a&b=&c=d`, `+` and `%20` both a space, empty segments skipped.
 * @param text What stands after `?`, without it.
 * @returns The parameters in wire order.
 * @throws {OssError} `InvalidArgument` for a broken escape, bytes that are no UTF-8, or more than 1000 parameters.
 */
export function parseQuery(text: string): Query {
  const entries: QueryParameter[] = [];
  // No split: it would build a million pieces before the bound below could stop it.
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end > start) {
      if (entries.length === LIMITS.queryParameterCountMax) {
        throw new OssError('InvalidArgument', {
          message: `The number of query parameters must not exceed ${LIMITS.queryParameterCountMax}.`,
        });
      }
      entries.push(parseParameter(text.slice(start, end)));
    }
    start = end + 1;
  }
  return new Query(entries);
}

/**
 * Writes parameters as a query string, without `?`; an empty value leaves the bare name.
 * @param entries Decoded parameters.
 * @returns Percent-encoded text, spaces as `%20`.
 */
export function formatQuery(entries: Iterable<QueryParameter>): string {
  const parts: string[] = [];
  for (const [name, value] of entries) {
    parts.push(value === '' ? percentEncode(name) : `${percentEncode(name)}=${percentEncode(value)}`);
  }
  return parts.join('&');
}

function parseParameter(segment: string): QueryParameter {
  const equals = segment.indexOf('=');
  if (equals < 0) return [decode(segment), ''];
  return [decode(segment.slice(0, equals)), decode(segment.slice(equals + 1))];
}

function decode(encoded: string): string {
  const decoded = percentDecode(encoded);
  if ('text' in decoded) return decoded.text;
  throw new OssError('InvalidArgument', {
    message: 'The query string must be percent-encoded UTF-8.',
    details: { ArgumentName: 'query' },
  });
}
