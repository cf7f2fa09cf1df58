/**
 * Accepts connections for workers: listens where a server would, and hands each connection on without reading from it.
 * Leaves out which worker gets it, and how it gets there.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ended, listening } from './listening.js';

/** Which of the ports a connection came to: that of everything, of HTTPS, or of probes alone. */
export type DoorName = 'http' | 'tls' | 'probes';

/** As node:http listens. */
export const DOOR_OPTIONS = { allowHalfOpen: true, noDelay: true, keepAlive: true };

/** Where to listen. Ports may be 0: any free one. */
export interface DoorPlaces {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly probes: { readonly host: string; readonly port: number } | undefined;
}

/** Ports that are open. */
export interface OpenDoors {
  readonly url: string;
  readonly secureUrl: string | undefined;
  readonly probesUrl: string | undefined;
  /** Accepts no more. Connections that were handed on stay. */
  close(): Promise<void>;
}

/**
 * Begins to accept.
 * @param hand Called with each connection, of which nothing was read.
 * @param onFailure Called for connections that cannot be accepted.
 * @throws {Error} An address is in use or not this machine's; then nothing is open.
 */
export async function openDoors(
  { host, port, tlsPort, probes }: DoorPlaces,
  hand: (door: DoorName, socket: Socket) => void,
  onFailure: (error: Error) => void,
): Promise<OpenDoors> {
  const open: Server[] = [];
  const close = async (): Promise<void> => void (await Promise.all(open.map((server) => ended(server))));
  const listen = async (door: DoorName, at: string, wanted: number): Promise<AddressInfo> => {
    const server = createServer({ ...DOOR_OPTIONS, pauseOnConnect: true }, (socket) => hand(door, socket));
    await listening(server, at, wanted, onFailure);
    open.push(server);
    return server.address() as AddressInfo;
  };
  const { address, isLoopback } = loopbackOr(host);
  try {
    const bound = await listen('http', address, port);
    // There may be no IPv6.
    if (isLoopback) await listen('http', '::1', bound.port).catch(() => undefined);
    const secure = tlsPort === undefined ? undefined : await listen('tls', address, tlsPort);
    const probing = probes && (await listen('probes', probes.host, probes.port));
    return {
      url: urlOf('http', bound),
      secureUrl: secure && urlOf('https', secure),
      probesUrl: probing && urlOf('http', probing),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns The address to listen on for a host. A loopback one is listened on for IPv6 too. */
export function loopbackOr(host: string): { readonly address: string; readonly isLoopback: boolean } {
  const isLoopback = host === '127.0.0.1' || host === 'localhost';
  return { address: isLoopback ? '127.0.0.1' : host, isLoopback };
}

/** @returns Without a slash at the end. */
export function urlOf(scheme: 'http' | 'https', { address, family, port }: AddressInfo): string {
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
