/**
 * How many connections there may be, in all and from one address. When all places are taken, the connection that has been idle longest makes room,
 * one of the address that has most: whoever hoards connections loses them first. Leaves out what happens on them (`connection.ts`).
 */
import type { Connection } from './connection.js';

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

/** Why a connection gets no place, or lost its own. */
export type ConnectionRefusal = 'total' | 'address' | 'evicted';

/** A client that has just been answered may be about to send the next request. */
const IDLE_MS_MIN = 1000;

/** The places of connections. */
export class ConnectionLimit {
  readonly #bounds: ConnectionBounds;
  readonly #onRefusal: (refusal: ConnectionRefusal) => void;
  /** By address; of each the longest without a request first. */
  readonly #addresses = new Map<string, Map<Connection, number>>();
  #count = 0;

  /** @param onRefusal Told of each connection that gets no place or loses it. */
  constructor(bounds: ConnectionBounds, onRefusal: (refusal: ConnectionRefusal) => void) {
    this.#bounds = bounds;
    this.#onRefusal = onRefusal;
  }

  /** Connections that have a place. */
  get count(): number {
    return this.#count;
  }

  /** @returns Whether there is a place for a connection; it then has it until its socket closes. */
  take(connection: Connection): boolean {
    const { countMax, countPerAddressMax, isExempt, clock } = this.#bounds;
    const address = connection.client.clientAddress;
    const own = this.#addresses.get(address);
    if (countPerAddressMax > 0 && (own?.size ?? 0) >= countPerAddressMax && !isExempt(address)) {
      this.#onRefusal('address');
      return false;
    }
    if (countMax !== undefined && this.#count >= countMax && !this.#makeRoom()) {
      this.#onRefusal('total');
      return false;
    }
    const places = this.#addresses.get(address) ?? new Map<Connection, number>();
    this.#addresses.set(address, places);
    places.set(connection, clock());
    this.#count += 1;
    connection.socket.once('close', () => this.#release(address, connection));
    return true;
  }

  /** A request of the connection is answered: it was idle for no time. */
  refresh(connection: Connection): void {
    const places = this.#addresses.get(connection.client.clientAddress);
    if (places?.delete(connection) === true) places.set(connection, this.#bounds.clock());
  }

  #release(address: string, connection: Connection): void {
    const places = this.#addresses.get(address);
    if (places?.delete(connection) !== true) return;
    this.#count -= 1;
    if (places.size === 0) this.#addresses.delete(address);
  }

  #makeRoom(): boolean {
    const latestMs = this.#bounds.clock() - IDLE_MS_MIN;
    const largestFirst = [...this.#addresses].sort(([, left], [, right]) => right.size - left.size);
    for (const [address, places] of largestFirst) {
      for (const [connection, sinceMs] of places) {
        if (sinceMs > latestMs) break;
        if (connection.isBusy || !connection.isFree) continue;
        this.#release(address, connection);
        connection.socket.destroy();
        this.#onRefusal('evicted');
        return true;
      }
    }
    return false;
  }
}
