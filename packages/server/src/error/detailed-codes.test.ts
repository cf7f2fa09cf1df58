/**
 * Every place that makes an error has a detailed error code, or its error is on the list of those without one (line 42
 * of the list of differences).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_TABLE, type ErrorCode, isErrorCode, OssError, UNDOCUMENTED_CODES } from '@annals/protocol';
import { expect, test } from 'vitest';
import { DETAILED_CODES, withDetailedCode } from './detailed-codes.js';

const PACKAGES = join(import.meta.dirname, '../../..');
const PAGE = join(PACKAGES, '../docs/error-codes.md');
const EC = /\b00\d\d-0000\d{4}\b/g;

/** Tables that name codes without making errors of them. */
const TABLES = new Set(['error-table.ts', 'undocumented-codes.ts', 'detailed-codes.ts']);

function sourcesBelow(folder: string): { readonly name: string; readonly text: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testing' ? [] : sourcesBelow(path);
    if (!entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) return [];
    return [{ name: entry.name, text: readFileSync(path, 'utf8') }];
  });
}

const sources = ['protocol', 'server'].flatMap((name) => sourcesBelow(join(PACKAGES, name, 'src')));
const makers = sources.filter(({ name }) => !TABLES.has(name));
const codes = Object.keys(ERROR_TABLE).filter(isErrorCode);

/** What stands between the brackets of every `new OssError(...)`. */
function callsIn(text: string): string[] {
  const calls: string[] = [];
  for (let at = text.indexOf('new OssError('); at >= 0; at = text.indexOf('new OssError(', at + 1)) {
    const start = at + 'new OssError('.length;
    let depth = 1;
    let end = start;
    for (; depth > 0 && end < text.length; end += 1) {
      if (text[end] === '(') depth += 1;
      if (text[end] === ')') depth -= 1;
    }
    calls.push(text.slice(start, end - 1));
  }
  return calls;
}

const calls = makers.flatMap(({ text }) => callsIn(text));
const literalsOf = (text: string): string[] => [...text.matchAll(/'([A-Za-z0-9]+)'/g)].map(([, word = '']) => word);
const madeCodes = new Set(makers.flatMap(({ text }) => literalsOf(text)).filter(isErrorCode));
/** Codes that some place makes with an EC of its own. */
const codesWithOwn = new Set(
  calls.filter((call) => /\bec\b/.test(call)).flatMap((call) => literalsOf(call.split(',')[0] ?? '')),
);

test('the walk finds the places that make errors', () => {
  expect(calls.length).toBeGreaterThan(200);
  expect(madeCodes.size).toBeGreaterThan(80);
});

test.each(codes)('%s has a code in the table, or stands among those without, and never both', (code) => {
  expect(ERROR_TABLE[code].ec === undefined).toBe(UNDOCUMENTED_CODES[code] !== undefined);
});

test.each(calls.flatMap((call) => literalsOf(call.split(/,|\)/)[0] ?? '')).filter((word) => /^[A-Z]/.test(word)))(
  'a place that makes %s says a code or is among those without',
  (word) => {
    if (!isErrorCode(word)) throw new Error(`${word} is no code of the table.`);
    expect(ERROR_TABLE[word].ec ?? UNDOCUMENTED_CODES[word]).toBeDefined();
    expect(UNDOCUMENTED_CODES[word]).not.toBe('never said');
  },
);

test('those without a code say truly why', () => {
  const rows = new Set<string>(DETAILED_CODES.map(({ code }) => code));
  for (const [code, reason] of Object.entries(UNDOCUMENTED_CODES) as [ErrorCode, string][]) {
    expect([code, reason === 'never said']).toEqual([code, !madeCodes.has(code)]);
    const isSometimes = rows.has(code) || codesWithOwn.has(code);
    if (reason !== 'never said') expect([code, reason === 'some situations']).toEqual([code, isSometimes]);
  }
});

test('no row hides behind one before it', () => {
  const hidden = DETAILED_CODES.filter((row, index) =>
    DETAILED_CODES.slice(0, index).some(
      (before) =>
        before.code === row.code &&
        (before.argument === undefined || before.argument === row.argument) &&
        (before.value === undefined || before.value === row.value) &&
        (before.says === undefined || String(before.says) === String(row.says)) &&
        before.details === undefined &&
        (before.operations === undefined ||
          (row.operations?.every((operation) => before.operations?.includes(operation)) ?? false)),
    ),
  );
  expect(hidden).toEqual([]);
});

test('the page has every code that is said, and no other', () => {
  const [said = '', notSaid = ''] = readFileSync(PAGE, 'utf8').split('## Documented, and not said here');
  const onPage = said.split('\n').flatMap((line) => /^\| (00\d\d-0000\d{4}) \| ([^|]+) \|/.exec(line)?.[1] ?? []);
  expect(onPage).toEqual([...new Set(onPage)].sort());
  const inSources = new Set(
    sources.flatMap(({ text }) => [...text.matchAll(/'(00\d\d-0000\d{4})'/g)].map(([, ec]) => ec)),
  );
  expect(onPage).toEqual([...inSources].sort());
  const leftOut = notSaid.split('\n').flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(EC)].map(([ec]) => ec));
  expect(leftOut.filter((ec) => inSources.has(ec))).toEqual([]);
});

test('a code that the thrower knows stays', () => {
  const error = new OssError('InvalidArgument', { ec: '0017-00000102', details: { ArgumentName: 'partNumber' } });
  expect(withDetailedCode(error, 'UploadPart')).toBe(error);
});

test('what is said of an error stays when it gets its code', () => {
  const cause = new Error('underneath');
  const error = new OssError('MalformedXML', { details: { ErrorDetail: 'Nothing.' }, isUnreadable: true, cause });
  const told = withDetailedCode(error, 'PutBucketLifecycle');
  expect(told).toMatchObject({ ec: '0014-00000011', isUnreadable: true, details: error.details, cause });
  expect(withDetailedCode(error, undefined)).toBe(error);
});
