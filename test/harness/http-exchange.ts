/** One HTTP exchange with nothing added, reordered or interpreted: what the tests assert is what was on the wire. */
import { type Agent, type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import { RawConnection } from './raw-connection.js';

export interface RawRequest {
  readonly port: number;
  readonly agent: Agent;
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  /** Text; sent as UTF-8. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; values decoded from UTF-8. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names as they were spelled on the wire, in order. */
  readonly headerNames: readonly string[];
  readonly body: Buffer;
}

/** Sends a request and reads the whole answer. Rejects when the connection breaks before that. */
export async function exchange(request: RawRequest): Promise<RawAnswer> {
  const incoming = await begin(request);
  return { ...headOf(incoming), body: await readBody(incoming) };
}

/** Sends a request and waits for the head of its answer; the body stays in the connection until `readBody`. */
export function begin({ port, agent, method, path, headers, body }: RawRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = openRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent,
      // Node takes one character per byte.
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
      ),
    });
    outgoing.on('error', reject);
    outgoing.on('response', resolve);
    if (body === undefined || body instanceof Uint8Array) {
      outgoing.end(body);
      return;
    }
    sendStream(body, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

/** Status and headers of an answer. */
export function headOf(incoming: IncomingMessage): Omit<RawAnswer, 'body'> {
  const headers: Record<string, string> = {};
  const headerNames: string[] = [];
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const name = incoming.rawHeaders[index] as string;
    headerNames.push(name);
    headers[name.toLowerCase()] = Buffer.from(incoming.rawHeaders[index + 1] as string, 'latin1').toString('utf8');
  }
  return { status: incoming.statusCode ?? 0, headers, headerNames };
}

/** Reads what is left of an answer. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function sendStream(stream: AsyncIterable<Uint8Array>, outgoing: ClientRequest): Promise<void> {
  // Without this a stream that waits in its middle would not even send its head.
  outgoing.flushHeaders();
  for await (const chunk of stream) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) await drained(outgoing);
  }
  outgoing.end();
}

function drained(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.on('drain', done);
    outgoing.on('close', done);
  });
}

/**
 * Sends the head of a request over a connection of its own and leaves the body out, which node:http would not do.
 * @returns The head of the answer as text.
 * @throws {Error} The server says nothing and closes.
 */
export async function exchangeHeads({
  port,
  method,
  path,
  headers,
}: Omit<RawRequest, 'agent' | 'body'>): Promise<string> {
  const connection = await RawConnection.open(port);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  await connection.send(Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`));
  await connection.until(() => connection.pending.includes('\r\n\r\n'));
  const [head = '', ...rest] = connection.pending.split('\r\n\r\n');
  connection.destroy();
  if (rest.length === 0) throw new Error('The server closed the connection without an answer');
  return head;
}
