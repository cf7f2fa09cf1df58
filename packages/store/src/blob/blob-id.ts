/** Names of blobs: random, so that a new one never meets an old one and nobody can guess one. */
import { randomBytes } from 'node:crypto';
import type { BlobId } from '../contract/blob-store.js';

/** Source of random bytes; injected so that tests repeat. */
export type RandomBytes = (lengthBytes: number) => Uint8Array;

const BLOB_ID_LENGTH_BYTES = 16;
const BLOB_ID_PATTERN = /^[0-9a-f]{32}$/;

/** Unpredictable random bytes, from the system. */
export const secureRandomBytes: RandomBytes = (lengthBytes) => randomBytes(lengthBytes);

/**
 * Makes the id of a new blob. @param random Must never repeat itself outside tests: a blob is written at its final
 * name.
 */
export function createBlobId(random: RandomBytes): BlobId {
  return Buffer.from(random(BLOB_ID_LENGTH_BYTES)).toString('hex');
}

/** Whether the text has the form of an id; what else lies among the blobs is not ours to touch. */
export function isBlobId(text: string): text is BlobId {
  return BLOB_ID_PATTERN.test(text);
}
