/**
 * How a client reaches its server, who it is and how patient it is. Leaves out defaults that depend on the endpoint
 * (`connection/endpoint.ts`) and where credentials come from (`credentials/`, `node/`).
 */
import type { CredentialProvider } from './credentials/credential-provider.js';

/** Where the bucket stands in a URL: `http://HOST/BUCKET/KEY` or `http://BUCKET.HOST/KEY`. */
export type Addressing = 'path' | 'virtual-hosted';

/** How often and how fast a call that may be repeated is sent again. */
export interface RetryOptions {
  /** Times a call is sent at most, the first one included. Default 4; 1 repeats nothing. */
  readonly attemptCountMax?: number;
  /** Bound of the first pause; it doubles with each further one. A pause is drawn from 0 to its bound. Default 200. */
  readonly delayMs?: number;
  /** Bound of every pause. Default 20,000. A server's `Retry-After` is followed up to this bound too. */
  readonly delayMsMax?: number;
}

/** What every client needs, whatever its credentials are. */
export interface ConnectionOptions {
  /** Such as `http://127.0.0.1:9000`; a bare host means https. */
  readonly endpoint: string;
  /** Signing region without `oss-`; default `cn-hangzhou`. A server without a region of its own accepts any. */
  readonly region?: string;
  /** Default: `path` for `localhost` and IP addresses, otherwise `virtual-hosted`. */
  readonly addressing?: Addressing;
  /** Default `v4`. */
  readonly signatureVersion?: 'v4' | 'v1';
  /** Default: the runtime's own. Another one may know proxies and certificates, such as that of `undici`. */
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970, for signatures. Default `Date.now`. */
  readonly clock?: () => number;
  /** From 0 up to 1, for the pauses between attempts. Default `Math.random`. */
  readonly random?: () => number;
  /** Of single calls; the append writer and followers have a patience of their own. */
  readonly retry?: RetryOptions;
  /**
   * How long an attempt may stand still: no byte of the body taken, no answer, no byte of the answer. A body in memory
   * gets a second more for each 64 KiB. Default 60,000; 0 waits for ever.
   */
  readonly timeoutMs?: number;
}

/** One key pair for the life of the client. */
export interface StaticKeys {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Of temporary credentials. */
  readonly securityToken?: string;
}

/** Options of `createClient`: a key pair, or somebody who is asked for one before each attempt. */
export type ClientOptions = ConnectionOptions & (StaticKeys | { readonly credentials: CredentialProvider });

/** What every call accepts. */
export interface CallOptions {
  /** Abandons the call; a changing call then has the outcome `unknown`. */
  readonly signal?: AbortSignal;
  /** Overrides the client's, for this call. */
  readonly retry?: RetryOptions;
  /** Overrides the client's, for this call. */
  readonly timeoutMs?: number;
}

/** What every call accepts, among other options. */
export function pickCallOptions({ signal, retry, timeoutMs }: CallOptions): CallOptions {
  return {
    ...(signal !== undefined && { signal }),
    ...(retry !== undefined && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}
