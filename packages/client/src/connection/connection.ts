/**
 * Sends one signed call and gives back its successful answer, or throws saying whether the call took effect.
 * Never repeats a call. Leaves out what each operation means (`operations/`).
 */
import { formatQuery, type QueryParameter } from '@annals/protocol';
import type { CallOptions, ClientOptions } from '../client-options.js';
import { AnnalsError, type Outcome } from '../error.js';
import { type Endpoint, formatUrl, parseEndpoint } from './endpoint.js';
import { OutgoingBody, type UploadBody } from './request-body.js';
import { readServiceError } from './service-error.js';
import { signCall } from './sign-call.js';

/** One call, before it is signed. */
export interface Call extends CallOptions {
  /** What is tried, to complete "Cannot ...". */
  readonly action: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly query?: readonly QueryParameter[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: UploadBody;
}

/** A successful answer. */
export interface Answer {
  readonly response: Response;
  /** CRC-64 of the body that was sent; 0 for none. */
  readonly sentCrc64: bigint;
  /** Length of the body that was sent, in bytes. */
  readonly sentLength: number;
}

/** Sends calls with one identity to one endpoint. */
export class Connection {
  readonly #endpoint: Endpoint;
  readonly #options: ClientOptions;

  /** @throws {AnnalsError} `InvalidInput` for an endpoint that cannot be used. */
  constructor(options: ClientOptions) {
    this.#endpoint = parseEndpoint(options.endpoint, options.addressing);
    this.#options = options;
  }

  /**
   * Sends a call once.
   * @returns An answer of status 2xx; its body must be read or cancelled.
   * @throws {OssServiceError} The server refused. @throws {AnnalsError} Everything else.
   */
  async send(call: Call): Promise<Answer> {
    const url = formatUrl(this.#endpoint, call.bucket, call.key);
    const body = call.body === undefined ? undefined : new OutgoingBody(call.body);
    const headers = signCall(call, this.#options, bodyHeaders(call, body));
    const query = formatQuery(call.query ?? []);
    const init: RequestInit = { method: call.method, headers, redirect: 'manual' };
    if (call.signal !== undefined) init.signal = call.signal;
    if (body !== undefined) {
      init.body = body.payload;
      // Fetch demands to be told that the answer is not awaited while a stream is still being sent.
      init.duplex = 'half';
    }
    let response: Response;
    try {
      response = await (this.#options.fetch ?? fetch)(query === '' ? url : `${url}?${query}`, init);
    } catch (cause) {
      throw explainFailure(call, body, cause);
    }
    if (response.ok) {
      return { response, sentCrc64: body?.crc64() ?? 0n, sentLength: body?.takenLength ?? 0 };
    }
    throw await readServiceError(call.action, response, changes(call));
  }

  /** Sends a call whose answer has no body worth reading. */
  async sendForHeaders(call: Call): Promise<Answer> {
    const answer = await this.send(call);
    // Read rather than cancelled, so that the connection can be used again.
    await answer.response.arrayBuffer().catch(() => undefined);
    return answer;
  }
}

function changes(call: Call): boolean {
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

function explainFailure(call: Call, body: OutgoingBody | undefined, cause: unknown): AnnalsError {
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
  return new AnnalsError('NetworkFailed', `Cannot ${call.action}: ${describe(reason)}${doubt}`, { outcome, cause });
}

function describe(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  // Node reports a host with several addresses as an AggregateError without a message of its own.
  if (reason.message === '' && 'code' in reason) return String(reason.code);
  return reason.message;
}
