/**
 * A client behind a proxy and over certificates of its own, against the real server: a proxy that records what it is
 * asked for, and a TLS endpoint in front of the server that asks for a certificate of the client.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type Client, createClient, readAll } from '@annals/client';
import { type NodeFetch, type NodeFetchOptions, nodeFetch } from '@annals/client/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';

const certificates = new URL('../../packages/server/src/testing/certificates/', import.meta.url);
const pem = (name: string): string => readFileSync(new URL(`test-only-${name}.pem`, certificates), 'utf8');
const ca = pem('first-certificate');
const client = { certificate: pem('second-certificate'), key: pem('second-key') };

let server: TestServer;
let tls: Server;
let proxy: Server;
const sockets = new Set<Socket>();
const fetches: NodeFetch[] = [];
/** What the proxy was asked for, and what it was told of its user. */
let asked: { line: string; authorization: string | undefined }[];

beforeAll(async () => {
  server = await startTestServer({ buckets: ['logs'], isSilent: true });
  const forward = (from: IncomingMessage, to: ServerResponse): void => {
    const { method, headers } = from;
    const url = new URL(from.url ?? '', `http://${server.host}`);
    const options = { port: server.port, path: url.pathname + url.search, method, headers };
    from.pipe(request(options, (answer) => answer.pipe(to.writeHead(answer.statusCode ?? 0, answer.headers))));
  };
  const options = { key: pem('first-key'), cert: ca, ca: client.certificate, requestCert: true };
  tls = createTlsServer({ ...options, rejectUnauthorized: true }, forward);
  proxy = createServer((from, to) => {
    record(from);
    forward(from, to);
  });
  proxy.on('connect', (from: IncomingMessage, socket: Socket) => {
    record(from);
    const target = connect(Number(from.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    for (const each of [socket, target]) {
      sockets.add(each);
      each.on('error', () => undefined);
    }
  });
  for (const each of [tls, proxy]) await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  asked = [];
});

afterAll(async () => {
  for (const each of fetches) await each.close();
  for (const each of sockets) each.destroy();
  for (const each of [tls, proxy]) {
    each.closeAllConnections();
    await new Promise((resolve) => each.close(resolve));
  }
  await server.close();
});

function record({ method, url, headers }: IncomingMessage): void {
  asked.push({ line: `${method} ${url}`, authorization: headers['proxy-authorization'] });
}

const portOf = (of: Server): number => (of.address() as AddressInfo).port;

function clientOf(endpoint: string, options: NodeFetchOptions): Client {
  const ownFetch = nodeFetch(options);
  fetches.push(ownFetch);
  return createClient({ ...ROOT, endpoint, fetch: ownFetch, retry: { attemptCountMax: 1 } });
}

/** Writes, appends a stream and reads; what a client does most. */
async function use(over: Client, key: string): Promise<string> {
  const stream = Readable.from([Buffer.from('p'), Buffer.from('ut ')]);
  await over.putObject({ bucket: 'logs', key: `${key}.txt`, body: { stream, length: 4 } });
  const writer = over.appendWriter('logs', `${key}.log`, { lingerMs: 0 });
  await writer.write('appended');
  await writer.close();
  const texts = await Promise.all(
    [`${key}.txt`, `${key}.log`].map(async (each) => {
      const { body } = await over.getObject({ bucket: 'logs', key: each });
      return new TextDecoder().decode(await readAll(body));
    }),
  );
  return texts.join('');
}

describe('nodeFetch', () => {
  it('reaches a server without anything of its own', async () => {
    expect(await use(clientOf(`http://${server.host}`, { keepAliveMs: 1000, connectionCountMax: 2 }), 'plain')).toBe(
      'put appended',
    );
  });

  it('asks a proxy for whole addresses over HTTP, and tells it who asks', async () => {
    const address = `http://user:secret@127.0.0.1:${portOf(proxy)}`;
    expect(await use(clientOf(`http://${server.host}`, { proxy: address }), 'proxied')).toBe('put appended');
    expect(asked[0]).toEqual({
      line: `PUT http://${server.host}/logs/proxied.txt`,
      authorization: `Basic ${Buffer.from('user:secret').toString('base64')}`,
    });
  });

  it('goes through a tunnel of the proxy over TLS, with certificates of its own', async () => {
    const options = { proxy: `http://127.0.0.1:${portOf(proxy)}`, ca, ...client };
    const endpoint = `https://localhost:${portOf(tls)}`;
    expect(await use(clientOf(endpoint, options), 'tunnelled')).toBe('put appended');
    expect(new Set(asked.map(({ line }) => line))).toEqual(new Set([`CONNECT localhost:${portOf(tls)}`]));
  });

  it('takes the proxy from the environment, but for hosts that it leaves out', async () => {
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${portOf(proxy)}`);
    vi.stubEnv('NO_PROXY', 'elsewhere.example.com');
    try {
      await use(clientOf(`http://${server.host}`, { proxy: 'environment' }), 'environment');
      expect(asked.length).toBeGreaterThan(0);
      asked = [];
      vi.stubEnv('NO_PROXY', '127.0.0.1');
      await use(clientOf(`http://${server.host}`, { proxy: 'environment' }), 'left-out');
      await use(clientOf(`http://${server.host}`, { proxy: 'http://127.0.0.1:9', noProxy: '127.0.0.1' }), 'no-proxy');
      expect(asked).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('leaves the fetch of the runtime as it is', async () => {
    const program = `
      import { nodeFetch } from '@annals/client/node';
      await nodeFetch()('http://${server.host}');
      const { Agent } = await import('undici');
      console.log(globalThis[Symbol.for('undici.globalDispatcher.1')] instanceof Agent);
    `;
    const words = ['--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: import.meta.dirname });
    expect(stdout).toBe('false\n');
  });

  it('trusts no certificate that it was not given', async () => {
    const refused = clientOf(`https://127.0.0.1:${portOf(tls)}`, client);
    await expect(refused.headObject({ bucket: 'logs', key: 'x' })).rejects.toMatchObject({
      code: 'NetworkFailed',
      message: expect.stringMatching(/self.signed certificate/),
    });
  });

  it('is refused by a server that asks for a certificate when it has none', async () => {
    const refused = clientOf(`https://127.0.0.1:${portOf(tls)}`, { ca });
    await expect(refused.headObject({ bucket: 'logs', key: 'x' })).rejects.toMatchObject({ code: 'NetworkFailed' });
  });

  it('refuses a proxy that is no address, and does not quote it', () => {
    for (const address of ['proxy.example.com:3128', 'socks5://user:hunter2@host', '']) {
      expect(() => nodeFetch({ proxy: address })).toThrow(/^(?!.*hunter2)Cannot use the proxy: expected/);
    }
  });
});
