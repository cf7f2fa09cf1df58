/** A real server on a free port over the engines asked for, and a way to send it raw signed requests. */
import { randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage } from 'node:http';
import {
  type AuditSink,
  createServer,
  defaultSettings,
  MasterKeyRing,
  OPERATION_ROWS,
  ServerKeyWrapping,
  type ServerSettings,
} from '@annals/server';
import { type KeyWrapping, type ObjectStoreSettingsChange, type OpenedStore, openObjectStore } from '@annals/store';
import { type EnginePair, enginePairs } from '@annals/store/conformance';
import { pino } from 'pino';
import { begin, exchange, exchangeHeads, type RawAnswer, type RawRequest } from './http-exchange.js';
import { encodedPath, encodedQuery, type KeyPair, type SignatureKind, signRequest } from './sign-request.js';

export const ROOT: KeyPair = { accessKeyId: 'test-root-id', accessKeySecret: 'test-root-secret' };

export interface TestRequest {
  readonly method: string;
  readonly bucket?: string;
  readonly key?: string;
  /** Decoded. */
  readonly query?: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent chunked unless `headers` has a Content-Length. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Default `v4`. */
  readonly signature?: SignatureKind;
  /** Default: the server's root pair. */
  readonly keys?: KeyPair;
}

export interface TestServer {
  readonly store: OpenedStore;
  /** Port included. */
  readonly host: string;
  send(request: TestRequest): Promise<RawAnswer>;
  /** Waits only for the head of the answer. */
  begin(request: TestRequest): Promise<IncomingMessage>;
  /**
   * Sends the head of a request and never its body, framed as `headers` say or not at all. @returns Head of the answer,
   * as text.
   */
  sendHeadOnly(request: TestRequest): Promise<string>;
  close(): Promise<void>;
}

/** Changes to the settings; a limit may be a getter, so that a test can move it. */
export interface TestServerOptions {
  /** Default: memory. */
  readonly engines?: EnginePair;
  readonly settings?: Partial<ServerSettings>;
  readonly storeSettings?: ObjectStoreSettingsChange;
  readonly clock?: () => number;
  /** Takes records of changes of rules. Default: none is kept. */
  readonly audit?: AuditSink;
  /** Default: a master key, and no KMS. */
  readonly keyWrapping?: KeyWrapping;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const engines = await (options.engines ?? memoryEngines()).open();
  const clock = options.clock ?? Date.now;
  const store = await openObjectStore({
    keyValues: engines.keyValues,
    blobs: engines.blobs,
    clock: { nowMs: clock },
    ...(options.storeSettings !== undefined && { settings: options.storeSettings }),
    keyWrapping:
      options.keyWrapping ?? new ServerKeyWrapping(new MasterKeyRing([randomBytes(32)], randomBytes), undefined),
  });
  const server = createServer({
    store,
    // Without a scrub of its own accord: tests count what is read and written.
    settings: { ...defaultSettings, root: ROOT, scrub: { bytesPerSecond: 0 }, ...options.settings },
    log: pino({ level: 'silent' }),
    operations: OPERATION_ROWS,
    ...(options.audit !== undefined && { audit: options.audit }),
    clock,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const port = Number(new URL(server.url).port);
  const host = `127.0.0.1:${port}`;
  const agent = new Agent({ keepAlive: true });
  const toRaw = (request: TestRequest): RawRequest =>
    rawRequest(request, { port, host, agent, atMs: clock(), isFramed: true });
  return {
    store,
    host,
    send: (request) => exchange(toRaw(request)),
    begin: (request) => begin(toRaw(request)),
    sendHeadOnly: (request) =>
      exchangeHeads(rawRequest(request, { port, host, agent, atMs: clock(), isFramed: false })),
    async close() {
      agent.destroy();
      await server.close();
      await store.maintenance.close();
      await engines.remove();
    },
  };
}

function rawRequest(
  request: TestRequest,
  { port, host, agent, atMs, isFramed }: { port: number; host: string; agent: Agent; atMs: number; isFramed: boolean },
): RawRequest {
  const { method, bucket, key, signature } = request;
  const target = { method, ...(bucket !== undefined && { bucket }), ...(key !== undefined && { key }) };
  const body = typeof request.body === 'string' ? Buffer.from(request.body, 'utf8') : request.body;
  const unsigned = { ...target, query: request.query ?? {}, headers: request.headers ?? {} };
  const { query, headers } = signRequest(unsigned, signature ?? 'v4', request.keys ?? ROOT, atMs);
  const queryText = encodedQuery(query);
  return {
    port,
    agent,
    method,
    path: encodedPath(bucket, key) + (queryText === '' ? '' : `?${queryText}`),
    headers: { host, ...(isFramed && framing(method, body, headers)), ...headers },
    ...(body !== undefined && { body }),
  };
}

/** Uploads without a body say so, as every SDK does; node:http would leave it out. */
function framing(
  method: string,
  body: Uint8Array | AsyncIterable<Uint8Array> | undefined,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  if ('content-length' in headers) return {};
  if (body instanceof Uint8Array) return { 'content-length': String(body.length) };
  if (body !== undefined) return { 'transfer-encoding': 'chunked' };
  return method === 'PUT' || method === 'POST' ? { 'content-length': '0' } : {};
}

function memoryEngines(): EnginePair {
  const [first] = enginePairs;
  if (first === undefined) throw new Error('There are no engines to test with');
  return first;
}
