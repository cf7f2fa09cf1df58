/** The rules of the house, `scripts/structure`: each finds what it is there for, and lets be what keeps it. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Place {
  readonly name: string;
  readonly line: number;
}

interface SourceFacts {
  readonly lineCount: number;
  readonly wideLines: readonly number[];
  readonly functions: readonly (Place & { readonly lineCount: number })[];
  readonly casts: readonly Place[];
  readonly undocumentedExports: readonly Place[];
  readonly silentThrows: readonly Place[];
  readonly doubleOptionals: readonly Place[];
  readonly ternariesWithNothing: readonly Place[];
  readonly believedJson: readonly Place[];
}

const script = fileURLToPath(new URL('../../scripts/structure/source-facts.js', import.meta.url));
const { readSourceFacts, isTooWide } = (await import(script)) as {
  readSourceFacts(path: string, text: string): SourceFacts;
  isTooWide(line: string): boolean;
};
const facts = (...lines: string[]): SourceFacts => readSourceFacts('sample.ts', `${lines.join('\n')}\n`);
const namesOf = (places: readonly Place[]): string[] => places.map(({ name }) => name);

describe('width', () => {
  const words = 'word '.repeat(30).trim();

  it('finds comments and code past the margin', () => {
    const call = `call(${Array.from({ length: 20 }, (_, index) => `argument${index}`).join(', ')});`;
    expect(facts(`// ${words}`, '/**', ` * ${words}`, ' */', call).wideLines).toEqual([1, 3, 5]);
  });

  it('lets be what cannot be broken: texts, patterns, one long word', () => {
    const text = `const text = '${words}';`;
    expect(facts(text, `const pattern = /${words}/;`, `// ${'x'.repeat(140)}`).wideLines).toEqual([]);
    expect(isTooWide(`- ${'x'.repeat(140)}`)).toBe(false);
    expect(isTooWide(words)).toBe(true);
  });
});

describe('exports', () => {
  it('finds each kind that has no comment', () => {
    const found = facts(
      'export const one = 1;',
      'export type Two = 2;',
      'export interface Three {}',
      'export function four(): void {}',
      'export class Five {}',
      'const six = 6;',
      'export { six };',
      '/** Has one. */',
      'export const seven = 7;',
      "export { eight } from './eight.js';",
      'const inner = 9;',
    );
    expect(namesOf(found.undocumentedExports)).toEqual(['one', 'Two', 'Three', 'four', 'Five', 'six']);
  });

  it('finds functions and public methods that throw and do not say so', () => {
    const found = facts(
      '/** A. */',
      "export function silent(): void { throw new Error('x'); }",
      '/** B.',
      ' * @throws {Error} Always. */',
      "export function loud(): void { throw new Error('x'); }",
      '/** C. */',
      'export function passesOn(): void { try { work(); } catch (error) { throw error; } }',
      '/** D. */',
      "export function inside(): () => void { return () => { throw new Error('x'); }; }",
      '/** E. */',
      'export class Thing {',
      "  method(): void { throw new Error('x'); }",
      "  #own(): void { throw new Error('x'); }",
      '}',
      '/** F. */',
      "export class Kept implements Contract { method(): void { throw new Error('x'); } }",
    );
    expect(namesOf(found.silentThrows)).toEqual(['silent', 'Thing.method']);
  });
});

it('measures functions from their first line to their last', () => {
  const found = facts('function outer() {', '  const inner = () => {', '    work();', '  };', '  return inner;', '}');
  expect(found.functions.map(({ name, lineCount }) => [name, lineCount])).toEqual([
    ['outer', 6],
    ['inner', 3],
  ]);
});

it('counts casts', () => {
  const found = facts('const a = b as C;', "const d = ['e'] as const;", 'const f = g!;');
  expect(namesOf(found.casts)).toEqual(['b as C', 'g!']);
});

describe('parsed JSON', () => {
  it('is found where its type is believed', () => {
    const found = facts(
      'const a = JSON.parse(text);',
      'const b: B = JSON.parse(text);',
      'const c = JSON.parse(text) as C;',
      'function d(): D { return JSON.parse(text); }',
      'let e: unknown, f; f = JSON.parse(text);',
      'use(JSON.parse(text));',
      'const { g } = await answer.json();',
      'const h = JSON.parse(text).h;',
    );
    expect(found.believedJson.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('may be unknown, dropped, or what a check takes', () => {
    const found = facts(
      'const a: unknown = JSON.parse(text);',
      'let b: unknown; b = JSON.parse(text);',
      'function c(): unknown { return isStored ? JSON.parse(text) : read(text); }',
      'const d = schema.parse(JSON.parse(text));',
      'function isE(value: unknown): value is E { return true; }',
      'const e = isE(JSON.parse(text));',
      'JSON.parse(text);',
      'const f: unknown = await answer.json();',
      'const g = String(JSON.parse(text));',
    );
    expect(found.believedJson).toEqual([]);
  });
});

describe('optional properties', () => {
  it('are found when they may be left out and may be undefined', () => {
    const found = facts(
      'interface A { readonly b?: string | undefined; readonly c?: string; readonly d: string | undefined }',
      'class E { f?: undefined | number; g: number | undefined }',
      'function h(i?: string | undefined, j?: string): void {}',
    );
    expect(namesOf(found.doubleOptionals)).toEqual(['b', 'f', 'i']);
  });

  it('are found when a ternary leaves them out', () => {
    const found = facts(
      'const a = { ...(b ? { c } : {}) };',
      'const d = { ...(e === undefined ? {} : { e }) };',
      'const f = { ...(g && { h }), ...(i ? { j } : { k }) };',
      'const l = [...(m ? [n] : [])];',
      'const o = { ...(p ? undefined : { q }) };',
    );
    expect(found.ternariesWithNothing.map(({ line }) => line)).toEqual([1, 2, 5]);
  });
});
