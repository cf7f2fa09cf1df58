/**
 * The narrow contract under encryption: wraps the data key of a content with a key that the store never sees, and
 * unwraps it again. The store neither knows where those keys come from nor how many there are.
 */
import type { ContentId, Encryption } from '../vocabulary/encryption.js';

/** Keys that wrap other keys. */
export interface KeyWrapping {
  /**
   * @returns The choice with the key named that would wrap now: a caller that names none gets the default one.
   * @throws {EngineFailure} `key-unavailable`.
   */
  resolve(encryption: Encryption): Encryption;
  /**
   * Wraps a data key with the newest version of the key that `encryption` names.
   * @returns Opaque bytes. They open for this content and this choice alone.
   * @throws {EngineFailure} `key-unavailable`.
   */
  wrap(contentId: ContentId, encryption: Encryption, dataKey: Uint8Array): Promise<Uint8Array>;
  /**
   * @returns The data key.
   * @throws {EngineFailure} `key-unavailable` when the key it was wrapped with is not at hand; `corrupt` when it is,
   * and the bytes do not open.
   */
  unwrap(contentId: ContentId, encryption: Encryption, wrapped: Uint8Array): Promise<Uint8Array>;
  /** Tells whether wrapping now would use the same key; others are due to be rewrapped. */
  isWrappedWithNewest(encryption: Encryption, wrapped: Uint8Array): boolean;
}
