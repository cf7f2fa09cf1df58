/**
 * The words about encrypted bytes that the contracts and the object store above them both use. Imports nothing of the
 * store.
 */

/** 16 random bytes as 32 lower-case hex digits: names the bytes behind one or more versions. */
export type ContentId = string;

/** How the writer asked the object to be encrypted. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'KMS' | 'SM4';
  readonly dataAlgorithm?: 'SM4';
  readonly keyId?: string;
}
