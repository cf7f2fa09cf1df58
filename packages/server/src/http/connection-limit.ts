/**
 * How many connections there may be, in all and from one address. When all places are taken, the connection that has
 * been idle longest makes room, one of the address that has most: a client that hoards connections loses them first.
 * Leaves out what happens on them (`connection.ts`).
 */
import type { Socket } from 'node:net';

/** What has a place: a connection, or one whose handshake is not over. */
export interface Seated {
  readonly socket: Socket;
  readonly client: { readonly clientAddress: string };
  /** Whether a request is being answered. */
  readonly isBusy: boolean;
  /** Whether nothing of an answer is still leaving. */
  readonly isFree: boolean;
}

/** What bounds connections. */
export interface ConnectionBounds {
  /** `undefined`: no limit. */
  readonly countMax: number | undefined;
  /** Of one address; 0: no limit. */
  readonly countPerAddressMax: number;
  /** Whether an address stands for many clients, as a trusted proxy does. */
  readonly isExempt: (address: string) => boolean;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Why a connection gets no place. */
export type ConnectionRefusal = 'total' | 'address';

/** A client that has just been answered may be about to send the next request. */
const IDLE_MS_MIN = 1000;

/** The places of connections. */
export class ConnectionLimit {
  readonly #bounds: ConnectionBounds;
  readonly #onEviction: () => void;
  /** By address; of each the longest without a request first. */
  readonly #addresses = new Map<string, Map<Seated, number>>();
  #count = 0;

  /** @param onEviction Called for each idle connection that loses its place. */
  constructor(bounds: ConnectionBounds, onEviction: () => void) {
    this.#bounds = bounds;
    this.#onEviction = onEviction;
  }

  /** Connections that have a place. */
  get count(): number {
    return this.#count;
  }

  /**
   * @returns `undefined` when there is a place for a connection; it then has it until its socket closes, or `leave`.
   */
  take(connection: Seated): ConnectionRefusal | undefined {
    const { countMax, countPerAddressMax, isExempt, clock } = this.#bounds;
    const address = connection.client.clientAddress;
    const own = this.#addresses.get(address);
    if (countPerAddressMax > 0 && (own?.size ?? 0) >= countPerAddressMax && !isExempt(address)) return 'address';
    if (countMax !== undefined && this.#count >= countMax && !this.makeRoom()) return 'total';
    const places = this.#addresses.get(address) ?? new Map<Seated, number>();
    this.#addresses.set(address, places);
    places.set(connection, clock());
    this.#count += 1;
    connection.socket.once('close', () => this.leave(connection));
    return undefined;
  }

  /** A request of the connection is answered: it was idle for no time. */
  refresh(connection: Seated): void {
    const places = this.#addresses.get(connection.client.clientAddress);
    if (places?.delete(connection) === true) places.set(connection, this.#bounds.clock());
  }

  /** Gives a place back. Idempotent. */
  leave(connection: Seated): void {
    const address = connection.client.clientAddress;
    const places = this.#addresses.get(address);
    if (places?.delete(connection) !== true) return;
    this.#count -= 1;
    if (places.size === 0) this.#addresses.delete(address);
  }

  /** Closes the connection that has been idle longest, of the address that has most. @returns Whether there was one. */
  makeRoom(): boolean {
    const latestMs = this.#bounds.clock() - IDLE_MS_MIN;
    const largestFirst = [...this.#addresses].sort(([, left], [, right]) => right.size - left.size);
    for (const [, places] of largestFirst) {
      for (const [connection, sinceMs] of places) {
        if (sinceMs > latestMs) break;
        if (connection.isBusy || !connection.isFree) continue;
        this.leave(connection);
        connection.socket.destroy();
        this.#onEviction();
        return true;
      }
    }
    return false;
  }
}
