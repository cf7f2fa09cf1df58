/** The row of a content's data key: JSON in UTF-8, the wrapped key in hex. The content's id stands in the row's key. */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { Encryption } from '../../vocabulary/encryption.js';

/** A data key as it lies on disk. */
export interface ContentKeyRecord {
  /** What the writer asked for: it names the key that wraps this one. */
  readonly encryption: Encryption;
  readonly wrapped: Uint8Array;
}

/** @returns The value of the row. */
export function encodeContentKey({ encryption, wrapped }: ContentKeyRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ encryption, wrapped: Buffer.from(wrapped).toString('hex') }), 'utf8');
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeContentKey(value: Uint8Array): ContentKeyRecord {
  try {
    const stored = JSON.parse(Buffer.from(value).toString('utf8')) as { encryption: Encryption; wrapped: string };
    const wrapped = Buffer.from(stored.wrapped, 'hex');
    if (wrapped.length * 2 !== stored.wrapped.length || typeof stored.encryption.algorithm !== 'string') {
      throw new TypeError('A field of the row is malformed');
    }
    return { encryption: stored.encryption, wrapped };
  } catch (cause) {
    throw new EngineFailure({ kind: 'corrupt', detail: 'content key row is malformed' }, cause);
  }
}
