/**
 * A TCP connection that says exactly what a test tells it to, well-formed or not, and reads answers without believing
 * in them.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely, TLSSocket } from 'node:tls';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** Header lines as sent. */
  readonly headerLines: readonly string[];
  readonly body: Buffer;
}

/** How to open a connection. */
interface RawConnectionOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Whether TLS is spoken. Default: no. */
  readonly isSecure?: boolean;
  /** Whether this side stays open when the server has closed its own. Default: it does. */
  readonly isHalfOpen?: boolean;
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

  /**
   * Connects to a port of this machine, in plain text or with TLS, whatever certificate is shown.
   * @throws {Error} The connection is refused, or the handshake fails.
   */
  static async open(port: number, options: RawConnectionOptions = {}): Promise<RawConnection> {
    const { host = '127.0.0.1', isHalfOpen = true, isSecure = false } = options;
    const socket = connect({ port, host, allowHalfOpen: isHalfOpen, noDelay: true });
    await once(socket, 'connect');
    const connection = new RawConnection(socket);
    return isSecure ? connection.secured() : connection;
  }

  /** Connects where the connection may be refused. @returns When it is there; `isClosed` when it was refused. */
  static tryOpen(port: number): Promise<RawConnection> {
    return new Promise((resolve) => {
      const connection: RawConnection = new RawConnection(
        connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(connection)),
      );
      connection.#socket.once('close', () => resolve(connection));
    });
  }

  /**
   * Goes on with TLS, whatever certificate is shown. @returns The connection to go on with.
   * @throws {Error} The handshake fails.
   */
  async secured(): Promise<RawConnection> {
    this.#socket.removeAllListeners('data');
    const secure = connectSecurely({ socket: this.#socket, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve);
      secure.once('error', reject);
      secure.once('close', () => reject(new Error('the connection was closed before the end of the handshake')));
    });
    return new RawConnection(secure);
  }

  /** Common name of the certificate that the server showed; nothing without TLS. */
  get shownName(): string | undefined {
    if (!(this.#socket instanceof TLSSocket)) return undefined;
    const { CN: name } = this.#socket.getPeerCertificate().subject;
    return Array.isArray(name) ? name.join() : name;
  }

  /** Whether nothing can be sent or received any more. */
  get isClosed(): boolean {
    return this.#isClosed;
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

  /** Breaks the connection: the other end meets an error. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Goes away without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits until the server has closed its side. @returns Everything it sent that was not read as an answer. */
  async ended(): Promise<string> {
    while (!this.#hasEnded && !this.#isClosed) await this.#more();
    this.#socket.end();
    return this.pending;
  }

  /** Waits until it is so, looking at every piece that arrives, or the connection is closed. */
  async until(isSo: () => boolean): Promise<void> {
    while (!this.#isClosed && !isSo()) await this.#more();
  }

  /** Forgets what was received and not yet read. */
  forget(): void {
    this.#chunks = [];
    this.#lengthBytes = 0;
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
