/** The body of a request as those see it who read it. Leaves out sockets (`../http/request-body.ts`). */

/**
 * The body of a request. Nothing is read from the socket before the first `open` or `readAll`; only one of them may be
 * called, once.
 */
export interface RequestBody {
  /** From Content-Length; `undefined` when chunked; 0 when there is none. */
  readonly length: number | undefined;
  /** Whether the request announced a body at all (Content-Length or chunked); appends without either are 411. */
  readonly announced: boolean;
  /**
   * Streams the bytes with back-pressure.
   * @throws {OssError} `IncompleteBody` when the client leaves or sends too few, `RequestTimeout` when it stalls.
   */
  open(): AsyncIterable<Uint8Array>;
  /**
   * Reads a small body whole. @throws {OssError} `tooLarge` when it is longer than `lengthMax` bytes, and as `open`.
   */
  readAll(lengthMax: number, tooLarge: () => Error): Promise<Uint8Array>;
}
