/**
 * node:http as this server needs it: its limits and timeouts, a strict gate in front of its parser, and OSS error
 * documents where node:http would answer by itself. Leaves out what requests mean (`exchange.ts`).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { formatHttpDate, OssError, renderErrorXml } from '@annals/protocol';
import { badRequest } from './bad-request.js';
import { Connection } from './connection.js';
import { ConnectionLimit, type Seated } from './connection-limit.js';
import { DescriptorReserve } from './descriptor-reserve.js';
import { carryOutExchange, type ExchangeInput, type ExchangeServices } from './exchange.js';
import { headTooLong } from './head-reader.js';
import { RefusedConnections } from './refused-connections.js';
import { type FaultPlace, WireGate } from './wire-gate.js';

/** The HTTP server and the connections it holds. */
export interface OpenHttpServer {
  readonly server: Server;
  readonly connections: ReadonlySet<Connection>;
  /**
   * Gives a connection a place for the time before its first request: of the header of a proxy, of a handshake. One for
   * which there is none is closed, but for a few, who are told so when they can be.
   * @returns What gives the place back, called when what comes next is something else. Idempotent.
   */
  enterEarly(socket: Socket): () => void;
  /** Called for a connection that could not be accepted: it frees a descriptor and refuses others for a moment. */
  noteAcceptFailure(error: Error): void;
  /** From now on each answer ends its connection, also those under way and those of connections that come. */
  endConnections(): void;
  /** Gives up what was held for such moments. */
  close(): void;
}

/**
 * A client that hides its dead peers from us (no FIN) is found out after about this long without traffic, plus the
 * system's retries.
 */
const TCP_KEEP_ALIVE_MS = 60_000;
const HEADERS_CHECK_INTERVAL_MS_MAX = 5000;

/** Builds the server; it does not listen yet. */
export function buildHttpServer(services: ExchangeServices): OpenHttpServer {
  const server = createNodeServer(services);
  const places = openPlaces(services);
  const reserve = new DescriptorReserve({
    log: services.log,
    onShortage: () => services.metrics.countShed('descriptors'),
    makeRoom: () => void places.makeRoom(),
  });
  const { limits, timeouts } = services.settings;
  const entrance: Entrance = {
    services,
    places,
    reserve,
    refused: new RefusedConnections(limits.connectionCountMax, timeouts.lingerMs),
    connections: new Set(),
    isEnding: false,
    gateOf: new WeakMap(),
    connectionOf: new WeakMap(),
  };
  server.on('connection', (socket: Socket) => enter(socket, entrance));
  server.on('request', receive('none', entrance));
  server.on('checkContinue', receive('100-continue', entrance));
  server.on('checkExpectation', receive('unknown', entrance));
  server.on('timeout', (socket: Socket) => entrance.connectionOf.get(socket)?.onTimeout());
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseClient(error, socket as Socket, entrance));
  return {
    server,
    connections: entrance.connections,
    enterEarly: (socket) => enterEarly(socket, entrance),
    noteAcceptFailure: (error) => reserve.noteFailure(error),
    endConnections() {
      entrance.isEnding = true;
      for (const connection of entrance.connections) if (connection.isBusy) connection.closeAfterAnswer();
    },
    close: () => reserve.close(),
  };
}

/** What every new connection passes, and what is known of those that are in. */
interface Entrance {
  readonly services: ExchangeServices;
  readonly places: ConnectionLimit;
  readonly reserve: DescriptorReserve;
  readonly refused: RefusedConnections;
  readonly connections: Set<Connection>;
  /** Whether each answer ends its connection. */
  isEnding: boolean;
  readonly gateOf: WeakMap<Socket, WireGate>;
  readonly connectionOf: WeakMap<Socket, Connection>;
}

function createNodeServer({ settings: { limits, timeouts } }: ExchangeServices): Server {
  const server = createServer({
    // One SDK sends Transfer-Encoding and Content-Length together. `wire-gate.ts` keeps back what else this would let
    // through.
    insecureHTTPParser: true,
    maxHeaderSize: limits.headerBytesMax,
    keepAliveTimeout: timeouts.keepAliveMs,
    headersTimeout: timeouts.headersMs,
    // 5 GB may take hours; a client that stalls is found by `idleMs`.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.ceil(Math.min(HEADERS_CHECK_INTERVAL_MS_MAX, timeouts.headersMs / 4)),
    requireHostHeader: false,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
  });
  // No timeout of node:http's own: a reader following an object may rightly hear nothing for an hour.
  server.timeout = 0;
  // None is dropped in silence: the gate counts them.
  server.maxHeadersCount = 0;
  return server;
}

function openPlaces({ settings: { limits }, proxies, clock, metrics }: ExchangeServices): ConnectionLimit {
  const places = new ConnectionLimit(
    {
      countMax: limits.connectionCountMax,
      countPerAddressMax: limits.connectionPerAddressCountMax,
      isExempt: (address) => proxies.addresses.includes(address),
      clock,
    },
    () => metrics.countShed('connection-evicted'),
  );
  metrics.watchLimits('connections', () => places.count);
  return places;
}

/** Gives a new connection its place and its gate, or tells it that there is no place. */
function enter(socket: Socket, entrance: Entrance): void {
  const { services, places, reserve } = entrance;
  const { limits, timeouts } = services.settings;
  services.turns.noteAccepted();
  const connection = new Connection(
    socket,
    timeouts.lingerMs,
    () => places.refresh(connection),
    services.gate.clientOf(socket),
  );
  reserve.look();
  const refusal = reserve.isUsedUp ? 'total' : places.take(connection);
  if (refusal !== undefined) {
    services.metrics.countShed(`connection-${refusal}`);
    refuseAnother(connection, entrance.refused, services);
    return;
  }
  const bounds = { headerBytesMax: limits.headerBytesMax, headerCountMax: limits.headerCountMax };
  const onFault = (error: OssError, place: FaultPlace): void => refuseBytes(error, place, connection, services);
  try {
    entrance.gateOf.set(socket, new WireGate(socket, { connection, bounds, onFault }));
  } catch (error) {
    // One connection less, not one server less.
    services.log.error({ err: error }, 'connection closed that could not be guarded');
    socket.destroy();
    return;
  }
  entrance.connections.add(connection);
  entrance.connectionOf.set(socket, connection);
  socket.once('close', () => entrance.connections.delete(connection));
}

function receive(expectation: ExchangeInput['expectation'], entrance: Entrance) {
  const { services, gateOf, connectionOf } = entrance;
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { socket } = incoming;
    const connection = connectionOf.get(socket);
    if (connection === undefined || gateOf.get(socket)?.takeApproval() !== true) {
      services.log.error({ method: incoming.method }, 'request seen that did not pass the gate, connection closed');
      socket.destroy();
      return;
    }
    if (entrance.isEnding) connection.closeAfterAnswer();
    carryOutExchange({ incoming, outgoing, connection, expectation }, services);
  };
}

/** The parser gave up on a connection. */
function refuseClient(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { services, gateOf, connectionOf }: Entrance,
): void {
  const connection = connectionOf.get(socket);
  if (connection === undefined) return;
  const gate = gateOf.get(socket);
  const place = gate?.isInBody === true ? 'body' : 'head';
  gate?.shut();
  // A request that is the last of its connection may break off, too.
  if (connection.isClosing && !connection.isBusy) return;
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && connection.socket.bytesRead > 0)
    services.metrics.countSlowClient('slow-head');
  const explained = explain(error, services.settings.limits.headerBytesMax);
  refuseBytes(explained, place, connection, services, error.code);
}

/** @see OpenHttpServer.enterEarly */
function enterEarly(socket: Socket, { services, places, reserve, refused }: Entrance): () => void {
  services.turns.noteAccepted();
  const { lingerMs } = services.settings.timeouts;
  const { client } = new Connection(socket, lingerMs, undefined, services.gate.clientOf(socket));
  const seat: Seated = { socket, client, isBusy: false, isFree: true };
  reserve.look();
  const refusal = reserve.isUsedUp ? 'total' : places.take(seat);
  if (refusal === undefined) return () => places.leave(seat);
  // It cannot be answered yet. Those who stay ask for a place again, and are counted then.
  if (refused.add(socket)) return () => refused.release(socket);
  services.metrics.countShed(`connection-${refusal}`);
  return () => undefined;
}

/**
 * There is no place for a connection: the first bytes of its request are answered with 503, whatever they are; one that
 * says nothing is closed.
 */
function refuseAnother(connection: Connection, refused: RefusedConnections, services: ExchangeServices): void {
  const { socket } = connection;
  // The parser must not see it: what it found would look like a request.
  socket.removeAllListeners('data');
  socket.on('error', () => socket.destroy());
  if (!refused.add(socket)) return;
  socket.once('data', () => {
    const explanation = new OssError('ServiceUnavailable', {
      message: 'Too many connections are open. Please retry later.',
      headers: { 'Retry-After': '1' },
    });
    connection.lingerOnClose();
    writeRefusal(explanation, connection, services);
    socket.on('data', () => undefined);
  });
}

/** The gate or the parser met something that is not HTTP. */
function refuseBytes(
  error: OssError,
  place: FaultPlace,
  connection: Connection,
  services: ExchangeServices,
  reason?: string,
): void {
  if (place === 'head') refuseConnection(error, connection, services, reason);
  // Of a request that is answered already the rest was only to be thrown away.
  else if (!connection.fail(error)) connection.socket.destroySoon();
}

/** What is on the wire is not HTTP, is too long, too slow or cut short. */
function refuseConnection(
  explanation: OssError,
  connection: Connection,
  services: ExchangeServices,
  reason?: string,
): void {
  const { socket } = connection;
  if (connection.fail(explanation)) return;
  // Nothing was asked, as with a connection opened in advance: there is nothing to answer.
  if (!socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  writeRefusal(explanation, connection, services, reason);
}

/** Writes an error where there is no request it could be the answer of, and closes. */
function writeRefusal(
  explanation: OssError,
  { socket }: Connection,
  services: ExchangeServices,
  reason: string | undefined = undefined,
): void {
  const nowMs = services.clock();
  const requestId = services.requestIds(nowMs);
  const headerLines = Object.entries(explanation.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const hostId = `${socket.localAddress ?? 'localhost'}:${socket.localPort ?? 0}`;
  const document = renderErrorXml(explanation, { requestId, hostId });
  const { status } = explanation;
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n` +
      `Server: AliyunOSS\r\nDate: ${formatHttpDate(nowMs)}\r\nContent-Type: application/xml\r\n` +
      `Content-Length: ${Buffer.byteLength(document)}\r\nConnection: close\r\n` +
      `${headerLines.join('')}x-oss-request-id: ${requestId}\r\nx-oss-server-time: 0\r\n\r\n${document}`,
  );
  socket.destroySoon();
  services.log.info(
    { requestId, status, errorCode: explanation.code, explanation: explanation.message, reason },
    'connection refused',
  );
}

function explain(error: NodeJS.ErrnoException, headerBytesMax: number): OssError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return headTooLong(headerBytesMax);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new OssError('RequestTimeout');
    // The client has sent its last byte, and they were too few.
    case 'HPE_INVALID_EOF_STATE':
    case 'ECONNRESET':
      return new OssError('IncompleteBody', { cause: error });
    default:
      return badRequest('The request is not well-formed HTTP.');
  }
}
