import { createHash } from 'node:crypto';
import { OssError } from '@annals/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../../test/harness/mutations.js';
import { parseBoundary } from './boundary.js';
import { readPartHeaders } from './content-disposition.js';
import { type FormLimits, type FormSource, readForm } from './read-form.js';

const BOUNDARY = '9431149156168';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const LIMITS: FormLimits = {
  nameLengthBytesMax: 64,
  valueLengthBytesMax: 1000,
  fieldsLengthBytesMax: 2000,
  fieldCountMax: 10,
};

interface Read {
  readonly fields: Record<string, string>;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly content: string;
}

function part(name: string, value: string, more = ''): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
}

const END = `--${BOUNDARY}--\r\n`;

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array, void> {
  const sorted = [...new Set(cuts)].filter((cut) => cut > 0 && cut < bytes.length).sort((left, right) => left - right);
  let start = 0;
  for (const cut of [...sorted, bytes.length]) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
}

async function read(text: string | Uint8Array, cuts: readonly number[] = [], more: Partial<FormSource> = {}) {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  const form = await readForm({ contentType: TYPE, md5: undefined, body: chunksOf(bytes, cuts), ...more }, LIMITS);
  const content: Uint8Array[] = [];
  for await (const chunk of form.file.open()) content.push(chunk);
  const result: Read = {
    fields: Object.fromEntries(form.fields),
    filename: form.file.filename,
    contentType: form.file.contentType,
    content: Buffer.concat(content).toString('latin1'),
  };
  return result;
}

async function codeOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
    return 'read';
  } catch (error) {
    if (error instanceof OssError) return error.code;
    throw error;
  }
}

describe('readForm', () => {
  const whole = `preamble\r\n${part('Key', 'user/ö')}${part('empty', '')}${part('file', 'a\r\n--943114915616x\r\n\r', '; filename="C:\\dir\\a b.txt"\r\nContent-Type: text/plain')}${part('submit', 'Upload')}${END}epilogue`;
  const expected: Read = {
    fields: { key: 'user/ö', empty: '' },
    filename: 'a b.txt',
    contentType: 'text/plain',
    content: 'a\r\n--943114915616x\r\n\r',
  };

  test('reads fields, then the file, wherever its bytes are cut', async () => {
    expect(await read(whole)).toEqual(expected);
    const lengthBytes = Buffer.byteLength(whole);
    for (let cut = 1; cut < lengthBytes; cut += 1) expect(await read(whole, [cut])).toEqual(expected);
    const everywhere = Array.from({ length: lengthBytes }, (_, index) => index);
    expect(await read(whole, everywhere)).toEqual(expected);
  });

  test('of a repeated field the first counts', async () => {
    expect((await read(part('key', 'one') + part('KEY', 'two') + part('file', 'x') + END)).fields).toEqual({
      key: 'one',
    });
  });

  test('a file may be a text without a name, and empty', async () => {
    expect(await read(part('file', '') + END)).toMatchObject({
      filename: undefined,
      contentType: undefined,
      content: '',
    });
  });

  test.each<[string, string, string]>([
    ['no file', part('key', 'k') + END, 'IncorrectNumberOfFilesInPOSTRequest'],
    ['a file under another name', part('upload', 'x', '; filename="a"') + END, 'IncorrectNumberOfFilesInPOSTRequest'],
    ['two files', part('file', 'x') + part('file', 'y') + END, 'IncorrectNumberOfFilesInPOSTRequest'],
    ['nothing', '', 'MalformedPOSTRequest'],
    ['another boundary', `--other\r\n\r\n${END}`, 'IncorrectNumberOfFilesInPOSTRequest'],
    ['an end in a field', part('key', 'k').slice(0, -1), 'MalformedPOSTRequest'],
    ['an end in the file', part('key', 'k') + part('file', 'xyz'), 'MalformedPOSTRequest'],
    ['an end behind the file', `${part('file', 'xyz')}--${BOUNDARY}\r\n`, 'MalformedPOSTRequest'],
    ['a part without headers', `--${BOUNDARY}\r\n\r\nx\r\n${END}`, 'MalformedPOSTRequest'],
    ['text behind a delimiter', `--${BOUNDARY}x\r\n\r\nx\r\n${END}`, 'MalformedPOSTRequest'],
    [
      'a part that is no field',
      `--${BOUNDARY}\r\nContent-Disposition: attachment\r\n\r\nx\r\n${END}`,
      'MalformedPOSTRequest',
    ],
    [
      'a field without a name',
      `--${BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n${END}`,
      'MalformedPOSTRequest',
    ],
    ['a long name', part('k'.repeat(65), 'k') + part('file', 'x') + END, 'FieldItemTooLong'],
    ['a longer name', part('k'.repeat(2000), 'k') + part('file', 'x') + END, 'FieldItemTooLong'],
    ['a long value', part('key', 'k'.repeat(1001)) + part('file', 'x') + END, 'FieldItemTooLong'],
    ['long fields', part('a', 'k'.repeat(900)).repeat(3), 'MaxPOSTPreDataLengthExceededError'],
    ['many fields', part('a', '').repeat(11), 'MaxPOSTPreDataLengthExceededError'],
    ['a long preamble', `${'p'.repeat(2001)}\r\n${part('file', 'x')}${END}`, 'MaxPOSTPreDataLengthExceededError'],
    [
      'much behind the file',
      part('file', 'x') + part('a', 'k'.repeat(2001)) + END,
      'MaxPOSTPreDataLengthExceededError',
    ],
  ])('refuses %s', async (_, text, code) => {
    expect(await codeOf(read(text))).toBe(code);
  });

  test('spaces behind a delimiter are part of it', async () => {
    for (const padding of [' ', '  ', '\t']) {
      const text = `--${BOUNDARY}${padding}\r\nContent-Disposition: form-data; name=file\r\n\r\nx\r\n${END}`;
      expect((await read(text)).content).toBe('x');
    }
  });

  test('a value that is not UTF-8 is refused: it could not be what was signed', async () => {
    const bytes = Buffer.from(part('key', '\xff') + part('file', 'x') + END, 'latin1');
    expect(await codeOf(read(bytes))).toBe('MalformedPOSTRequest');
  });

  test('the MD5 of the whole form is checked before the stream of the file ends', async () => {
    const md5 = createHash('md5').update(whole).digest();
    expect(await read(whole, [5], { md5 })).toEqual(expected);
    expect(await codeOf(read(whole, [5], { md5: Buffer.alloc(16) }))).toBe('InvalidDigest');
  });

  test('the body is read no further than to the file before the file is read, and given back when it is not', async () => {
    let given = 0;
    let isReturned = false;
    async function* source(): AsyncGenerator<Uint8Array, void> {
      try {
        yield Buffer.from(part('key', 'k') + part('file', 'x').slice(0, -2));
        for (;;) {
          given += 1;
          yield Buffer.alloc(1000);
        }
      } finally {
        isReturned = true;
      }
    }
    const form = await readForm({ contentType: TYPE, md5: undefined, body: source() }, LIMITS);
    expect(given).toBe(0);
    for await (const chunk of form.file.open()) if (chunk.length === 1000) break;
    expect({ given, isReturned }).toEqual({ given: 1, isReturned: true });
  });
});

describe('readForm, by property', () => {
  test('any bytes come through unchanged, however the form is cut', { timeout: 300_000 }, async () => {
    const piece = fc.constantFrom('\r', '\n', '\r\n', '--', BOUNDARY, `\r\n--${BOUNDARY.slice(0, -1)}`, 'x', '\0', '-');
    const file = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    );
    const cuts = fc.array(fc.nat(400), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(file, cuts, async (content, at) => {
        fc.pre(!`\r\n${content}`.includes(`\r\n--${BOUNDARY}`));
        const bytes = Buffer.from(part('key', 'k') + part('file', content, '; filename=a') + END, 'latin1');
        expect((await read(bytes, at)).content).toBe(content);
      }),
      { numRuns: 5000 },
    );
  });

  /** Reads a form twice: how its bytes are cut must not decide what they mean. */
  async function readTwice(bytes: Uint8Array, cuts: readonly number[]): Promise<void> {
    const [whole, cut] = [await codeOf(read(bytes)), await codeOf(read(bytes, cuts))];
    if (cut !== whole) throw new Error(`${whole}, but ${cut} when cut at ${cuts}`);
    if (whole !== 'read') throw Object.assign(new Error('refused both times'), { code: whole });
  }

  const PIECES = [
    ...[
      '\r',
      '\n',
      '\r\n',
      '\r\n\r\n',
      '--',
      BOUNDARY,
      `--${BOUNDARY}`,
      `\r\n--${BOUNDARY}\r\n`,
      `\r\n--${BOUNDARY}--`,
    ],
    ...['Content-Disposition: form-data; name="key"', 'Content-Disposition: form-data; name="file"; filename="a'],
    ...[
      'Content-Disposition:',
      'Content-Type: ',
      'name="',
      '; name=file',
      ';',
      '"',
      '\\',
      ':',
      '\0',
      '\xff',
      '\xc3\xb6',
      '=',
    ],
    ...[
      'x'.repeat(70),
      'x'.repeat(1001),
      '-'.repeat(300),
      '\r'.repeat(300),
      ' '.repeat(300),
      part('a', ''),
      part('file', 'x'),
      END,
    ],
    ...[part('b', '').repeat(11), `\r\n--${BOUNDARY}`.repeat(20), '__proto__', `--${BOUNDARY.slice(0, -1)}`.repeat(20)],
  ];
  const CODES = [
    ...['MalformedPOSTRequest', 'FieldItemTooLong', 'MaxPOSTPreDataLengthExceededError'],
    'IncorrectNumberOfFilesInPOSTRequest',
  ];
  const cuts = fc.array(fc.nat(600), { maxLength: 12 });
  // Streams and promises of two readings, one of them byte by byte at worst.
  const allowance = { perInputBytes: 96 * 1024, perCharacterBytes: 128 };

  test('bodies of hostile pieces: read, or refused by name, and nothing else', {
    timeout: 240_000,
  }, async () => {
    const piece = fc.nat({ max: PIECES.length - 1 }).map((index) => PIECES[index] ?? '');
    const valid = `${part('key', 'k')}${part('file', 'x')}${END}`;
    const inner = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    const bodies = fc.oneof({ weight: 3, arbitrary: inner }, { weight: 1, arbitrary: fc.constant(valid) });
    await readHostileInputs({
      inputs: fc.tuple(
        bodies.map((body) => Buffer.from(body, 'latin1')),
        cuts,
      ),
      read: ([bytes, at]) => readTwice(bytes, at),
      refusals: CODES,
      lengthOf: ([bytes]) => bytes.length,
      allowance,
    });
  });

  test('spoiled bodies: read, or refused by name, and nothing else', { timeout: 240_000 }, async () => {
    const valid = [
      `${part('key', 'user/\xc3\xb6')}${part('file', 'abc', '; filename="a.txt"\r\nContent-Type: text/plain')}${END}`,
      `preamble\r\n${part('key', 'k')}${part('empty', '')}${part('file', '')}${part('submit', 'Upload')}${END}epilogue`,
    ];
    await readHostileInputs({
      inputs: fc.tuple(
        spoiledTexts(valid, PIECES).map((body) => Buffer.from(body, 'latin1')),
        cuts,
      ),
      read: ([bytes, at]) => readTwice(bytes, at),
      refusals: CODES,
      lengthOf: ([bytes]) => bytes.length,
      allowance,
    });
  });

  test('spoiled Content-Types: a boundary, or refused by name', { timeout: 300_000 }, async () => {
    const pieces = [
      ...[
        'multipart/form-data',
        ';',
        'boundary',
        '=',
        '"',
        '\\',
        ' ',
        ',',
        'charset=utf-8;',
        '; boundary=',
        '\0',
        '日',
        '\t',
      ],
      ...['b'.repeat(71), ' '.repeat(300), ';boundary'.repeat(40), '"'.repeat(300), "'()+_,-./:=?", ';'.repeat(300)],
    ];
    await readHostileInputs({
      inputs: spoiledTexts(['multipart/form-data; boundary=abc', 'Multipart/Form-Data;a=b; BOUNDARY="a b=c"'], pieces),
      read: parseBoundary,
      refusals: ['RequestIsNotMultiPartContent', 'MalformedPOSTRequest'],
      lengthOf: (text) => text.length,
    });
  });

  test('spoiled headers of a part: a name, or refused by name', { timeout: 300_000 }, async () => {
    const pieces = [
      ...[
        'Content-Disposition: form-data',
        '; name="a"',
        '; name=',
        '; filename=',
        "filename*=UTF-8''x",
        ';',
        '"',
        '\\',
        '\\"',
      ],
      ...[
        '\r\n',
        ':',
        '=',
        ' ',
        '\xff',
        '\xc3\xb6',
        '\0',
        '/',
        'x'.repeat(300),
        '"\\'.repeat(100),
        '; name="'.repeat(40),
      ],
      ...[';'.repeat(300), ' '.repeat(300), '\\\\'.repeat(150), 'a:b\r\n'.repeat(40), 'Content-Type: a/b\r\n'],
    ];
    const valid = [
      'Content-Disposition: form-data; name="file"; filename="C:\\dir\\a b.txt"\r\nContent-Type: text/plain',
      'content-disposition: form-data; name=a; filename=x.txt\r\nX-Other: 1',
      'Content-Disposition: form-data; name="a\\"b"',
    ];
    await readHostileInputs({
      inputs: spoiledTexts(valid, pieces),
      read: readPartHeaders,
      refusals: ['MalformedPOSTRequest'],
      lengthOf: (text) => text.length,
      allowance: { perInputBytes: 8 * 1024, perCharacterBytes: 96 },
    });
  });
});

test.each<[string | undefined, string]>([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['Multipart/Form-Data;charset=utf-8; BOUNDARY="a b=c"', 'a b=c'],
  [undefined, 'RequestIsNotMultiPartContent'],
  ['multipart/mixed; boundary=abc', 'RequestIsNotMultiPartContent'],
  ['multipart/form-data', 'MalformedPOSTRequest'],
  ['multipart/form-data; boundary=', 'MalformedPOSTRequest'],
  [`multipart/form-data; boundary=${'b'.repeat(71)}`, 'MalformedPOSTRequest'],
  ['multipart/form-data; boundary="a\u00e9"', 'MalformedPOSTRequest'],
])('parseBoundary of %s: %s', (contentType, expected) => {
  let result: string;
  try {
    result = parseBoundary(contentType);
  } catch (error) {
    result = (error as OssError).code;
  }
  expect(result).toBe(expected);
});

test.each<[string, string, string | undefined]>([
  ['form-data; name="a b"; filename="x.txt"', 'a b', 'x.txt'],
  ['form-data; name=a; filename=x.txt', 'a', 'x.txt'],
  ['form-data; name="a\\"b"; filename="C:\\Users\\me\\x.txt"', 'a"b', 'x.txt'],
  ['form-data; filename="/home/me/x.txt"; name="a; name=b"', 'a; name=b', 'x.txt'],
  ['Form-Data; NAME="a"; filename*=UTF-8\'\'x', 'a', undefined],
  ['form-data; name="a"; filename=""', 'a', ''],
])('readPartHeaders of %s', (disposition, name, filename) => {
  expect(readPartHeaders(`content-disposition: ${disposition}\r\nX-Other: 1`)).toEqual({
    name,
    filename,
    contentType: undefined,
  });
});
