/**
 * Requests that one process answers for all workers of a machine: the admin API and STS, which keep something between
 * two requests, and the metrics of all. The worker that received one reads it whole and hands it over; the other
 * process answers as if it had received it. Leaves out how the two talk.
 */
import { OssError } from '@annals/protocol';
import { renderError, toOssError } from '../error/render-error.js';
import type { ServerMetrics } from '../observe/metrics.js';
import type { ReceivedRequest } from '../request/received-request.js';
import type { RequestProgress } from '../request/request-progress.js';
import type { OperationResponse } from '../response.js';
import { answerServiceRequest, type ServiceEndpointName, type ServiceEndpoints } from './service-endpoints.js';

/** A request that was read whole. It may be copied between processes. */
export interface ForwardedRequest extends Omit<ReceivedRequest, 'body' | 'signal'> {
  readonly kind: ServiceEndpointName | 'metrics';
  readonly body: Uint8Array;
  readonly isBodyAnnounced: boolean;
}

/** The answer, and what the worker's log says of it. */
export interface ForwardedAnswer extends Pick<OperationResponse, 'status' | 'headers'> {
  readonly body: Uint8Array;
  readonly accessKeyId?: string;
  readonly errorCode?: string;
}

/** Hands a request over. @throws {Error} The other process is not there. */
export type Forward = (request: ForwardedRequest) => Promise<ForwardedAnswer>;

/** No endpoint takes a longer body. */
const BODY_LENGTH_BYTES_MAX = 64 * 1024;

/**
 * Hands a request over and waits for its answer.
 * @param progress Receives what the log says of it.
 * @throws {OssError} `EntityTooLarge`, `ServiceUnavailable`, and what the client does wrong while it sends the body.
 */
export async function forwardRequest(
  kind: ForwardedRequest['kind'],
  request: ReceivedRequest,
  progress: RequestProgress,
  forward: Forward,
): Promise<OperationResponse> {
  const { id, method, target, host, headers, wireHeaders, isSecure, clientAddress, receivedAtMs } = request;
  const body = await request.body.readAll(
    BODY_LENGTH_BYTES_MAX,
    () => new OssError('EntityTooLarge', { message: `The body is longer than ${BODY_LENGTH_BYTES_MAX} bytes.` }),
  );
  const isBodyAnnounced = request.body.announced;
  const head = { id, method, target, host, headers, wireHeaders, isSecure, clientAddress, receivedAtMs };
  const answered = await forward({ kind, ...head, body, isBodyAnnounced }).catch((cause: unknown) => {
    throw new OssError('ServiceUnavailable', { message: 'The server is being stopped or started.', cause });
  });
  progress.forwarded = answered;
  return { status: answered.status, headers: answered.headers, body: answered.body };
}

/** Answers a request that a worker handed over. Never throws. */
export async function answerForwarded(
  forwarded: ForwardedRequest,
  { endpoints, metrics }: { readonly endpoints: ServiceEndpoints; readonly metrics: ServerMetrics },
): Promise<ForwardedAnswer> {
  const progress: RequestProgress = {};
  const response = await answerHere(forwarded, progress, { endpoints, metrics }).catch((thrown: unknown) => {
    const error = toOssError(thrown);
    progress.error = error;
    return renderError(error, forwarded);
  });
  const { status, headers, body } = response;
  const { caller, error } = progress;
  return {
    status,
    headers,
    // None of them streams.
    body: body instanceof Uint8Array ? body : new Uint8Array(),
    ...(caller?.accessKeyId !== undefined && { accessKeyId: caller.accessKeyId }),
    ...(error !== undefined && { errorCode: error.code }),
  };
}

async function answerHere(
  forwarded: ForwardedRequest,
  progress: RequestProgress,
  { endpoints, metrics }: { readonly endpoints: ServiceEndpoints; readonly metrics: ServerMetrics },
): Promise<OperationResponse> {
  const { kind, body, isBodyAnnounced, ...head } = forwarded;
  if (kind === 'metrics') {
    const headers = { 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' };
    return { status: 200, headers, body: Buffer.from(await metrics.render()) };
  }
  const request: ReceivedRequest = {
    ...head,
    signal: new AbortController().signal,
    body: {
      length: body.length,
      announced: isBodyAnnounced,
      async *open() {
        yield body;
      },
      async readAll(lengthMax, tooLarge) {
        if (body.length > lengthMax) throw tooLarge();
        return body;
      },
    },
  };
  return answerServiceRequest(kind, request, progress, endpoints);
}
