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

/** A version: its head, and where its bytes are. */
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

/** `undefined` stands for absent, as JSON takes it anyway: building objects with fields left out is what takes the time here. */
type WithUndefined<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined };
type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

/* Field by field, here and in reading: every append does both, and spreading objects takes several times as long. */

/** @returns The value of the row. */
export function encodeObjectRecord({ head, contentId, referenceId, uncompacted }: ObjectRecord): Uint8Array {
  const { md5, lastAppend } = head;
  const stored: WithUndefined<Required<StoredObject>> = {
    type: head.type,
    versionId: head.versionId,
    length: head.length,
    crc64: head.crc64.toString(),
    etag: head.etag,
    md5: md5 === undefined ? undefined : Buffer.from(md5).toString('hex'),
    ownerId: head.ownerId,
    createdAtMs: head.createdAtMs,
    lastModifiedAtMs: head.lastModifiedAtMs,
    sealedAtMs: head.sealedAtMs,
    lastAppend:
      lastAppend === undefined
        ? undefined
        : {
            position: lastAppend.position,
            length: lastAppend.length,
            crc64: lastAppend.crc64.toString(),
            atMs: lastAppend.atMs,
            callerId: lastAppend.callerId,
          },
    system: head.system,
    user: head.user,
    acl: head.acl,
    storageClass: head.storageClass,
    tags: head.tags,
    encryption: head.encryption,
    contentId,
    referenceId,
    uncompacted,
  };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** @throws {StoreFailure} `corrupt` when the row is not what was once written. */
export function decodeObjectRecord(bucket: string, key: string, value: Uint8Array): ObjectRecord {
  const stored = parse(value);
  const head: Writable<ObjectHead> = {
    bucket,
    key,
    versionId: stored.versionId,
    isLatest: true,
    type: stored.type,
    length: stored.length,
    crc64: BigInt(stored.crc64),
    etag: stored.etag,
    ownerId: stored.ownerId,
    createdAtMs: stored.createdAtMs,
    lastModifiedAtMs: stored.lastModifiedAtMs,
    system: stored.system,
    user: stored.user,
    acl: stored.acl,
    storageClass: stored.storageClass,
    tags: stored.tags,
  };
  const { md5, sealedAtMs, lastAppend, encryption } = stored;
  if (md5 !== undefined) {
    head.md5 = Buffer.from(md5, 'hex');
  }
  if (sealedAtMs !== undefined) {
    head.sealedAtMs = sealedAtMs;
  }
  if (lastAppend !== undefined) {
    head.lastAppend = {
      position: lastAppend.position,
      length: lastAppend.length,
      crc64: BigInt(lastAppend.crc64),
      atMs: lastAppend.atMs,
      callerId: lastAppend.callerId,
    };
  }
  if (encryption !== undefined) {
    head.encryption = encryption;
  }
  return { head, contentId: stored.contentId, referenceId: stored.referenceId, uncompacted: stored.uncompacted };
}

function parse(value: Uint8Array): StoredObject {
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8')) as StoredObject;
  } catch (cause) {
    throw new StoreFailure({ kind: 'corrupt', detail: 'object row is not JSON' }, cause);
  }
}
