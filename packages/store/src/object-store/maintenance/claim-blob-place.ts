/**
 * Binds a store to the place where its blobs lie. The store has a row with an id of its own, and the place bears the
 * same id; a server does not begin its work when they differ, because every blob would be missing here, and garbage
 * there. Leaves out what the place is.
 */

import { type RandomBytes, secureRandomBytes } from '../../blob/blob-id.js';
import type { BlobPlace } from '../../contract/blob-place.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { type Check, fields, flag, idText, text } from '../records/checks.js';
import { blobRange, serviceConfigurationKey } from '../records/key-space.js';
import { decodeJsonRow } from '../records/row-decoder.js';

const key: Uint8Array = serviceConfigurationKey('blobPlace');

interface BlobPlaceRow {
  readonly storeId: string;
  /** As its operator wrote it, without secrets. */
  readonly place: string;
  /** Whether the place is known to have borne the mark. */
  readonly isMarked: boolean;
}

const check: Check<BlobPlaceRow> = fields<BlobPlaceRow>({ storeId: idText, place: text, isMarked: flag });

/** The store and the place for its blobs do not belong together. */
export class WrongBlobPlace extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongBlobPlace';
  }
}

/** Where the blobs of a store are to be. */
export interface WantedPlace {
  readonly place: BlobPlace;
  /** As its operator wrote it, without secrets. */
  readonly text: string;
}

/**
 * @returns Where the blobs of the store lie, as its operator wrote it; `undefined`: in its own folder.
 * @throws {EngineFailure} `corrupt`, `unavailable`.
 */
export async function readBlobPlace(keyValues: KeyValueStore): Promise<string | undefined> {
  const row = await keyValues.get(key);
  return row === undefined ? undefined : decodeJsonRow(row.value, check, () => key).place;
}

/**
 * @returns The id that the place of its blobs bears; `undefined`: the store is bound to none.
 * @throws {EngineFailure} `corrupt`, `unavailable`.
 */
export async function readStoreId(keyValues: KeyValueStore): Promise<string | undefined> {
  const row = await keyValues.get(key);
  return row === undefined ? undefined : decodeJsonRow(row.value, check, () => key).storeId;
}

/** @returns Whether a key is that of the row that binds a store to the place of its blobs. */
export function isBlobPlaceKey(candidate: Uint8Array): boolean {
  return Buffer.compare(candidate, key) === 0;
}

/**
 * Binds the store to the place, the first time; afterwards, finds out whether they still belong together.
 * @param wanted `undefined`: the store's own folder.
 * @throws {WrongBlobPlace} Nothing was changed that a right place would not have.
 * @throws {EngineFailure} `corrupt`, `unavailable`.
 */
export async function claimBlobPlace(
  keyValues: KeyValueStore,
  wanted: WantedPlace | undefined,
  randomBytes: RandomBytes = secureRandomBytes,
): Promise<void> {
  const row = await keyValues.get(key);
  const bound = row === undefined ? undefined : decodeJsonRow(row.value, check, () => key);
  if (wanted === undefined) {
    if (bound === undefined) return;
    throw new WrongBlobPlace(
      `the large bodies of this store lie in ${bound.place}, and storage.blobs is "file"; set storage.blobs to that place`,
    );
  }
  const { place, text: placeText } = wanted;
  if (row === undefined || bound === undefined) {
    if ((await keyValues.list({ ...blobRange(), limit: 1 })).length > 0) {
      throw new WrongBlobPlace(
        `the large bodies of this store lie in its data folder, and storage.blobs is ${placeText}; set storage.blobs to "file"`,
      );
    }
    const first = { storeId: Buffer.from(randomBytes(16)).toString('hex'), place: placeText, isMarked: false };
    await keyValues.commit({ checks: [{ key, version: undefined }], puts: [{ key, value: encode(first) }] });
    // Another process may have been first: then its row counts.
    return claimBlobPlace(keyValues, wanted, randomBytes);
  }
  const found = bound.isMarked ? await place.readStoreId() : await claimOnce(place, bound.storeId);
  if (found === undefined) {
    throw new WrongBlobPlace(
      `${place.name} bears no mark of a store, but this store had put one there; the place is another one, or was emptied`,
    );
  }
  if (found !== bound.storeId) {
    throw new WrongBlobPlace(
      `${place.name} holds the bodies of another store (${found}, this one is ${bound.storeId}); choose another prefix`,
    );
  }
  if (bound.isMarked && bound.place === placeText) return;
  const value = encode({ ...bound, place: placeText, isMarked: true });
  await keyValues.commit({ checks: [{ key, version: row.version }], puts: [{ key, value }] });
}

/**
 * Finds out whether the store and the place belong together, and changes neither.
 * @throws {WrongBlobPlace} They do not.
 * @throws {EngineFailure} `corrupt`, `unavailable`.
 */
export async function verifyBlobPlace(keyValues: KeyValueStore, wanted: WantedPlace | undefined): Promise<void> {
  const storeId = await readStoreId(keyValues);
  const found = await wanted?.place.readStoreId();
  if (storeId === undefined) {
    if (wanted === undefined || (await keyValues.list({ ...blobRange(), limit: 1 })).length === 0) return;
    throw new WrongBlobPlace(`the large bodies of this store lie in its data folder, and not in ${wanted.place.name}`);
  }
  if (wanted === undefined) {
    throw new WrongBlobPlace(
      `the large bodies of this store lie in ${await readBlobPlace(keyValues)}, and not in its data folder`,
    );
  }
  if (found === storeId) return;
  const whose = found === undefined ? 'bears no mark of a store' : `holds the bodies of another store (${found})`;
  throw new WrongBlobPlace(`${wanted.place.name} ${whose}, and this store is ${storeId}`);
}

async function claimOnce(place: BlobPlace, storeId: string): Promise<string> {
  return (await place.readStoreId()) ?? place.claim(storeId);
}

function encode(row: BlobPlaceRow): Uint8Array {
  return Buffer.from(JSON.stringify(row), 'utf8');
}
