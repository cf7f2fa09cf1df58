/** Which calls are sent again, after what, and what is corrected before. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc64 } from '@annals/checksum';
import type { Credentials } from '@annals/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../client.js';
import type { ClientOptions } from '../client-options.js';

type Fate = (response: ServerResponse, request: IncomingMessage) => void;

let server: Server;
let endpoint: string;
/** Of the requests to come, in order; afterwards all succeed. */
let fates: Fate[];
let received: IncomingMessage[];

beforeEach(async () => {
  fates = [];
  received = [];
  server = createServer(async (request, response) => {
    received.push(request);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const fate = fates.shift();
    if (fate !== undefined) return fate(response, request);
    response
      .writeHead(200, {
        'content-length': '0',
        etag: '"A"',
        'x-oss-hash-crc64ecma': crc64(body).toString(),
        'x-oss-next-append-position': String(body.length),
      })
      .end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A client that does not wait between attempts. */
function impatient(more: Partial<ClientOptions> = {}): Client {
  return createClient({ endpoint, accessKeyId: 'id', accessKeySecret: 'secret', random: () => 0, ...more });
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('The call did not fail as it should');
    },
    (error: unknown) => error,
  );
}

const TARGET = { bucket: 'logs', key: 'app.log' };
const cut: Fate = (response) => response.destroy();
const refuse =
  (status: number, code: string, headers: Record<string, string> = {}): Fate =>
  (response) => {
    const document = `<Error><Code>${code}</Code><Message>No</Message></Error>`;
    response.writeHead(status, { 'x-oss-err': Buffer.from(document).toString('base64'), ...headers }).end(document);
  };

describe('a call', () => {
  it.each<[string, (client: Client) => Promise<unknown>]>([
    ['reads', (client) => client.headObject(TARGET)],
    ['stores the same bytes', (client) => client.putObject({ ...TARGET, body: 'x' })],
    ['deletes', (client) => client.deleteObject(TARGET)],
  ])('that %s is repeated whatever became of the attempt before', async (_, call) => {
    fates = [cut, refuse(503, 'ServiceUnavailable'), refuse(429, 'TooManyRequests')];
    await call(impatient());
    expect(received).toHaveLength(4);
  });

  it('is given up after attemptCountMax attempts', async () => {
    fates = [cut, cut, cut, cut];
    expect(await failureOf(impatient({ retry: { attemptCountMax: 3 } }).headObject(TARGET))).toMatchObject({
      code: 'NetworkFailed',
    });
    expect(received).toHaveLength(3);
  });

  it.each<[string, Fate]>([
    ['is cut', cut],
    ['fails in the server', refuse(500, 'InternalError')],
  ])('that appends is not repeated when it %s', async (_, fate) => {
    fates = [fate];
    expect(await failureOf(impatient().appendObject({ ...TARGET, position: 0, body: 'x' }))).toMatchObject({
      outcome: 'unknown',
    });
    expect(received).toHaveLength(1);
  });

  it('whose body is a stream is not repeated', async () => {
    fates = [refuse(503, 'ServiceUnavailable')];
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('abc');
    }
    await failureOf(impatient().putObject({ ...TARGET, body: { stream: source(), length: 3 } }));
    expect(received).toHaveLength(1);
  });

  it.each([
    [403, 'AccessDenied'],
    [404, 'NoSuchBucket'],
    [501, 'NotImplemented'],
  ])('is not repeated after a refusal of status %i', async (status, code) => {
    fates = [refuse(status, code)];
    expect(await failureOf(impatient().headObject(TARGET))).toMatchObject({ status });
    expect(received).toHaveLength(1);
  });

  it('stays in doubt when a later attempt was refused', async () => {
    fates = [cut, refuse(403, 'AccessDenied')];
    expect(await failureOf(impatient().putObject({ ...TARGET, body: 'x' }))).toMatchObject({
      code: 'AccessDenied',
      status: 403,
      outcome: 'unknown',
    });
  });

  it('that gets no answer in time ends, and says so', async () => {
    // Counted where they are sent: an attempt may be over before a busy machine has brought it to the server.
    let sentCount = 0;
    const send: typeof fetch = (...request) => {
      sentCount += 1;
      return fetch(...request);
    };
    fates = [() => undefined, () => undefined];
    const client = impatient({ timeoutMs: 50, retry: { attemptCountMax: 2 }, fetch: send });
    expect(await failureOf(client.putObject({ ...TARGET, body: 'x' }))).toMatchObject({
      code: 'TimedOut',
      outcome: 'unknown',
      message: expect.stringContaining('nothing was heard for 50 ms'),
    });
    expect(sentCount).toBe(2);
  });

  it('ends when its answer stands still', async () => {
    // Without sockets: the head of the answer is there at once, however busy the machine is.
    const still = new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('12345')) });
    const answer = new Response(still, { headers: { 'content-length': '10' } });
    const { body } = await impatient({ timeoutMs: 50, fetch: async () => answer }).getObject(TARGET);
    const reading = (async () => {
      for await (const _ of body);
    })();
    expect(await failureOf(reading)).toMatchObject({ code: 'TimedOut' });
  });
});

describe('what is corrected before another attempt', () => {
  it('is a wrong clock', async () => {
    const serverTime = 'Fri, 02 Jan 2026 03:04:05 GMT';
    fates = [refuse(403, 'RequestTimeTooSkewed', { date: serverTime })];
    const client = impatient({ clock: () => 0 });
    await client.headObject(TARGET);
    await client.headObject(TARGET);
    expect(received.map(({ headers }) => headers['x-oss-date'])).toEqual([
      '19700101T000000Z',
      '20260102T030405Z',
      '20260102T030405Z',
    ]);
  });

  it('are keys that were refused, once', async () => {
    const refusals: (Credentials | undefined)[] = [];
    const credentials = (refused?: Credentials): Credentials => {
      refusals.push(refused);
      return { accessKeyId: refused === undefined ? 'old' : 'new', accessKeySecret: 'secret' };
    };
    fates = [refuse(403, 'InvalidAccessKeyId'), refuse(403, 'InvalidAccessKeyId')];
    const client = createClient({ endpoint, credentials, random: () => 0 });
    expect(await failureOf(client.headObject(TARGET))).toMatchObject({ code: 'InvalidAccessKeyId' });
    expect(received.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1])).toEqual([
      'old',
      'new',
    ]);
    expect(refusals[0]).toBeUndefined();
    expect(refusals[1]).toMatchObject({ accessKeyId: 'old' });
  });

  it('are no keys: the provider says why', async () => {
    const credentials = (): Promise<Credentials> => Promise.reject(new Error('the vault is closed'));
    expect(await failureOf(createClient({ endpoint, credentials }).headObject(TARGET))).toMatchObject({
      code: 'CredentialsMissing',
      message: 'Cannot get credentials: the vault is closed',
      outcome: 'not-applied',
    });
    expect(received).toHaveLength(0);
  });
});
