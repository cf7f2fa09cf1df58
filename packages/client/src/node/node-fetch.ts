/**
 * A `fetch` for clients that reach their server through a proxy, over certificates of their own, or with other
 * connections than the runtime's: `createClient({ fetch: nodeFetch({ ... }) })`. Leaves out what is sent over it.
 */
import type { Dispatcher, RequestInit as NodeRequestInit } from 'undici';
import { AnnalsError } from '../error.js';

/** How a server is reached. */
export interface NodeFetchOptions {
  /**
   * Address of a proxy, such as `http://user:password@proxy.example.com:3128`; or `environment`: what `HTTP_PROXY`,
   * `HTTPS_PROXY` and `NO_PROXY` say, in upper or lower case. TLS goes through a tunnel (CONNECT), so the proxy sees no
   * more than the name of the server. Default: no proxy.
   */
  readonly proxy?: string;
  /** Hosts that are reached without the proxy, separated by commas, as in `NO_PROXY`. */
  readonly noProxy?: string;
  /** Certificates that are trusted, instead of those of the runtime, in PEM. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Certificate of this client, for a server that asks for one, in PEM. */
  readonly certificate?: string | Uint8Array;
  /** Its key, in PEM. */
  readonly key?: string | Uint8Array;
  /** Opens the key. */
  readonly passphrase?: string;
  /** How long an idle connection is kept. Default 4000; a server's shorter `Keep-Alive` holds. */
  readonly keepAliveMs?: number;
  /** Connections to one server at the same time. Default: as many as there are calls. */
  readonly connectionCountMax?: number;
  /** How long a connection may take to be made. Default 10,000. */
  readonly connectTimeoutMs?: number;
}

/** A `fetch` with connections of its own. */
export interface NodeFetch {
  (input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response>;
  /** Ends its connections when the calls under way are answered. */
  close(): Promise<void>;
}

/**
 * Makes a `fetch`.
 * @throws {AnnalsError} `InvalidInput` for a proxy that is no address.
 */
export function nodeFetch(options: NodeFetchOptions = {}): NodeFetch {
  if (options.proxy !== undefined && options.proxy !== 'environment') checkProxy(options.proxy);
  let opened: ReturnType<typeof open> | undefined;
  const call = async (input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> => {
    opened ??= open(options);
    const { send, dispatcher } = await opened;
    const url = typeof input === 'string' || input instanceof URL ? input : input.url;
    // The runtime's `fetch` is another version of the same library, with types of its own for the same things.
    return (await send(url, { ...(init as unknown as NodeRequestInit), dispatcher })) as unknown as Response;
  };
  return Object.assign(call, { close: async () => (await opened)?.dispatcher.close() });
}

/**
 * Loads the library, only now and behind the runtime's own: it would otherwise become the one that every `fetch` of the
 * process goes through.
 */
async function open(options: NodeFetchOptions): Promise<{
  readonly send: typeof import('undici').fetch;
  readonly dispatcher: Dispatcher;
}> {
  new Headers();
  const { Agent, EnvHttpProxyAgent, fetch: send } = await import('undici');
  const { proxy, noProxy, ca, keepAliveMs, connectionCountMax } = options;
  const tls = tlsOptions(options);
  const connections = {
    ...(keepAliveMs !== undefined && { keepAliveTimeout: keepAliveMs }),
    ...(connectionCountMax !== undefined && { connections: connectionCountMax }),
  };
  if (proxy === undefined) return { send, dispatcher: new Agent({ ...connections, connect: tls }) };
  const dispatcher = new EnvHttpProxyAgent({
    ...connections,
    ...(proxy !== 'environment' && { httpProxy: proxy, httpsProxy: proxy, noProxy: '' }),
    ...(noProxy !== undefined && { noProxy }),
    proxyTunnel: false,
    // Of servers reached without the proxy, of those behind its tunnels, and of a proxy that speaks TLS itself.
    connect: tls,
    requestTls: tls,
    ...(ca !== undefined && { proxyTls: { ca: tls.ca } }),
  });
  return { send, dispatcher };
}

interface TlsOptions {
  ca?: (string | Buffer)[];
  cert?: string | Buffer;
  key?: string | Buffer;
  passphrase?: string;
  timeout?: number;
}

function tlsOptions({ ca, certificate, key, passphrase, connectTimeoutMs }: NodeFetchOptions): TlsOptions {
  const trusted = ca === undefined || Array.isArray(ca) ? ca : [ca];
  return {
    ...(trusted !== undefined && { ca: [...trusted].map(pem) }),
    ...(certificate !== undefined && { cert: pem(certificate) }),
    ...(key !== undefined && { key: pem(key) }),
    ...(passphrase !== undefined && { passphrase }),
    ...(connectTimeoutMs !== undefined && { timeout: connectTimeoutMs }),
  };
}

function pem(value: string | Uint8Array): string | Buffer {
  return typeof value === 'string' ? value : Buffer.from(value);
}

/** The address may hold a password, so it is not quoted. */
function checkProxy(proxy: string): void {
  const protocol = URL.canParse(proxy) ? new URL(proxy).protocol : undefined;
  if (protocol === 'http:' || protocol === 'https:') return;
  throw new AnnalsError(
    'InvalidInput',
    'Cannot use the proxy: expected "environment" or an address such as http://proxy.example.com:3128',
    { outcome: 'not-applied' },
  );
}
