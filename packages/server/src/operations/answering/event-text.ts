/**
 * Bytes of a growing text as the data of server-sent events: in pieces that end where a character ends, whatever the
 * appends cut. Leaves out the events themselves (`event-stream.ts`).
 */

/** A piece of text, and the bytes it stands for. */
interface TextPiece {
  /** Lines end in LF alone. */
  readonly text: string;
  readonly lengthBytes: number;
}

const CARRIAGE_RETURN = 0x0d;

/** A character has four bytes at most. */
const CHARACTER_LENGTH_BYTES_MAX = 4;

/** Decodes a stream of bytes, and holds back what is not a whole character yet, or may be half of a CRLF. */
export class EventText {
  // A byte order mark is part of the text, and there may be one in the middle.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #held: Uint8Array = new Uint8Array();

  /** @returns What is whole now; perhaps nothing. */
  add(bytes: Uint8Array): TextPiece {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const lengthBytes = wholeLength(all);
    this.#held = all.slice(lengthBytes);
    return this.#piece(all.subarray(0, lengthBytes));
  }

  /** @returns What was held back: nothing will come that makes it whole. */
  end(): TextPiece {
    const rest = this.#held;
    this.#held = new Uint8Array();
    return this.#piece(rest);
  }

  #piece(bytes: Uint8Array): TextPiece {
    return { text: this.#decoder.decode(bytes).replace(/\r\n?/g, '\n'), lengthBytes: bytes.length };
  }
}

/** Bytes up to the last whole character; a CR at the end waits for the LF that may belong to it. */
function wholeLength(bytes: Uint8Array): number {
  const { length } = bytes;
  if (bytes[length - 1] === CARRIAGE_RETURN) return length - 1;
  for (let back = 1; back < CHARACTER_LENGTH_BYTES_MAX && back <= length; back++) {
    const lead = bytes[length - back] ?? 0;
    if (isContinuation(lead)) continue;
    return back < characterLength(lead) && canGoOn(bytes, length - back) ? length - back : length;
  }
  return length;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Bytes of the character that begins so; 1 for what begins none. */
function characterLength(lead: number): number {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
}

/** Whether the byte behind `start` can be the second of its character (Unicode, table 3-7); true without one. */
function canGoOn(bytes: Uint8Array, start: number): boolean {
  const lead = bytes[start];
  const second = bytes[start + 1];
  if (second === undefined) return true;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second <= 0x8f;
}
