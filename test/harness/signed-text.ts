/** Signed requests as text, to be sent over a `RawConnection` whole, in pieces or changed. */
import { signRequest } from './sign-request.js';
import { ROOT } from './test-server.js';

/** The bucket of requests that name none. */
export const BUCKET = 'examplebucket';
/** When requests as text are signed: Sat, 21 Nov 2026 00:00:00 GMT. */
export const NOW_MS = 1_795_219_200_000;

/** A request in text, signed with V1. */
export interface RequestText {
  readonly method?: string;
  readonly key: string;
  readonly query?: string;
  /** Extra header lines. */
  readonly lines?: readonly string[];
  readonly body?: string;
  /** Default: signed with the root key. */
  readonly secret?: string;
  /** Default: the root's. */
  readonly accessKeyId?: string;
  readonly bucket?: string;
}

/** Writes a signed request, body included. */
export function requestText(request: RequestText): string {
  return `${requestHead(request)}\r\n${request.body ?? ''}`;
}

/** Writes the head of a signed request without its final empty line. */
export function requestHead({
  method = 'GET',
  key,
  query = '',
  lines = [],
  secret,
  accessKeyId,
  bucket = BUCKET,
}: RequestText): string {
  const parameters = query === '' ? [] : query.split('&').map((pair) => pair.split('='));
  const keys = { accessKeyId: accessKeyId ?? ROOT.accessKeyId, accessKeySecret: secret ?? ROOT.accessKeySecret };
  const signed = signRequest(
    {
      ...{ method, bucket, key, headers: {} },
      query: Object.fromEntries(parameters.map(([name = '', value = '']) => [name, value])),
    },
    'v1',
    keys,
    NOW_MS,
  );
  const target = `/${bucket}/${key}${query === '' ? '' : `?${query}`}`;
  const signedLines = Object.entries({ host: 'localhost', ...signed.headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`${method} ${target} HTTP/1.1`, ...signedLines, ...lines, ''].join('\r\n');
}

/** Writes a signed append whose body has a Content-Length. */
export function appendText(key: string, body: string, lines: readonly string[] = []): string {
  return requestText({
    method: 'POST',
    key,
    query: 'append&position=0',
    lines: [`Content-Length: ${body.length}`, ...lines],
    body,
  });
}
