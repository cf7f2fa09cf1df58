/**
 * One TCP connection: whether it may still bring requests, whose turn it is, and what has moved on it.
 * Leaves out what is said on it (`request-body.ts`, `response.ts`).
 */
import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { RequestClient } from '../client-address/client-of-request.js';
import { canonicalIpAddress } from '../client-address/ip-address.js';

/** What a connection needs to know of the request under way, to pass on what happens to it. */
export interface RequestUnderWay {
  /** The bytes behind the request are not HTTP, or end too early. */
  fail(error: Error): void;
}

/** What node:net knows of a socket below the stream; of an encrypted one, of the connection that carries it. */
interface HandleOwner {
  readonly _handle?: { readonly bytesWritten?: number; readonly writeQueueSize?: number } | null;
  readonly _parent?: HandleOwner | null;
}

/** Takes the requests of one socket one at a time, and decides when it closes. */
export class Connection {
  readonly socket: Socket;
  /** The other end, before any header of a request is read. */
  readonly client: RequestClient;
  /** Called when the next request may come; set by the reader of requests. */
  onFree: () => void = () => undefined;
  readonly #lingerMs: number;
  readonly #onAnswered: () => void;
  #acceptsRequests = true;
  #isClosing = false;
  #lingers = false;
  #isLingering = false;
  #underWay: RequestUnderWay | undefined;
  #isAnswerLeaving = false;

  /**
   * @param lingerMs How long `lingerOnClose` reads on.
   * @param onAnswered Called after each request.
   * @param announced Who is at the other end, as a proxy said before its first byte.
   */
  constructor(
    socket: Socket,
    lingerMs: number,
    onAnswered: () => void = () => undefined,
    announced: RequestClient | undefined = undefined,
  ) {
    this.#onAnswered = onAnswered;
    this.socket = socket;
    // Taken now: a socket forgets it when it closes.
    const { remoteAddress = '' } = socket;
    this.client = {
      clientAddress: announced?.clientAddress ?? canonicalIpAddress(remoteAddress) ?? remoteAddress,
      isSecure: socket instanceof TLSSocket || announced?.isSecure === true,
    };
    this.#lingerMs = lingerMs;
  }

  /** Whether the answer under way is the last one. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Whether a request is being answered. */
  get isBusy(): boolean {
    return this.#underWay !== undefined;
  }

  /** Makes the answer under way the last one of this connection. */
  closeAfterAnswer(): void {
    this.#acceptsRequests = false;
    this.#isClosing = true;
  }

  /**
   * Also when bytes of the client are still coming: after the answer the sending half is closed and the rest read and
   * thrown away for a while. Closing at once would make the kernel answer those bytes with a reset, which destroys the
   * answer in the client's hands.
   */
  lingerOnClose(): void {
    this.closeAfterAnswer();
    if (this.#lingers) return;
    this.#lingers = true;
    const { socket } = this;
    // node:http calls this, and nothing else, when the last answer of a connection is written.
    socket.destroySoon = () => this.#linger();
  }

  #linger(): void {
    const { socket } = this;
    if (socket.destroyed || this.#isLingering) return;
    this.#isLingering = true;
    const timer = setTimeout(() => socket.destroy(), this.#lingerMs);
    socket.once('close', () => clearTimeout(timer));
    const destroyWhenWritten = (): void => Socket.prototype.destroySoon.call(socket);
    if (socket.readableEnded) {
      destroyWhenWritten();
      return;
    }
    socket.once('end', destroyWhenWritten);
    socket.end();
  }

  /** Whether another request may still come. */
  get acceptsRequests(): boolean {
    return this.#acceptsRequests;
  }

  /** Whether the next request may begin: the one before is answered, and the answer has left. */
  get isFree(): boolean {
    return this.#underWay === undefined && !this.#isAnswerLeaving;
  }

  /**
   * Notes the request under way. There is one at a time, as effects must happen in the order of the requests (RFC 9112
   * section 9.3.2 lets only safe methods overlap).
   * @param isLast Whether what comes behind this request is to be ignored.
   */
  begin(request: RequestUnderWay, isLast: boolean): void {
    this.#underWay = request;
    if (isLast) this.closeAfterAnswer();
  }

  /**
   * The request is answered or given up: the next one's turn, or the end of the connection.
   * @param outgoing The answer. It is complete, but may still be on its way to the system.
   */
  finish(outgoing: ServerResponse): void {
    this.#underWay = undefined;
    this.#onAnswered();
    if (outgoing.writableFinished || outgoing.destroyed) {
      this.#settle();
      return;
    }
    this.#isAnswerLeaving = true;
    outgoing.once('finish', () => {
      this.#isAnswerLeaving = false;
      this.#settle();
    });
  }

  #settle(): void {
    // The head of the answer may have been written before it was known to be the last: node:http would keep the
    // connection.
    if (this.#isClosing) this.socket.destroySoon();
    else this.onFree();
  }

  /**
   * Passes a fault of the byte stream to the request under way, whose answer then is the last.
   * @returns `false` when there is no such request, and the caller has to answer.
   */
  fail(error: Error): boolean {
    this.lingerOnClose();
    if (this.#underWay === undefined) return false;
    this.#underWay.fail(error);
    return true;
  }

  /**
   * Bytes of answers that the client's side has taken: all that were written, but those that still wait in the process.
   * Seen to the byte where the system's handle tells; a long piece under way would otherwise count only when all of it
   * is taken.
   */
  takenBytes(): number {
    const { socket } = this;
    const handle = (socket as HandleOwner)._parent?._handle ?? (socket as HandleOwner)._handle;
    const { bytesWritten, writeQueueSize } = handle ?? {};
    if (bytesWritten === undefined || writeQueueSize === undefined) return socket.bytesWritten - socket.writableLength;
    return bytesWritten - writeQueueSize;
  }

  /** A connection kept alive without a request. */
  onTimeout(): void {
    if (!this.isBusy) this.socket.destroy();
  }
}
