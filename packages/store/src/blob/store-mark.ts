/**
 * The mark in a bucket or a pool that says which store the bodies in it belong to: JSON with the name of this program,
 * a version, and the id of the store. Leaves out where it lies.
 */
import { EngineFailure } from '../contract/engine-failure.js';

/** The mark's own name, below the prefix of a bucket and in the namespace of a pool. */
export const STORE_MARK_NAME = 'annals-store.json';

const NAME = 'annals-blobs';
const VERSION = 1;

/** @returns The bytes of the mark of a store. */
export function encodeStoreMark(storeId: string): Uint8Array {
  return Buffer.from(JSON.stringify({ name: NAME, version: VERSION, storeId }), 'utf8');
}

/**
 * @param place Where the mark was read, for people.
 * @returns The id of the store.
 * @throws {EngineFailure} `corrupt`: it is no mark that this version knows.
 */
export function readStoreMark(text: string, place: string): string {
  let mark: unknown;
  try {
    mark = JSON.parse(text);
  } catch {
    throw corruptPlace(`${place} is no JSON`);
  }
  const { name, version, storeId } = (typeof mark === 'object' && mark !== null ? mark : {}) as Record<string, unknown>;
  if (name !== NAME || version !== VERSION || typeof storeId !== 'string') {
    throw corruptPlace(`${place} is of another program, or of another version of this one`);
  }
  return storeId;
}

/** What is found where bodies lie is not what a store leaves there. */
export function corruptPlace(detail: string): EngineFailure {
  return new EngineFailure({ kind: 'corrupt', detail });
}
