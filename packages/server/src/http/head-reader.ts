/**
 * Reads the head of a request off the wire, byte by byte, before node:http sees it, and knows one form only: lines that
 * end in CR LF, names that touch their colon, one Host, one way to say how long the body is. Whatever two readers could
 * read in two ways is refused. One head at a time, however its bytes are cut up. Leaves out what headers mean to
 * operations (`request-head.ts`) and the body (`chunked-reader.ts`).
 */
import type { OssError } from '@annals/protocol';
import { badRequest } from './bad-request.js';
import { GrowingBuffer } from './growing-buffer.js';

/** Bounds of one head. */
export interface HeadBounds {
  /** Bytes of request line and headers with their line ends. */
  readonly headerBytesMax: number;
  /** Header lines. */
  readonly headerCountMax: number;
}

/** How the body of a request is cut off from what comes behind it. */
export interface MessageFraming {
  /** Bytes of the body; `undefined` when it is chunked. */
  readonly bodyLengthBytes: number | undefined;
  /** What Content-Length says of a chunked body: it must come out right. */
  readonly statedLengthBytes: number | undefined;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const DELETE = 0x7f;
/** RFC 9110 section 5.6.2, as a table of bytes. */
const IS_TOKEN = tableOf("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
const METHOD = /^[A-Z][A-Z-]{0,31}$/;
const DIGITS = /^\d{1,15}$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;
/** No character with which a host could pass for a path, a user, a list or another host. */
const HOST = /^[^\s/\\@,?#"<>]*$/;
const DEFAULT_PORT = /:(?:80|443)?$/;
/** Sends Transfer-Encoding and Content-Length together, both honest. */
const CLIENT_WITH_TWO_LENGTHS = /^aliyun-sdk-c\//;
/** Headers that no proxy on the way may remove. */
const NEVER_PER_CONNECTION: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'host']);
const NO_LENGTH: MessageFraming = { bodyLengthBytes: 0, statedLengthBytes: undefined };

/** Reads one head after the other. */
export class HeadReader {
  readonly #bounds: HeadBounds;
  /** Beginning of a line whose end has not come. */
  readonly #begun = new GrowingBuffer();
  #lengthBytes = 0;
  #headerCount = 0;
  #emptyLineCount = 0;
  #endsInCarriageReturn = false;
  #version = '';
  #authority: string | undefined;
  #host: string | undefined;
  #contentLength: string | undefined;
  #transferEncoding: string | undefined;
  #userAgent = '';

  constructor(bounds: HeadBounds) {
    this.#bounds = bounds;
  }

  /** Whether nothing of a head has come but the empty line that may stand in front of it. */
  get isEmpty(): boolean {
    return this.#version === '' && this.#begun.lengthBytes === 0;
  }

  /**
   * Reads on.
   * @param from Where in `bytes` to begin.
   * @returns The place behind the head, or -1 when it goes on behind `bytes`.
   * @throws {OssError} `BadRequest` for everything that is not exactly a head.
   */
  read(bytes: Buffer, from: number): number {
    let lineStart = from;
    let endsInCarriageReturn = this.#endsInCarriageReturn;
    for (let index = from; index < bytes.length; index += 1) {
      const octet = bytes[index] as number;
      if (octet >= SPACE && octet !== DELETE) {
        if (endsInCarriageReturn) throw badRequest('A carriage return stands alone in the head of the request.');
      } else if (octet === LF) {
        if (!endsInCarriageReturn) throw badRequest('A line of the head ends without a carriage return.');
        endsInCarriageReturn = false;
        const end = index + 1;
        this.#count(end - lineStart);
        if (this.#takeLine(bytes, lineStart, end)) {
          this.#endsInCarriageReturn = false;
          return end;
        }
        lineStart = end;
      } else if (octet === CR && !endsInCarriageReturn) {
        endsInCarriageReturn = true;
      } else if (octet !== TAB || endsInCarriageReturn) {
        throw badRequest('A control character stands in the head of the request.');
      }
    }
    this.#endsInCarriageReturn = endsInCarriageReturn;
    if (lineStart < bytes.length) {
      this.#count(bytes.length - lineStart);
      this.#begun.append(bytes.subarray(lineStart));
    }
    return -1;
  }

  /**
   * Ends the head that was read, and is ready for the next.
   * @throws {OssError} `BadRequest` when it leaves a doubt about where the request ends or which host it is for.
   */
  finish(): MessageFraming {
    const version = this.#version;
    const host = this.#host;
    const authority = this.#authority;
    const contentLength = this.#contentLength;
    const transferEncoding = this.#transferEncoding;
    const userAgent = this.#userAgent;
    this.#reset();
    if (host === undefined && version === '1.1') throw badRequest('The request has no Host header.');
    if (authority !== undefined && host !== undefined && !isSameHost(authority, host)) {
      throw badRequest('The request target and the Host header name two hosts.');
    }
    if (contentLength !== undefined && !DIGITS.test(contentLength)) {
      throw badRequest('The Content-Length header is not a number.');
    }
    if (transferEncoding === undefined) {
      return contentLength === undefined
        ? NO_LENGTH
        : { bodyLengthBytes: Number(contentLength), statedLengthBytes: undefined };
    }
    if (version !== '1.1' || transferEncoding.toLowerCase() !== 'chunked') {
      throw badRequest('The only Transfer-Encoding is chunked, and only in HTTP/1.1.');
    }
    if (contentLength === undefined) return { bodyLengthBytes: undefined, statedLengthBytes: undefined };
    // Both together is how requests are smuggled past proxies that believe the other one.
    if (!CLIENT_WITH_TWO_LENGTHS.test(userAgent)) {
      throw badRequest('The request has both a Content-Length and a Transfer-Encoding header.');
    }
    return { bodyLengthBytes: undefined, statedLengthBytes: Number(contentLength) };
  }

  #reset(): void {
    this.#lengthBytes = 0;
    this.#headerCount = 0;
    this.#emptyLineCount = 0;
    this.#version = '';
    this.#authority = undefined;
    this.#host = undefined;
    this.#contentLength = undefined;
    this.#transferEncoding = undefined;
    this.#userAgent = '';
  }

  #count(lengthBytes: number): void {
    this.#lengthBytes += lengthBytes;
    const { headerBytesMax } = this.#bounds;
    if (this.#lengthBytes > headerBytesMax) throw headTooLong(headerBytesMax);
  }

  /** @returns Whether the line was the empty one that ends the head. */
  #takeLine(bytes: Buffer, start: number, end: number): boolean {
    if (this.#begun.lengthBytes === 0) return this.#readLine(bytes, start, end - 2);
    this.#begun.append(bytes.subarray(start, end));
    const line = this.#begun.take();
    return this.#readLine(line, 0, line.length - 2);
  }

  #readLine(bytes: Buffer, start: number, end: number): boolean {
    if (start < end) {
      if (this.#version === '') this.#readRequestLine(bytes.toString('latin1', start, end));
      else this.#readHeader(bytes, start, end);
      return false;
    }
    if (this.#version !== '') return true;
    this.#emptyLineCount += 1;
    // RFC 9112 section 2.2 has one in mind, behind the body of an old client.
    if (this.#emptyLineCount > 1) throw badRequest('The request begins with empty lines.');
    return false;
  }

  #readRequestLine(line: string): void {
    const [method = '', target = '', protocol = '', ...more] = line.split(' ');
    if (more.length > 0 || target === '' || line.includes('\t') || !METHOD.test(method)) {
      throw badRequest('The first line of the request is not METHOD TARGET HTTP/1.1.');
    }
    if (protocol !== 'HTTP/1.1' && protocol !== 'HTTP/1.0') {
      throw badRequest('The only versions of HTTP are HTTP/1.1 and HTTP/1.0.');
    }
    // It turns a connection into a tunnel, whose bytes are no requests.
    if (method === 'CONNECT') throw badRequest('The method CONNECT is not supported.');
    this.#version = protocol.slice(-3);
    this.#authority = target.startsWith('/') ? undefined : ABSOLUTE_FORM.exec(target)?.[1];
    if (this.#authority !== undefined && !HOST.test(this.#authority)) {
      throw badRequest('The host in the request target is not a host.');
    }
  }

  #readHeader(bytes: Buffer, start: number, end: number): void {
    this.#headerCount += 1;
    const { headerCountMax } = this.#bounds;
    if (this.#headerCount > headerCountMax) {
      throw badRequest(`The request must not have more than ${headerCountMax} header lines.`);
    }
    let colon = start;
    while (colon < end && IS_TOKEN[bytes[colon] as number] === 1) colon += 1;
    if (colon === start || colon === end || bytes[colon] !== COLON) throw notAHeader(bytes[start] as number);
    switch (colon - start) {
      case 4:
      case 10:
      case 14:
      case 17:
        this.#note(bytes.toString('latin1', start, colon).toLowerCase(), bytes, colon + 1, end);
    }
  }

  #note(name: string, bytes: Buffer, start: number, end: number): void {
    switch (name) {
      case 'host':
        this.#host = onlyOne('Host', this.#host, textOf(bytes, start, end));
        if (!HOST.test(this.#host)) throw badRequest('The Host header is not a host.');
        break;
      case 'content-length':
        this.#contentLength = onlyOne('Content-Length', this.#contentLength, framingTextOf(bytes, start, end));
        break;
      case 'transfer-encoding':
        this.#transferEncoding = onlyOne('Transfer-Encoding', this.#transferEncoding, framingTextOf(bytes, start, end));
        break;
      case 'user-agent':
        this.#userAgent = textOf(bytes, start, end);
        break;
      case 'connection':
        refuseFramingHeaders(textOf(bytes, start, end));
    }
  }
}

/** What is said of a head that is longer than it may be. */
export function headTooLong(headerBytesMax: number): OssError {
  return badRequest(`The request line and headers must not be longer than ${headerBytesMax} bytes.`);
}

/**
 * Looks at a line of a head or a trailer: is it a header?
 * @returns Its name in lower case; `undefined` when it is none.
 */
export function headerNameOf(line: string): string | undefined {
  const colon = line.indexOf(':');
  for (let index = 0; index < colon; index += 1) if (IS_TOKEN[line.charCodeAt(index)] !== 1) return undefined;
  return colon > 0 ? line.slice(0, colon).toLowerCase() : undefined;
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let index = 0; index < characters.length; index += 1) table[characters.charCodeAt(index)] = 1;
  return table;
}

function notAHeader(first: number): OssError {
  if (first === SPACE || first === TAB) return badRequest('A header line must not begin with a space.');
  return badRequest('A header line is not NAME: VALUE, without a space before the colon.');
}

function textOf(bytes: Buffer, start: number, end: number): string {
  let first = start;
  let last = end;
  while (first < last && isSpace(bytes[first] as number)) first += 1;
  while (first < last && isSpace(bytes[last - 1] as number)) last -= 1;
  return bytes.toString('latin1', first, last);
}

/** Parsers differ on tabs around a length, and no honest client sends them. */
function framingTextOf(bytes: Buffer, start: number, end: number): string {
  for (let index = start; index < end; index += 1) {
    if (bytes[index] === TAB) throw badRequest('A header that says how long the body is has a tab in it.');
  }
  return textOf(bytes, start, end);
}

function isSpace(octet: number): boolean {
  return octet === SPACE || octet === TAB;
}

function onlyOne(name: string, earlier: string | undefined, value: string): string {
  if (earlier !== undefined) throw badRequest(`The request has more than one ${name} header.`);
  return value;
}

function refuseFramingHeaders(value: string): void {
  for (const option of value.split(',')) {
    const name = option.trim().toLowerCase();
    if (NEVER_PER_CONNECTION.has(name)) throw badRequest(`The Connection header must not list ${name}.`);
  }
}

function isSameHost(left: string, right: string): boolean {
  return comparable(left) === comparable(right);
}

function comparable(host: string): string {
  return host.toLowerCase().replace(DEFAULT_PORT, '');
}
