/**
 * Takes the chunked coding (RFC 9112 section 7.1) off a body, in one form only: sizes in plain hexadecimal digits, CR
 * LF and nothing else at every end. The pieces of one read are moved together where they lie, so that a body in chunks
 * of one byte costs those behind it no more than any other. Leaves out heads (`head-reader.ts`) and what becomes of the
 * bytes (`wire-gate.ts`).
 */
import { badRequest } from './bad-request.js';
import { headerNameOf } from './head-reader.js';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const SEMICOLON = 0x3b;
const DELETE = 0x7f;
/** 2^52 bytes: no body is as long, and every number below is exact. */
const SIZE_DIGIT_COUNT_MAX = 13;
/** Extensions of all chunks of a body together, and its trailers: nobody here reads either. */
const EXTENSIONS_LENGTH_BYTES_MAX = 16 * 1024;
const TRAILERS_LENGTH_BYTES_MAX = 8 * 1024;
/** Runs shorter than this are moved byte by byte: a call for each would cost more. */
const SHORT_RUN_LENGTH_BYTES = 64;
/**
 * RFC 9110 section 6.5.1: what decides where a message ends, its target and its sender stand in front of the body
 * or nowhere.
 */
const NEVER_A_TRAILER: ReadonlySet<string> = new Set([
  ...['content-length', 'transfer-encoding', 'host', 'trailer', 'connection', 'te', 'upgrade', 'expect'],
  ...['authorization', 'content-encoding', 'content-type', 'content-range', 'cookie', 'date'],
]);

type Place =
  | 'size'
  | 'extension'
  | 'sizeEnd'
  | 'data'
  | 'dataCarriageReturn'
  | 'dataEnd'
  | 'trailer'
  | 'trailerEnd'
  | 'end';

/** What one read of a body gave: bytes `start` to `end` of the buffer are data now. */
export interface DecodedRun {
  readonly start: number;
  readonly end: number;
  /** Where reading stopped: behind the body, or at the end of the buffer. */
  readonly next: number;
  readonly isComplete: boolean;
}

/** Reads one chunked body, however its bytes are cut up. */
export class ChunkedReader {
  readonly #statedLengthBytes: number | undefined;
  #place: Place = 'size';
  #size = 0;
  #digitCount = 0;
  #remainingBytes = 0;
  #lengthBytes = 0;
  #extensionsLengthBytes = 0;
  #trailersLengthBytes = 0;
  #line = '';

  /** @param statedLengthBytes Length that the body must come to, where its head says one. */
  constructor(statedLengthBytes: number | undefined) {
    this.#statedLengthBytes = statedLengthBytes;
  }

  /**
   * Reads on.
   * @param bytes Written to: the pieces of data in it are moved together.
   * @param from Where to begin.
   * @throws {OssError} `BadRequest` for everything that is not exactly the coding.
   */
  read(bytes: Buffer, from: number): DecodedRun {
    let start = from;
    let end = from;
    let index = from;
    while (index < bytes.length && this.#place !== 'end') {
      if (this.#place !== 'data') {
        this.#readOctet(bytes[index] as number);
        index += 1;
        continue;
      }
      const runEnd = Math.min(bytes.length, index + this.#remainingBytes);
      if (start === end) {
        start = index;
        end = runEnd;
      } else {
        end = moveRun(bytes, end, index, runEnd);
      }
      this.#takeData(runEnd - index);
      index = runEnd;
    }
    return { start, end, next: index, isComplete: this.#place === 'end' };
  }

  #takeData(lengthBytes: number): void {
    this.#remainingBytes -= lengthBytes;
    this.#lengthBytes += lengthBytes;
    if (this.#remainingBytes === 0) this.#place = 'dataCarriageReturn';
    if (this.#statedLengthBytes !== undefined && this.#lengthBytes > this.#statedLengthBytes) throw lengthsDiffer();
  }

  #readOctet(octet: number): void {
    switch (this.#place) {
      case 'size':
        this.#readSize(octet);
        break;
      case 'extension':
        this.#readExtension(octet);
        break;
      case 'sizeEnd':
        requireLineFeed(octet);
        this.#beginChunk();
        break;
      case 'dataCarriageReturn':
        if (octet !== CR) throw badRequest('A chunk is longer than its size.');
        this.#place = 'dataEnd';
        break;
      case 'dataEnd':
        requireLineFeed(octet);
        this.#place = 'size';
        break;
      case 'trailer':
        this.#readTrailer(octet);
        break;
      case 'trailerEnd':
        requireLineFeed(octet);
        this.#endTrailer();
    }
  }

  #readSize(octet: number): void {
    const digit = hexadecimalOf(octet);
    if (digit >= 0) {
      this.#digitCount += 1;
      if (this.#digitCount > SIZE_DIGIT_COUNT_MAX) throw badRequest('The size of a chunk is too large.');
      this.#size = this.#size * 16 + digit;
    } else if (this.#digitCount > 0 && octet === SEMICOLON) {
      this.#place = 'extension';
    } else if (this.#digitCount > 0 && octet === CR) {
      this.#place = 'sizeEnd';
    } else {
      throw badRequest('The size of a chunk is not a hexadecimal number.');
    }
  }

  #readExtension(octet: number): void {
    if (octet === CR) {
      this.#place = 'sizeEnd';
      return;
    }
    this.#extensionsLengthBytes += 1;
    if (this.#extensionsLengthBytes > EXTENSIONS_LENGTH_BYTES_MAX) {
      throw badRequest(`The chunk extensions are longer than ${EXTENSIONS_LENGTH_BYTES_MAX} bytes.`);
    }
    refuseControl(octet);
  }

  #beginChunk(): void {
    this.#digitCount = 0;
    this.#remainingBytes = this.#size;
    this.#place = this.#size === 0 ? 'trailer' : 'data';
    this.#size = 0;
    if (this.#place !== 'trailer') return;
    if (this.#statedLengthBytes !== undefined && this.#lengthBytes !== this.#statedLengthBytes) throw lengthsDiffer();
  }

  #readTrailer(octet: number): void {
    if (octet === CR) {
      this.#place = 'trailerEnd';
      return;
    }
    this.#trailersLengthBytes += 1;
    if (this.#trailersLengthBytes > TRAILERS_LENGTH_BYTES_MAX) {
      throw badRequest(`The trailers are longer than ${TRAILERS_LENGTH_BYTES_MAX} bytes.`);
    }
    refuseControl(octet);
    this.#line += String.fromCharCode(octet);
  }

  #endTrailer(): void {
    const line = this.#line;
    this.#line = '';
    this.#place = line === '' ? 'end' : 'trailer';
    if (line === '') return;
    const name = headerNameOf(line);
    if (name === undefined) throw badRequest('A trailer is not NAME: VALUE, without a space before the colon.');
    if (NEVER_A_TRAILER.has(name)) throw badRequest(`The header ${name} must not stand behind the body.`);
  }
}

function moveRun(bytes: Buffer, target: number, start: number, end: number): number {
  const lengthBytes = end - start;
  if (lengthBytes >= SHORT_RUN_LENGTH_BYTES) {
    bytes.copyWithin(target, start, end);
  } else {
    for (let offset = 0; offset < lengthBytes; offset += 1) bytes[target + offset] = bytes[start + offset] as number;
  }
  return target + lengthBytes;
}

function hexadecimalOf(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function requireLineFeed(octet: number): void {
  if (octet !== LF) throw badRequest('A carriage return stands alone in the chunked coding.');
}

function refuseControl(octet: number): void {
  if ((octet < SPACE && octet !== TAB) || octet === DELETE) {
    throw badRequest('A control character stands in the chunked coding.');
  }
}

function lengthsDiffer(): Error {
  return badRequest('The chunks do not come to what the Content-Length header says.');
}
