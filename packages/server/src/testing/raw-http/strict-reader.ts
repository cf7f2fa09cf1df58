/**
 * A second reader of HTTP/1.1, for tests: small, slow, and written from the RFC with regular expressions over the whole
 * text, so that it shares no line and no idea with the server's. Says which requests a stream of bytes holds and how it
 * ends. Where the server may rightly do one thing or the other it says so.
 */
import { METHODS } from 'node:http';

/** One request of a stream. */
export interface SeenRequest {
  readonly method: string;
  /** Of its `x-id` header. */
  readonly id: string;
  readonly body: string;
}

/** What a stream holds. */
export interface SeenStream {
  /** Requests that are whole, in order. */
  readonly requests: readonly SeenRequest[];
  /**
   * `open`: the next request may come. `last`: the connection ends behind the last request. `refused`: what comes next
   * is no request. `broken`: a request whose body is malformed comes next. `incomplete`: the stream breaks off inside a
   * request.
   */
  readonly end: 'open' | 'last' | 'refused' | 'broken' | 'incomplete';
  /** Method of the request that is `broken`. */
  readonly brokenMethod: string;
  /** Whether the server may also end the connection earlier, or refuse what is listed. */
  readonly isCertain: boolean;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const REQUEST_LINE = /^([A-Z][A-Z-]*) ([^\x00-\x20\x7f]+) HTTP\/1\.([01])$/;
const HEADER = new RegExp(`^(${TOKEN}):([\\t\\x20-\\x7e\\x80-\\xff]*)$`);
const CHUNK_HEAD = /^([0-9a-fA-F]{1,13})(;[\t\x20-\x7e\x80-\xff]*)?$/;
const FORBIDDEN_TRAILERS =
  /^(content-length|transfer-encoding|host|trailer|connection|te|upgrade|expect|authorization|content-encoding|content-type|content-range|cookie|date)$/;
/** Bytes that may not stand anywhere in a head, whatever its lines say. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const NEVER_IN_A_HEAD = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n|$)|(?:^|[^\r])\n/;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Bounds that are the server's settings. */
export interface ReaderBounds {
  readonly headerBytesMax: number;
  readonly headerCountMax: number;
}

type Body = { readonly body: string; readonly next: number } | 'broken' | 'incomplete';

/** Reads a stream, one character per byte. */
export function readStream(text: string, bounds: ReaderBounds): SeenStream {
  const requests: SeenRequest[] = [];
  let isCertain = true;
  const ended = (end: SeenStream['end'], brokenMethod = ''): SeenStream => ({ requests, end, brokenMethod, isCertain });
  for (let at = 0; ; ) {
    if (at === text.length) return ended('open');
    const start = text.startsWith('\r\n', at) ? at + 2 : at;
    const end = text.indexOf('\r\n\r\n', start);
    const raw = text.slice(start, end < 0 ? undefined : end);
    if (NEVER_IN_A_HEAD.test(raw) || text.startsWith('\r\n', start)) return ended('refused');
    if ((end < 0 ? text.length : end + 4) - at > bounds.headerBytesMax) return ended('refused');
    const head = readHead(end < 0 ? raw.split('\r\n').slice(0, -1) : raw.split('\r\n'), bounds, end >= 0);
    if (head === undefined) return ended('refused');
    if (end < 0) return ended('incomplete');
    isCertain &&= head.isCertain;
    const body = readBody(text, end + 4, head);
    if (typeof body === 'string') return ended(body, head.method);
    requests.push({ method: head.method, id: head.headers.get('x-id') ?? '', body: body.body });
    if (head.isLast) return ended('last');
    at = body.next;
  }
}

interface Head {
  readonly method: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly isLast: boolean;
  readonly isCertain: boolean;
}

/**
 * @returns `undefined` for a head that must be refused. Of an incomplete head only what is wrong for certain counts.
 */
function readHead(lines: readonly string[], bounds: ReaderBounds, isWhole: boolean): Head | undefined {
  const [first, ...others] = lines;
  if (first === undefined)
    return isWhole ? undefined : { method: '', headers: new Map(), isLast: false, isCertain: true };
  const [, method = '', target = '', minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === '' || method.length > 32 || method === 'CONNECT' || others.length > bounds.headerCountMax)
    return undefined;
  const headers = new Map<string, string>();
  for (const line of others) {
    const [, rawName, rawValue = ''] = HEADER.exec(line) ?? [];
    if (rawName === undefined) return undefined;
    const name = rawName.toLowerCase();
    const value = rawValue.replace(/^[\t ]+|[\t ]+$/g, '');
    const isAlone = /^(host|content-length|transfer-encoding)$/.test(name);
    if (isAlone && headers.has(name)) return undefined;
    if (/^(content-length|transfer-encoding)$/.test(name) && rawValue.includes('\t')) return undefined;
    if (name === 'host' && !/^[^\s/\\@,?#"<>\xa0\x85]*$/.test(value)) return undefined;
    if (name === 'connection' && /(^|,)[\t ]*(content-length|transfer-encoding|host)[\t ]*(,|$)/i.test(value))
      return undefined;
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  const authority = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1];
  if (authority !== undefined && !/^[^\s/\\@,?#"<>\xa0\x85]*$/.test(authority)) return undefined;
  // What is left can only be judged when all of it is here.
  if (isWhole && !isWholeHeadRight(headers, authority, minor)) return undefined;
  const connection = headers.get('connection')?.toLowerCase();
  const isPlain = connection === undefined || /^(close|keep-alive|upgrade)$/.test(connection);
  const isCertain =
    isPlain &&
    !(minor === '0' && connection !== undefined && connection !== 'close') &&
    !headers.has('proxy-connection') &&
    !headers.has('expect') &&
    /^(\/|\*$|https?:\/\/)/i.test(target) &&
    !/[\x80-\xff]/.test(target) &&
    METHODS.includes(method);
  const isLast = connection === 'close' || (minor === '0' && connection !== 'keep-alive') || isDoubled(headers);
  return { method, headers, isLast, isCertain };
}

function isWholeHeadRight(
  headers: ReadonlyMap<string, string>,
  authority: string | undefined,
  minor: string | undefined,
) {
  const host = headers.get('host');
  if (host === undefined && minor === '1') return false;
  if (authority !== undefined && host !== undefined && plainHost(authority) !== plainHost(host)) return false;
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding');
  if (length !== undefined && !/^[0-9]{1,15}$/.test(length)) return false;
  if (coding !== undefined && (minor !== '1' || coding.toLowerCase() !== 'chunked')) return false;
  if (isDoubled(headers) && !(headers.get('user-agent') ?? '').startsWith('aliyun-sdk-c/')) return false;
  return [...headers.values()].every(isUtf8);
}

function isDoubled(headers: ReadonlyMap<string, string>): boolean {
  return headers.has('content-length') && headers.has('transfer-encoding');
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/:(80|443)?$/, '');
}

function isUtf8(value: string): boolean {
  try {
    UTF8.decode(Buffer.from(value, 'latin1'));
    return true;
  } catch {
    return false;
  }
}

function readBody(text: string, start: number, { headers }: Head): Body {
  if (headers.has('transfer-encoding')) return readChunks(text, start, headers.get('content-length'));
  const length = Number(headers.get('content-length') ?? 0);
  if (text.length - start < length) return 'incomplete';
  return { body: text.slice(start, start + length), next: start + length };
}

function readChunks(text: string, start: number, stated: string | undefined): Body {
  let body = '';
  let at = start;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    const line = text.slice(at, end < 0 ? undefined : end);
    if (end < 0) return isBeginning(line, /^([0-9a-fA-F]{0,13}|[0-9a-fA-F]{1,13}(;[\t\x20-\x7e\x80-\xff]*)?)\r?$/);
    const [, digits] = CHUNK_HEAD.exec(line) ?? [];
    if (digits === undefined) return 'broken';
    const size = Number.parseInt(digits, 16);
    const data = end + 2;
    if (size === 0)
      return stated !== undefined && Number(stated) !== body.length ? 'broken' : readTrailers(text, data, body);
    body += text.slice(data, data + size);
    if (stated !== undefined && body.length > Number(stated)) return 'broken';
    const mark = text.slice(data + size, data + size + 2);
    if (!'\r\n'.startsWith(mark)) return 'broken';
    if (mark !== '\r\n') return 'incomplete';
    at = data + size + 2;
  }
}

function readTrailers(text: string, start: number, body: string): Body {
  for (let at = start; ; ) {
    const end = text.indexOf('\r\n', at);
    const line = text.slice(at, end < 0 ? undefined : end);
    if (end < 0) return isBeginning(line, /^[\t\x20-\x7e\x80-\xff]*\r?$/);
    if (line === '') return { body, next: end + 2 };
    const name = HEADER.exec(line)?.[1]?.toLowerCase();
    if (name === undefined || FORBIDDEN_TRAILERS.test(name)) return 'broken';
    at = end + 2;
  }
}

function isBeginning(line: string, pattern: RegExp): Body {
  return pattern.test(line) ? 'incomplete' : 'broken';
}
