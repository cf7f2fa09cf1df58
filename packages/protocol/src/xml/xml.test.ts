import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { OssError } from '../error/oss-error.js';
import { LIMITS } from '../limits.js';
import { parseXml } from './parse-xml.js';
import { renderXml } from './render-xml.js';
import { childOf, childrenOf, countOf, expectRoot, flagOf, textOf, wordOf } from './xml-element.js';

const encoder = new TextEncoder();

function faultOf(document: Uint8Array | string, options = {}): string {
  try {
    parseXml(document, options);
  } catch (error) {
    if (error instanceof OssError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('renderXml', () => {
  it('writes prolog, order and indent', () => {
    expect(renderXml('Root', { B: 1, A: { C: 'x', D: [true, 2n] } })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Root>\n  <B>1</B>\n  <A>\n    <C>x</C>\n    <D>true</D>\n    <D>2</D>\n  </A>\n</Root>\n',
    );
  });
  it('never writes an empty element', () => {
    expect(renderXml('Root', { A: '', B: undefined, C: {}, D: { E: '' }, F: [], G: [{}], H: 0 })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Root>\n  <H>0</H>\n</Root>\n',
    );
    expect(renderXml('Root', {})).toBe('<?xml version="1.0" encoding="UTF-8"?>\n<Root></Root>\n');
  });
  it('writes an empty element only for null', () => {
    expect(renderXml('Root', { A: null })).toContain('<Root>\n  <A></A>\n</Root>');
  });
  it('writes a text alone', () => {
    expect(renderXml('LocationConstraint', 'oss-x')).toContain('\n<LocationConstraint>oss-x</LocationConstraint>\n');
  });
  it('escapes markup, white space and control characters, keeps quotes', () => {
    expect(renderXml('R', { T: '<&>"\'\t\r\n' })).toContain(`<T>&lt;&amp;&gt;"'&#9;&#13;&#10;</T>`);
    expect(renderXml('R', { T: 'a\u0000\u001b\ufffe\ud800b\u0085😀' })).toContain(
      '<T>a&#0;&#27;&#65534;\ufffdb&#133;😀</T>',
    );
  });
  it('refuses a name that is none', () => {
    expect(() => renderXml('a b', {})).toThrow(TypeError);
    expect(() => renderXml('a', { '1': 'x' })).toThrow(TypeError);
  });
});

describe('parseXml', () => {
  it('gives raw text: no numbers, no trimming', () => {
    const root = parseXml('<?xml version="1.0"?>\n<R x="1"><K> 007 </K><K>1e3</K><E/><F></F></R>');
    expect(root.name).toBe('R');
    expect(childrenOf(root, 'K').map((element) => element.text)).toEqual([' 007 ', '1e3']);
    expect(textOf(root, 'E')).toBe('');
    expect(textOf(root, 'F')).toBe('');
    expect(textOf(root, 'G')).toBeUndefined();
  });
  it('replaces references and CDATA, in order, and line ends', () => {
    const root = parseXml('<R><K>a&lt;&#65;&#x42;&amp;amp;<![CDATA[<&lt;>]]>z\r\n</K></R>');
    expect(textOf(root, 'K')).toBe('a<AB&amp;<&lt;>z\n');
  });
  it('ignores comments, instructions, prefixes and a byte order mark', () => {
    const bytes = encoder.encode(
      '\ufeff<?xml version="1.0" encoding="utf-8"?><!-- c --><n:R xmlns:n="u"><?p x?><n:K>v</n:K></n:R>',
    );
    const root = parseXml(bytes);
    expect(root.name).toBe('R');
    expect(textOf(root, 'K')).toBe('v');
  });
  it('refuses or renames element names that are special in JavaScript', () => {
    for (const name of ['constructor', 'prototype', '__proto__']) {
      expect(faultOf(`<R><${name}>v</${name}></R>`)).toBe('MalformedXML');
    }
    expect(childOf(parseXml('<R><toString>v</toString></R>'), 'toString')).toBeUndefined();
  });
  it('accepts control characters, which keys may have', () => {
    expect(textOf(parseXml('<R><K>a\u0001&#2;</K></R>'), 'K')).toBe('a\u0001\u0002');
  });
  it.each([
    '',
    '   ',
    'text',
    '<R>',
    '<R></S>',
    '<R><A></R></A>',
    '<R/><R/>',
    '<R/>text',
    'text<R/>',
    '<R>&nope;</R>',
    '<R>a & b</R>',
    '<R>&#xD800;</R>',
    '<R>&#x110000;</R>',
    '<!DOCTYPE R><R/>',
    '<!DOCTYPE R [<!ENTITY a "b">]><R>&a;</R>',
    '<!doctype R><R/>',
    '<?xml version="1.0" encoding="UTF-16"?><R/>',
    '{"a":1}',
  ])('refuses %j', (document) => {
    expect(faultOf(document)).toBe('MalformedXML');
  });
  it('refuses what is not UTF-8', () => {
    expect(faultOf(Uint8Array.of(0x3c, 0x52, 0x3e, 0xff, 0x3c, 0x2f, 0x52, 0x3e))).toBe('MalformedXML');
    expect(faultOf(Uint8Array.of(0xff, 0xfe, 0x3c, 0x00))).toBe('MalformedXML');
  });
  it('bounds length and depth', () => {
    expect(faultOf('<R>aaaa</R>', { lengthBytesMax: 11 })).toBe('accepted');
    expect(faultOf('<R>aaaaa</R>', { lengthBytesMax: 11 })).toBe('MalformedXML');
    expect(faultOf('<a><b><c/></b></a>', { depthMax: 3 })).toBe('accepted');
    expect(faultOf('<a><b><c><d/></c></b></a>', { depthMax: 3 })).toBe('MalformedXML');
    expect(faultOf('<a>'.repeat(300_000))).toBe('MalformedXML');
  });
  it('bounds the number and the length of pieces, whatever they are', () => {
    const many = LIMITS.xmlMarkupCountMax / 2 - 1;
    expect(faultOf(`<R>${'<a></a>'.repeat(many)}</R>`)).toBe('accepted');
    for (const piece of ['<a/>', '<a></a>', '<!---->', '<![CDATA[]]>', '<?p?>', '\n']) {
      const count = LIMITS.xmlMarkupCountMax / (piece === '<a></a>' ? 2 : 1);
      expect(faultOf(`<R>${piece.repeat(count)}</R>`, { lengthBytesMax: Number.MAX_SAFE_INTEGER })).toBe(
        'MalformedXML',
      );
    }
    const long = 'x'.repeat(LIMITS.xmlPieceLengthMax - 64);
    const tooLong = 'x'.repeat(LIMITS.xmlPieceLengthMax + 1);
    for (const make of [
      (text: string) => `<R>${text}</R>`,
      (text: string) => `<R><K/>${text}<K/>${text}</R>`,
      (text: string) => `<${text}/>`,
      (text: string) => `<R a="${text}"/>`,
      (text: string) => `<R><!--${text}--></R>`,
      (text: string) => `<R><![CDATA[${text}]]></R>`,
      (text: string) => `<?p ${text}?><R/>`,
    ]) {
      expect(faultOf(make(long))).toBe('accepted');
      expect(faultOf(make(tooLong))).toBe('MalformedXML');
    }
    // The library joins texts around a comment, so they count together.
    expect(faultOf(`<R>${long}<!-- -->${long}</R>`)).toBe('MalformedXML');
  });
  it('refuses a processing instruction that the library would read past its end', () => {
    expect(faultOf(`<R><?p "?><K>1</K><?q "?></R>`)).toBe('MalformedXML');
    expect(faultOf(`<R><?p "?"?><K>1</K></R>`)).toBe('accepted');
  });
  it('quotes little of a document that it refuses', () => {
    for (const document of [`<${'a<'.repeat(1000)}/>`, `<${'a'.repeat(1000)}></b>`]) {
      expect(() => parseXml(document)).toThrow(
        expect.objectContaining({ details: { ErrorDetail: expect.stringMatching(/^.{20,256}$/) } }),
      );
    }
  });
  it('refuses other names and values where a reader asks', () => {
    const root = parseXml('<R><N>12</N><B> TRUE </B><X>-1</X><Y>yes</Y><E/></R>');
    expect(expectRoot(root, 'R')).toBe(root);
    expect(() => expectRoot(root, 'S')).toThrow(OssError);
    expect(countOf(root, 'N')).toBe(12);
    expect(countOf(root, 'E')).toBeUndefined();
    expect(flagOf(root, 'B')).toBe(true);
    expect(wordOf(root, 'B')).toBe('TRUE');
    expect(() => countOf(root, 'X')).toThrow(OssError);
    expect(() => flagOf(root, 'Y')).toThrow(OssError);
    expect(childOf(undefined, 'A')).toBeUndefined();
  });
  it('reads hostile documents of one piece after the other, or refuses them', {
    timeout: 300_000,
  }, async () => {
    const pieces = [
      ...[
        '<',
        '>',
        '/',
        '<R>',
        '</R>',
        '<R/>',
        '<a b="c">',
        '</a>',
        '<![CDATA[',
        ']]>',
        '<!--',
        '-->',
        '<?xml ?>',
        '<?',
        '?>',
      ],
      ...[
        '&lt;',
        '&#1;',
        '&',
        ';',
        '"',
        "'",
        'x',
        ' ',
        '<!DOCTYPE',
        '[',
        '<__proto__>',
        '</__proto__>',
        '\0',
        '😀',
        '\ud800',
      ],
      ...[
        '<a>'.repeat(16),
        '</a>'.repeat(16),
        '\ufeff',
        '\r\n',
        '<n:R>',
        '</n:R>',
        '<R',
        'R>',
        '<!x>',
        '<?p "?>',
        '&#x110000;',
      ],
    ];
    const piece = fc.nat({ max: pieces.length - 1 }).map((index) => pieces[index] ?? '');
    await readHostileInputs({
      inputs: fc
        .tuple(fc.boolean(), fc.array(piece, { maxLength: 14 }))
        .map(([isWrapped, inner]) => (isWrapped ? `<R>${inner.join('')}</R>` : inner.join(''))),
      read: (document) => parseXml(document),
      refusals: ['MalformedXML'],
      lengthOf: (document) => document.length,
      allowance: { perInputBytes: 12 * 1024, perCharacterBytes: 96 },
    });
  });
  it('reads back every text that renderXml wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        // No document holds a NUL: readers refuse it.
        const readable = text.replaceAll('\0', '?');
        expect(textOf(parseXml(encoder.encode(renderXml('R', { K: readable, Z: 1 }))), 'K')).toBe(readable);
      }),
      { numRuns: 5000 },
    );
  });
});
