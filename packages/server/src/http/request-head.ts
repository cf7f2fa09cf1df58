/**
 * Reads the head of a request as node:http hands it over: names, values as operations and as signatures see them, and
 * the length of the body. Bytes that two readers could read in two ways have been refused before (`head-reader.ts`);
 * what is checked here again costs nothing.
 */
import { OssError } from '@annals/protocol';
import { badRequest } from './bad-request.js';

/** A request's head, checked. */
export interface RequestHead {
  /** Lower-case names; duplicates joined by ", ". Values are text: what was sent as UTF-8 is decoded. */
  readonly headers: ReadonlyMap<string, string>;
  /** The same as signatures see them: one character per byte, duplicates joined by ",". */
  readonly wireHeaders: ReadonlyMap<string, string>;
  /** Host header as sent; `undefined` when there is none (HTTP/1.0). */
  readonly host: string | undefined;
  /** Bytes of the body; `undefined` when chunked, 0 when none is announced. */
  readonly bodyLength: number | undefined;
  /** Whether the request announces a body, be it of 0 bytes. */
  readonly announcesBody: boolean;
  /** Whether framing is such that nothing behind this request may be trusted. */
  readonly mustClose: boolean;
}

/** What node:http knows of a request's head. */
export interface RawRequestHead {
  readonly httpVersion: string;
  /** Names and values by turns. */
  readonly rawHeaders: readonly string[];
}

/** Anything but tab and visible ASCII. */
const UNUSUAL_CHARACTER = /[^\t\x20-\x7e]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTER = /[\x00-\x08\x0a-\x1f\x7f]/;
const DIGITS = /^\d{1,15}$/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads and checks a request's head.
 * @throws {OssError} `BadRequest` for a head no strict parser takes; the connection must be closed then.
 */
export function readRequestHead({ httpVersion, rawHeaders }: RawRequestHead): RequestHead {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw badRequest(`HTTP version ${httpVersion} is not supported.`);
  const wireHeaders = new Map<string, string>();
  let headers = wireHeaders;
  let hostCount = 0;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const wireValue = rawHeaders[index + 1] as string;
    const value = decodeValue(name, wireValue);
    if (name === 'host') hostCount += 1;
    const earlier = wireHeaders.get(name);
    // Two maps only for requests that need them: hardly any has a header twice or more than ASCII.
    if (headers === wireHeaders && (earlier !== undefined || value !== wireValue)) headers = new Map(wireHeaders);
    if (headers !== wireHeaders) headers.set(name, earlier === undefined ? value : `${headers.get(name)}, ${value}`);
    wireHeaders.set(name, earlier === undefined ? wireValue : `${earlier},${wireValue}`);
  }
  if (hostCount > 1) throw badRequest('The request has more than one Host header.');
  const host = headers.get('host');
  if (host === undefined && httpVersion === '1.1') throw badRequest('The request has no Host header.');
  return { headers, wireHeaders, host, ...readFraming(httpVersion, headers) };
}

function readFraming(
  httpVersion: string,
  headers: ReadonlyMap<string, string>,
): Pick<RequestHead, 'bodyLength' | 'announcesBody' | 'mustClose'> {
  const transferEncoding = headers.get('transfer-encoding');
  const contentLength = headers.get('content-length');
  if (transferEncoding === undefined) {
    if (contentLength === undefined) return { bodyLength: 0, announcesBody: false, mustClose: false };
    return { bodyLength: readContentLength(contentLength), announcesBody: true, mustClose: false };
  }
  // Exactly one coding, named once: some proxy in front of us reads every other form differently.
  if (httpVersion !== '1.1' || transferEncoding.toLowerCase() !== 'chunked') {
    throw badRequest('The only Transfer-Encoding is chunked, and only in HTTP/1.1.');
  }
  if (contentLength !== undefined) readContentLength(contentLength);
  // Both together is how requests are smuggled past proxies that believe the other one. Chunked wins (RFC 9112 section
  // 6.3), nothing behind it is read as a request, and the connection ends.
  return { bodyLength: undefined, announcesBody: true, mustClose: contentLength !== undefined };
}

function readContentLength(text: string): number {
  if (!DIGITS.test(text)) throw badRequest('The Content-Length header is not a number.');
  return Number(text);
}

/** Node gives each byte as one character. Clients that send more than ASCII mean UTF-8. */
function decodeValue(name: string, value: string): string {
  if (!UNUSUAL_CHARACTER.test(value)) return value;
  if (CONTROL_CHARACTER.test(value)) throw badRequest(`The header ${name} has a control character.`);
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch (cause) {
    throw new OssError('BadRequest', { message: `The header ${name} is not UTF-8.`, cause });
  }
}
