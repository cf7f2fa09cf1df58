/**
 * HTTPS beside HTTP: a socket that decrypts and hands its connections to the HTTP server. The certificate's files are
 * looked at again and again; a new pair is used for new connections, and those that are open go on. Leaves out HTTP.
 */
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer as createDoor, type Server as NetServer, type Socket } from 'node:net';
import { createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';

/** Where to listen, and with which certificate. */
export interface TlsListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Path of the certificate chain in PEM. */
  readonly certificate: string;
  /** Path of its private key in PEM. */
  readonly key: string;
  /** Another process listens, and connections are given to {@link TlsListener.take}. Default: false. */
  readonly isHandedOver?: boolean;
}

/** What a listener needs of the server around it. */
export interface TlsListenerServices {
  readonly log: Logger;
  /** Takes a connection as if it had come unencrypted. */
  readonly accept: (socket: TLSSocket) => void;
  readonly handshakeTimeoutMs: number;
  /** Time between two looks at the files. */
  readonly reloadIntervalMs: number;
  /** Takes a place for a connection while its handshake lasts. @returns What gives it back. */
  readonly enterEarly: (socket: Socket) => () => void;
  /** Called for a connection that could not be accepted. */
  readonly noteAcceptFailure: (error: Error) => void;
  /** Takes what a proxy says in front of the handshake, when one does. */
  readonly pass: ((socket: Socket, accept: (socket: Socket) => void) => void) | undefined;
}

interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** An open port for HTTPS. */
export class TlsListener {
  readonly #options: TlsListenOptions;
  readonly #services: TlsListenerServices;
  readonly #server: Server;
  /** What listens: the server itself, unless proxies speak first. */
  readonly #door: NetServer;
  /**
   * By peer, with what gives their places back. The server around knows a connection only when its handshake is over.
   */
  readonly #handshaking = new Map<string, { readonly socket: Socket; readonly leave: () => void }>();
  #pair: KeyPair;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: TlsListenOptions, services: TlsListenerServices, pair: KeyPair) {
    this.#options = options;
    this.#services = services;
    this.#pair = pair;
    const { pass } = services;
    this.#server = createServer({
      ...pair,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      noDelay: true,
      keepAlive: true,
      handshakeTimeout: services.handshakeTimeoutMs,
    });
    const secure = this.#server;
    this.#door =
      pass === undefined
        ? secure
        : createDoor({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
            pass(socket, (passed) => void secure.emit('connection', passed)),
          );
    this.#server.on('connection', (socket) => this.#watchHandshake(socket));
    this.#server.on('secureConnection', (socket) => {
      this.#endHandshake(peerOf(socket));
      services.accept(socket);
    });
    this.#server.on('tlsClientError', (error, socket) => {
      services.log.debug({ err: error }, 'TLS handshake failed');
      socket.destroy();
    });
  }

  /**
   * Starts to accept connections.
   * @throws {Error} A file cannot be read, the two do not belong together, or the address cannot be used.
   */
  static async open(options: TlsListenOptions, services: TlsListenerServices): Promise<TlsListener> {
    const listener = new TlsListener(options, services, await readKeyPair(options));
    if (options.isHandedOver === true) listener.#awaitReload();
    else await listener.#listen();
    return listener;
  }

  /** Takes a connection that another process accepted. */
  take(socket: Socket): void {
    this.#door.emit('connection', socket);
  }

  /** Where clients reach it. */
  get url(): string {
    const { address, family, port } = this.#door.address() as AddressInfo;
    return `https://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Stops accepting; connections whose handshake is over go on. @returns When the last of them is closed. */
  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { socket } of this.#handshaking.values()) socket.destroy();
    return new Promise((resolve) => {
      this.#door.close(() => resolve());
    });
  }

  #watchHandshake(socket: Socket): void {
    const peer = peerOf(socket);
    this.#handshaking.set(peer, { socket, leave: this.#services.enterEarly(socket) });
    socket.once('close', () => this.#endHandshake(peer));
  }

  #endHandshake(peer: string): void {
    const handshake = this.#handshaking.get(peer);
    this.#handshaking.delete(peer);
    handshake?.leave();
  }

  #listen(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#door.once('error', reject);
      this.#door.listen({ host, port, exclusive: true }, () => {
        this.#door.off('error', reject);
        this.#door.on('error', this.#services.noteAcceptFailure);
        this.#awaitReload();
        resolve();
      });
    });
  }

  /** One look after the other: two at once could end in the wrong order, and leave the older pair in force. */
  #awaitReload(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(
      () => void this.#reload().then(() => this.#awaitReload()),
      this.#services.reloadIntervalMs,
    );
    this.#timer.unref();
  }

  /** A pair that cannot be used, such as one half of a change under way, leaves the old one in force. */
  async #reload(): Promise<void> {
    try {
      const pair = await readKeyPair(this.#options);
      if (pair.cert.equals(this.#pair.cert) && pair.key.equals(this.#pair.key)) return;
      this.#server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
      this.#pair = pair;
      this.#services.log.info({ certificate: this.#options.certificate }, 'certificate reloaded');
    } catch (error) {
      this.#services.log.warn({ err: error }, 'certificate not reloaded, the one before stays in use');
    }
  }
}

/** No two open connections have the same. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

async function readKeyPair({ certificate, key }: TlsListenOptions): Promise<KeyPair> {
  const pair = { cert: await readFile(certificate), key: await readFile(key) };
  createSecureContext(pair);
  return pair;
}
