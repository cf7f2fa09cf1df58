/** Begins and ends the listening of a socket server. Leaves out what becomes of its connections. */
import type { Server as NetServer, Socket } from 'node:net';

/**
 * Connections that may wait to be accepted; the system has a bound of its own (`somaxconn`). With fewer, thousands that
 * come at once are reset.
 */
const BACKLOG_COUNT = 4096;

/**
 * Starts to listen.
 * @param onAcceptFailure Called for connections that cannot be accepted: without a listener the process would end.
 * @returns When it does.
 * @throws {Error} The address is in use or not this machine's.
 */
export function listening(
  server: NetServer,
  host: string,
  port: number,
  onAcceptFailure: (error: Error) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true, backlog: BACKLOG_COUNT }, () => {
      server.off('error', reject);
      server.on('error', onAcceptFailure);
      resolve();
    });
  });
}

/** @returns When the connection is closed, also when it broke. */
export function closedSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

/** Stops to listen. @returns When no connection is left. */
export function ended(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    // A server that never listened reports an error here, and is closed all the same.
    server.close(() => resolve());
  });
}
