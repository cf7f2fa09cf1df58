/**
 * Connections without a place that are to be told so. They hold descriptors, too, so there are few of them, each for a
 * short time. Leaves out what they are told.
 */
import type { Socket } from 'node:net';

/** More are closed at once. */
const REFUSED_COUNT_MAX = 64;
/** Of few places few. */
const PLACES_PER_REFUSED = 8;

/** Those of one server. */
export class RefusedConnections {
  readonly #countMax: number;
  readonly #durationMsMax: number;
  /** With what forgets each. */
  readonly #forget = new Map<Socket, () => void>();

  /**
   * @param placeCountMax Of connections; `undefined`: no limit.
   * @param durationMsMax So long a connection that says nothing is kept.
   */
  constructor(placeCountMax = Number.POSITIVE_INFINITY, durationMsMax = 0) {
    this.#countMax = Math.min(REFUSED_COUNT_MAX, Math.ceil(placeCountMax / PLACES_PER_REFUSED));
    this.#durationMsMax = durationMsMax;
  }

  /**
   * @returns Whether the connection may be told so; otherwise it is closed now. It is closed later when that takes too
   * long.
   */
  add(socket: Socket): boolean {
    if (this.#forget.size >= this.#countMax) {
      socket.destroy();
      return false;
    }
    const timer = setTimeout(() => socket.destroy(), this.#durationMsMax);
    const forget = (): void => {
      clearTimeout(timer);
      socket.off('close', forget);
      this.#forget.delete(socket);
    };
    this.#forget.set(socket, forget);
    socket.once('close', forget);
    return true;
  }

  /** There may be a place for a connection now: it is not closed any more. Idempotent. */
  release(socket: Socket): void {
    this.#forget.get(socket)?.();
  }
}
