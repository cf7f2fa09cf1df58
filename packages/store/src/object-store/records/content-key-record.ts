/** The row of a content's data key: JSON in UTF-8, the wrapped key in hex. The content's id stands in the row's key. */
import type { Encryption } from '../../vocabulary/encryption.js';
import { encryptionCheck } from './attribute-checks.js';
import { fields, hexText } from './checks.js';
import { decodeJsonRow } from './row-decoder.js';

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

const contentKeyCheck = fields<{ readonly encryption: Encryption; readonly wrapped: string }>({
  encryption: encryptionCheck,
  wrapped: hexText,
});

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeContentKey(rowKey: Uint8Array, value: Uint8Array): ContentKeyRecord {
  const { encryption, wrapped } = decodeJsonRow(value, contentKeyCheck, () => rowKey);
  return { encryption, wrapped: Buffer.from(wrapped, 'hex') };
}
