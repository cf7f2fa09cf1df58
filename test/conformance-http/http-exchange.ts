/** One HTTP exchange with nothing added, reordered or interpreted: what the tests assert is what was on the wire. */
import { type Agent, request as openRequest } from 'node:http';

export interface RawRequest {
  readonly port: number;
  readonly agent?: Agent;
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is: with a Content-Length among `headers` or, without one, chunked. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names as they were spelled on the wire, in order. */
  readonly headerNames: readonly string[];
  readonly body: Buffer;
}

/** Sends a request and reads the whole answer. Rejects when the connection breaks before that. */
export function exchange({ port, agent, method, path, headers, body }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = openRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...headers },
      // Node adds a Host of its own unless told not to; the tests choose theirs.
      setHost: false,
      ...(agent !== undefined && { agent }),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(incoming.headers).map(([name, value]) => [name, String(value ?? '')]),
          ),
          headerNames: incoming.rawHeaders.filter((_text, index) => index % 2 === 0),
          body: Buffer.concat(chunks),
        });
      });
    });
    if (body === undefined || body instanceof Uint8Array) {
      outgoing.end(body);
      return;
    }
    sendStream(body, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

async function sendStream(stream: AsyncIterable<Uint8Array>, outgoing: ReturnType<typeof openRequest>): Promise<void> {
  for await (const chunk of stream) {
    if (!outgoing.write(chunk)) await new Promise<void>((resume) => outgoing.once('drain', () => resume()));
  }
  outgoing.end();
}
