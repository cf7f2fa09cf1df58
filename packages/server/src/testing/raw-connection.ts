/**
 * A TCP connection that says exactly what a test tells it to, well-formed or not, and reads answers without believing
 * in them.
 */
import { connect, type Socket } from 'node:net';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** Header lines as sent. */
  readonly headerLines: readonly string[];
  readonly body: Buffer;
}

/** A connection whose test sends bytes as it likes and takes answers one by one, in the order they came. */
export class RawConnection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #lengthBytes = 0;
  #isClosed = false;
  #hasEnded = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#lengthBytes += chunk.length;
      this.#wake();
    });
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#wake();
    });
    // A reset is one of the ends a test may look for; it shows as `closed` with nothing received.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** Connects to a port of this machine. */
  static open(port: number, host = '127.0.0.1'): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  /** Bytes received and not yet read as an answer. */
  get pending(): string {
    return this.#received.toString('latin1');
  }

  /** Joined only when somebody looks: joining at each arrival would copy a long answer a thousand times. */
  get #received(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }

  #take(lengthBytes: number): Buffer {
    const received = this.#received;
    this.#chunks = [received.subarray(lengthBytes)];
    this.#lengthBytes = received.length - lengthBytes;
    return received.subarray(0, lengthBytes);
  }

  /** Sends text, one byte per character, or bytes. @returns When the system has taken them. */
  send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data, () => resolve());
    });
  }

  /** Sends no more, but goes on reading. */
  endSending(): void {
    this.#socket.end();
  }

  /** Stops reading, so that the server's buffers fill. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Goes away without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Resolves when the server has closed its side and everything it sent is here. */
  async ended(): Promise<void> {
    while (!this.#hasEnded && !this.#isClosed) await this.#more();
    this.#socket.end();
  }

  /**
   * Reads one answer.
   * @param method Of the request: an answer to HEAD has no body.
   * @throws {Error} The connection ends before it is complete.
   */
  async readAnswer(method = 'GET'): Promise<RawAnswer> {
    let end = this.#received.indexOf('\r\n\r\n');
    for (; end < 0; end = this.#received.indexOf('\r\n\r\n')) await this.#moreOrFail('the end of the head');
    const [statusLine = '', ...headerLines] = this.#received.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(
      headerLines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    this.#take(end + 4);
    const status = Number(statusLine.split(' ')[1]);
    if (status === 100) return { status, headers, headerLines, body: Buffer.alloc(0) };
    const length = method === 'HEAD' ? 0 : Number(headers.get('content-length') ?? 0);
    while (this.#lengthBytes < length) await this.#moreOrFail('the end of the body');
    return { status, headers, headerLines, body: this.#take(length) };
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #moreOrFail(what: string): Promise<void> {
    if (this.#hasEnded || this.#isClosed) throw new Error(`The connection ended before ${what}; got "${this.pending}"`);
    await this.#more();
  }
}
