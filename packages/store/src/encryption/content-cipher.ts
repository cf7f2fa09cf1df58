/**
 * Encrypts the bytes of one content under its data key. Every run of bytes that is stored by itself, a blob or the
 * bytes of a row, is a unit with a random id of 128 bits and gets a key of its own, made from the data key, the id and
 * the unit's place in the content. Under a unit's key each block number is used once, as the nonce: so no nonce repeats
 * under any key, whatever races are lost and whatever is written again. The place in the key means that a unit put
 * somewhere else, in the same content or in another, does not open.
 */
import { createCipheriv, createDecipheriv, createHmac, type DecipherGCM } from 'node:crypto';
import { crc64 } from '@annals/checksum';
import { EngineFailure } from '../contract/engine-failure.js';
import type { ContentId } from '../vocabulary/encryption.js';

/** Bytes of the key that encrypts one content (AES-256). */
export const DATA_KEY_LENGTH_BYTES = 32;
/** Bytes of the tag that proves a sealed block (GCM). */
export const TAG_LENGTH_BYTES = 16;
/** Bytes of the random id of what one key encrypts. */
export const UNIT_ID_LENGTH_BYTES = 16;
const CRC_LENGTH_BYTES = 8;
const NONCE_LENGTH_BYTES = 12;
const ALGORITHM = 'aes-256-gcm';

/** What a unit is; part of its key. */
export type UnitKind = 'blob' | 'inline';

const UNIT_LETTERS: Readonly<Record<UnitKind, string>> = { blob: 'B', inline: 'I' };

/** Bytes that sealing an inline extent adds to them. */
export const INLINE_SEAL_LENGTH_BYTES = UNIT_ID_LENGTH_BYTES + CRC_LENGTH_BYTES + TAG_LENGTH_BYTES;

/** Encrypts one block of a unit, piece by piece. */
export interface BlockCipher {
  update(piece: Uint8Array): Uint8Array;
  /** @returns The tag; the block is complete. */
  finish(): Uint8Array;
}

/** The data key of one content, at work. */
export class ContentCipher {
  readonly contentId: ContentId;
  readonly #dataKey: Uint8Array;

  /** @param dataKey 32 random bytes that no other content has. */
  constructor(contentId: ContentId, dataKey: Uint8Array) {
    this.contentId = contentId;
    this.#dataKey = dataKey;
  }

  /**
   * @param id 16 random bytes.
   * @param offset Where in the content the unit begins.
   */
  unitKey(kind: UnitKind, id: Uint8Array, offset: number): Uint8Array {
    const place = Buffer.alloc(8);
    place.writeBigUInt64BE(BigInt(offset));
    return createHmac('sha256', this.#dataKey).update(UNIT_LETTERS[kind], 'latin1').update(id).update(place).digest();
  }

  /**
   * Seals the bytes of an extent together with their CRC-64, which in the clear would give short bytes away.
   * @returns Unit id, ciphertext, tag.
   */
  sealInline(id: Uint8Array, offset: number, chunks: readonly Uint8Array[], checksum: bigint): Uint8Array {
    const cipher = encryptBlock(this.unitKey('inline', id, offset), 0);
    const crc = Buffer.alloc(CRC_LENGTH_BYTES);
    crc.writeBigUInt64BE(checksum);
    const ciphertext = [crc, ...chunks].map((chunk) => cipher.update(chunk));
    return Buffer.concat([id, ...ciphertext, cipher.finish()]);
  }

  /**
   * Opens what `sealInline` made.
   * @throws {EngineFailure} `corrupt`.
   */
  openInline(sealed: Uint8Array, offset: number): { readonly bytes: Uint8Array; readonly crc64: bigint } {
    const id = sealed.subarray(0, UNIT_ID_LENGTH_BYTES);
    const opened = decryptBlock(this.unitKey('inline', id, offset), 0, sealed.subarray(UNIT_ID_LENGTH_BYTES));
    const failure = `content ${this.contentId}: sealed extent at offset ${offset} does not open`;
    if (opened === undefined) throw new EngineFailure({ kind: 'corrupt', detail: failure });
    const checksum = Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength).readBigUInt64BE();
    const bytes = opened.subarray(CRC_LENGTH_BYTES);
    if (crc64(bytes) !== checksum) throw new EngineFailure({ kind: 'corrupt', detail: failure });
    return { bytes, crc64: checksum };
  }
}

/** Begins to encrypt a block; each number once under one key. */
export function encryptBlock(unitKey: Uint8Array, blockNumber: number): BlockCipher {
  const cipher = createCipheriv(ALGORITHM, unitKey, nonceOf(blockNumber));
  return {
    update: (piece) => cipher.update(piece),
    finish() {
      cipher.final();
      return cipher.getAuthTag();
    },
  };
}

/**
 * Decrypts a whole block.
 * @param sealed Ciphertext and tag.
 * @returns `undefined` when the tag is wrong: then nothing of the bytes is given out.
 */
export function decryptBlock(unitKey: Uint8Array, blockNumber: number, sealed: Uint8Array): Uint8Array | undefined {
  const end = sealed.length - TAG_LENGTH_BYTES;
  if (end < 0) return undefined;
  const decipher = createDecipheriv(ALGORITHM, unitKey, nonceOf(blockNumber), { authTagLength: TAG_LENGTH_BYTES });
  decipher.setAuthTag(sealed.subarray(end));
  const bytes = decipher.update(sealed.subarray(0, end));
  return isAuthentic(decipher) ? bytes : undefined;
}

function isAuthentic(decipher: DecipherGCM): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    // The only thing that can fail here is the tag.
    return false;
  }
}

function nonceOf(blockNumber: number): Uint8Array {
  const nonce = Buffer.alloc(NONCE_LENGTH_BYTES);
  nonce.writeBigUInt64BE(BigInt(blockNumber), NONCE_LENGTH_BYTES - 8);
  return nonce;
}
