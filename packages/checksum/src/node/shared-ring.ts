/**
 * The memory a hashing worker shares with the thread that feeds it: a fixed number of rings, each a byte buffer with
 * one writer (the feeding thread) and one reader (the worker), and one doorbell for all of them. Both sides use this
 * class. Leaves out threads and promises (`hashing-pool.ts`, `body-hasher-worker.ts`).
 */

/** What a ring is doing. The writer moves it free -> open -> finishing and to abandoned; the reader does the rest. */
export const RING_STATE = {
  free: 0,
  /** Bytes are coming. */
  open: 1,
  /** All bytes are in the ring; the writer wants the result. */
  finishing: 2,
  /** The result is there; the writer frees the ring once it took it. */
  finished: 3,
  /** The writer lost interest; the reader frees the ring once it forgot its part. */
  abandoned: 4,
} as const;

/** What crosses from one thread to the other when the worker starts. */
export interface SharedRingsTransfer {
  readonly control: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
  readonly ringCount: number;
}

/** Words of a ring's control block. Positions count bytes modulo 2^32, so a ring's length divides 2^32. */
const STATE = 0;
const WRITTEN = 1;
const READ = 2;
const WRITER_WAITS = 3;
const WANTS_MD5 = 4;
const CRC64_LOW = 5;
const CRC64_HIGH = 6;
const MD5 = 8;
const MD5_LENGTH_BYTES = 16;
/** One cache line per ring, so that threads working on different rings do not slow each other down. */
const CONTROL_WORDS = 16;

/** The rings of one worker. */
export class SharedRings {
  readonly transfer: SharedRingsTransfer;
  readonly rings: readonly SharedRing[];
  readonly #doorbell: Int32Array;

  constructor(transfer: SharedRingsTransfer) {
    this.transfer = transfer;
    this.#doorbell = new Int32Array(transfer.control, 0, 1);
    const ringLengthBytes = transfer.bytes.byteLength / transfer.ringCount;
    this.rings = Array.from(
      { length: transfer.ringCount },
      (_, index) =>
        new SharedRing(
          new Int32Array(transfer.control, (index + 1) * CONTROL_WORDS * 4, CONTROL_WORDS),
          new Uint8Array(transfer.bytes, index * ringLengthBytes, ringLengthBytes),
        ),
    );
  }

  /** Reserves the memory. The operating system commits it page by page, when a ring is first used. */
  static allocate(ringCount: number, ringLengthBytes: number): SharedRings {
    return new SharedRings({
      control: new SharedArrayBuffer((ringCount + 1) * CONTROL_WORDS * 4),
      bytes: new SharedArrayBuffer(ringCount * ringLengthBytes),
      ringCount,
    });
  }

  /** Wakes the reader. */
  ring(): void {
    Atomics.add(this.#doorbell, 0, 1);
    Atomics.notify(this.#doorbell, 0);
  }

  /** How often the doorbell rang. The reader takes this before it looks at the rings. */
  get rung(): number {
    return Atomics.load(this.#doorbell, 0);
  }

  /** Blocks the reader's thread until the doorbell rings, unless it rang since `rung` was taken. */
  waitForRing(rung: number): void {
    Atomics.wait(this.#doorbell, 0, rung);
  }
}

/** One ring. */
export class SharedRing {
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(control: Int32Array, bytes: Uint8Array) {
    this.#control = control;
    this.#bytes = bytes;
  }

  get lengthBytes(): number {
    return this.#bytes.length;
  }

  get state(): number {
    return Atomics.load(this.#control, STATE);
  }

  /** Moves to `next` if the state is `expected`. */
  changeState(expected: number, next: number): boolean {
    return Atomics.compareExchange(this.#control, STATE, expected, next) === expected;
  }

  /** Bytes written and not yet read. */
  get used(): number {
    return (Atomics.load(this.#control, WRITTEN) - Atomics.load(this.#control, READ)) >>> 0;
  }

  /** Writer: takes a free ring for a new body. */
  open(initialCrc64: bigint, wantsMd5: boolean): boolean {
    if (this.state !== RING_STATE.free) {
      return false;
    }
    Atomics.store(this.#control, WRITTEN, 0);
    Atomics.store(this.#control, READ, 0);
    Atomics.store(this.#control, WRITER_WAITS, 0);
    Atomics.store(this.#control, WANTS_MD5, wantsMd5 ? 1 : 0);
    this.crc64 = initialCrc64;
    return this.changeState(RING_STATE.free, RING_STATE.open);
  }

  /**
   * Writer: copies in as many bytes as there is room for.
   * @returns How many.
   */
  write(bytes: Uint8Array): number {
    const length = Math.min(bytes.length, this.#bytes.length - this.used);
    const written = Atomics.load(this.#control, WRITTEN);
    const start = written & (this.#bytes.length - 1);
    const untilEnd = Math.min(length, this.#bytes.length - start);
    this.#bytes.set(bytes.subarray(0, untilEnd), start);
    this.#bytes.set(bytes.subarray(untilEnd, length), 0);
    Atomics.store(this.#control, WRITTEN, (written + length) | 0);
    return length;
  }

  /** Reader: the next run of bytes, at most `lengthMax`; read in place. Empty when there are none. */
  peek(lengthMax: number): Uint8Array {
    const start = Atomics.load(this.#control, READ) & (this.#bytes.length - 1);
    return this.#bytes.subarray(start, Math.min(start + Math.min(this.used, lengthMax), this.#bytes.length));
  }

  /** Reader: gives the room of peeked bytes back. */
  consume(length: number): void {
    Atomics.store(this.#control, READ, (Atomics.load(this.#control, READ) + length) | 0);
  }

  /** Writer: asks to be told about room. Check for room again afterwards. */
  announceWaiting(): void {
    Atomics.store(this.#control, WRITER_WAITS, 1);
  }

  /** Reader: whether the writer waits for room; the answer is given once. */
  takeWaiting(): boolean {
    return Atomics.exchange(this.#control, WRITER_WAITS, 0) === 1;
  }

  get wantsMd5(): boolean {
    return Atomics.load(this.#control, WANTS_MD5) === 1;
  }

  /** While open, the checksum of the bytes that came before the ring's; when finished, that of all bytes. */
  get crc64(): bigint {
    const low = BigInt(Atomics.load(this.#control, CRC64_LOW) >>> 0);
    return (BigInt(Atomics.load(this.#control, CRC64_HIGH) >>> 0) << 32n) | low;
  }

  set crc64(value: bigint) {
    Atomics.store(this.#control, CRC64_LOW, Number(BigInt.asIntN(32, value)));
    Atomics.store(this.#control, CRC64_HIGH, Number(BigInt.asIntN(32, value >> 32n)));
  }

  /** When finished and asked for, the MD5 of all bytes. The getter gives a copy. */
  get md5(): Uint8Array {
    return new Uint8Array(this.#md5View());
  }

  set md5(digest: Uint8Array) {
    this.#md5View().set(digest);
  }

  #md5View(): Uint8Array {
    return new Uint8Array(this.#control.buffer, this.#control.byteOffset + MD5 * 4, MD5_LENGTH_BYTES);
  }
}
