/**
 * A running server: listening on one port, closed without breaking what is in flight.
 * Leaves out its parts (`assembly`) and where the dependencies come from: opening stores and logs is the caller's.
 */
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { setTimeout as setTimeoutAsync } from 'node:timers/promises';
import type { OssError } from '@annals/protocol';
import { EngineFailure } from '@annals/store';
import type { Logger } from 'pino';
import type { ServerDependencies } from './assembly/server-dependencies.js';
import { assembleServer, type ServerParts } from './assembly/server-parts.js';
import { DOOR_OPTIONS, type DoorName, loopbackOr, urlOf } from './http/doors.js';
import type { ForwardedAnswer, ForwardedRequest } from './http/forwarding.js';
import { closedSocket, ended, listening } from './http/listening.js';
import { TlsListener, type TlsListenOptions } from './http/tls-listener.js';
import type { ServerSettings } from './settings.js';

export { type DoorName, type OpenDoors, openDoors } from './http/doors.js';
export type { ForwardedAnswer, ForwardedRequest } from './http/forwarding.js';

/** Where to listen. */
export interface ListenOptions {
  /**
   * Address or name. `127.0.0.1` and `localhost` listen on `::1` too where there is one, because clients resolve
   * localhost to either.
   */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** HTTPS beside HTTP, on the same host. */
  readonly tls?: { readonly port: number; readonly certificate: string; readonly key: string };
}

/** How a worker serves. */
export interface HandedOverOptions extends Pick<ListenOptions, 'host' | 'tls'> {
  readonly url: string;
}

/** Builds a server; it does not listen yet. */
export function createServer(dependencies: ServerDependencies): AnnalsServer {
  return new AnnalsServer(dependencies);
}

/** One server over one open store: listens once, closes once, and leaves the store open for its caller to close. */
export class AnnalsServer {
  readonly #settings: ServerSettings;
  readonly #log: Logger;
  readonly #parts: ServerParts;
  /** What listens in place of the HTTP server, where proxies speak first; and what listens for probes. */
  #front: NetServer | undefined;
  #probes: NetServer | undefined;
  #alsoOnIpv6: NetServer | undefined;
  #tls: TlsListener | undefined;
  #url: string | undefined;
  #drainBegan = false;
  #closing: Promise<void> | undefined;
  #poisonedBy: Error | undefined;

  constructor(dependencies: ServerDependencies) {
    this.#settings = dependencies.settings;
    this.#log = dependencies.log;
    this.#parts = assembleServer(dependencies, {
      url: () => this.url,
      requireReady: () => this.#requireReady(),
      onError: (error) => this.#noteFailure(error),
    });
  }

  #requireReady(): void {
    if (this.#drainBegan || this.#closing !== undefined) throw new Error('the server is shutting down');
    if (this.#poisonedBy !== undefined) throw this.#poisonedBy;
  }

  /** Where clients reach the server, without a slash at the end. @throws {Error} Before it listens. */
  get url(): string {
    if (this.#url === undefined) throw new Error('Cannot tell the URL of a server that is not listening');
    return this.#url;
  }

  /**
   * Starts to accept connections.
   * @returns When it does.
   * @throws {Error} The address is in use or not this machine's.
   */
  async listen({ host, port, tls }: ListenOptions): Promise<void> {
    const { server } = this.#parts.http;
    this.#parts.ownNames.addHost(host);
    const { address, isLoopback } = loopbackOr(host);
    // Before the first request, so that no client fills a bucket meanwhile.
    await this.#parts.limits.start();
    const door = this.#settings.proxies.protocol.http ? this.#openFront() : server;
    await this.#listening(door, address, port);
    const bound = door.address() as AddressInfo;
    this.#url = urlOf('http', bound);
    if (isLoopback) this.#alsoOnIpv6 = await this.#listenOnIpv6(bound.port);
    if (tls !== undefined) await this.listenSecurely({ ...tls, host: address });
    await this.#listenForProbes();
    this.#parts.accessLog.start();
    this.#startWork();
  }

  /**
   * Serves as a worker, in place of listening: connections are handed over by the process that accepts them.
   * @param url Where clients reach that process.
   * @returns When it does. @throws {EngineFailure} `unavailable`. @throws {Error} As {@link listenSecurely}.
   */
  async serveHandedOver({ url, host, tls }: HandedOverOptions): Promise<void> {
    const { http, ownNames, limits, accessLog } = this.#parts;
    ownNames.addHost(host);
    this.#url = url;
    await limits.start();
    // What begins with listening: node:http looks for heads that are too slow.
    http.server.emit('listening');
    if (tls !== undefined) this.#tls = await this.#openTls({ ...tls, host, isHandedOver: true });
    accessLog.start();
  }

  /** Takes a connection that another process accepted. */
  takeConnection(door: DoorName, socket: Socket): void {
    const { http, gate } = this.#parts;
    // As sockets are that node:http accepts itself.
    socket.allowHalfOpen = true;
    if (this.#closing !== undefined) socket.destroy();
    else if (door === 'tls') this.#tls?.take(socket);
    else if (door === 'probes') {
      gate.markProbing(socket);
      http.server.emit('connection', socket);
    } else if (this.#settings.proxies.protocol.http) {
      gate.pass(socket, (passed) => void http.server.emit('connection', passed));
    } else http.server.emit('connection', socket);
  }

  /**
   * Serves workers, in place of listening: does the work behind requests, and answers what they forward.
   * @returns When it does. @throws {EngineFailure} `unavailable`.
   */
  async serveWorkers(): Promise<void> {
    await this.#parts.limits.start();
    this.#startWork();
  }

  /** Answers a request that a worker forwards. Never throws. */
  answerForwarded(request: ForwardedRequest): Promise<ForwardedAnswer> {
    return this.#parts.answerForwarded(request);
  }

  #startWork(): void {
    this.#parts.lifecycle.start();
    this.#parts.scrub.open();
    void this.#parts.reportDomains();
    void this.#parts.reportRules();
  }

  /** Where clients reach the server encrypted; `undefined` when they do not. */
  get secureUrl(): string | undefined {
    return this.#tls?.url;
  }

  /**
   * Starts to accept HTTPS connections beside the others; at most once.
   * @returns When it does.
   * @throws {Error} A file cannot be read, the two do not belong together, or the address cannot be used.
   */
  async listenSecurely(options: TlsListenOptions): Promise<void> {
    this.#tls = await this.#openTls(options);
  }

  #openTls(options: TlsListenOptions): Promise<TlsListener> {
    const { timeouts } = this.#settings;
    return TlsListener.open(options, {
      log: this.#log,
      accept: (socket) => void this.#parts.http.server.emit('connection', socket),
      handshakeTimeoutMs: timeouts.headersMs,
      reloadIntervalMs: timeouts.certificateReloadMs,
      enterEarly: (socket) => this.#parts.http.enterEarly(socket),
      noteAcceptFailure: (error) => this.#parts.http.noteAcceptFailure(error),
      pass: this.#settings.proxies.protocol.tls ? (socket, accept) => this.#parts.gate.pass(socket, accept) : undefined,
    });
  }

  /**
   * Makes ready to stop: from now on the server says that it is not ready, and each answer ends its connection.
   * Requests are still answered, so that a load balancer has `timeouts.drainMs` to notice. Idempotent.
   * @returns When that time is over.
   */
  async drain(): Promise<void> {
    this.#drainBegan = true;
    this.#parts.http.endConnections();
    await setTimeoutAsync(this.#settings.timeouts.drainMs);
  }

  /**
   * Stops: accepts nothing new, lets requests under way finish for up to `timeouts.shutdownMs`, then cuts off the rest.
   * Idempotent.
   * @returns When no connection is left.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { server, connections } = this.#parts.http;
    const cutOff = setTimeout(() => {
      this.#log.warn({ connectionCount: connections.size }, 'requests cut off at shutdown');
      for (const connection of connections) connection.socket.destroy();
    }, this.#settings.timeouts.shutdownMs);
    const closed = [ended(server)];
    if (this.#alsoOnIpv6 !== undefined) closed.push(ended(this.#alsoOnIpv6));
    for (const door of [this.#front, this.#probes]) if (door !== undefined) closed.push(ended(door));
    this.#parts.gate.close();
    if (this.#tls !== undefined) closed.push(this.#tls.close());
    // Those that another process accepted belong to no listener.
    for (const { socket } of connections) if (!socket.destroyed) closed.push(closedSocket(socket));
    for (const connection of connections) {
      if (connection.isBusy) connection.closeAfterAnswer();
      // A head that is not complete yet asks for nothing.
      else if (!connection.isClosing) connection.socket.destroy();
    }
    this.#parts.followers.stop();
    const { lifecycle, scrub, limits } = this.#parts;
    const stopped = Promise.all([lifecycle.stop(), scrub.close(), limits.stop()]);
    await Promise.all(closed);
    this.#parts.http.close();
    clearTimeout(cutOff);
    await this.#parts.snapshots.closeAll();
    // After the last request: its line is among them.
    await Promise.all([stopped, this.#parts.accessLog.close()]);
  }

  /** Where clients find health and metrics; `undefined` when with everything else. */
  get probesUrl(): string | undefined {
    const bound = this.#probes?.address() as AddressInfo | null | undefined;
    return bound == null ? undefined : urlOf('http', bound);
  }

  #openFront(): NetServer {
    const { server } = this.#parts.http;
    this.#front = createNetServer(DOOR_OPTIONS, (socket) => {
      this.#parts.gate.pass(socket, (passed) => void server.emit('connection', passed));
    });
    // What begins with listening: node:http looks for heads that are too slow.
    server.emit('listening');
    return this.#front;
  }

  async #listenForProbes(): Promise<void> {
    const { listen } = this.#settings.probes;
    if (listen === undefined) return;
    this.#probes = createNetServer(DOOR_OPTIONS, (socket) => {
      this.#parts.gate.markProbing(socket);
      this.#parts.http.server.emit('connection', socket);
    });
    await this.#listening(this.#probes, listen.host, listen.port);
  }

  async #listenOnIpv6(port: number): Promise<NetServer | undefined> {
    const { server } = this.#parts.http;
    const second = createNetServer(DOOR_OPTIONS, (socket: Socket) => {
      if (this.#settings.proxies.protocol.http)
        this.#parts.gate.pass(socket, (passed) => void server.emit('connection', passed));
      else server.emit('connection', socket);
    });
    try {
      await this.#listening(second, '::1', port);
      return second;
    } catch (error) {
      this.#log.debug({ err: error }, 'not listening on ::1');
      return undefined;
    }
  }

  #listening(server: NetServer, host: string, port: number): Promise<void> {
    return listening(server, host, port, (error) => this.#parts.http.noteAcceptFailure(error));
  }

  /** After a failed sync the store takes no writes until it is opened again, so the server is not ready any more. */
  #noteFailure({ cause }: OssError): void {
    if (!(cause instanceof EngineFailure) || cause.reason.kind !== 'unavailable') return;
    if (cause.reason.because === 'poisoned') this.#poisonedBy ??= new Error('the store failed and takes no writes');
  }
}
