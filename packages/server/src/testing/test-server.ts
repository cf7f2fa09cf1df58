/** A server over memory engines with a bucket in it, and requests to send it. */
import { randomBytes } from 'node:crypto';
import { Query, signHeadersV1 } from '@annals/protocol';
import {
  type KeyValueStore,
  type OpenedStore,
  openMemoryBlobStore,
  openMemoryKeyValueStore,
  openObjectStore,
} from '@annals/store';
import { openAccountDirectory } from '../accounts/account-directory.js';
import { MasterKeyRing } from '../accounts/master-key.js';
import { DEFAULT_ACCOUNT_ID, type ServerAccounts } from '../assembly/server-dependencies.js';
import type { AuditSink } from '../audit/audit-trail.js';
import { createLog } from '../observe/request-log.js';
import type { OperationRows } from '../operation-row/operation-row.js';
import { type AnnalsServer, createServer } from '../server.js';
import { defaultSettings, type ServerSettings } from '../settings.js';
import { RawConnection } from './raw-connection.js';

/** The access key that every test server knows. */
export const ROOT = { accessKeyId: 'test-key-id', accessKeySecret: 'test-key-secret' };
/** The bucket that tests write to. */
export const BUCKET = 'examplebucket';
/** What all clocks show: Sat, 21 Nov 2026 00:00:00 GMT. */
export const NOW_MS = 1_795_219_200_000;

/** Changes to the default settings, one level deep. */
export interface SettingsChange {
  readonly region?: string;
  /** Default: lines are kept in `logLines`. */
  readonly isSilent?: boolean;
  readonly proxies?: Partial<ServerSettings['proxies']>;
  readonly probes?: Partial<ServerSettings['probes']>;
  readonly domains?: readonly string[];
  readonly cname?: ServerSettings['cname'];
  readonly limits?: Partial<ServerSettings['limits']>;
  readonly timeouts?: Partial<ServerSettings['timeouts']>;
}

/** A server under test and what is behind it. */
export interface TestServer {
  readonly server: AnnalsServer;
  readonly store: OpenedStore;
  /** Rows of the store and of the accounts; a test may put failing methods in place of theirs. */
  readonly rows: { readonly store: KeyValueStore; readonly accounts: KeyValueStore };
  readonly accounts: ServerAccounts;
  readonly port: number;
  /** Lines of the log, parsed. */
  readonly logLines: Record<string, unknown>[];
  connect(): Promise<RawConnection>;
  close(): Promise<void>;
}

/** Starts a server with one bucket, on a free port. */
export async function startTestServer(
  operations: Partial<OperationRows>,
  change: SettingsChange = {},
  audit?: AuditSink,
): Promise<TestServer> {
  const rows = { store: openMemoryKeyValueStore(), accounts: openMemoryKeyValueStore() };
  const store = await openObjectStore({ keyValues: rows.store, blobs: openMemoryBlobStore() });
  await store.createBucket({
    name: BUCKET,
    ownerId: DEFAULT_ACCOUNT_ID,
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  const settings: ServerSettings = {
    ...defaultSettings,
    // Without a scrub of its own accord: tests count what is read and written.
    scrub: { bytesPerSecond: 0 },
    root: ROOT,
    region: change.region,
    domains: change.domains ?? defaultSettings.domains,
    cname: change.cname ?? defaultSettings.cname,
    probes: { ...defaultSettings.probes, ...change.probes },
    proxies: { ...defaultSettings.proxies, ...change.proxies },
    limits: { ...defaultSettings.limits, ...change.limits },
    timeouts: { ...defaultSettings.timeouts, ...change.timeouts },
  };
  const logLines: Record<string, unknown>[] = [];
  const log = createLog(change.isSilent === true ? 'silent' : 'info', {
    write: (line) => void logLines.push(JSON.parse(line) as Record<string, unknown>),
  });
  const keys = new MasterKeyRing([randomBytes(32)], randomBytes);
  const directory = await openAccountDirectory({
    keyValues: rows.accounts,
    keys,
    root: ROOT,
    accountId: DEFAULT_ACCOUNT_ID,
  });
  const accounts: ServerAccounts = { directory, keys };
  const server = createServer({
    store,
    settings,
    operations,
    log,
    accounts,
    clock: () => NOW_MS,
    ...(audit && { audit }),
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const port = Number(new URL(server.url).port);
  const connections: RawConnection[] = [];
  return {
    server,
    store,
    rows,
    accounts,
    port,
    logLines,
    async connect() {
      const connection = await RawConnection.open(port);
      connections.push(connection);
      return connection;
    },
    async close() {
      for (const connection of connections) connection.destroy();
      await server.close();
      await store.maintenance.close();
    },
  };
}

/** A request in text, signed with V1. */
export interface RequestText {
  readonly method?: string;
  readonly key: string;
  readonly query?: string;
  /** Extra header lines. */
  readonly lines?: readonly string[];
  readonly body?: string;
  /** Default: signed with the root key. */
  readonly secret?: string;
  /** Default: the root's. */
  readonly accessKeyId?: string;
  readonly bucket?: string;
}

/** Writes a signed request, body included. */
export function requestText(request: RequestText): string {
  return `${requestHead(request)}\r\n${request.body ?? ''}`;
}

/** Writes the head of a signed request without its final empty line. */
export function requestHead({
  method = 'GET',
  key,
  query = '',
  lines = [],
  secret,
  accessKeyId,
  bucket = BUCKET,
}: RequestText): string {
  const parameters = query === '' ? [] : query.split('&').map((pair) => pair.split('=') as [string, string?]);
  const signed = signHeadersV1({
    request: {
      method,
      query: new Query(parameters.map(([name, value]) => [name, value ?? ''] as const)),
      headers: new Map(),
    },
    resource: { bucket, key },
    credentials: {
      ...ROOT,
      ...(secret !== undefined && { accessKeySecret: secret }),
      ...(accessKeyId !== undefined && { accessKeyId }),
    },
    nowMs: NOW_MS,
  });
  const headers = { host: 'localhost', ...signed };
  const target = `/${bucket}/${key}${query === '' ? '' : `?${query}`}`;
  const signedLines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${signedLines.join('')}${lines.map((line) => `${line}\r\n`).join('')}`;
}

/** Writes a signed append whose body has a Content-Length. */
export function appendText(key: string, body: string, lines: readonly string[] = []): string {
  return requestText({
    method: 'POST',
    key,
    query: 'append&position=0',
    lines: [`Content-Length: ${body.length}`, ...lines],
    body,
  });
}
