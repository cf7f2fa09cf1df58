/**
 * How many bytes of bodies have come from their sockets and wait for their readers, of all requests together. Past the
 * bound each body takes one piece at a time, and the rest waits in the system's buffers and with the clients. Leaves
 * out the bodies (`../http/request-body.ts`).
 */
export class ReadAhead {
  readonly #lengthBytesMax: number;
  #lengthBytes = 0;

  constructor(lengthBytesMax: number) {
    this.#lengthBytesMax = lengthBytesMax;
  }

  /** Bytes that wait. */
  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** Whether bodies may be read before their readers ask. */
  get hasRoom(): boolean {
    return this.#lengthBytes < this.#lengthBytesMax;
  }

  /** @param lengthBytes That came; less than 0: that were read, or given up. */
  add(lengthBytes: number): void {
    this.#lengthBytes += lengthBytes;
  }
}
