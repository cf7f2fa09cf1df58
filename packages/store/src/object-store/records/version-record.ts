/**
 * What a version of a key is, as the store knows it: its head as callers see it, and where its bytes are. Leaves out
 * how it lies on disk: `object-record.ts`.
 */
import type { ContentId } from '../../vocabulary/encryption.js';
import type { AppendIdNumbers } from '../append-types.js';
import type { DeleteMarker, ObjectHead } from '../types.js';
import { NULL_VERSION_ID } from './version-id.js';

/** Inline extents behind each other that no compaction job covers yet: they begin at `from` and go on to the end. */
export interface Uncompacted {
  readonly from: number;
  readonly length: number;
  readonly extentCount: number;
}

/** Where a current version stands among all versions of its key. */
export interface VersionPlace {
  /** Names the key's earlier versions; absent while there never were two. */
  readonly keyId?: string;
  /** Number of this version: greater than those of all earlier ones. */
  readonly sequence: number;
  /** Number of the version with the id "null", when it is an earlier one. */
  readonly nullSequence?: number;
}

/** A version: its head, and where its bytes are. */
export interface ObjectRecord {
  /**
   * Absent for a version from before its bucket was versioned: its number is 0. Of an earlier version only the number
   * is known.
   */
  readonly place?: VersionPlace;
  readonly head: ObjectHead;
  /**
   * All bytes of a short version, when they are in its row: then there is no content, and no row but this one. Absent:
   * the bytes are in the content.
   */
  readonly body?: Uint8Array;
  /**
   * The version's bytes are the first `head.length` ones of this content. With a body: the id that its content will
   * have if it gets one.
   */
  readonly contentId: ContentId;
  /**
   * 16 bytes in hex: this version's name in the content's list of references. With a body it is the same as
   * `contentId`, and in no list. Either way it names one version for ever.
   */
  readonly referenceId: string;
  readonly uncompacted: Uncompacted;
  /** How deep slices are nested in the content; absent: there are none. */
  readonly sliceDepth?: number;
  /** Absent: no append had an id. */
  readonly appendIds?: AppendIdNumbers;
}

/** A delete marker: a version without bytes that hides the ones before it. */
export interface DeleteMarkerRecord {
  readonly place: VersionPlace;
  readonly marker: DeleteMarker;
}

/** What a version of a key can be. */
export type VersionRecord = ObjectRecord | DeleteMarkerRecord;

/** Tells the two kinds of version apart. */
export function isDeleteMarker(record: VersionRecord): record is DeleteMarkerRecord {
  return 'marker' in record;
}

/** @returns The id of a version; undefined when its bucket was never versioned. */
export function versionIdOf(record: VersionRecord): string | undefined {
  return isDeleteMarker(record) ? record.marker.versionId : record.head.versionId;
}

/** Tells whether a version answers to the id "null": it was made while its bucket gave out no ids. */
export function isNullVersion(record: VersionRecord): boolean {
  return (versionIdOf(record) ?? NULL_VERSION_ID) === NULL_VERSION_ID;
}

/** Nothing waits to be compacted behind `length` bytes. */
export function nothingUncompacted(length: number): Uncompacted {
  return { from: length, length: 0, extentCount: 0 };
}

/** What the row of a version does not say itself. */
export interface RowContext {
  readonly bucket: string;
  readonly key: string;
  /** The id of a version whose row names none. */
  readonly versionIdDefault: string | undefined;
}

/** A row of a current version, or of an earlier one with its number. */
export interface VersionRow extends RowContext {
  /** Gives the row's key; asked only when the row is bad. */
  readonly rowKey: () => Uint8Array;
  /** Of an earlier version: the row's key says its number. */
  readonly earlierSequence: number | undefined;
}

/** @returns The place that a row names. @param sequenceDefault The number, where the row has none. */
export function placeOf(stored: Partial<VersionPlace>, sequenceDefault: number): VersionPlace {
  const { keyId, sequence = sequenceDefault, nullSequence } = stored;
  return {
    sequence,
    ...(keyId !== undefined && { keyId }),
    ...(nullSequence !== undefined && { nullSequence }),
  };
}

/** A head that a decoder fills, field by field. */
export type WritableHead = { -readonly [Name in keyof ObjectHead]: ObjectHead[Name] };

/** What few heads have, stored under the same names in every form of the row. */
type RareFields = Pick<
  ObjectHead,
  'sealedAtMs' | 'writerEpoch' | 'encryption' | 'restore' | 'symlinkTarget' | 'retention' | 'legalHold'
>;

/** Sets the fields that a row has, and leaves the others absent. */
export function takeRareFields(head: WritableHead, stored: RareFields): void {
  if (stored.sealedAtMs !== undefined) head.sealedAtMs = stored.sealedAtMs;
  if (stored.writerEpoch !== undefined) head.writerEpoch = stored.writerEpoch;
  if (stored.encryption !== undefined) head.encryption = stored.encryption;
  if (stored.restore !== undefined) head.restore = stored.restore;
  if (stored.symlinkTarget !== undefined) head.symlinkTarget = stored.symlinkTarget;
  if (stored.retention !== undefined) head.retention = stored.retention;
  if (stored.legalHold !== undefined) head.legalHold = stored.legalHold;
}
