/**
 * Where a bucket of the S3 protocol is, and who asks: what the engine is told. Leaves out how an operator writes
 * it.
 */

/** Keys that sign requests. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys. */
  readonly sessionToken?: string;
}

/** A prefix in a bucket, as the client is told of it. */
export interface S3Place {
  /** Scheme, host and port of the service, such as `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Empty, or ends with a slash; letters, digits and `._-/` only. */
  readonly prefix: string;
  /** Whether the bucket stands in the path, which every server understands, or in the name of the host. */
  readonly addressing: 'path' | 'virtual-hosted';
  /** Certificates in PEM that are trusted instead of those of the runtime. */
  readonly certificateAuthority?: string;
  /**
   * Asked before every request. @param isRefused Whether the service refused the keys of the last answer, so that they
   * should be read again.
   */
  readonly credentials: (isRefused: boolean) => Promise<S3Credentials>;
}

/** Time and chance, injected so that tests repeat. */
export interface S3Timing {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** At least 0, below 1. */
  readonly random: () => number;
}
