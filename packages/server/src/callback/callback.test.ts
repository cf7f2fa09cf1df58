import { OssError } from '@annals/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { bytesOfText, JSON_PIECES, spoiledTexts } from '../../../../test/harness/mutations.js';
import { fillCallbackBody } from './callback-body.js';
import { parseCallback } from './callback-request.js';
import { base64, FACTS, template } from './testing/callback-texts.js';

function outcome(action: () => unknown): string {
  try {
    action();
    return 'passed';
  } catch (error) {
    return error instanceof OssError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('parseCallback', () => {
  test('reads URLs with and without scheme, body, type, host and variables', () => {
    const callback = base64({
      callbackUrl: '192.0.2.1:23456/index.html;https://app.example.com/a?b=c#d',
      callbackHost: 'app.example.com',
      callbackBody: template('bucket=#{bucket}'),
      callbackBodyType: 'application/json',
    });
    const read = parseCallback(callback, base64({ 'x:a': 'b', 'x:n': 1 }));
    expect({ ...read, urls: read.urls.map(String), variables: [...read.variables] }).toEqual({
      urls: ['http://192.0.2.1:23456/index.html', 'https://app.example.com/a?b=c'],
      host: 'app.example.com',
      bodyTemplate: template('bucket=#{bucket}'),
      bodyType: 'application/json',
      variables: [
        ['x:a', 'b'],
        ['x:n', '1'],
      ],
    });
  });

  test.each<[string, unknown, unknown?]>([
    ['callbackUrl is missing', { callbackBody: 'a' }],
    ['callbackBody is missing', { callbackUrl: 'a' }],
    ['callbackBody must be a text', { callbackUrl: 'a', callbackBody: 1 }],
    ['1 to 5 URLs', { callbackUrl: 'a;b;c;d;e;f', callbackBody: 'a' }],
    ['without credentials', { callbackUrl: 'http://u:p@a', callbackBody: 'a' }],
    ['URLs of http or https', { callbackUrl: 'file:///etc/passwd', callbackBody: 'a' }],
    ['URLs of http or https', { callbackUrl: 'http://', callbackBody: 'a' }],
    ['callbackBodyType must be', { callbackUrl: 'a', callbackBody: 'a', callbackBodyType: 'text/plain' }],
    ['callbackHost is no host name', { callbackUrl: 'a', callbackBody: 'a', callbackHost: 'a\r\nb: c' }],
    ['base64 of a JSON object', [1]],
    ['Names must begin with x:', { callbackUrl: 'a', callbackBody: 'a' }, { y: 'z' }],
    ['x:a must be a text', { callbackUrl: 'a', callbackBody: 'a' }, { 'x:a': {} }],
  ])('%s: refused', (reason, callback, variables) => {
    const said = outcome(() =>
      parseCallback(base64(callback), variables === undefined ? undefined : base64(variables)),
    );
    expect(said).toMatch(/^InvalidArgument: /);
    expect(said).toContain(reason);
  });

  test('what is no base64 of JSON is refused', () => {
    expect(outcome(() => parseCallback('%%%', undefined))).toMatch(/^InvalidArgument: .*base64 of a JSON object/);
  });

  test('spoiled callbacks are read and filled in, or refused', { timeout: 300_000 }, async () => {
    const callbacks = [
      { callbackUrl: '192.0.2.1:1/a;https://b.example.com/c?d#e', callbackBody: template('b=#{bucket}&x=#{x:a}') },
      {
        callbackUrl: 'a',
        callbackHost: 'b',
        callbackBody: template('{"k":#{object}}'),
        callbackBodyType: 'application/json',
      },
    ].map((document) => bytesOfText(JSON.stringify(document)));
    const pieces = [
      ...JSON_PIECES,
      ...['"callbackUrl":"",', '"x:b":{}', '"x:b":1,', '"y":"z",', '.'.repeat(300), '/'.repeat(300)],
      ...['http://', 'file://', 'u:p@', '@', ';', ';b;c;d;e;f', '[::1]', '%00', '%'],
      ...['$', '$'.concat('{'), template('#{x:a}'), template('#{').repeat(60), template('#{bucket').repeat(40)],
      template('#{crc64}'),
    ];
    const variables = spoiledTexts(['{"x:a":"b","x:n":1}', '{"x:a":true}'], pieces).map((text) => btoa(text));
    await readHostileInputs({
      inputs: fc.tuple(
        spoiledTexts(callbacks, pieces).map((text) => btoa(text)),
        fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: variables }),
      ),
      read: ([callback, own]) => {
        const { bodyTemplate, bodyType, variables: given } = parseCallback(callback, own);
        return fillCallbackBody(bodyTemplate, bodyType, FACTS, given);
      },
      refusals: ['InvalidArgument'],
      lengthOf: ([callback, own = '']) => callback.length + own.length,
      allowance: { perInputBytes: 16 * 1024, perCharacterBytes: 256 },
    });
  });
});

describe('fillCallbackBody', () => {
  const variables = new Map([['x:mine', 'ö"&\n']]);

  test('in a form every value is percent-encoded', () => {
    const filled = template(
      '#{bucket}&#{object}&#{etag}&#{size}&#{mimeType}&#{crc64}&#{contentMd5}&#{clientIp}&#{reqId}&#{operation}&#{x:mine}&#{vpcId}&#{imageInfo.height}&#{nothing}&$x',
    );
    expect(fillCallbackBody(filled, 'application/x-www-form-urlencoded', FACTS, variables)).toBe(
      'b&dir%2Fa%20%22b%22%26c.txt&D41D&5&text%2Fplain&7&md%3D%3D&192.0.2.7&ID&PutObject&%C3%B6%22%26%0A&&&&$x',
    );
  });

  test('in JSON a variable is a value, and inside a text a part of it', () => {
    const filled = template(
      '{"a":#{object},"b":#{size},"c":"#{object}/#{size}","d":#{x:mine},"e":"\\"#{x:mine}","f":#{vpcId}}',
    );
    const body = fillCallbackBody(filled, 'application/json', FACTS, variables);
    expect(JSON.parse(body)).toEqual({
      a: FACTS.key,
      b: 5,
      c: `${FACTS.key}/5`,
      d: 'ö"&\n',
      e: '"ö"&\n',
      f: '',
    });
  });

  test('half a surrogate pair does no harm', () => {
    const lone = new Map([['x:mine', '\ud800']]);
    expect(fillCallbackBody(template('#{x:mine}'), 'application/x-www-form-urlencoded', FACTS, lone)).toBe('%EF%BF%BD');
  });
});
