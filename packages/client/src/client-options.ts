/**
 * How a client reaches its server and who it is. Leaves out defaults that depend on the endpoint
 * (`connection/endpoint.ts`).
 */

/** Where the bucket stands in a URL: `http://HOST/BUCKET/KEY` or `http://BUCKET.HOST/KEY`. */
export type Addressing = 'path' | 'virtual-hosted';

/** Options of `createClient`. */
export interface ClientOptions {
  /** Such as `http://127.0.0.1:9000`; a bare host means https. */
  readonly endpoint: string;
  /** Signing region without `oss-`; default `cn-hangzhou`. A server without a region of its own accepts any. */
  readonly region?: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Of temporary credentials. */
  readonly securityToken?: string;
  /** Default: `path` for `localhost` and IP addresses, otherwise `virtual-hosted`. */
  readonly addressing?: Addressing;
  /** Default `v4`. */
  readonly signatureVersion?: 'v4' | 'v1';
  /** Default: the runtime's own. */
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970, for signatures. Default `Date.now`. */
  readonly clock?: () => number;
}

/** What every call accepts. */
export interface CallOptions {
  /** Abandons the call; a changing call then has the outcome `unknown`. */
  readonly signal?: AbortSignal;
}
