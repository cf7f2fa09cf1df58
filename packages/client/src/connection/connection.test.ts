/** What a call says when the wire, the server or the caller fails. Leaves out repeating: `retries.test.ts`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc64 } from '@annals/checksum';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../client.js';
import { readAll } from '../read-all.js';

let server: Server;
let client: Client;
let endpoint: string;
let received: IncomingMessage[];
/** What the server does with a request whose body has arrived. */
let respond: (response: ServerResponse, body: Buffer) => void;

beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    received.push(request);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => respond(response, Buffer.concat(chunks)));
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createClient({
    endpoint,
    accessKeyId: 'id',
    accessKeySecret: 'secret',
    clock: () => 1_702_743_657_000,
    retry: { attemptCountMax: 1 },
  });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const TARGET = { bucket: 'logs', key: 'app.log' };

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('The call did not fail as it should');
    },
    (error: unknown) => error,
  );
}

function errorDocument(code: string, message: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message><EC>0026-00000016</EC></Error>`;
}

function stored(response: ServerResponse, body: Buffer): void {
  response
    .writeHead(200, {
      'x-oss-next-append-position': String(body.length),
      'x-oss-hash-crc64ecma': crc64(body).toString(),
      etag: '"ABC"',
    })
    .end();
}

describe('a request', () => {
  it('is signed with V4 and carries the length of its stream', async () => {
    respond = stored;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('12345');
      yield Buffer.from('');
      yield Buffer.from('6789');
    }
    const result = await client.appendObject({ ...TARGET, position: 0, body: { stream: source(), length: 9 } });
    expect(result).toEqual({
      position: 0,
      nextPosition: 9,
      crc64: 0x995d_c9bb_df19_39fan,
      etag: 'ABC',
      isReplayed: false,
      honoured: [],
    });
    const [request] = received;
    expect(request?.url).toBe('/logs/app.log?append&position=0');
    expect(request?.headers).toMatchObject({
      'content-length': '9',
      'x-oss-date': '20231216T162057Z',
      authorization: expect.stringMatching(
        /^OSS4-HMAC-SHA256 Credential=id\/20231216\/cn-hangzhou\/oss\/aliyun_v4_request,Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  it('can be signed with V1, and its stream may have no known length', async () => {
    respond = stored;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('123');
    }
    const old = createClient({ endpoint, accessKeyId: 'id', accessKeySecret: 'secret', signatureVersion: 'v1' });
    await old.appendObject({ ...TARGET, position: 0, body: { stream: source() } });
    expect(received[0]?.headers).toMatchObject({
      'transfer-encoding': 'chunked',
      authorization: expect.stringMatching(/^OSS id:[A-Za-z0-9+/]{27}=$/),
    });
  });
});

describe('a refusal', () => {
  it('comes back with everything the server said', async () => {
    respond = (response) =>
      response
        .writeHead(409, { 'x-oss-next-append-position': '17', 'x-oss-request-id': 'A1' })
        .end(errorDocument('PositionNotEqualToLength', 'Position is not equal to file length'));
    expect(await failureOf(client.appendObject({ ...TARGET, position: 3, body: 'x' }))).toMatchObject({
      name: 'OssServiceError',
      code: 'PositionNotEqualToLength',
      status: 409,
      ec: '0026-00000016',
      requestId: 'A1',
      nextPosition: 17,
      outcome: 'not-applied',
      serviceMessage: 'Position is not equal to file length',
      message:
        'Cannot append to oss://logs/app.log at position 3: PositionNotEqualToLength, Position is not equal to file length (next position is 17) (status 409, request A1)',
    });
  });

  it('is read from the header where an answer has no body', async () => {
    respond = (response) =>
      response
        .writeHead(404, { 'x-oss-err': Buffer.from(errorDocument('NoSuchBucket', 'No bucket')).toString('base64') })
        .end();
    expect(await failureOf(client.headObject(TARGET))).toMatchObject({
      code: 'NoSuchBucket',
      serviceMessage: 'No bucket',
    });
  });

  it.each([
    [404, '', 'NoSuchKey'],
    [403, '<html>Forbidden</html>', 'AccessDenied'],
    [502, 'Bad gateway', 'InternalError'],
    [418, '', 'InvalidResponse'],
  ])('of status %i with the body %j is still an error of its kind', async (status, body, code) => {
    respond = (response) => response.writeHead(status).end(body);
    expect(await failureOf(client.getObject(TARGET))).toMatchObject({ code, status, outcome: 'not-applied' });
  });

  it('by a failing server leaves the outcome of a changing call unknown', async () => {
    respond = (response) => response.writeHead(500).end();
    expect(await failureOf(client.putObject({ ...TARGET, body: 'x' }))).toMatchObject({
      status: 500,
      outcome: 'unknown',
    });
  });
});

describe('a broken connection', () => {
  it('leaves the outcome of a changing call unknown', async () => {
    respond = (response) => response.destroy();
    expect(await failureOf(client.putObject({ ...TARGET, body: 'x' }))).toMatchObject({
      code: 'NetworkFailed',
      outcome: 'unknown',
      message: expect.stringContaining('it is not known whether the server carried it out'),
    });
    expect(received).toHaveLength(1);
  });

  it('changes nothing when the call only reads', async () => {
    respond = (response) => response.destroy();
    expect(await failureOf(client.headObject(TARGET))).toMatchObject({ code: 'NetworkFailed', outcome: 'not-applied' });
  });

  it('that was never made means that nothing was applied', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(client.putObject({ ...TARGET, body: 'x' }))).toMatchObject({
      code: 'NetworkFailed',
      outcome: 'not-applied',
    });
  });

  it('within a body is an error, not an early end', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345', () => response.destroy());
    };
    const { body } = await client.getObject(TARGET);
    expect(await failureOf(readAll(body))).toMatchObject({ code: 'NetworkFailed' });
  });
});

describe('checksums', () => {
  it('of a stored object that is not what was sent are an error although it was applied', async () => {
    respond = (response) => response.writeHead(200, { etag: '"A"', 'x-oss-hash-crc64ecma': '1' }).end();
    expect(await failureOf(client.putObject({ ...TARGET, body: 'x' }))).toMatchObject({
      code: 'ChecksumMismatch',
      outcome: 'applied',
    });
  });

  it('of a whole body that is not what was announced are an error', async () => {
    respond = (response) => response.writeHead(200, { 'x-oss-hash-crc64ecma': '1' }).end('damaged');
    const { body } = await client.getObject(TARGET);
    expect(await failureOf(readAll(body))).toMatchObject({ code: 'ChecksumMismatch' });
  });

  it('of an append follow from those of the bytes before', async () => {
    respond = (response) =>
      response
        .writeHead(200, {
          'x-oss-next-append-position': '9',
          'x-oss-hash-crc64ecma': crc64(Buffer.from('123456789')).toString(),
        })
        .end();
    const append = { ...TARGET, position: 4, body: '56789' };
    const crc64Before = crc64(Buffer.from('1234'));
    expect(await client.appendObject({ ...append, crc64Before })).toMatchObject({ nextPosition: 9 });
    expect(await failureOf(client.appendObject({ ...append, crc64Before: crc64Before + 1n }))).toMatchObject({
      code: 'ChecksumMismatch',
      outcome: 'applied',
    });
  });

  it.each([{}, { 'x-oss-hash-crc64ecma': '5' }, { 'x-oss-next-append-position': '1' }])(
    'and positions missing from the answer to an append are an error: %j',
    async (headers) => {
      respond = (response) => response.writeHead(200, headers).end();
      expect(await failureOf(client.appendObject({ ...TARGET, position: 7, body: 'x' }))).toMatchObject({
        code: 'InvalidResponse',
        outcome: 'applied',
      });
    },
  );
});

describe('the caller', () => {
  it.each([
    ['shorter', 'abc', 4, 'The body ended after 3 of 4 bytes'],
    ['longer', 'abc', 2, 'The body is longer than its announced 2 bytes'],
  ])('is told that the body is %s than announced', async (_, text, length, message) => {
    respond = stored;
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(text);
    }
    const body = { stream: source(), length };
    expect(await failureOf(client.putObject({ ...TARGET, body }))).toMatchObject({
      code: 'SourceFailed',
      message: `Cannot put oss://logs/app.log: ${message}`,
    });
  });

  it('gets back what its body threw', async () => {
    respond = stored;
    const cause = new Error('The tape is torn');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('abc');
      throw cause;
    }
    expect(await failureOf(client.putObject({ ...TARGET, body: { stream: source() } }))).toMatchObject({
      code: 'SourceFailed',
      cause,
    });
  });

  it('may abandon a call', async () => {
    const abandonment = new AbortController();
    respond = () => abandonment.abort();
    const call = client.putObject({ ...TARGET, body: 'x', signal: abandonment.signal });
    expect(await failureOf(call)).toMatchObject({ code: 'Aborted', outcome: 'unknown' });
  });

  it.each([{ start: 5, end: 5 }, { start: 5, end: 4 }, { start: -1 }, { start: 0.5 }])(
    'cannot ask for the range %j',
    async (range) => {
      expect(await failureOf(client.getObject({ ...TARGET, range }))).toMatchObject({ code: 'InvalidInput' });
      expect(received).toHaveLength(0);
    },
  );

  it('gets metadata beyond ASCII back as it was sent', async () => {
    respond = stored;
    await client.appendObject({ ...TARGET, position: 0, body: 'x', metadata: { Name: 'Käse 数据' } });
    const sent = received[0]?.headers['x-oss-meta-name'];
    respond = (response) => response.writeHead(200, { 'x-oss-meta-name': String(sent), 'content-length': '0' }).end();
    expect((await client.headObject(TARGET)).metadata).toEqual({ name: 'Käse 数据' });
  });
});
