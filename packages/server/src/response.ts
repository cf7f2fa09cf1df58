/** An answer, of operations, probes and errors alike. Leaves out writing it (`http/response.ts`). */

/** Bytes that are sent as they come. */
export interface StreamedBody {
  /** `undefined`: chunked. */
  readonly length: number | undefined;
  readonly stream: AsyncIterable<Uint8Array>;
  /** Its first bytes may come in an hour: the head goes out at once. */
  readonly isLive?: true;
}

/**
 * The answer before it is written. Header names in their exact wire spelling; common headers are added by the pipeline.
 */
export interface OperationResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Bytes, or a stream with its exact length (`undefined`: chunked). Absent: Content-Length 0, or for HEAD what
   * `headers` say.
   */
  readonly body?: Uint8Array | StreamedBody;
  /** Called exactly once when the answer is complete or the client is gone. */
  release?(): void;
}
