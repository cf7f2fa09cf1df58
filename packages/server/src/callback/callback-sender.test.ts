/** Callbacks that are sent to a real application over a socket, and what is made of its answers. */
import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OssError } from '@annals/protocol';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CallbackKey } from './callback-key.js';
import { parseCallback } from './callback-request.js';
import { CallbackSender } from './callback-sender.js';
import { base64, FACTS, template } from './testing/callback-texts.js';

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
