import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostileInputs } from '../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../test/harness/mutations.js';
import { OssError } from './error/oss-error.js';
import { formatTaggingHeader, parseTaggingHeader, parseTagList, validateTags } from './tagging.js';

function failureOf(value: string): string {
  try {
    parseTaggingHeader(value);
  } catch (error) {
    if (error instanceof OssError) return `${error.status} ${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const DUPLICATE =
  "400 InvalidArgument: The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";

describe('parseTaggingHeader', () => {
  it('reads keys and values', () => {
    expect(parseTaggingHeader('a=1&b+c=%2B%3D&d&&e=')).toEqual([
      { key: 'a', value: '1' },
      { key: 'b c', value: '+=' },
      { key: 'd', value: '' },
      { key: 'e', value: '' },
    ]);
    expect(parseTaggingHeader('')).toEqual([]);
    expect(parseTaggingHeader(undefined)).toBeUndefined();
  });
  it('accepts 10 tags and refuses 11', () => {
    const tags = Array.from({ length: 11 }, (_, index) => `k${index}=v`);
    expect(failureOf(tags.slice(1).join('&'))).toBe('accepted');
    expect(failureOf(tags.join('&'))).toBe('400 BadRequest: Object tags cannot be greater than 10');
  });
  it('refuses repeats, broken escapes and illegal text with their own errors', () => {
    expect(failureOf('a=1&a=2')).toBe(DUPLICATE);
    expect(failureOf('a=%')).toBe(DUPLICATE);
    expect(failureOf('a=%ff')).toBe(DUPLICATE);
    expect(failureOf('a%26=1')).toBe('400 InvalidTag: The TagKey you have provided is invalid');
    expect(failureOf('=1')).toBe('400 InvalidTag: The TagKey you have provided is invalid');
    expect(failureOf('a=%0A')).toBe('400 InvalidTag: The TagValue you have provided is invalid');
  });
  it('bounds key and value in bytes', () => {
    expect(failureOf(`${'k'.repeat(128)}=${'v'.repeat(256)}`)).toBe('accepted');
    expect(failureOf(`${'k'.repeat(129)}=v`)).toContain('InvalidTag');
    expect(failureOf(`k=${'v'.repeat(257)}`)).toContain('InvalidTag');
    expect(failureOf(`${'%E6%97%A5'.repeat(43)}=v`)).toContain('InvalidTag');
  });
  it('reads hostile headers, or refuses them', { timeout: 300_000 }, async () => {
    const pieces = [
      ...[
        'a',
        '=',
        '&',
        '%',
        '%2',
        '%26',
        '%2B',
        '%ff',
        '%0A',
        '+',
        'é',
        '日',
        '\0',
        ' ',
        '"',
        '&a=1',
        '&a=1&a=2',
        '__proto__=',
      ],
      ...['&b'.repeat(12), 'k'.repeat(129), '%E6%97%A5'.repeat(90), '&'.repeat(300), '&1&2&3&4&5&6&7&8&9&10', '\ud800'],
    ];
    await readHostileInputs({
      inputs: spoiledTexts(['', 'a=1&b=%2B', 'k=v', '%E6%97%A5=1&c'], pieces),
      read: parseTaggingHeader,
      refusals: ['InvalidArgument', 'InvalidTag', 'BadRequest'],
      lengthOf: (text) => text.length,
      allowance: { perInputBytes: 4 * 1024, perCharacterBytes: 192 },
    });
  });
  it('reads back what formatTaggingHeader wrote', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'Z', '9', ' ', '+', '-', '=', '.', '_', ':', '/', '日'),
      maxLength: 20,
    });
    const tag = fc.record({ key: text.filter((key) => key !== ''), value: text });
    fc.assert(
      fc.property(fc.uniqueArray(tag, { maxLength: 10, selector: ({ key }) => key }), (tags) => {
        expect(parseTaggingHeader(formatTaggingHeader(tags))).toEqual(tags);
      }),
    );
  });
});

describe('validateTags', () => {
  const tags = Array.from({ length: 21 }, (_, index) => ({ key: `k${index}`, value: '' }));
  it('counts by kind', () => {
    expect(() => validateTags(tags.slice(0, 10), 10)).not.toThrow();
    expect(() => validateTags(tags.slice(0, 11), 10)).toThrow(expect.objectContaining({ code: 'BadRequest' }));
    expect(() => validateTags(tags, 20)).toThrow(expect.objectContaining({ code: 'TooManyTags' }));
  });
  it('refuses repeats', () => {
    expect(() =>
      validateTags(
        [tags[0], tags[0]].flatMap((tag) => tag ?? []),
        10,
      ),
    ).toThrow(expect.objectContaining({ code: 'RepeatedTags' }));
  });
});

describe('parseTagList', () => {
  it('reads what SDKs send, with braces and spaces too', () => {
    const two = [
      { key: 'k', value: 'v' },
      { key: 'a:b', value: '' },
    ];
    for (const text of ['"k":"v","a:b":""', '{"k":"v","a:b":""}', ' { "k" : "v" , "a\\u003ab" : "" } ']) {
      expect(parseTagList(text)).toEqual(two);
    }
    for (const text of [undefined, '', ' ', '{}']) expect(parseTagList(text)).toBeUndefined();
  });
  it.each([
    'k',
    '"k"',
    '"k":1',
    '"k":"v",',
    '"k":"v" "l":"w"',
    ',"k":"v"',
    '{"k":"v"',
    '["k"]',
    '"k":{"l":"v"}',
    '"k":"\\q"',
    '"k":"\n"',
  ])('refuses %j', (text) => {
    expect(() => parseTagList(text)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });
  it('refuses what no bucket can have', () => {
    expect(() => parseTagList('"k":"v","k":"w"')).toThrow(expect.objectContaining({ code: 'RepeatedTags' }));
    expect(() => parseTagList('"":"v"')).toThrow(expect.objectContaining({ code: 'InvalidTag' }));
    const many = Array.from({ length: 21 }, (_, index) => `"k${index}":""`).join();
    expect(() => parseTagList(many)).toThrow(expect.objectContaining({ code: 'TooManyTags' }));
  });
  it('reads the inside of every JSON object of legal tags, and refuses any other text in its own words', () => {
    const text = fc.stringMatching(/^[a-zA-Z0-9 +\-=._:/]{1,20}$/);
    fc.assert(
      fc.property(fc.dictionary(text, text, { minKeys: 1, maxKeys: 20 }), (tags) => {
        const expected = Object.entries(tags).map(([key, value]) => ({ key, value }));
        expect(parseTagList(JSON.stringify(tags).slice(1, -1))).toEqual(expected);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[{}"\\:,k ]*$/)), (hostile) => {
        try {
          parseTagList(hostile);
        } catch (error) {
          expect(error).toBeInstanceOf(OssError);
        }
      }),
    );
  });
});
