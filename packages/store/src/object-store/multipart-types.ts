/** The vocabulary of multipart uploads. See `types.ts` for everything else. */

import type { ContentId, Encryption } from '../vocabulary/encryption.js';
import type { ExpectedDigests, ObjectAttributes, ObjectHead, ObjectTarget } from './types.js';

/**
 * 16 random bytes as 32 lower-case hex digits. It is also the id of the content the upload becomes: parts belong to it
 * from the start, so that completing rewrites none of their references.
 */
export type UploadId = string;

/** Names an unfinished upload. */
export interface UploadTarget extends ObjectTarget {
  readonly uploadId: UploadId;
}

/** An unfinished upload. */
export interface UploadRecord extends UploadTarget {
  readonly ownerId: string;
  readonly initiatedAtMs: number;
  /** Of the object it becomes. */
  readonly attributes: ObjectAttributes;
  /** Names the last attempt to complete it that wrote slices in commits of their own. Undefined: there was none. */
  readonly joiningId?: string;
  /** How far it has come. Undefined: its parts come in any order. */
  readonly sequence?: UploadSequence;
}

/** Of an upload whose parts come in order. */
export interface UploadSequence {
  /** The last part; 0: there is none. */
  readonly partNumber: number;
  /** States of the MD5 of the whole, in front of the last part and behind it. Undefined: not known any more. */
  readonly md5?: { readonly before: Uint8Array; readonly behind: Uint8Array };
}

/** One part of an unfinished upload. */
export interface PartRecord {
  readonly partNumber: number;
  /** Unquoted. */
  readonly etag: string;
  readonly length: number;
  readonly crc64: bigint;
  /** 16 bytes. */
  readonly md5: Uint8Array;
  readonly lastModifiedAtMs: number;
  readonly contentId: ContentId;
  /** How deep slices are nested in the content; absent: none. */
  readonly sliceDepth?: number;
  /** What its bytes are encrypted with, as its upload was told to. */
  readonly encryption?: Encryption;
}

/** What starting an upload needs. */
export interface InitiateUploadInput extends ObjectTarget {
  readonly ownerId: string;
  readonly attributes: ObjectAttributes;
  readonly forbidOverwrite: boolean;
  /** Whether parts have to come in order. Default: no. */
  readonly isSequential?: boolean;
}

/** What a part needs besides its body. */
export interface UploadPartInput extends UploadTarget {
  readonly partNumber: number;
  readonly expected: ExpectedDigests;
  /** Bytes at most in one part. */
  readonly lengthMax: number;
}

/** A part made of bytes that are there already. */
export interface CopyPartInput extends UploadTarget {
  readonly partNumber: number;
  readonly source: ObjectTarget & { readonly versionId?: string };
  /** Bytes at most in one part. */
  readonly lengthMax: number;
  /**
   * Looks at the source as it is and chooses the bytes, or throws to refuse. Called again when the source was replaced
   * meanwhile.
   * @returns Bytes `start <= offset < end`, within the source.
   */
  select(source: ObjectHead): { readonly start: number; readonly end: number };
}

/** What a part copy made. */
export interface CopyPartResult {
  readonly part: PartRecord;
  readonly source: ObjectHead;
}

/** One part as the caller names it in the end. */
export interface ListedPart {
  readonly partNumber: number;
  /** Unquoted; compared without regard to case. */
  readonly etag: string;
}

/** What completing needs. */
export interface CompleteUploadInput extends UploadTarget {
  /** In ascending order of their numbers, or all there are. Parts left out are thrown away. */
  readonly parts: readonly ListedPart[] | 'all';
  readonly forbidOverwrite: boolean;
  /** Replaces the ACL chosen at the start. */
  readonly acl?: ObjectAttributes['acl'];
}

/** One page of parts to be made. */
export interface ListPartsInput extends UploadTarget {
  /** Numbers up to and including this one are left out; 0: from the start. */
  readonly after: number;
  /** Parts at most, > 0. */
  readonly limit: number;
}

/** One page of parts. */
export interface ListPartsResult {
  readonly upload: UploadRecord;
  /** By number. */
  readonly parts: readonly PartRecord[];
  readonly isTruncated: boolean;
}

/** One page of unfinished uploads to be made. */
export interface ListUploadsInput {
  readonly bucket: string;
  readonly prefix: string;
  /** Empty: no grouping. */
  readonly delimiter: string;
  /** Without `uploadId`: keys and common prefixes up to and including this one are left out; empty: from the start. */
  readonly afterKey: string;
  /** With it, uploads to `afterKey` up to and including this one are left out, and those behind it not. */
  readonly afterUploadId: UploadId | undefined;
  /** Uploads plus common prefixes at most, > 0. */
  readonly limit: number;
}

/** One page of unfinished uploads. */
export interface ListUploadsResult {
  /** By key, then by id. */
  readonly uploads: readonly UploadRecord[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** The last row returned: pass it on for the next page. Undefined when not truncated. */
  readonly next: { readonly key: string; readonly uploadId: UploadId | undefined } | undefined;
}
