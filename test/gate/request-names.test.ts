/**
 * Whatever the tables of names in requests call handled is read by something: a source file other than the tables names
 * it. Names that the HTTP library reads by itself are told here with the reason. Effects of the names are the matter of
 * the tests of their operations.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REQUEST_HEADER_NAMES, REQUEST_HEADERS, REQUEST_PARAMETER_NAMES, SIGNED_PARAMETERS } from '@annals/protocol';
import { describe, expect, it } from 'vitest';

/** Files that only list names; a mention there reads nothing. */
const LISTS = ['request-names.ts', 'signed-parameters.ts', 'protection-names.ts', 'headers.ts', 'v1.ts'];
/** Read by Node before a request is handed over. */
const BY_HTTP_LIBRARY: ReadonlySet<string> = new Set(['expect']);

const root = join(import.meta.dirname, '../../packages');
const sources = ['protocol', 'server'].flatMap((name) => {
  const folder = join(root, name, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing'))
    .filter((file) => !LISTS.some((list) => file === list || file.endsWith(`/${list}`)))
    .map((file) => readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''));
});
const constantOf = new Map<string, string>(Object.entries(REQUEST_HEADERS).map(([key, name]) => [name, key]));

/** The ways in which sources read a name. The bare text would not do: `type` and `status` stand everywhere. */
function readingsOf(name: string): readonly string[] {
  const calls = [
    '(?:query|parameters|headers)\\.\\w+',
    '(?:read|parse|header|once|required|is)\\w*',
    '\\w*[pP]arameter\\w*',
  ];
  return [
    `\\b(?:${calls.join('|')})\\([^()]*'${name}'`,
    `const [A-Z_]+ = '${name}'`,
    `case '${name}':`,
    // Tables of what is kept, of what is answered instead, of kinds with an id, and of values that choose a row.
    `\\b(?:cacheControl|content[A-Z]\\w+|expires|parameter): '${name}'`,
    `\\['${name}', RESPONSE_HEADERS`,
    `values: \\{ '?${name}'?: \\[`,
  ];
}

/** Tells whether a source file reads a name, by itself or by its constant. */
function isRead(name: string): boolean {
  const constant = constantOf.get(name);
  const readings = [...readingsOf(name), ...(constant === undefined ? [] : [`\\bREQUEST_HEADERS\\.${constant}\\b`])];
  const pattern = new RegExp(readings.join('|'));
  return sources.some((source) => pattern.test(source));
}

/** Those that stand for many have a constant for their beginning. */
const PREFIXES: Readonly<Record<string, RegExp>> = {
  'x-oss-meta-': /\.startsWith\(USER_METADATA_PREFIX\)/,
  'x-oss-annals-': /\.startsWith\(EXTENSION_PREFIX\)/,
};

function isPrefixRead(name: string): boolean {
  const reading = PREFIXES[name];
  return reading !== undefined && sources.some((source) => reading.test(source));
}

function handledIn(names: Readonly<Record<string, { readonly state: string }>>): string[] {
  return Object.keys(names).filter((name) => names[name]?.state === 'handled');
}

describe('names that are called handled', () => {
  it('are read, as headers', () => {
    const unread = handledIn(REQUEST_HEADER_NAMES).filter(
      (name) => !BY_HTTP_LIBRARY.has(name) && !isPrefixRead(name) && !isRead(name),
    );
    expect(unread).toEqual([]);
  });

  it('are read, as query parameters', () => {
    const names = [...handledIn(REQUEST_PARAMETER_NAMES), ...handledIn(SIGNED_PARAMETERS)];
    expect(names.filter((name) => !isRead(name))).toEqual([]);
  });

  it('count as unread when no code reads them', () => {
    expect(isRead('x-oss-made-up')).toBe(false);
    expect(isRead('made-up-parameter')).toBe(false);
    // Words of the sources that no request is asked for.
    for (const name of ['length', 'startTime']) expect([name, isRead(name)]).toEqual([name, false]);
  });
});
