/**
 * Wraps the data keys of encrypted objects: with the master key for AES256, with a named key of the local ring for KMS.
 * Both are rings of versions, of which the newest wraps. Leaves out where keys come from (`load-master-keys.ts`,
 * `kms-keys.ts`).
 */
import { type ContentId, type Encryption, EngineFailure, type KeyWrapping } from '@annals/store';
import type { MasterKeyRing } from '../accounts/master-key.js';
import type { KmsKeys } from './kms-keys.js';

/** Wraps with the keys of this server, all of them in memory. */
export class ServerKeyWrapping implements KeyWrapping {
  readonly #master: MasterKeyRing;
  readonly #kms: KmsKeys | undefined;

  /** @param kms Without it nothing is encrypted with KMS. */
  constructor(master: MasterKeyRing, kms: KmsKeys | undefined) {
    this.#master = master;
    this.#kms = kms;
  }

  /** Ids of the versions of all keys, the newest of each first: for the audit log, and no secret. */
  describe(): { readonly master: readonly string[]; readonly kms: Readonly<Record<string, readonly string[]>> } {
    const kms = [...(this.#kms?.keys ?? [])].map(([keyId, ring]) => [keyId, ring.ids] as const);
    return { master: this.#master.ids, kms: Object.fromEntries(kms) };
  }

  resolve(encryption: Encryption): Encryption {
    const resolved =
      encryption.algorithm === 'KMS' && this.#kms !== undefined
        ? { ...encryption, keyId: encryption.keyId ?? this.#kms.defaultKeyId }
        : encryption;
    this.#ringOf(resolved);
    return resolved;
  }

  async wrap(contentId: ContentId, encryption: Encryption, dataKey: Uint8Array): Promise<Uint8Array> {
    return this.#ringOf(encryption).seal('data-key', dataKey, ownerOf(contentId, encryption));
  }

  async unwrap(contentId: ContentId, encryption: Encryption, wrapped: Uint8Array): Promise<Uint8Array> {
    const ring = this.#ringOf(encryption);
    const dataKey = ring.open('data-key', wrapped, ownerOf(contentId, encryption));
    if (dataKey !== undefined) return dataKey;
    if (!ring.hasKeyOf(wrapped)) throw keyUnavailable(encryption, 'unknown-key');
    throw new EngineFailure({ kind: 'corrupt', detail: `content ${contentId}: its data key does not unwrap` });
  }

  isWrappedWithNewest(encryption: Encryption, wrapped: Uint8Array): boolean {
    return this.#ringOf(encryption).isSealedWithNewest(wrapped);
  }

  #ringOf(encryption: Encryption): MasterKeyRing {
    if (encryption.algorithm === 'AES256') return this.#master;
    if (this.#kms === undefined) throw keyUnavailable(encryption, 'not-configured');
    const ring = this.#kms.keys.get(encryption.keyId ?? this.#kms.defaultKeyId);
    if (ring === undefined) throw keyUnavailable(encryption, 'unknown-key');
    return ring;
  }
}

/**
 * Part of what is authenticated: a wrapped key moved to another content, or said to be under another key, does not
 * open.
 */
function ownerOf(contentId: ContentId, { algorithm, keyId = '' }: Encryption): string {
  return `${contentId} ${algorithm} ${keyId}`;
}

function keyUnavailable({ algorithm, keyId }: Encryption, because: 'not-configured' | 'unknown-key'): EngineFailure {
  return new EngineFailure({ kind: 'key-unavailable', algorithm, because, ...(keyId !== undefined && { keyId }) });
}
