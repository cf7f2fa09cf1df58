/**
 * MD5 whose state can be kept between two pieces that come hours, or a restart, apart. Three times as slow as
 * `node/md5.ts`, which is why it is there only for those who need that.
 */
import { createMD5, type IHasher } from 'hash-wasm';

/** A running MD5. Costs some 200 kB while it is alive. */
export class ResumableMd5 {
  readonly #hasher: IHasher;

  private constructor(hasher: IHasher) {
    this.#hasher = hasher;
  }

  /**
   * @param state What `save` gave; the beginning when it is left out.
   * @throws {Error} The state is none, or one of another build of the library.
   */
  static async open(state?: Uint8Array): Promise<ResumableMd5> {
    const hasher = await createMD5();
    hasher.init();
    if (state !== undefined) hasher.load(state);
    return new ResumableMd5(hasher);
  }

  /** Adds bytes. They are read before the call returns. */
  update(bytes: Uint8Array): this {
    this.#hasher.update(bytes);
    return this;
  }

  /** @returns Some 150 bytes from which hashing goes on; only before `digest`. */
  save(): Uint8Array {
    return this.#hasher.save();
  }

  /** The 16-byte digest of all bytes; nothing can be added afterwards. */
  digest(): Uint8Array {
    return this.#hasher.digest('binary');
  }
}
