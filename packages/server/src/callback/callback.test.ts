import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OssError } from '@annals/protocol';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { bytesOfText, spoiledTexts } from '../../../../test/harness/mutations.js';
import { type CallbackFacts, fillCallbackBody } from './callback-body.js';
import { CallbackKey } from './callback-key.js';
import { parseCallback } from './callback-request.js';
import { CallbackSender } from './callback-sender.js';
import { InvalidTargetPattern, TargetPolicy } from './target-policy.js';

const FACTS: CallbackFacts = {
  bucket: 'b',
  key: 'dir/a "b"&c.txt',
  etag: 'D41D',
  lengthBytes: 5,
  contentType: 'text/plain',
  crc64: 7n,
  contentMd5: 'md==',
  clientIp: '192.0.2.7',
  requestId: 'ID',
  operation: 'PutObject',
};

function base64(document: unknown): string {
  return Buffer.from(JSON.stringify(document)).toString('base64');
}

/** Writes `${name}` for `#{name}`, which in a text of the test's own would look like a mistake. */
function template(text: string): string {
  return text.replaceAll('#{', '$'.concat('{'));
}

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

  test('100,000 spoiled callbacks are read and filled in, or refused', { timeout: 120_000 }, async () => {
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
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '\\u0000',
        '\\ud800',
        '"__proto__":1,',
        '"callbackUrl":"",',
        'null',
        '1e999',
      ],
      ...[
        'http://',
        'file://',
        'u:p@',
        '@',
        ';',
        ';b;c;d;e;f',
        '[::1]',
        '%00',
        '%',
        '\xff',
        '\0',
        '\xef\xbb\xbf',
        '['.repeat(300),
      ],
      ...[
        '$',
        '$'.concat('{'),
        template('#{x:a}'),
        template('#{').repeat(60),
        template('#{bucket').repeat(40),
        template('#{crc64}'),
      ],
      ...['.'.repeat(300), '/'.repeat(300), '"x:b":{}', '"x:b":1,', '"y":"z",', '\xed\xa0\x80', '9'.repeat(400)],
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

describe('TargetPolicy', () => {
  const policy = new TargetPolicy(['app.example.com', '*.Hooks.example.com', '10.1.0.0/16', '127.0.0.1', 'fd00::/8']);

  test.each<[string, string, boolean]>([
    ['app.example.com', '8.8.8.8', true],
    ['app.example.com.', '8.8.8.8', true],
    ['other.example.com', '8.8.8.8', false],
    ['a.hooks.example.com', '8.8.8.8', true],
    ['hooks.example.com', '8.8.8.8', false],
    ['evilhooks.example.com', '8.8.8.8', false],
    // A name opens public addresses only, whatever the DNS says of it.
    ['app.example.com', '127.0.0.2', false],
    ['app.example.com', '192.168.0.1', false],
    ['app.example.com', '169.254.169.254', false],
    ['app.example.com', '::1', false],
    ['app.example.com', '::ffff:192.168.0.1', false],
    ['app.example.com', '::ffff:c0a8:1', false],
    ['app.example.com', '64:ff9b::c0a8:1', false],
    ['app.example.com', 'fe80::1', false],
    ['app.example.com', '2606:4700::1', true],
    // A listed range opens its addresses, under any name.
    ['whatever', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.2.0.1', '10.2.0.1', false],
    ['127.0.0.1', '127.0.0.1', true],
    ['::ffff:7f00:1', '::ffff:7f00:1', true],
    ['fd12::1', 'fd12::1', true],
    ['8.8.8.8', '8.8.8.8', false],
    ['app.example.com', 'not an address', false],
  ])('%s at %s: %s', (host, address, expected) => {
    expect(policy.allows(host, address)).toBe(expected);
  });

  test.each(['10.0.0.0/33', 'http://a', 'a b', '', '::/129', '*', 'a/8'])('%j is no pattern', (pattern) => {
    expect(() => new TargetPolicy([pattern])).toThrow(InvalidTargetPattern);
  });
});

describe('CallbackSender', () => {
  let key: CallbackKey;
  beforeAll(async () => {
    key = await CallbackKey.generate();
  });

  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  interface Seen {
    readonly head: IncomingMessage;
    readonly body: string;
  }

  async function application(answer: (response: ServerResponse, seen: Seen) => void) {
    const seen: Seen[] = [];
    const server = createServer(async (head, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of head) chunks.push(chunk as Buffer);
      const request = { head, body: Buffer.concat(chunks).toString('utf8') };
      seen.push(request);
      answer(response, request);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { seen, port: (server.address() as AddressInfo).port };
  }

  const json = (response: ServerResponse, text = '{"ok":true}') =>
    response.writeHead(200, { 'Content-Length': Buffer.byteLength(text) }).end(text);

  function sender(allow: readonly string[], lookup?: (name: string) => Promise<readonly string[]>, timeoutMs = 5000) {
    return new CallbackSender(
      { allow, timeoutMs, publicKeyUrl: undefined },
      async () => key,
      () => 'http://oss.example.com',
      lookup,
    );
  }

  async function run(made: CallbackSender, callbackUrl: string, more: object = {}): Promise<string> {
    try {
      const request = parseCallback(base64({ callbackUrl, callbackBody: template('k=#{object}'), ...more }), undefined);
      const admitted = await made.admit(request);
      return Buffer.from(await made.send(admitted, FACTS, request.variables)).toString();
    } catch (error) {
      if (error instanceof OssError) return `${error.status} ${error.code} ${error.ec ?? ''} ${error.message}`;
      throw error;
    }
  }

  test('sends a request that its receiver can verify with the public key', async () => {
    const { seen, port } = await application((response) => json(response));
    const url = `http://127.0.0.1:${port}/call%20back/%E5%8C%97?id=1&x=%20`;
    expect(await run(sender(['127.0.0.1']), url, { callbackHost: 'app.example.com' })).toBe('{"ok":true}');
    const [{ head, body }] = seen as [Seen];
    expect(head).toMatchObject({ method: 'POST', url: '/call%20back/%E5%8C%97?id=1&x=%20' });
    expect(head.headers).toMatchObject({
      host: 'app.example.com',
      'content-type': 'application/x-www-form-urlencoded',
      'x-oss-request-id': 'ID',
      'x-oss-pub-key-url': Buffer.from('http://oss.example.com/-/callback-public-key.pem').toString('base64'),
    });
    expect(body).toBe('k=dir%2Fa%20%22b%22%26c.txt');
    const signed = Buffer.from(`/call back/北?id=1&x=%20\n${body}`);
    const signature = Buffer.from(head.headers.authorization ?? '', 'base64');
    expect(verify('md5', signed, createPublicKey(key.publicKeyPem), signature)).toBe(true);
    expect(verify('md5', Buffer.from(`/other\n${body}`), createPublicKey(key.publicKeyPem), signature)).toBe(false);
  });

  test('an empty list allows nothing, and nothing is looked up', async () => {
    const lookups: string[] = [];
    const made = sender([], async (name) => {
      lookups.push(name);
      return ['8.8.8.8'];
    });
    expect(await run(made, 'http://app.example.com/')).toMatch(
      /^400 InvalidArgument .*allows no callbacks.*Nothing was stored/,
    );
    expect(lookups).toEqual([]);
  });

  test.each([
    'http://127.0.0.1:1/',
    'http://0x7f.1:1/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://localhost:1/',
    'http://2130706433:1/',
  ])('%s is not allowed where only another address is', async (url) => {
    expect(await run(sender(['192.0.2.1']), url)).toMatch(/^400 InvalidArgument .*are not allowed/);
  });

  test('a name is looked up once, and the address that was checked is the one connected to', async () => {
    const { seen, port } = await application((response) => json(response));
    const answers = [['127.0.0.1'], ['192.0.2.66']];
    const made = sender(['127.0.0.1'], async () => answers.shift() ?? []);
    expect(await run(made, `http://app.example.com:${port}/x`)).toBe('{"ok":true}');
    expect(seen[0]?.head.headers.host).toBe(`app.example.com:${port}`);
    expect(answers).toHaveLength(1);
  });

  test('a name that points into the own network is not allowed by its name', async () => {
    const made = sender(['app.example.com'], async () => ['127.0.0.1']);
    expect(await run(made, 'http://app.example.com/')).toMatch(/^400 InvalidArgument /);
  });

  test('the URLs are tried in order until one answers', async () => {
    const bad = await application((response) => response.writeHead(500).end());
    const good = await application((response) => json(response, '{"from":"second"}'));
    const third = await application((response) => json(response));
    const urls = [bad, good, third].map(({ port }) => `http://127.0.0.1:${port}/`).join(';');
    expect(await run(sender(['127.0.0.1']), urls)).toBe('{"from":"second"}');
    expect([bad.seen.length, good.seen.length, third.seen.length]).toEqual([1, 1, 0]);
  });

  test('a redirect is not followed', async () => {
    const target = await application((response) => json(response));
    const { port } = await application((response) =>
      response.writeHead(301, { Location: `http://127.0.0.1:${target.port}/` }).end(),
    );
    expect(await run(sender(['127.0.0.1']), `http://127.0.0.1:${port}/`)).toBe(
      '203 CallbackFailed 0007-00000203 Error status : 301.',
    );
    expect(target.seen).toEqual([]);
  });

  test.each<[string, (response: ServerResponse) => void, string]>([
    ['no JSON', (response) => json(response, 'hello'), 'Response body is not valid json format.'],
    [
      'no length',
      (response) => response.writeHead(200).write('{}') && response.end(),
      'Response has no Content-Length.',
    ],
    [
      'too long an answer',
      (response) => response.writeHead(200, { 'Content-Length': 1024 * 1024 + 1 }).write('x'),
      'Response body is too long.',
    ],
    ['a broken connection', (response) => response.destroy(), 'Error status : -1.'],
    [
      'an answer that breaks off',
      (response) => response.writeHead(200, { 'Content-Length': 10 }).write('{', () => response.destroy()),
      'Error status : -1.',
    ],
  ])('%s: CallbackFailed', async (_, answer, message) => {
    const { port } = await application(answer);
    const said = await run(sender(['127.0.0.1']), `http://127.0.0.1:${port}/`);
    expect(said).toMatch(/^203 CallbackFailed 0007-00000203 /);
    expect(said).toContain(message);
  });

  test('an application that does not answer in time', async () => {
    const { port } = await application(() => undefined);
    expect(await run(sender(['127.0.0.1'], undefined, 50), `http://127.0.0.1:${port}/`)).toBe(
      '203 CallbackFailed 0007-00000203 Error status : -1.The callback timed out.',
    );
  });

  test('a name that is not listed and has no address is refused', async () => {
    const made = sender(['192.0.2.1', 'other.example.com'], () => Promise.reject(new Error('ENOTFOUND')));
    expect(await run(made, 'http://app.example.com/')).toBe(
      '400 InvalidArgument 0007-00000007 Private address is forbidden to callback.',
    );
  });

  test('a listed name without address counts as not reachable', async () => {
    const made = sender(['app.example.com'], () => Promise.reject(new Error('ENOTFOUND')));
    expect(await run(made, 'http://app.example.com/')).toBe(
      '203 CallbackFailed 0007-00000203 Error status : -1.OSS can not connect to your callbackUrl, please check it.',
    );
  });
});

test('CallbackKey reads what it wrote, and nothing but RSA keys', async () => {
  const key = await CallbackKey.generate();
  expect(CallbackKey.fromPem(key.toPem()).publicKeyPem).toBe(key.publicKeyPem);
  expect(key.publicKeyPem).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  expect(() => CallbackKey.fromPem('nothing')).toThrow();
});
