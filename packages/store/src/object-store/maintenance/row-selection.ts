/**
 * Picks out of all rows of a store those that the objects of one bucket and prefix need, with all their versions, so
 * that they are a store of their own. Rows are looked at pass by pass, each in the order of keys, because slices may
 * lead anywhere. Leaves out unfinished uploads, and what no row refers to any more. Memory grows with what is picked.
 */

import type { ContentId } from '../../vocabulary/encryption.js';
import { CounterChange } from '../context/counters.js';
import { decodeExtent } from '../records/extent-record.js';
import { bucketKey, deleteMarkerKey, objectKey, objectKeyOf, serviceConfigurationKey } from '../records/key-space.js';
import { liveChannelCountKey, liveChannelRange } from '../records/live-channel-row.js';
import { decodeDeleteMarkerRecord, decodeEarlierVersion, decodeObjectRecord } from '../records/object-record.js';
import { familyOf, type RowFamily } from '../records/row-family.js';
import { readVersionNames } from '../records/version-names.js';
import { isDeleteMarker, type VersionRecord } from '../records/version-record.js';

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const ID_LENGTH_BYTES = 16;
const PUBLIC_ACCESS_BLOCK_KEY = Buffer.from(serviceConfigurationKey('publicAccessBlock'));

/** What the objects of a bucket whose keys begin with a prefix need. */
export class RowSelection {
  readonly #bucket: string;
  readonly #bucketKey: Buffer;
  readonly #objectPrefix: Buffer;
  readonly #markerPrefix: Buffer;
  readonly #channelPrefix: Buffer | undefined;
  readonly #counters: CounterChange;
  /** Of each family, so that none is left out but on purpose. */
  readonly #isNeeded: Readonly<Record<RowFamily, (key: Uint8Array) => boolean>> = {
    accounts: () => true,
    bucket: (key) => this.#bucketKey.equals(key),
    serviceConfiguration: (key) => PUBLIC_ACCESS_BLOCK_KEY.equals(key),
    object: (key) => startsWith(key, this.#objectPrefix),
    deleteMarker: (key) => startsWith(key, this.#markerPrefix),
    liveChannel: (key) => this.#channelPrefix !== undefined && startsWith(key, this.#channelPrefix),
    earlierVersion: (key) => this.#keyIds.has(idAt(key, 1)),
    extent: (key) => this.#contentIds.has(idAt(key, 1)),
    contentKey: (key) => this.#contentIds.has(idAt(key, 1)),
    compactionJob: (key) => this.#contentIds.has(idAt(key, 1)),
    appendId: (key) => this.#contentIds.has(idAt(key, 1)),
    reference: (key) => {
      const referer = idAt(key, 1 + ID_LENGTH_BYTES);
      const isKept = this.#referenceIds.has(referer) || this.#contentIds.has(referer);
      return isKept && this.#contentIds.has(idAt(key, 1));
    },
    blob: (key) => this.#blobIds.has(idAt(key, 1)),
    // The import writes it again for the rows that are picked.
    format: () => false,
    counter: () => false,
    // Of the processes that have the store open.
    gateway: () => false,
    // Of what no row refers to, and of uploads that are not finished.
    garbage: () => false,
    upload: () => false,
    part: () => false,
    partCount: () => false,
  };
  readonly #keyIds = new Set<string>();
  readonly #contentIds = new Set<ContentId>();
  readonly #referenceIds = new Set<string>();
  readonly #blobIds = new Set<string>();
  #channelCount = 0;
  #hasBucket = false;
  /** The first pass finds versions, those behind it contents. */
  #passCount = 0;
  #isComplete = false;
  #hasGrown = false;

  /** @param prefix Empty: the whole bucket, its live channels too. */
  constructor(bucket: string, prefix: string) {
    this.#bucket = bucket;
    this.#bucketKey = Buffer.from(bucketKey(bucket));
    this.#objectPrefix = Buffer.from(objectKey(bucket, prefix));
    this.#markerPrefix = Buffer.from(deleteMarkerKey(bucket, prefix));
    this.#channelPrefix = prefix === '' ? Buffer.from(liveChannelRange(bucket, '').start) : undefined;
    this.#counters = new CounterChange(bucket);
  }

  /** Whether all rows must be looked at (again): {@link look} at each, then {@link endPass}. */
  get isUnfinished(): boolean {
    return !this.#isComplete;
  }

  get hasBucket(): boolean {
    return this.#hasBucket;
  }

  /** @throws {RangeError} The row belongs to no family that this program knows. */
  look(row: Row): void {
    if (this.#passCount === 0) this.#lookForVersions(row);
    else this.#lookForContents(row);
  }

  endPass(): void {
    this.#isComplete = this.#passCount > 0 && !this.#hasGrown;
    this.#passCount += 1;
    this.#hasGrown = false;
  }

  /**
   * To be asked when it is finished. The row of the format is not among them, nor are counters.
   * @throws {RangeError} The row belongs to no family that this program knows.
   */
  includes({ key }: Row): boolean {
    return this.#isNeeded[this.#familyOf(key)](key);
  }

  includesBlob(blobId: string): boolean {
    return this.#blobIds.has(blobId);
  }

  /** Counters of the bucket as they are for what is picked. */
  counterRows(): Row[] {
    const sums = [...this.#counters.sums()];
    if (this.#channelCount > 0) {
      sums.push({ key: liveChannelCountKey(this.#bucket), delta: BigInt(this.#channelCount) });
    }
    return sums.map(({ key, delta }) => {
      const value = Buffer.alloc(8);
      value.writeBigInt64LE(delta);
      return { key, value };
    });
  }

  #familyOf(key: Uint8Array): RowFamily {
    const family = familyOf(key);
    if (family !== undefined) return family;
    const letter = JSON.stringify(String.fromCharCode(key[0] ?? 0));
    throw new RangeError(
      `Cannot tell whether a row that begins with ${letter} belongs to bucket "${this.#bucket}": this program does not know such rows; restore everything, or use the program that wrote them`,
    );
  }

  #lookForVersions({ key, value }: Row): void {
    const family = this.#familyOf(key);
    if (family === 'bucket') this.#hasBucket ||= this.#bucketKey.equals(key);
    else if (family === 'object' && startsWith(key, this.#objectPrefix)) {
      this.#pick(decodeObjectRecord(this.#contextOf(key), value));
    } else if (family === 'deleteMarker' && startsWith(key, this.#markerPrefix)) {
      this.#pick(decodeDeleteMarkerRecord(this.#contextOf(key), value));
    } else if (family === 'earlierVersion' && this.#keyIds.has(idAt(key, 1))) {
      const context = { bucket: this.#bucket, key: '', versionIdDefault: undefined };
      this.#pick(decodeEarlierVersion(context, key, value));
    } else if (family === 'liveChannel' && this.includes({ key, value })) this.#channelCount += 1;
  }

  #contextOf(key: Uint8Array) {
    return { bucket: this.#bucket, key: objectKeyOf(this.#bucket, key), versionIdDefault: undefined };
  }

  #pick(record: VersionRecord): void {
    this.#counters.add(record);
    const keyId = record.place?.keyId;
    if (keyId !== undefined) this.#keyIds.add(keyId);
    if (isDeleteMarker(record) || record.body !== undefined) return;
    this.#contentIds.add(record.contentId);
    this.#referenceIds.add(record.referenceId);
  }

  #lookForContents({ key, value }: Row): void {
    if (familyOf(key) !== 'extent' || !this.#contentIds.has(idAt(key, 1))) return;
    const extent = decodeExtent(value);
    if (extent.kind === 'blob') this.#blobIds.add(extent.blobId);
    else if (extent.kind === 'slice' && !this.#contentIds.has(extent.contentId)) {
      this.#contentIds.add(extent.contentId);
      this.#hasGrown = true;
    }
  }
}

/** Finds the objects that need certain blobs, pass by pass as {@link RowSelection}. */
export class ObjectsOfBlobs {
  readonly #blobIds: ReadonlySet<string>;
  readonly #contentIds = new Set<ContentId>();
  readonly #namesOfKeys = new Map<string, string>();
  readonly #names = new Set<string>();
  #isLast = false;
  #isComplete = false;
  #hasGrown = false;

  constructor(blobIds: ReadonlySet<string>) {
    this.#blobIds = blobIds;
  }

  get isUnfinished(): boolean {
    return !this.#isComplete;
  }

  /** `oss://BUCKET/KEY` of each object, of earlier versions too. */
  get names(): string[] {
    return [...this.#names];
  }

  look({ key, value }: Row): void {
    const family = familyOf(key);
    if (this.#isLast) {
      if (family === 'object' || family === 'deleteMarker' || family === 'earlierVersion') {
        this.#lookAtVersion(family, key, value);
      }
      return;
    }
    if (family !== 'extent' || this.#contentIds.has(idAt(key, 1))) return;
    const extent = decodeExtent(value);
    const isHit =
      (extent.kind === 'blob' && this.#blobIds.has(extent.blobId)) ||
      (extent.kind === 'slice' && this.#contentIds.has(extent.contentId));
    if (!isHit) return;
    this.#contentIds.add(idAt(key, 1));
    this.#hasGrown = true;
  }

  endPass(): void {
    this.#isComplete = this.#isLast;
    this.#isLast ||= !this.#hasGrown;
    this.#hasGrown = false;
  }

  #lookAtVersion(family: RowFamily, key: Uint8Array, value: Uint8Array): void {
    const stored = readVersionNames(key, value);
    const isHit = stored.contentId !== undefined && this.#contentIds.has(stored.contentId);
    if (family === 'earlierVersion') {
      const name = this.#namesOfKeys.get(idAt(key, 1));
      if (isHit && name !== undefined) this.#names.add(name);
      return;
    }
    const name = `oss://${Buffer.from(key).toString('utf8', 1).replace('\0', '/')}`;
    if (isHit) this.#names.add(name);
    if (stored.keyId !== undefined) this.#namesOfKeys.set(stored.keyId, name);
  }
}

function idAt(key: Uint8Array, at: number): string {
  return Buffer.from(key.buffer, key.byteOffset + at, ID_LENGTH_BYTES).toString('hex');
}

function startsWith(key: Uint8Array, prefix: Buffer): boolean {
  return key.length >= prefix.length && prefix.equals(key.subarray(0, prefix.length));
}
