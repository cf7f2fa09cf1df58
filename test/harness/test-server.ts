/**
 * The server that tests have in their own process: the built one, on a free port, over the engines asked for,
 * with ways to send it signed requests and to talk to it byte by byte. A server in a process of its own is started by
 * `server-process.ts`.
 */
import { randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage } from 'node:http';
import {
  type KeyValueStore,
  type KeyWrapping,
  type ObjectStoreSettingsChange,
  type OpenedStore,
  openMemoryKeyValueStore,
  openObjectStore,
} from '@annals/store';
import { type EnginePair, enginePairs } from '@annals/store/conformance';
import { openAccountDirectory } from '../../packages/server/src/accounts/account-directory.js';
import { MasterKeyRing } from '../../packages/server/src/accounts/master-key.js';
import { DEFAULT_ACCOUNT_ID, type ServerAccounts } from '../../packages/server/src/assembly/server-dependencies.js';
import type { AuditSink } from '../../packages/server/src/audit/audit-trail.js';
import type { TextRecordLookup } from '../../packages/server/src/custom-domains/domain-proof.js';
import { ServerKeyWrapping } from '../../packages/server/src/encryption/key-wrapping.js';
import { createLog } from '../../packages/server/src/observe/request-log.js';
import type { OperationRows } from '../../packages/server/src/operation-row/operation-row.js';
import { OPERATION_ROWS } from '../../packages/server/src/operations/table.js';
import { type AnnalsServer, createServer } from '../../packages/server/src/server.js';
import { defaultSettings, type ServerSettings } from '../../packages/server/src/settings.js';
import { type ChosenPair, chosenEngines } from './chosen-engines.js';
import { begin, exchange, exchangeHeads, type RawAnswer, type RawRequest } from './http-exchange.js';
import { RawConnection } from './raw-connection.js';
import { encodedPath, encodedQuery, type KeyPair, type SignatureKind, signRequest } from './sign-request.js';

/** The root's pair on every test server. */
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

/** A server under test and what is behind it. */
export interface TestServer {
  readonly server: AnnalsServer;
  readonly store: OpenedStore;
  /** Rows of the store and of the accounts; a test may put failing methods in place of theirs. */
  readonly rows: { readonly store: KeyValueStore; readonly accounts: KeyValueStore };
  readonly accounts: ServerAccounts;
  readonly port: number;
  /** Port included. */
  readonly host: string;
  /** Lines of the log, parsed, unless the server is silent. */
  readonly logLines: Record<string, unknown>[];
  send(request: TestRequest): Promise<RawAnswer>;
  /** Waits only for the head of the answer. */
  begin(request: TestRequest): Promise<IncomingMessage>;
  /**
   * Sends the head of a request and never its body, framed as `headers` say or not at all. @returns Head of the answer,
   * as text.
   */
  sendHeadOnly(request: TestRequest): Promise<string>;
  /** Opens a connection that is destroyed when the server closes. */
  connect(): Promise<RawConnection>;
  close(): Promise<void>;
}

/** Changes to the default settings: of a group, some. A setting may be a getter, so that a test can move it. */
export type SettingsChange = {
  readonly [Name in keyof ServerSettings]?: ServerSettings[Name] extends readonly unknown[]
    ? ServerSettings[Name]
    : Partial<ServerSettings[Name]>;
};

/** What is not as on other test servers. */
export interface TestServerOptions {
  /** Default: memory. */
  readonly engines?: EnginePair;
  /** Buckets of the root that are there from the start. Default: none. */
  readonly buckets?: readonly string[];
  /** Default: those of the product. */
  readonly operations?: Partial<OperationRows>;
  readonly settings?: SettingsChange;
  readonly storeSettings?: ObjectStoreSettingsChange;
  /** Default: the system's. */
  readonly clock?: () => number;
  /** Takes records of changes of rules. Default: none is kept. */
  readonly audit?: AuditSink;
  /** Default: a master key, and no KMS. */
  readonly keyWrapping?: KeyWrapping;
  /** Where accounts are. Default: in rows of their own, in memory. */
  readonly accountRows?: KeyValueStore;
  readonly textRecordLookup?: TextRecordLookup;
  /** Whether the log is kept in `logLines`. Default: it is. */
  readonly isSilent?: boolean;
}

/** Starts a server. It goes on until `close`. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const pair: EnginePair | ChosenPair = options.engines ?? chosenEngines() ?? memoryEngines();
  const engines = await pair.open();
  const clock = options.clock ?? Date.now;
  const keys = new MasterKeyRing([randomBytes(32)], randomBytes);
  const store = await openObjectStore({
    keyValues: engines.keyValues,
    blobs: engines.blobs,
    clock: { nowMs: clock },
    ...(isShared(pair) && { gateways: {} }),
    ...(options.storeSettings !== undefined && { settings: options.storeSettings }),
    keyWrapping: options.keyWrapping ?? new ServerKeyWrapping(keys, undefined),
  });
  for (const name of options.buckets ?? []) {
    const kind = { acl: 'private', storageClass: 'Standard', dataRedundancyType: 'LRS' } as const;
    await store.createBucket({ name, ownerId: DEFAULT_ACCOUNT_ID, ...kind });
  }
  const accountRows = options.accountRows ?? openMemoryKeyValueStore();
  const accounts = { directory: await openDirectory(accountRows, keys, clock), keys };
  const logLines: Record<string, unknown>[] = [];
  const server = createServer({
    store,
    settings: changedSettings(options.settings ?? {}),
    log: createLog(options.isSilent === true ? 'silent' : 'info', {
      write: (line) => void logLines.push(JSON.parse(line) as Record<string, unknown>),
    }),
    operations: options.operations ?? OPERATION_ROWS,
    accounts,
    ...(options.audit !== undefined && { audit: options.audit }),
    ...(options.textRecordLookup !== undefined && { textRecordLookup: options.textRecordLookup }),
    clock,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const port = Number(new URL(server.url).port);
  const connections: RawConnection[] = [];
  const sender = makeSender(port, clock);
  return {
    ...{ server, store, accounts, port, logLines },
    rows: { store: engines.keyValues, accounts: accountRows },
    ...sender,
    async connect() {
      const connection = await RawConnection.open(port);
      connections.push(connection);
      return connection;
    },
    async close() {
      sender.end();
      for (const connection of connections) connection.destroy();
      await server.close();
      await store.maintenance.close();
      await engines.remove();
    },
  };
}

/** Sends signed requests over connections of its own. */
export type Sender = Pick<TestServer, 'host' | 'send' | 'begin' | 'sendHeadOnly'> & { end(): void };

/** @param root Signs what names no keys of its own. */
export function makeSender(port: number, clock: () => number, root: KeyPair = ROOT): Sender {
  const host = `127.0.0.1:${port}`;
  const agent = new Agent({ keepAlive: true });
  const toRaw = (request: TestRequest, isFramed: boolean): RawRequest =>
    rawRequest({ keys: root, ...request }, { port, host, agent, atMs: clock(), isFramed });
  return {
    host,
    send: (request) => exchange(toRaw(request, true)),
    begin: (request) => begin(toRaw(request, true)),
    sendHeadOnly: (request) => exchangeHeads(toRaw(request, false)),
    end: () => agent.destroy(),
  };
}

function openDirectory(
  keyValues: KeyValueStore,
  keys: MasterKeyRing,
  clock: () => number,
): Promise<ServerAccounts['directory']> {
  return openAccountDirectory({ keyValues, keys, root: ROOT, accountId: DEFAULT_ACCOUNT_ID, clock });
}

/** The default settings, changed; without a scrub of its own accord, because tests count what is read and written. */
function changedSettings(change: SettingsChange): ServerSettings {
  const settings: ServerSettings = { ...defaultSettings, root: ROOT, scrub: { bytesPerSecond: 0 } };
  const changed = Object.entries(change).map(([name, value]) => {
    const unchanged: unknown = Reflect.get(settings, name);
    const isGroup = isRecord(value) && isRecord(unchanged);
    return [name, isGroup ? withProperties(unchanged, value) : value];
  });
  return { ...settings, ...Object.fromEntries(changed) };
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Getters stay getters. */
function withProperties(unchanged: object, change: object): object {
  const descriptors = Object.getOwnPropertyDescriptors;
  return Object.defineProperties({}, { ...descriptors(unchanged), ...descriptors(change) });
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

function isShared(pair: EnginePair | ChosenPair): boolean {
  return 'isShared' in pair && pair.isShared;
}

function memoryEngines(): EnginePair {
  const [first] = enginePairs;
  if (first === undefined) throw new Error('There are no engines to test with');
  return first;
}
