import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureLiveBytesMax, readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { bytesOfText, JSON_PIECES, spoiledTexts } from '../../../../test/harness/mutations.js';
import { OssError } from '../error/oss-error.js';
import { LIMITS } from '../limits.js';
import { checkPostPolicy, requireFixedFields } from './check-post-policy.js';
import { parsePostPolicy, readPostPolicy } from './parse-post-policy.js';
import { formatCondition, lengthRangeOf, type PostPolicy } from './post-policy.js';

const EXPIRATION = '2014-12-01T12:00:00.000Z';
const NOW_MS = Date.parse('2014-12-01T11:59:59.000Z');

function base64(document: unknown): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(document))));
}

function policy(...conditions: unknown[]): PostPolicy {
  return parsePostPolicy(base64({ expiration: EXPIRATION, conditions }));
}

function outcome(action: () => unknown): string {
  try {
    action();
    return 'passed';
  } catch (error) {
    if (error instanceof OssError) return `${error.status} ${error.code}: ${error.message}`;
    throw error;
  }
}

describe('parsePostPolicy', () => {
  test('reads every kind of condition, names in any case', () => {
    expect(
      policy(
        { bucket: 'johnsmith' },
        ['starts-with', '$Key', 'user/eric/'],
        ['EQ', '$x-oss-object-acl', 'private'],
        ['content-length-range', 1, 10],
        ['in', '$content-type', ['image/jpg', 'image/png']],
        ['not-in', '$cache-control', ['no-cache']],
        { success_action_status: 201 },
      ),
    ).toEqual({
      expiresAtMs: Date.parse(EXPIRATION),
      conditions: [
        { kind: 'eq', field: 'bucket', value: 'johnsmith' },
        { kind: 'starts-with', field: 'key', value: 'user/eric/' },
        { kind: 'eq', field: 'x-oss-object-acl', value: 'private' },
        { kind: 'content-length-range', lengthBytesMin: 1, lengthBytesMax: 10 },
        { kind: 'in', field: 'content-type', values: ['image/jpg', 'image/png'] },
        { kind: 'not-in', field: 'cache-control', values: ['no-cache'] },
        { kind: 'eq', field: 'success_action_status', value: '201' },
      ],
    });
  });

  test('text beyond ASCII comes through, and line breaks in the base64 do not matter', () => {
    const encoded = base64({ expiration: EXPIRATION, conditions: [{ key: '北京/ö' }] });
    const folded = encoded.replace(/(.{20})/g, '$1\r\n');
    expect(parsePostPolicy(folded).conditions).toEqual([{ kind: 'eq', field: 'key', value: '北京/ö' }]);
  });

  test.each<[unknown, string]>([
    [[], 'the document must be an object'],
    [{ conditions: [{ key: 'k' }] }, "'expiration' must be a text"],
    [{ expiration: 'tomorrow', conditions: [{ key: 'k' }] }, "'expiration' must be a time in UTC"],
    [{ expiration: '2014-02-31T12:00:00Z', conditions: [{ key: 'k' }] }, "'expiration' must be a time in UTC"],
    [{ expiration: EXPIRATION, conditions: [] }, "'conditions' must be a list of conditions"],
    [{ expiration: EXPIRATION, conditions: [{}] }, 'a condition must be a list, or an object with one field'],
    [{ expiration: EXPIRATION, conditions: [['eq', '$key']] }, 'must have an operator and two more elements'],
    [{ expiration: EXPIRATION, conditions: [['like', '$key', 'k']] }, 'unknown operator "like"'],
    [{ expiration: EXPIRATION, conditions: [['eq', 'key', 'k']] }, "must name its field with '$'"],
    [{ expiration: EXPIRATION, conditions: [['starts-with', '$bucket', 'b']] }, 'must be an exact match'],
    [{ expiration: EXPIRATION, conditions: [['in', '$key', 'k']] }, "the values of 'key' must be a list"],
    [{ expiration: EXPIRATION, conditions: [['content-length-range', -1, 5]] }, 'whole numbers of 0 or more'],
    [{ expiration: EXPIRATION, conditions: [['content-length-range', 1, '10']] }, 'whole numbers of 0 or more'],
    [{ expiration: EXPIRATION, conditions: [['content-length-range', '1', 10]] }, 'whole numbers of 0 or more'],
    [{ expiration: EXPIRATION, conditions: [{ key: ['k'] }] }, "the value of 'key' must be a text"],
    [{ expiration: EXPIRATION, conditions: [{ key: 'k' }], more: 1 }, 'unknown element "more"'],
  ])('refuses %j', (document, reason) => {
    const said = outcome(() => parsePostPolicy(base64(document)));
    expect(said).toMatch(/^400 InvalidPolicyDocument: Invalid Policy: /);
    expect(said).toContain(reason);
  });

  test.each(['not base64!', btoa('{'), btoa('\xff\xfe'), ''])('refuses %j, which is no base64 of JSON', (text) => {
    expect(outcome(() => parsePostPolicy(text))).toMatch(/^400 InvalidPolicyDocument: /);
  });

  test('1,000 conditions are read and one more is refused, in one object or in many', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ [`f${index}`]: 'v' }));
    const joined = (count: number) => Object.assign({}, ...many(count)) as object;
    expect(policy(...many(1000)).conditions).toHaveLength(1000);
    expect(policy(joined(999), ['eq', '$a', 'b']).conditions).toHaveLength(1000);
    for (const conditions of [many(1001), [joined(1001)], [joined(1000), ['eq', '$a', 'b']]]) {
      expect(outcome(() => policy(...conditions))).toContain('not have more than 1000 conditions');
    }
  });

  test('a policy as long as a field may be needs heap in proportion, whatever it holds', async () => {
    const lengthMax = (LIMITS.formFieldLengthBytesMax / 4) * 3;
    const fill = (piece: string, more = '') =>
      piece.repeat(Math.floor((lengthMax - 200) / (piece.length + more.length)));
    const deep = fill('[', ']');
    for (const conditions of [
      `${deep}${']'.repeat(deep.length)}`,
      `[["in","$a",[${fill('"",')}""]]]`,
      `[["eq","$a","${fill('x')}"]]`,
      `[["${fill('x')}","$a","b"]]`,
      `[{${Array.from({ length: 130_000 }, (_, index) => `"${index}":""`).join(',')}}]`,
      `[${fill('{},')}{}]`,
      `[${fill('["eq","$a","b"],')}[]]`,
    ]) {
      const encoded = btoa(`{"expiration":"${EXPIRATION}","conditions":${conditions}}`);
      expect(encoded.length).toBeLessThanOrEqual(LIMITS.formFieldLengthBytesMax);
      const liveBytesMax = await measureLiveBytesMax(() => {
        expect(outcome(() => parsePostPolicy(encoded))).toMatch(/^(passed$|400 InvalidPolicyDocument: )/);
      });
      expect(liveBytesMax).toBeLessThan(64 * 1024 * 1024);
    }
  });

  test('hostile documents are read and can be held against a form, or are refused', {
    timeout: 300_000,
  }, async () => {
    const name = fc.constantFrom('$key', '$bucket', 'key', '__proto__', '$__proto__', '', '$');
    const operator = fc.constantFrom('eq', 'starts-with', 'in', 'not-in', 'content-length-range', 'Eq', 'x');
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.array(fc.string(), { maxLength: 2 }),
      fc.constant(null),
      fc.double(),
    );
    const condition = fc.oneof(
      fc.tuple(operator, fc.oneof(name, fc.integer()), value),
      fc.dictionary(name, value, { maxKeys: 2 }),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const expiration = fc.oneof(
      { weight: 6, arbitrary: fc.constant(EXPIRATION) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
    );
    const document = fc.oneof(
      { weight: 9, arbitrary: fc.record({ expiration, conditions: fc.array(condition, { maxLength: 2 }) }) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
    );
    await readHostileInputs({
      inputs: document,
      read: (candidate) => {
        const read = readPostPolicy(candidate);
        // What was accepted can be evaluated, and says itself in JSON again.
        const said = outcome(() => checkPostPolicy(read, { fields: new Map(), nowMs: 0 }));
        if (!/^(passed$|403 AccessDenied)/.test(said)) throw new Error(said);
        for (const one of read.conditions) JSON.parse(formatCondition(one));
      },
      refusals: ['InvalidPolicyDocument'],
      lengthOf: (candidate) => JSON.stringify(candidate).length,
    });
  });

  test('spoiled fields are read, or refused', { timeout: 300_000 }, async () => {
    const documents = [
      { expiration: EXPIRATION, conditions: [{ bucket: 'b' }, ['starts-with', '$key', 'user/']] },
      {
        expiration: EXPIRATION,
        conditions: [
          ['content-length-range', 1, '10'],
          ['in', '$content-type', ['a/b', 'ö']],
        ],
      },
      { expiration: EXPIRATION, conditions: [['not-in', '$x', []], { success_action_status: 201 }] },
    ].map((document) => bytesOfText(JSON.stringify(document)));
    const pieces = [...JSON_PIECES, '"conditions":[],', '"$"', '["eq","$a","b"],', '["eq","$a","b"],'.repeat(30)];
    // Every other one is spoiled in its base64.
    const encoded = spoiledTexts(documents, pieces).map((text) => btoa(text));
    const spoiled = spoiledTexts(documents.map(btoa), [
      '=',
      '==',
      '-',
      '_',
      '%',
      ' ',
      '\r\n',
      'A',
      '日',
      '\0',
      '='.repeat(300),
    ]);
    await readHostileInputs({
      inputs: fc.oneof(encoded, spoiled),
      read: parsePostPolicy,
      refusals: ['InvalidPolicyDocument'],
      lengthOf: (text) => text.length,
      allowance: { perInputBytes: 6 * 1024, perCharacterBytes: 192 },
    });
  });
});

describe('checkPostPolicy', () => {
  const check = (read: PostPolicy, fields: Record<string, string>, nowMs = NOW_MS) =>
    outcome(() => checkPostPolicy(read, { fields: new Map(Object.entries(fields)), nowMs }));
  const failed = (condition: string) =>
    `403 AccessDenied: Invalid according to Policy: Policy Condition failed: ${condition}`;

  test('a policy ends after its expiration, not at it', () => {
    const read = policy({ key: 'k' });
    expect(check(read, { key: 'k' }, Date.parse(EXPIRATION))).toBe('passed');
    expect(check(read, { key: 'k' }, Date.parse(EXPIRATION) + 1)).toBe(
      '403 AccessDenied: Invalid according to Policy: Policy expired.',
    );
  });

  test.each<[unknown, Record<string, string>, string]>([
    [{ bucket: 'b' }, { bucket: 'b' }, 'passed'],
    [{ bucket: 'b' }, { bucket: 'c' }, failed('["eq", "$bucket", "b"]')],
    [['eq', '$key', 'a"b'], { key: 'x' }, failed('["eq", "$key", "a\\"b"]')],
    [['eq', '$key', 'k'], {}, failed('["eq", "$key", "k"]')],
    [['starts-with', '$key', 'user/eric/'], { key: 'user/eric/x' }, 'passed'],
    [['starts-with', '$key', 'user/eric/'], { key: 'user/erica' }, failed('["starts-with", "$key", "user/eric/"]')],
    [['starts-with', '$x-oss-meta-a', ''], {}, 'passed'],
    [['in', '$content-type', ['a/b', 'c/d']], { 'content-type': 'c/d' }, 'passed'],
    [
      ['in', '$content-type', ['a/b', 'c/d']],
      { 'content-type': 'a' },
      failed('["in", "$content-type", ["a/b", "c/d"]]'),
    ],
    [['not-in', '$cache-control', ['no-cache']], {}, 'passed'],
    [
      ['not-in', '$cache-control', ['no-cache']],
      { 'cache-control': 'no-cache' },
      failed('["not-in", "$cache-control", ["no-cache"]]'),
    ],
    [['content-length-range', 1, 2], {}, 'passed'],
  ])('%j with %j: %s', (condition, fields, expected) => {
    expect(check(policy(condition), fields)).toBe(expected);
  });
});

test('lengthRangeOf is what all ranges allow together', () => {
  expect(lengthRangeOf(policy({ key: 'k' }))).toBeUndefined();
  expect(lengthRangeOf(policy(['content-length-range', 1, 100], ['content-length-range', 10, 1000]))).toEqual({
    lengthBytesMin: 10,
    lengthBytesMax: 100,
  });
});

test('requireFixedFields wants an exact match: a prefix leaves the rest free', () => {
  const read = policy(['eq', '$x-oss-date', 'd'], ['starts-with', '$x-oss-credential', 'AK']);
  expect(outcome(() => requireFixedFields(read, ['x-oss-date']))).toBe('passed');
  expect(outcome(() => requireFixedFields(read, ['x-oss-date', 'x-oss-credential']))).toBe(
    '403 AccessDenied: Invalid according to Policy: The policy has no condition that fixes x-oss-credential.',
  );
});
