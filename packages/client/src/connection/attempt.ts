/**
 * One attempt of a call: signed, sent once, and answered, or failed with what that means for its effect. Leaves out
 * repeating (`connection.ts`).
 */
import { type Credentials, formatQuery, type QueryParameter } from '@annals/protocol';
import type { CallOptions, ConnectionOptions } from '../client-options.js';
import { AnnalsError, type Outcome } from '../error.js';
import { type Endpoint, formatUrl } from './endpoint.js';
import { ProgressWatch } from './progress-watch.js';
import { OutgoingBody, type UploadBody } from './request-body.js';
import { readServiceError } from './service-error.js';
import { signCall } from './sign-call.js';

/** One call, before it is signed. */
export interface Call extends CallOptions {
  /** What is tried, to complete "Cannot ...". */
  readonly action: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: readonly QueryParameter[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: UploadBody;
  /**
   * `always`: carried out twice it ends in the same state, so it may be repeated whatever became of the attempt before.
   * Default: `always` for calls that only read, `when-not-applied` for others.
   */
  readonly repeat?: 'always' | 'when-not-applied';
}

/** A successful answer. */
export interface Answer {
  readonly response: Response;
  /** CRC-64 of the body that was sent; 0 for none. */
  readonly sentCrc64: bigint;
  /** Length of the body that was sent, in bytes. */
  readonly sentLength: number;
  /** Of the attempt; the reader of the body starts it before each read, stops it after, and closes it at the end. */
  readonly watch: ProgressWatch;
}

/** What an attempt needs to know of its connection. */
export interface AttemptContext {
  readonly options: ConnectionOptions;
  readonly endpoint: Endpoint;
  nowMs(): number;
}

const TIMEOUT_MS_DEFAULT = 60_000;

/** A body in memory gives no sign of its progress, so it is given the time that a slow line needs. */
const BYTES_PER_SECOND_MIN = 64 * 1024;

/**
 * Sends a call once.
 * @returns An answer of status 2xx.
 * @throws {OssServiceError} The server refused. @throws {AnnalsError} Everything else.
 */
export async function sendAttempt(context: AttemptContext, call: Call, credentials: Credentials): Promise<Answer> {
  const { options, endpoint } = context;
  const url = formatUrl(endpoint, call.bucket, call.key);
  const watch = new ProgressWatch(call.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS_DEFAULT, call.signal);
  const body = call.body === undefined ? undefined : new OutgoingBody(call.body, watch);
  const headers = signCall(call, options, credentials, context.nowMs(), bodyHeaders(call, body));
  const query = formatQuery(call.query ?? []);
  const init: RequestInit = { method: call.method, headers, redirect: 'manual', signal: watch.signal };
  if (body !== undefined) {
    init.body = body.payload;
    // Fetch demands to be told that the answer is not awaited while a stream is still being sent.
    init.duplex = 'half';
  }
  watch.start(Math.floor((body?.takenLength ?? 0) / BYTES_PER_SECOND_MIN) * 1000);
  try {
    const response = await watch.until((options.fetch ?? fetch)(query === '' ? url : `${url}?${query}`, init));
    if (response.ok) {
      watch.stop();
      return { response, sentCrc64: body?.crc64() ?? 0n, sentLength: body?.takenLength ?? 0, watch };
    }
    const error = await readServiceError(call.action, response, changes(call));
    watch.close();
    throw error;
  } catch (cause) {
    watch.close();
    throw cause instanceof AnnalsError ? cause : explainFailure(call, body, watch, cause);
  }
}

/** Whether a call can change something on the server. */
export function changes(call: Call): boolean {
  return call.method !== 'GET' && call.method !== 'HEAD';
}

function bodyHeaders(call: Call, body: OutgoingBody | undefined): Record<string, string> {
  // Bytes are wanted as they are stored; a runtime would undo a compression and with it ranges and checksums.
  const headers: Record<string, string> = { ...call.headers, 'accept-encoding': 'identity' };
  if (body?.length !== undefined) headers['content-length'] = String(body.length);
  return headers;
}

/**
 * Failures before the first byte could leave: name not found, nobody listening, no route, no answer to the handshake.
 */
const UNSENT_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function explainFailure(call: Call, body: OutgoingBody | undefined, watch: ProgressWatch, cause: unknown): AnnalsError {
  const reason = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  const isUnsent = reason instanceof Error && 'code' in reason && UNSENT_CODES.has(reason.code);
  const outcome: Outcome = isUnsent || !changes(call) ? 'not-applied' : 'unknown';
  if (body?.sourceFailure !== undefined) {
    const { error } = body.sourceFailure;
    return new AnnalsError('SourceFailed', `Cannot ${call.action}: ${describe(error)}`, { outcome, cause: error });
  }
  if (call.signal?.aborted === true) {
    return new AnnalsError('Aborted', `Cannot ${call.action}: the call was abandoned`, { outcome, cause });
  }
  const doubt = outcome === 'unknown' ? '; it is not known whether the server carried it out' : '';
  const code = watch.isTimedOut ? 'TimedOut' : 'NetworkFailed';
  return new AnnalsError(code, `Cannot ${call.action}: ${describe(reason)}${doubt}`, { outcome, cause });
}

function describe(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  // Node reports a host with several addresses as an AggregateError without a message of its own.
  if (reason.message === '' && 'code' in reason) return String(reason.code);
  return reason.message;
}
