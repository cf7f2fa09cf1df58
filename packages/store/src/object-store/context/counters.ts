/**
 * What a commit adds to the counters of a bucket. Every commit that makes or ends a version goes through here, so the
 * statistics are exact and a bucket knows that it is empty without looking. Objects of the class Standard have no
 * counters of their own: they are the rest, and an append to one writes one counter row.
 */
import type { KeyValueSum } from '../../contract/key-value-store.js';
import {
  classLengthSumKey,
  classObjectCountKey,
  deleteMarkerCountKey,
  lengthSumKey,
  objectCountKey,
} from '../records/key-space.js';
import { isDeleteMarker, type VersionRecord } from '../records/version-record.js';
import type { StorageClass } from '../types.js';

/** Sums of what several changes add; a counter that stays the same is left out. */
export class CounterChange {
  readonly #bucket: string;
  readonly #deltas = new Map<string, KeyValueSum>();

  constructor(bucket: string) {
    this.#bucket = bucket;
  }

  /** Counts a version, or a delete marker, that now exists. */
  add(record: VersionRecord): this {
    return this.#count(record, 1);
  }

  /** Counts a version, or a delete marker, that exists no longer. */
  remove(record: VersionRecord): this {
    return this.#count(record, -1);
  }

  /** Counts bytes that an existing version of this class gained. */
  grow(storageClass: StorageClass, lengthDelta: number): this {
    return this.#lengthen(storageClass, lengthDelta);
  }

  /** Counts what another change of the same bucket counted. */
  addAll(other: CounterChange): this {
    for (const { key, delta } of other.#deltas.values()) this.#sum(key, delta);
    return this;
  }

  /** @returns One sum for each counter that changes. */
  sums(): readonly KeyValueSum[] {
    return [...this.#deltas.values()].filter(({ delta }) => delta !== 0n);
  }

  #count(record: VersionRecord, sign: 1 | -1): this {
    if (isDeleteMarker(record)) {
      this.#sum(deleteMarkerCountKey(this.#bucket), BigInt(sign));
      return this;
    }
    const { storageClass, length } = record.head;
    this.#sum(objectCountKey(this.#bucket), BigInt(sign));
    if (storageClass !== 'Standard') this.#sum(classObjectCountKey(this.#bucket, storageClass), BigInt(sign));
    return this.#lengthen(storageClass, sign * length);
  }

  #lengthen(storageClass: StorageClass, lengthDelta: number): this {
    this.#sum(lengthSumKey(this.#bucket), BigInt(lengthDelta));
    if (storageClass !== 'Standard') this.#sum(classLengthSumKey(this.#bucket, storageClass), BigInt(lengthDelta));
    return this;
  }

  #sum(key: Uint8Array, delta: bigint): void {
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
    this.#deltas.set(name, { key, delta: (this.#deltas.get(name)?.delta ?? 0n) + delta });
  }
}
