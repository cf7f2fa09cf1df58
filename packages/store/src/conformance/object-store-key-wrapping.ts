/**
 * Wrapping keys in memory: what a store needs to encrypt where no keys are kept. The newest of them wraps, all of them
 * unwrap.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { EngineFailure } from '../contract/engine-failure.js';
import type { KeyWrapping } from '../contract/key-wrapping.js';
import type { ContentId, Encryption } from '../vocabulary/encryption.js';

/** Name of the key that wraps for callers that name none. */
export const DEFAULT_KEY_ID = 'default';

/** A wrapped key: name of the version (1 byte), nonce (12), ciphertext (32), tag (16). */
export class MemoryKeyWrapping implements KeyWrapping {
  readonly versions: Uint8Array[] = [randomBytes(32)];

  /** The key gets a new version; those before go on to unwrap. */
  rotate(): void {
    this.versions.push(randomBytes(32));
  }

  resolve(encryption: Encryption): Encryption {
    return encryption.algorithm === 'KMS' ? { ...encryption, keyId: encryption.keyId ?? DEFAULT_KEY_ID } : encryption;
  }

  async wrap(contentId: ContentId, encryption: Encryption, dataKey: Uint8Array): Promise<Uint8Array> {
    const version = this.versions.length - 1;
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.versions[version] as Uint8Array, nonce);
    cipher.setAAD(belonging(contentId, encryption));
    return Buffer.concat([Buffer.of(version), nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  }

  async unwrap(contentId: ContentId, encryption: Encryption, wrapped: Uint8Array): Promise<Uint8Array> {
    const key = this.versions[wrapped[0] ?? -1];
    if (key === undefined) {
      throw new EngineFailure({ kind: 'key-unavailable', algorithm: encryption.algorithm, because: 'unknown-key' });
    }
    const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(1, 13), { authTagLength: 16 });
    decipher.setAAD(belonging(contentId, encryption));
    try {
      decipher.setAuthTag(wrapped.subarray(-16));
      return Buffer.concat([decipher.update(wrapped.subarray(13, -16)), decipher.final()]);
    } catch (cause) {
      throw new EngineFailure({ kind: 'corrupt', detail: `the key of content ${contentId} does not unwrap` }, cause);
    }
  }

  isWrappedWithNewest(_encryption: Encryption, wrapped: Uint8Array): boolean {
    return wrapped[0] === this.versions.length - 1;
  }
}

function belonging(contentId: ContentId, { algorithm, keyId = '' }: Encryption): Uint8Array {
  return Buffer.from(`${contentId} ${algorithm} ${keyId}`, 'utf8');
}
