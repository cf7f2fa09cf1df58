/**
 * The memory that hashing workers share with the thread that feeds them: a fixed number of rings, each a byte buffer
 * with one writer (the feeding thread) and one reader for each checksum (in a worker), and one doorbell for all. All
 * sides use this class. Leaves out threads and promises (`hashing-pool.ts`, `body-hasher-worker.ts`).
 */

/** Checksums of a ring, each computed by a reader of its own: neither waits for the other's. */
export type RingPart = 'crc64' | 'md5';

/** What a ring is doing. The writer moves it free -> open -> finishing and to abandoned; the readers do the rest. */
export const RING_STATE = {
  free: 0,
  /** Bytes are coming. */
  open: 1,
  /** All bytes are in the ring; the writer wants the result. */
  finishing: 2,
  /** The results are there; the writer frees the ring once it took them. */
  finished: 3,
  /** The writer lost interest; the last reader frees the ring once all forgot their parts. */
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
const READ = { crc64: 2, md5: 3 } as const;
/** 1 while the reader of the part has neither its result nor forgotten it. */
const OWED = { crc64: 4, md5: 5 } as const;
const OWED_COUNT = 6;
const WRITER_WAITS = 7;
const MD5 = 8;
const MD5_LENGTH_BYTES = 16;
const CRC64_LOW = 12;
const CRC64_HIGH = 13;
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

  /** Bytes written that a reader has not read yet. */
  get used(): number {
    return Math.max(this.#unread('crc64'), this.#unread('md5'));
  }

  /** Writer: takes a free ring for a new body. */
  open(initialCrc64: bigint, wantsMd5: boolean): boolean {
    if (this.state !== RING_STATE.free) {
      return false;
    }
    Atomics.store(this.#control, WRITTEN, 0);
    Atomics.store(this.#control, READ.crc64, 0);
    Atomics.store(this.#control, READ.md5, 0);
    Atomics.store(this.#control, WRITER_WAITS, 0);
    this.crc64 = initialCrc64;
    Atomics.store(this.#control, OWED_COUNT, wantsMd5 ? 2 : 1);
    Atomics.store(this.#control, OWED.crc64, 1);
    Atomics.store(this.#control, OWED.md5, wantsMd5 ? 1 : 0);
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

  /** Reader: whether a part is wanted and not done. */
  owes(part: RingPart): boolean {
    return Atomics.load(this.#control, OWED[part]) === 1;
  }

  /** Reader: the next run of bytes, at most `lengthMax`; read in place. Empty when there are none. */
  peek(part: RingPart, lengthMax: number): Uint8Array {
    const start = Atomics.load(this.#control, READ[part]) & (this.#bytes.length - 1);
    const end = Math.min(start + Math.min(this.#unread(part), lengthMax), this.#bytes.length);
    return this.#bytes.subarray(start, end);
  }

  /** Reader: gives the room of peeked bytes back. */
  consume(part: RingPart, length: number): void {
    Atomics.store(this.#control, READ[part], (Atomics.load(this.#control, READ[part]) + length) | 0);
  }

  /**
   * Reader: is done with its part, whose result it has set, or has forgotten it. The last one moves the ring on.
   * @returns Whether the ring is finished by that.
   */
  settle(part: RingPart): boolean {
    Atomics.store(this.#control, OWED[part], 0);
    if (Atomics.sub(this.#control, OWED_COUNT, 1) > 1) {
      return false;
    }
    const isFinished = this.changeState(RING_STATE.finishing, RING_STATE.finished);
    if (!isFinished) {
      this.changeState(RING_STATE.abandoned, RING_STATE.free);
    }
    return isFinished;
  }

  /** Writer: asks to be told about room. Check for room again afterwards. */
  announceWaiting(): void {
    Atomics.store(this.#control, WRITER_WAITS, 1);
  }

  /** A reader: whether the writer waits for room; the answer is given once. */
  takeWaiting(): boolean {
    return Atomics.exchange(this.#control, WRITER_WAITS, 0) === 1;
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

  /** A part that nobody owes is behind by nothing. */
  #unread(part: RingPart): number {
    if (!this.owes(part)) {
      return 0;
    }
    return (Atomics.load(this.#control, WRITTEN) - Atomics.load(this.#control, READ[part])) >>> 0;
  }

  #md5View(): Uint8Array {
    return new Uint8Array(this.#control.buffer, this.#control.byteOffset + MD5 * 4, MD5_LENGTH_BYTES);
  }
}
