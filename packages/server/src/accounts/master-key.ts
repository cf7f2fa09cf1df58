/**
 * The master key: what secrets and temporary keys are sealed with. Several may be given: the first seals, all of them
 * open. Leaves out where they come from (`load-master-keys.ts`).
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import type { RandomBytes } from '@annals/store';

/** What a sealed value is for. Each purpose has keys of its own, so that one value cannot be passed off as another. */
export type SealPurpose = 'access-key-secret' | 'security-token' | 'data-key';

const KEY_LENGTH_BYTES = 32;
const KEY_ID_LENGTH_BYTES = 8;
const NONCE_LENGTH_BYTES = 12;
const TAG_LENGTH_BYTES = 16;
const FORMAT = 1;
const HEAD_LENGTH_BYTES = 1 + KEY_ID_LENGTH_BYTES + NONCE_LENGTH_BYTES;

interface MasterKey {
  readonly id: Buffer;
  readonly purposeKeys: Readonly<Record<SealPurpose, Buffer>>;
}

/**
 * Seals with AES-256-GCM. A sealed value is: format (1 byte), id of the master key (8), nonce (12), ciphertext, tag
 * (16). Nonces are random: with one key, 2^32 values may be sealed before two of them meet with any likelihood worth
 * naming.
 */
export class MasterKeyRing {
  readonly #keys: readonly [MasterKey, ...MasterKey[]];
  readonly #random: RandomBytes;
  #isSealing = true;

  /**
   * @param keys 32 bytes each, the newest first.
   * @param random For nonces.
   * @throws {RangeError} There is none, or one has another length.
   */
  constructor(keys: readonly Uint8Array[], random: RandomBytes) {
    const [newest, ...others] = keys.map(makeMasterKey);
    if (newest === undefined) throw new RangeError('Cannot seal without a master key: at least one is needed');
    this.#keys = [newest, ...others];
    this.#random = random;
  }

  /** From now on only values are opened: what the newest key seals could not be read once the right one is back. */
  stopSealing(): void {
    this.#isSealing = false;
  }

  /**
   * @param additionalData What the value belongs to; it opens only together with the same.
   * @throws {Error} Sealing was stopped.
   */
  seal(purpose: SealPurpose, plaintext: Uint8Array, additionalData: string): Uint8Array {
    if (!this.#isSealing) throw new Error('Cannot seal a value: the master key of this store is missing');
    const [key] = this.#keys;
    const nonce = this.#random(NONCE_LENGTH_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.purposeKeys[purpose], nonce);
    cipher.setAAD(Buffer.from(additionalData, 'utf8'));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([Buffer.of(FORMAT), key.id, nonce, ciphertext, cipher.getAuthTag()]);
  }

  /**
   * @returns What was sealed, or `undefined` when it was sealed with another key, for another purpose, for something
   * else, or is damaged.
   */
  open(purpose: SealPurpose, sealed: Uint8Array, additionalData: string): Uint8Array | undefined {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const key = this.#keyOf(bytes);
    if (key === undefined) return undefined;
    const nonce = bytes.subarray(1 + KEY_ID_LENGTH_BYTES, HEAD_LENGTH_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key.purposeKeys[purpose], nonce, {
      authTagLength: TAG_LENGTH_BYTES,
    });
    decipher.setAAD(Buffer.from(additionalData, 'utf8'));
    decipher.setAuthTag(bytes.subarray(-TAG_LENGTH_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(HEAD_LENGTH_BYTES, -TAG_LENGTH_BYTES)), decipher.final()]);
    } catch {
      // The only thing that can fail here is the tag.
      return undefined;
    }
  }

  /** Tells whether the key a value was sealed with is among these: then what does not open is damaged. */
  hasKeyOf(sealed: Uint8Array): boolean {
    return this.#keyOf(Buffer.from(sealed)) !== undefined;
  }

  /** Tells whether a value was sealed with the newest key; others are due to be resealed. */
  isSealedWithNewest(sealed: Uint8Array): boolean {
    return this.#keyOf(Buffer.from(sealed)) === this.#keys[0];
  }

  /** Names the versions without telling them: ids as they stand in sealed values, the newest first. */
  get ids(): readonly string[] {
    return this.#keys.map(({ id }) => id.toString('hex'));
  }

  #keyOf(sealed: Buffer): MasterKey | undefined {
    if (sealed.length < HEAD_LENGTH_BYTES + TAG_LENGTH_BYTES || sealed[0] !== FORMAT) return undefined;
    const id = sealed.subarray(1, 1 + KEY_ID_LENGTH_BYTES);
    return this.#keys.find((key) => key.id.equals(id));
  }
}

function makeMasterKey(bytes: Uint8Array): MasterKey {
  if (bytes.length !== KEY_LENGTH_BYTES) {
    throw new RangeError(`Cannot use a master key of ${bytes.length} bytes: it must have ${KEY_LENGTH_BYTES}`);
  }
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', bytes, Buffer.alloc(0), `annals ${purpose}`, KEY_LENGTH_BYTES));
  return {
    id: createHash('sha256').update('annals master key id').update(bytes).digest().subarray(0, KEY_ID_LENGTH_BYTES),
    purposeKeys: {
      'access-key-secret': derive('access-key-secret'),
      'security-token': derive('security-token'),
      'data-key': derive('data-key'),
    },
  };
}
