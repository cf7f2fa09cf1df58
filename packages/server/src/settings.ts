/**
 * Everything the server can be told, built once by its caller and passed down; nothing reads the environment. Leaves
 * out what belongs to the store (rules for appendable objects: `ObjectStoreSettings`) and to the program that opens it
 * (folders, engines).
 */
import { LIMITS } from '@annals/protocol';
import type { CallbackSettings } from './callback/callback-sender.js';
import type { ProxyHeaderChoice } from './client-address/client-of-request.js';
import type { DefaultLimits } from './limits/limit-keeper.js';

/** How often lines of access logs are written, and how many may wait. */
export interface AccessLogSettings {
  readonly flushMs: number;
  /** Bytes of all entries that wait, about. */
  readonly waitingLengthBytesMax: number;
}

/** How the scrub reads what is stored. */
export interface ScrubSettings {
  /** At most; 0: it runs only when an operator starts it. */
  readonly bytesPerSecond: number;
}

/** When lifecycle rules are carried out. */
export interface LifecycleSettings {
  /** Hour of the day (UTC) of the first run, 0 to 23. */
  readonly hour: number;
  /** Between the beginnings of two runs. */
  readonly intervalMs: number;
}

/** The proxies that may name the client's address. */
export interface ProxySettings {
  /** Addresses and ranges of proxies. The server ignores the headers below from other addresses. */
  readonly trusted: readonly string[];
  /** The header that they write. `auto`: whichever is there; when both are, they must say the same. */
  readonly header: ProxyHeaderChoice;
  /** Listeners on which the trusted ones must begin with a header of the PROXY protocol. */
  readonly protocol: { readonly http: boolean; readonly tls: boolean };
}

/** The server's own pages: `/-/healthz`, `/-/readyz` and `/-/metrics`. */
export interface ProbeSettings {
  /** Where they are found, and nowhere else then. `undefined`: with everything else. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** What they ask for, as `Authorization: Bearer TOKEN`. */
  readonly token: string | undefined;
  /** Whether `/-/admin/` is found there only, too. */
  readonly holdsAdmin: boolean;
}

/** Where metadata and bodies lie, in words for operators: `the disk`, `the bucket of storage.blobs`. */
export interface StoragePlaces {
  readonly rows: string;
  readonly blobs: string;
}

/** The settings of a server, complete and already checked: the reader of the configuration fills in the defaults. */
export interface ServerSettings {
  /** Domains under which `bucket.DOMAIN` names a bucket; `localhost` always is one. */
  readonly domains: readonly string[];
  /** Domain names that lead to a bucket whatever it says itself: name to bucket. */
  readonly cname: Readonly<Record<string, string>>;
  /** What PutCname takes: `dns` asks for a TXT record with the token of CreateCnameToken; `off` for nothing. */
  readonly cnameVerification: 'dns' | 'off';
  readonly accessLog: AccessLogSettings;
  readonly lifecycle: LifecycleSettings;
  readonly scrub: ScrubSettings;
  /** Signing region enforced in V4 scopes; `undefined` accepts any. Also reported as bucket location `oss-REGION`. */
  readonly region: string | undefined;
  /** Whether a bucket that is made is blocked for the public. */
  readonly blocksNewBuckets: boolean;
  /** The proxies in front of the server. */
  readonly proxies: ProxySettings;
  readonly probes: ProbeSettings;
  /** Where the store lies, as `/-/readyz` names it. */
  readonly places: StoragePlaces;
  /** The root key pair. */
  readonly root: { readonly accessKeyId: string; readonly accessKeySecret: string };
  readonly limits: {
    /** Bytes in one PutObject or AppendObject body. */
    readonly bodyLengthBytesMax: number;
    /** A rejected request's unread body up to this long is drained and the connection kept. */
    readonly drainLengthBytesMax: number;
    /** Total bytes of request line and headers, line ends included; longer is 400. */
    readonly headerBytesMax: number;
    /** Header lines of one request; more is 400. */
    readonly headerCountMax: number;
    /**
     * Bytes per second, averaged over `timeouts.rateWindowMs`, that a body must come in with and an answer be taken
     * with; 0: any.
     */
    readonly rateBytesPerSecondMin: number;
    /** Clock skew tolerated in signatures. */
    readonly clockSkewMsMax: number;
    /**
     * Requests with a wrong signature that one address may send for one access key, at once and again per minute; of
     * further wrong ones hardly any is logged, and the answer is short. 0: no limit.
     */
    readonly failedSignatureCountMax: number;
    /**
     * Open connections; one more takes the place of an idle one, or is refused. `undefined`: as many as the operating
     * system gives.
     */
    readonly connectionCountMax: number | undefined;
    /** Open connections from one address that is no trusted proxy; 0: no limit. */
    readonly connectionPerAddressCountMax: number;
    /** Requests at work in the store at once. */
    readonly runningRequestCountMax: number;
    /** Requests that may wait for that; more are refused. */
    readonly waitingRequestCountMax: number;
    /** Bytes of bodies in memory that may wait: for a turn, and for their readers. */
    readonly waitingLengthBytesMax: number;
  };
  /** Of each bucket and each user that has none of its own. */
  readonly quotas: DefaultLimits;
  /** Which applications may be told of uploads, and how. */
  readonly callback: CallbackSettings;
  readonly timeouts: {
    /** Keep-alive of idle connections, at least 60 s: the pools of several SDKs keep theirs that long. */
    readonly keepAliveMs: number;
    /** Until all headers are in. */
    readonly headersMs: number;
    /** Without a byte moving while the server waits for the client to send its body or to read its answer. */
    readonly idleMs: number;
    /** Time over which the least rate is averaged; only time in which the server waits for the client. */
    readonly rateWindowMs: number;
    /**
     * How long a connection closed with its request unread is still read from, so that the client sees the answer and
     * not a reset.
     */
    readonly lingerMs: number;
    /** How long requests are still answered, and readiness says no, before a shutdown begins. */
    readonly drainMs: number;
    /** Waiting for requests in flight at shutdown. */
    readonly shutdownMs: number;
    /** Between two looks at the files of the HTTPS certificate. */
    readonly certificateReloadMs: number;
  };
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** What holds unless the operator says otherwise; only the root key pair has no default. */
export const defaultSettings: Omit<ServerSettings, 'root'> = {
  domains: [],
  cname: {},
  cnameVerification: 'off',
  accessLog: { flushMs: 10_000, waitingLengthBytesMax: 16 * MEBIBYTE },
  lifecycle: { hour: 0, intervalMs: 86_400_000 },
  scrub: { bytesPerSecond: 4 * MEBIBYTE },
  region: undefined,
  blocksNewBuckets: false,
  proxies: { trusted: [], header: 'auto', protocol: { http: false, tls: false } },
  probes: { listen: undefined, token: undefined, holdsAdmin: false },
  places: { rows: 'the disk', blobs: 'the disk' },
  limits: {
    bodyLengthBytesMax: LIMITS.objectLengthBytesMax,
    drainLengthBytesMax: MEBIBYTE,
    headerBytesMax: 32 * KIBIBYTE,
    headerCountMax: 256,
    rateBytesPerSecondMin: 240,
    clockSkewMsMax: LIMITS.clockSkewSecondsMax * 1000,
    failedSignatureCountMax: 100,
    connectionCountMax: undefined,
    connectionPerAddressCountMax: 0,
    runningRequestCountMax: 256,
    waitingRequestCountMax: 1024,
    waitingLengthBytesMax: 128 * MEBIBYTE,
  },
  quotas: { bucket: {}, user: {} },
  callback: { allow: [], timeoutMs: 5000, publicKeyUrl: undefined },
  timeouts: {
    keepAliveMs: 75_000,
    headersMs: 60_000,
    idleMs: 60_000,
    rateWindowMs: 60_000,
    lingerMs: 2000,
    drainMs: 0,
    shutdownMs: 30_000,
    certificateReloadMs: 10_000,
  },
};
