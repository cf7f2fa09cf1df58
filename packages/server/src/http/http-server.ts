/**
 * node:http as this server needs it: its limits and timeouts, the lenient parser with its gaps closed, and OSS error documents where
 * node:http would answer by itself. Leaves out what requests mean (`exchange.ts`).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { formatHttpDate, OssError, renderErrorXml } from '@annals/protocol';
import { Connection } from './connection.js';
import { type ExchangeInput, type ExchangeServices, prepareExchange } from './exchange.js';
import { badRequest } from './request-head.js';

/** The HTTP server and the connections it holds. */
export interface OpenHttpServer {
  readonly server: Server;
  readonly connections: ReadonlySet<Connection>;
}

/** A client that hides its dead peers from us (no FIN) is found out after about this long without traffic, plus the system's retries. */
const TCP_KEEP_ALIVE_MS = 60_000;
const HEADERS_CHECK_INTERVAL_MS_MAX = 5000;

/** Builds the server; it does not listen yet. */
export function buildHttpServer(services: ExchangeServices): OpenHttpServer {
  const { limits, timeouts } = services.settings;
  const server = createServer({
    // One SDK sends Transfer-Encoding and Content-Length together. `request-head.ts` refuses what else this lets through.
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
  if (limits.connectionCountMax !== undefined) server.maxConnections = limits.connectionCountMax;

  const connections = new Set<Connection>();
  const connectionOf = new WeakMap<Socket, Connection>();
  server.on('connection', (socket: Socket) => {
    const connection = new Connection(socket, timeouts.lingerMs);
    connections.add(connection);
    connectionOf.set(socket, connection);
    socket.once('close', () => connections.delete(connection));
  });

  const receive =
    (expectation: ExchangeInput['expectation']) =>
    (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      const connection = connectionOf.get(incoming.socket);
      if (connection === undefined) return;
      const input: ExchangeInput = { incoming, outgoing, connection, expectation };
      connection.enqueue(...prepareExchange(input, services));
    };
  server.on('request', receive('none'));
  server.on('checkContinue', receive('100-continue'));
  server.on('checkExpectation', receive('unknown'));

  server.on('timeout', (socket: Socket) => connectionOf.get(socket)?.onTimeout());
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const connection = connectionOf.get(socket as Socket);
    if (connection === undefined || connection.isClosing) return;
    refuseConnection(error, connection, services);
  });
  return { server, connections };
}

/** What is on the wire is not HTTP, is too long, too slow or cut short. */
function refuseConnection(error: NodeJS.ErrnoException, connection: Connection, services: ExchangeServices): void {
  const { socket } = connection;
  const explanation = explain(error, services.settings.limits.headerBytesMax);
  if (connection.fail(explanation)) return;
  // Nothing was asked, as with a connection opened in advance: there is nothing to answer.
  if (!socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  const nowMs = services.clock();
  const requestId = services.requestIds(nowMs);
  const hostId = `${socket.localAddress ?? 'localhost'}:${socket.localPort ?? 0}`;
  const document = renderErrorXml(explanation, { requestId, hostId });
  const { status } = explanation;
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n` +
      `Server: AliyunOSS\r\nDate: ${formatHttpDate(nowMs)}\r\nContent-Type: application/xml\r\n` +
      `Content-Length: ${Buffer.byteLength(document)}\r\nConnection: close\r\n` +
      `x-oss-request-id: ${requestId}\r\nx-oss-server-time: 0\r\n\r\n${document}`,
  );
  socket.destroySoon();
  services.log.info({ requestId, status, errorCode: explanation.code, reason: error.code }, 'connection refused');
}

function explain(error: NodeJS.ErrnoException, headerBytesMax: number): OssError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return badRequest(`The request line and headers must not be longer than ${headerBytesMax} bytes.`);
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
