/**
 * The one error that crosses the wire. Server code throws it and one file renders it; the client rebuilds it from the
 * answer. Leaves out rendering (see `error-xml.ts`) and the table of codes (see `error-table.ts`).
 */
import { ERROR_TABLE, type ErrorCode } from './error-table.js';

/** What may differ from the table's row of a code. */
export interface OssErrorOptions {
  /** Replaces the code's default message. */
  readonly message?: string;
  /** HTTP status, where one code travels with several. */
  readonly status?: number;
  /** Detailed error code `NNNN-NNNNNNNN`, sent in `<EC>` and `x-oss-ec`. */
  readonly ec?: string;
  /**
   * Extra elements of the error document in order, such as `{ BucketName: 'logs' }`. An empty value is left out when
   * rendered.
   */
  readonly details?: Readonly<Record<string, string>>;
  /** Extra response headers, such as `{ 'x-oss-next-append-position': '0' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a document could not be parsed at all, so that nothing in it was judged. */
  readonly isUnreadable?: boolean;
  /** What went wrong underneath. Logged by the server, never sent. */
  readonly cause?: unknown;
}

/** An OSS error: a code of the table with its status, message, EC, extra elements and extra headers. */
export class OssError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly ec: string | undefined;
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly isUnreadable: boolean;

  /**
   * @param code A code of the error table; its row gives what `options` leaves out.
   * @param options What differs from the row.
   */
  constructor(code: ErrorCode, options: OssErrorOptions = {}) {
    const row = ERROR_TABLE[code];
    super(options.message ?? row.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OssError';
    this.code = code;
    this.status = options.status ?? row.status;
    this.ec = options.ec ?? row.ec;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
    this.isUnreadable = options.isUnreadable ?? false;
  }
}
