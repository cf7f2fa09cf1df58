/**
 * Turns whatever was thrown into an answer. Only what an `OssError` says is sent; everything else becomes
 * `InternalError`, whose cause is for the log. Leaves out the document itself (`@annals/protocol`) and the log
 * (`../observe/request-log.ts`).
 */
import { OssError, renderError as renderErrorResponse } from '@annals/protocol';
import { EngineFailure, StoreFailure } from '@annals/store';
import type { OperationResponse } from '../response.js';
import { engineFailureToOssError } from './engine-failure-to-oss-error.js';
import { storeFailureToOssError } from './store-failure-to-oss-error.js';

/** Of the request that failed. */
export interface FailedRequest {
  readonly id: string;
  readonly method: string;
  /** Host header as sent; never empty, because an SDK crashes on an empty HostId. */
  readonly host: string;
}

/** Makes an OSS error of anything thrown. */
export function toOssError(error: unknown): OssError {
  if (error instanceof OssError) return error;
  if (error instanceof StoreFailure) return storeFailureToOssError(error);
  if (error instanceof EngineFailure) return engineFailureToOssError(error);
  return new OssError('InternalError', { cause: error });
}

/** Renders an error: an XML document, or for HEAD, which has no body, the same document in `x-oss-err`. */
export function renderError(error: OssError, request: FailedRequest): OperationResponse {
  const { id: requestId, host: hostId, method } = request;
  const told = withRetryAfter(withMethod(error, method));
  const { status, headers, body } = renderErrorResponse(told, { requestId, hostId, method });
  return body === '' ? { status, headers } : { status, headers, body: Buffer.from(body, 'utf8') };
}

const RETRY_AFTER_SECONDS = '1';

/** Every 503 says when to come back: in a second, when its error does not say. */
function withRetryAfter(error: OssError): OssError {
  if (error.status !== 503 || error.headers['Retry-After'] !== undefined) return error;
  const { code, message, status, headers, details, cause } = error;
  return new OssError(code, {
    message,
    status,
    headers: { ...headers, 'Retry-After': RETRY_AFTER_SECONDS },
    details,
    cause,
  });
}

/** The code that refused a method did not always know which one it was. */
function withMethod(error: OssError, method: string): OssError {
  if (error.code !== 'MethodNotAllowed' || error.details.Method !== undefined) return error;
  const { message, status, headers, details } = error;
  return new OssError(error.code, { message, status, headers, details: { Method: method.toLowerCase(), ...details } });
}
