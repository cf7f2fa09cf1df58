/**
 * Rebuilds a server's error from its answer: the XML body, on HEAD its base64 copy in `x-oss-err`, or as little as the
 * status. Leaves out failures without an answer (`connection.ts`).
 */
import { type ParsedError, parseErrorHeader, parseErrorXml } from '@annals/protocol';
import { AnnalsError, OssServiceError } from '../error.js';
import { readCrc64, readLength, readTimeMs } from './response-headers.js';

/**
 * @param action What was tried.
 * @param response An answer that is not 2xx; its body is read.
 * @param changes Whether the call may have changed something.
 */
export async function readServiceError(action: string, response: Response, changes: boolean): Promise<AnnalsError> {
  const { status, headers } = response;
  // A failing server or proxy may have stored the bytes before it failed; a refusal comes before that.
  const outcome = changes && status >= 500 ? 'unknown' : 'not-applied';
  let document: ParsedError | undefined;
  try {
    document = await readErrorDocument(response);
  } catch (cause) {
    const message = `Cannot ${action}: the connection broke within an answer of status ${status}`;
    return new AnnalsError('NetworkFailed', message, { outcome, cause });
  }
  return new OssServiceError(
    action,
    {
      code: document?.code ?? codeOfStatus(status),
      status,
      serviceMessage: document?.message ?? `the server answered ${status} without saying why`,
      requestId: headers.get('x-oss-request-id') ?? document?.requestId,
      ec: headers.get('x-oss-ec') ?? document?.ec,
      nextPosition: readLength(headers, 'x-oss-next-append-position'),
      crc64: readCrc64(headers),
      retryAfterMs: readRetryAfterMs(headers),
      serverTimeMs: readTimeMs(headers, 'date'),
      details: document?.details ?? {},
    },
    outcome,
  );
}

async function readErrorDocument(response: Response): Promise<ParsedError | undefined> {
  const body = await response.text();
  const copy = response.headers.get('x-oss-err');
  return parseErrorXml(body) ?? (copy === null ? undefined : parseErrorHeader(copy));
}

/** HEAD answers of servers that send no copy say nothing but their status. */
function codeOfStatus(status: number): string {
  if (status === 304) return 'NotModified';
  if (status === 404) return 'NoSuchKey';
  if (status === 403) return 'AccessDenied';
  if (status === 412) return 'PreconditionFailed';
  return status >= 500 ? 'InternalError' : 'InvalidResponse';
}

/** In seconds; the form with a date is not used by object stores. */
function readRetryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  return text !== null && /^[0-9]{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}
