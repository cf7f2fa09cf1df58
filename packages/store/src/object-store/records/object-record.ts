/**
 * The row of a version: its head as callers see it, and where its bytes are. JSON in UTF-8, absent fields left out, CRC-64 in
 * decimal and bytes in hex, so that the row can be read without this program. Bucket and key stand in the row's key.
 */
import { StoreFailure } from '../../contract/store-failure.js';
import type { ContentId, LastAppend, ObjectHead } from '../types.js';

/** Inline extents behind each other that no compaction job covers yet: they begin at `from` and go on to the end. */
export interface Uncompacted {
  readonly from: number;
  readonly length: number;
  readonly extentCount: number;
}

export interface ObjectRecord {
  readonly head: ObjectHead;
  /** The version's bytes are the first `head.length` ones of this content. */
  readonly contentId: ContentId;
  /** 16 bytes in hex: this version's name in the content's list of references. */
  readonly referenceId: string;
  readonly uncompacted: Uncompacted;
}

/** Nothing waits to be compacted behind `length` bytes. */
export function nothingUncompacted(length: number): Uncompacted {
  return { from: length, length: 0, extentCount: 0 };
}

type StoredLastAppend = Omit<LastAppend, 'crc64'> & { readonly crc64: string };

/** The head as it lies on disk: what JSON cannot carry as text, what the row's key says left out. */
type StoredObject = Omit<ObjectHead, 'bucket' | 'key' | 'isLatest' | 'versionId' | 'crc64' | 'md5' | 'lastAppend'> & {
  readonly versionId?: string;
  readonly crc64: string;
  readonly md5?: string;
  readonly lastAppend?: StoredLastAppend;
  readonly contentId: ContentId;
  readonly referenceId: string;
  readonly uncompacted: Uncompacted;
};

export function encodeObjectRecord(record: ObjectRecord): Uint8Array {
  const { bucket: _bucket, key: _key, isLatest: _isLatest, versionId, crc64, md5, lastAppend, ...plain } = record.head;
  const stored: StoredObject = {
    ...plain,
    ...(versionId === undefined ? {} : { versionId }),
    crc64: crc64.toString(),
    ...(md5 === undefined ? {} : { md5: Buffer.from(md5).toString('hex') }),
    ...(lastAppend === undefined ? {} : { lastAppend: { ...lastAppend, crc64: lastAppend.crc64.toString() } }),
    contentId: record.contentId,
    referenceId: record.referenceId,
    uncompacted: record.uncompacted,
  };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** @throws {StoreFailure} `corrupt` when the row is not what was once written. */
export function decodeObjectRecord(bucket: string, key: string, value: Uint8Array): ObjectRecord {
  const stored = parse(value);
  const { versionId, crc64, md5, lastAppend, contentId, referenceId, uncompacted, ...plain } = stored;
  return {
    head: {
      ...plain,
      bucket,
      key,
      versionId,
      isLatest: true,
      crc64: BigInt(crc64),
      ...(md5 === undefined ? {} : { md5: Buffer.from(md5, 'hex') }),
      ...(lastAppend === undefined ? {} : { lastAppend: { ...lastAppend, crc64: BigInt(lastAppend.crc64) } }),
    },
    contentId,
    referenceId,
    uncompacted,
  };
}

function parse(value: Uint8Array): StoredObject {
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8')) as StoredObject;
  } catch (cause) {
    throw new StoreFailure({ kind: 'corrupt', detail: 'object row is not JSON' }, cause);
  }
}
