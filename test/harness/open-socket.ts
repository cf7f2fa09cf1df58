/** Connections of which many are opened at once, where some may be refused. Leaves out what is said on them. */
import { connect, type Socket } from 'node:net';

/** Opens a connection to this machine. @returns When it is there or refused; one that was refused is destroyed. */
export function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => resolve(socket));
  });
}
