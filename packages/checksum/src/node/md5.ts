/**
 * MD5 of byte streams by Node's OpenSSL. OSS uses it for Content-MD5 and the ETag of plain objects, never for security.
 */
import { createHash, hash } from 'node:crypto';

/** A running MD5. */
export class Md5 {
  readonly #hash = createHash('md5');

  /** Adds bytes. They are read before the call returns. */
  update(bytes: Uint8Array): this {
    this.#hash.update(bytes);
    return this;
  }

  /**
   * The 16-byte digest of all bytes.
   * @throws Error when called twice, as `update` does afterwards.
   */
  digest(): Uint8Array {
    return new Uint8Array(this.#hash.digest());
  }
}

/** The 16-byte MD5 digest of `bytes`. */
export function md5(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('md5', bytes, 'buffer'));
}
