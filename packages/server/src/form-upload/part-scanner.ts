/**
 * Cuts the bytes of a form (multipart/form-data, RFC 7578 and RFC 2046 section 5.1) into parts, as they come and
 * however they come cut up. Holds one chunk of the source plus less than one delimiter; what it hands on are views of
 * the source's chunks.
 *
 * Ours, and not a package: the ones there are push events and buffer ahead of the reader, cut over-long fields short
 * instead of refusing them, pass silently over parts they do not understand, and cannot stop in front of the file until
 * the sender is known. Leaves out what parts mean (`read-form.ts`).
 */
import { OssError } from '@annals/protocol';

const CR = 0x0d;
const LINE_END = Buffer.from('\r\n');
const NOTHING: Uint8Array = new Uint8Array();
const NO_ROOM = Buffer.alloc(0);
/** Windows shorter than this grow by doubling; longer ones hold a whole chunk and are soon handed on. */
const DOUBLED_LENGTH_BYTES_MAX = 16 * 1024;

/** Bounds of what is not a file; one budget for all of it. */
export interface ScanBudget {
  /** Length in bytes of one part's headers. */
  readonly headersLengthBytesMax: number;
  /** Called with the length of every run of bytes read outside of the file. @throws When it is too much. */
  spend(lengthBytes: number): void;
}

/** Walks over the parts of one form: headers, then data, part by part, in order. */
export class PartScanner {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  readonly #budget: ScanBudget;
  /**
   * Read and not handed on. It begins as if a line had just ended, because the first delimiter needs no line in front
   * of it.
   */
  #window: Buffer = LINE_END;
  /**
   * Free space right behind the window, where it lies in a buffer of our own: headers that come byte by byte are not
   * copied for each.
   */
  #room: Buffer = NO_ROOM;
  /** Whether the delimiter that ends the part has been taken. */
  #isBetweenParts = false;

  /** @param source The body; read only as fast as parts are. */
  constructor(source: AsyncIterable<Uint8Array>, boundary: string, budget: ScanBudget) {
    this.#source = source[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#budget = budget;
  }

  /**
   * Skips to the next part and reads its headers. What was left of the part before is read past.
   * @returns The header lines as one text, one character per byte; `undefined` behind the last part.
   * @throws {OssError} `MalformedPOSTRequest`.
   */
  async nextHeaders(): Promise<string | undefined> {
    if (!this.#isBetweenParts) for await (const chunk of this.data()) this.#budget.spend(chunk.length);
    while (this.#window.length < 2) if (!(await this.#fill())) throw malformed();
    if (this.#window.toString('latin1', 0, 2) === '--') {
      this.#cut(2);
      return undefined;
    }
    // Spaces may stand between a delimiter and the end of its line.
    const line = await this.#takeThrough(LINE_END);
    if (!/^[ \t]*\r\n$/.test(line)) throw malformed();
    // Line by line, because a part may have no headers at all and then there is only the empty line.
    const lines: string[] = [];
    let lengthBytes = 0;
    for (
      let header = await this.#takeThrough(LINE_END);
      header !== '\r\n';
      header = await this.#takeThrough(LINE_END)
    ) {
      lengthBytes += header.length;
      if (lengthBytes > this.#budget.headersLengthBytesMax) throw new OssError('FieldItemTooLong');
      lines.push(header.slice(0, -2));
    }
    this.#isBetweenParts = false;
    return lines.join('\r\n');
  }

  /**
   * The bytes of the part whose headers were read last.
   * @returns Ends with the delimiter, which is taken.
   * @throws {OssError} `MalformedPOSTRequest` when the form ends first.
   */
  async *data(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const window = this.#window;
      const at = window.indexOf(this.#delimiter);
      if (at >= 0) {
        this.#window = window.subarray(at + this.#delimiter.length);
        this.#isBetweenParts = true;
        if (at > 0) yield window.subarray(0, at);
        return;
      }
      const passed = window.length - this.#beginningOfDelimiterAtEnd(window);
      this.#window = window.subarray(passed);
      if (passed > 0) yield window.subarray(0, passed);
      if (!(await this.#fill())) throw malformed();
    }
  }

  /** Reads what stands behind the last part, which means nothing. */
  async readEpilogue(): Promise<void> {
    do {
      this.#budget.spend(this.#window.length);
      this.#window = Buffer.alloc(0);
    } while (await this.#fill());
  }

  /** Gives the source back; its owner decides what happens to the rest. */
  async stop(): Promise<void> {
    await this.#source.return?.();
  }

  /** How many bytes at the end may be the beginning of a delimiter that the next chunk completes. */
  #beginningOfDelimiterAtEnd(window: Buffer): number {
    const first = Math.max(0, window.length - this.#delimiter.length + 1);
    for (let at = window.indexOf(CR, first); at >= 0; at = window.indexOf(CR, at + 1)) {
      const length = window.length - at;
      if (window.compare(this.#delimiter, 0, length, at) === 0) return length;
    }
    return 0;
  }

  async #takeThrough(marker: Buffer): Promise<string> {
    let searched = 0;
    for (;;) {
      const at = this.#window.indexOf(marker, searched);
      if (at >= 0 && at <= this.#budget.headersLengthBytesMax) return this.#cut(at + marker.length);
      if (this.#window.length > this.#budget.headersLengthBytesMax) throw new OssError('FieldItemTooLong');
      searched = Math.max(0, this.#window.length - marker.length + 1);
      if (!(await this.#fill())) throw malformed();
    }
  }

  #cut(lengthBytes: number): string {
    this.#budget.spend(lengthBytes);
    const text = this.#window.toString('latin1', 0, lengthBytes);
    this.#window = this.#window.subarray(lengthBytes);
    return text;
  }

  /** @returns Whether there was more. */
  async #fill(): Promise<boolean> {
    const { value = NOTHING, done } = await this.#source.next();
    if (done) return false;
    this.#append(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    return true;
  }

  #append(chunk: Buffer): void {
    const window = this.#window;
    const lengthBytes = window.length + chunk.length;
    if (window.length === 0) {
      this.#window = chunk;
      this.#room = NO_ROOM;
    } else if (chunk.length <= this.#room.length) {
      this.#room.set(chunk);
      this.#room = this.#room.subarray(chunk.length);
      this.#window = Buffer.from(window.buffer, window.byteOffset, lengthBytes);
    } else {
      const capacity = lengthBytes < DOUBLED_LENGTH_BYTES_MAX ? lengthBytes * 2 : lengthBytes;
      const grown = Buffer.allocUnsafeSlow(capacity);
      grown.set(window);
      grown.set(chunk, window.length);
      this.#window = grown.subarray(0, lengthBytes);
      this.#room = grown.subarray(lengthBytes);
    }
  }
}

function malformed(): OssError {
  return new OssError('MalformedPOSTRequest');
}
