/**
 * Hashes one body as it passes: CRC-64 always, MD5 when asked. A server's cores are few and MD5 runs at some 700 MB/s,
 * so the bytes of a long body are copied to a worker thread and the calling thread pays for little more than the copy.
 */
import { Crc64 } from '../crc64.js';
import type { RingLease } from './hashing-threads.js';
import { Md5 } from './md5.js';

/** What is known about a body before its first byte. */
export interface BodyHasherOptions {
  /** Compute the MD5 too. Default: no. */
  readonly md5?: boolean;
  /** Length in bytes, if known. It only decides where to hash; the body may differ. */
  readonly expectedLength?: number;
}

/** The checksums of a whole body. */
export interface BodyDigest {
  readonly crc64: bigint;
  /** 16 bytes; there when asked for. */
  readonly md5?: Uint8Array;
  /** Bytes hashed. */
  readonly length: number;
}

/** Where a hasher gets its place on a worker from. */
export interface RingSource {
  /** Bodies up to this length stay on the calling thread. */
  readonly thresholdBytes: number;
  /** A ring whose CRC-64 continues from `initialCrc64`, or `undefined` when there is none. */
  lease(initialCrc64: bigint, wantsMd5: boolean): RingLease | undefined;
}

/**
 * Hashes one body. Create it by `createBodyHasher`.
 *
 * A body that turns out to be long moves to a worker in the middle: its CRC-64 so far goes along. An MD5 cannot be
 * carried over, so one of unknown length goes to a worker from its first byte, if there is a place; otherwise it stays.
 */
export class BodyHasher {
  readonly #source: RingSource;
  readonly #crc64 = new Crc64();
  readonly #md5: Md5 | undefined;
  #lease: RingLease | undefined;
  #length = 0;
  #updating = false;
  #digest: Promise<BodyDigest> | undefined;
  #disposed = false;

  constructor(options: BodyHasherOptions, source: RingSource) {
    this.#source = source;
    const wantsMd5 = options.md5 === true;
    const isLong = options.expectedLength === undefined ? wantsMd5 : options.expectedLength > source.thresholdBytes;
    this.#lease = isLong ? source.lease(0n, wantsMd5) : undefined;
    this.#md5 = wantsMd5 && this.#lease === undefined ? new Md5() : undefined;
  }

  /** Bytes given so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds the next bytes of the body.
   * @returns Nothing when they have been taken; otherwise a promise to wait for before the next call, and before
   * `chunk` is written to. It rejects when the worker failed or the hasher was disposed.
   * @throws Error when the digest was taken, the hasher was disposed, or the last update has not resolved yet.
   */
  update(chunk: Uint8Array): undefined | Promise<void> {
    if (this.#disposed || this.#digest !== undefined || this.#updating) {
      throw new Error(`Cannot update the body hasher: ${this.#whyClosed()}`);
    }
    this.#length += chunk.length;
    if (this.#lease === undefined && this.#md5 === undefined && this.#length > this.#source.thresholdBytes) {
      this.#lease = this.#source.lease(this.#crc64.digest(), false);
    }
    if (this.#lease === undefined) {
      this.#crc64.update(chunk);
      this.#md5?.update(chunk);
      return undefined;
    }
    const written = this.#lease.write(chunk);
    return written === undefined ? undefined : this.#finishUpdate(written);
  }

  /**
   * The checksums of all bytes given. Idempotent.
   * @throws Error when the worker failed, the hasher was disposed, or the last update has not resolved yet.
   */
  digest(): Promise<BodyDigest> {
    if (this.#digest === undefined) {
      if (this.#disposed || this.#updating) {
        return Promise.reject(new Error(`Cannot take the digest: ${this.#whyClosed()}`));
      }
      this.#digest = this.#lease === undefined ? Promise.resolve(this.#ownDigest()) : this.#finish(this.#lease);
    }
    return this.#digest;
  }

  /**
   * Gives up: frees what the hasher holds. Waiting updates and digests reject. Idempotent, and harmless after the
   * digest.
   */
  dispose(): void {
    this.#disposed = true;
    this.#lease?.abandon(new Error('The body hasher was disposed'));
    this.#lease = undefined;
  }

  async #finishUpdate(written: Promise<void>): Promise<void> {
    this.#updating = true;
    try {
      await written;
    } finally {
      this.#updating = false;
    }
  }

  async #finish(lease: RingLease): Promise<BodyDigest> {
    const { crc64, md5 } = await lease.finish();
    // The ring now belongs to another hasher: a later dispose must not touch it.
    this.#lease = undefined;
    return this.#digestOf(crc64, md5);
  }

  #ownDigest(): BodyDigest {
    return this.#digestOf(this.#crc64.digest(), this.#md5?.digest());
  }

  #digestOf(crc64: bigint, md5: Uint8Array | undefined): BodyDigest {
    return md5 === undefined ? { crc64, length: this.#length } : { crc64, length: this.#length, md5 };
  }

  #whyClosed(): string {
    if (this.#disposed) {
      return 'it was disposed';
    }
    return this.#updating ? 'the last update has not resolved' : 'the digest was already taken';
  }
}
