/**
 * What stands between a listener and the server: reads the header of the PROXY protocol where a trusted proxy connects,
 * and remembers the listener of each socket. A trusted proxy must send the header, so the gate need not guess; from
 * other addresses it reads none. Leaves out its bytes (`../client-address/proxy-protocol.ts`).
 */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { type RequestClient, UNKNOWN_ADDRESS } from '../client-address/client-of-request.js';
import { canonicalIpAddress, type IpRanges } from '../client-address/ip-address.js';
import { PROXY_HEADER_LENGTH_BYTES_MAX, type ProxyHeader, readProxyHeader } from '../client-address/proxy-protocol.js';

/** What a gate is built from. */
export interface ProxyGateOptions {
  readonly trusted: IpRanges;
  /** How long a header may take. */
  readonly headerTimeoutMs: number;
  /** Takes a place for a connection while its header comes. @returns What gives it back. */
  readonly enterEarly: (socket: Socket) => () => void;
  readonly log: Logger;
}

/** One for all listeners of a server. */
export class ProxyGate {
  readonly #options: ProxyGateOptions;
  readonly #waiting = new Set<Socket>();
  /** By both ends, which TLS keeps when it wraps a socket. */
  readonly #announced = new Map<string, RequestClient>();
  readonly #probing = new WeakSet<Socket>();

  constructor(options: ProxyGateOptions) {
    this.#options = options;
  }

  /**
   * Reads the header of a connection.
   * @param accept Called with the socket when what comes next is the client's; never when the header is malformed, too
   * long or too slow.
   */
  pass(socket: Socket, accept: (socket: Socket) => void): void {
    const peer = canonicalIpAddress(socket.remoteAddress ?? '') ?? '';
    if (!this.#options.trusted.includes(peer)) {
      accept(socket);
      return;
    }
    const leave = this.#options.enterEarly(socket);
    // There was none.
    if (socket.destroyed) return;
    this.#waiting.add(socket);
    let bytes = Buffer.alloc(0);
    const timer = setTimeout(() => refuse('it is too slow'), this.#options.headerTimeoutMs);
    const stop = (): void => {
      clearTimeout(timer);
      leave();
      this.#waiting.delete(socket);
      socket.off('readable', read);
      socket.off('close', stop);
      socket.off('end', end);
      socket.off('error', ignore);
    };
    const ignore = (): void => undefined;
    const refuse = (reason: string): void => {
      stop();
      // One destroyed may still report an error.
      socket.on('error', ignore);
      socket.destroy();
      this.#options.log.info({ clientAddress: peer, reason }, 'header of the PROXY protocol refused');
    };
    const end = (): void => refuse('the connection ended in it');
    const read = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        bytes = Buffer.concat([bytes, chunk]);
      }
      if (bytes.length === 0) return;
      const header = readProxyHeader(bytes);
      if (header.kind === 'malformed') refuse(header.reason);
      else if (header.kind === 'complete') {
        stop();
        this.#note(socket, header, peer);
        const rest = bytes.subarray(header.lengthBytes);
        if (rest.length > 0) socket.unshift(rest);
        accept(socket);
      } else if (bytes.length > PROXY_HEADER_LENGTH_BYTES_MAX) refuse('it is too long');
    };
    socket.on('readable', read);
    socket.on('close', stop);
    socket.on('end', end);
    socket.on('error', ignore);
  }

  /** The other end as a trusted proxy names it; `undefined` when none does. */
  clientOf(socket: Socket): RequestClient | undefined {
    return this.#announced.size === 0 ? undefined : this.#announced.get(endsOf(socket));
  }

  /** Notes that a socket came through the listener for probes. */
  markProbing(socket: Socket): void {
    this.#probing.add(socket);
  }

  isProbing(socket: Socket): boolean {
    return this.#probing.has(socket);
  }

  /** Cuts off those whose header is not complete. */
  close(): void {
    for (const socket of this.#waiting) socket.destroy();
  }

  #note(socket: Socket, { client }: ProxyHeader & { readonly kind: 'complete' }, peer: string): void {
    const isUnspoken = client.address === undefined && !client.isSecure;
    const ends = endsOf(socket);
    // With LOCAL, and where the proxy tells nothing, it asks for itself.
    this.#announced.set(ends, {
      clientAddress: client.address ?? (isUnspoken ? peer : UNKNOWN_ADDRESS),
      isSecure: client.isSecure,
    });
    socket.once('close', () => this.#announced.delete(ends));
  }
}

/** No two open connections have the same. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
