/**
 * Data keys of contents: made with a content, found again by its readers and appends. A content whose bytes are in the
 * clear has no row here, and no code looks for one: its extents say whether they are sealed.
 */
import { randomBytes } from 'node:crypto';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValuePut, KeyValueStore } from '../../contract/key-value-store.js';
import type { KeyWrapping } from '../../contract/key-wrapping.js';
import { ContentCipher, DATA_KEY_LENGTH_BYTES } from '../../encryption/content-cipher.js';
import type { ContentId, Encryption } from '../../vocabulary/encryption.js';
import { decodeContentKey, encodeContentKey } from '../records/content-key-record.js';
import { contentKeyKey } from '../records/key-space.js';

/** Ciphers kept in memory; each takes about 300 bytes. */
const CIPHER_COUNT_MAX = 4096;

/** Makes, keeps and finds the ciphers of contents. */
export class ContentKeys {
  readonly #keyValues: KeyValueStore;
  readonly #wrapping: KeyWrapping | undefined;
  /** Least recently used first. A content's data key never changes, so none is ever stale. */
  readonly #ciphers = new Map<ContentId, ContentCipher>();

  /** @param wrapping Without it nothing can be encrypted, and what is cannot be read. */
  constructor(keyValues: KeyValueStore, wrapping: KeyWrapping | undefined) {
    this.#keyValues = keyValues;
    this.#wrapping = wrapping;
  }

  /** @throws {EngineFailure} `key-unavailable` when there are no wrapping keys at all. */
  wrappingFor(encryption: Encryption): KeyWrapping {
    if (encryption.algorithm === 'SM4' || encryption.dataAlgorithm !== undefined) {
      throw keyUnavailable(encryption, 'unsupported-algorithm');
    }
    if (this.#wrapping === undefined) throw keyUnavailable(encryption, 'not-configured');
    return this.#wrapping;
  }

  /**
   * @returns The choice with its key named.
   * @throws {EngineFailure} `key-unavailable`.
   */
  resolve(encryption: Encryption): Encryption {
    return this.wrappingFor(encryption).resolve(encryption);
  }

  /**
   * Makes a data key for a new content.
   * @returns The cipher, and the row to be put by the commit that makes the content.
   * @throws {EngineFailure} `key-unavailable`.
   */
  async create(
    contentId: ContentId,
    encryption: Encryption,
  ): Promise<{ readonly cipher: ContentCipher; readonly put: KeyValuePut }> {
    // Always the system's source: a key must not be as predictable as names may be in a test.
    const dataKey = randomBytes(DATA_KEY_LENGTH_BYTES);
    const wrapped = await this.wrappingFor(encryption).wrap(contentId, encryption, dataKey);
    const cipher = new ContentCipher(contentId, dataKey);
    this.#keep(cipher);
    return {
      cipher,
      put: { key: contentKeyKey(contentId), value: encodeContentKey({ encryption, wrapped }) },
    };
  }

  /**
   * Finds the cipher of a content that has one: in memory, else one read.
   * @throws {EngineFailure} `key-unavailable`; `corrupt` when the content has no key row, or it was changed.
   */
  async open(contentId: ContentId): Promise<ContentCipher> {
    const known = this.#ciphers.get(contentId);
    if (known !== undefined) {
      this.#keep(known);
      return known;
    }
    const row = await this.#keyValues.get(contentKeyKey(contentId));
    if (row === undefined) {
      throw new EngineFailure({ kind: 'corrupt', detail: `content ${contentId} is sealed and has no key row` });
    }
    const { encryption, wrapped } = decodeContentKey(row.key, row.value);
    const dataKey = await this.wrappingFor(encryption).unwrap(contentId, encryption, wrapped);
    const cipher = new ContentCipher(contentId, dataKey);
    this.#keep(cipher);
    return cipher;
  }

  #keep(cipher: ContentCipher): void {
    this.#ciphers.delete(cipher.contentId);
    this.#ciphers.set(cipher.contentId, cipher);
    if (this.#ciphers.size <= CIPHER_COUNT_MAX) return;
    const [oldest] = this.#ciphers.keys();
    if (oldest !== undefined) this.#ciphers.delete(oldest);
  }
}

function keyUnavailable(
  { algorithm, keyId }: Encryption,
  because: 'not-configured' | 'unsupported-algorithm',
): EngineFailure {
  return new EngineFailure({ kind: 'key-unavailable', algorithm, because, ...(keyId !== undefined && { keyId }) });
}
