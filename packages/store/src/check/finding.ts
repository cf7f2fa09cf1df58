/**
 * What a check of a store finds, as data: what is wrong, what it hits, and how it can be put right where that takes no
 * guessing.
 */
import type { BlobId } from '../contract/blob-store.js';
import type { ContentId } from '../vocabulary/encryption.js';

/** Whether bytes are lost or wrong, rows contradict each other, or something is only worth knowing. */
export type FindingSeverity = 'damage' | 'contradiction' | 'note';

/** What is wrong. */
export type FindingKind =
  | 'row-unreadable'
  | 'row-malformed'
  | 'bytes-damaged'
  | 'bytes-missing'
  | 'object-damaged'
  | 'object-checksum'
  | 'part-damaged'
  | 'bytes-unproven'
  | 'data-key-missing'
  | 'reference-missing'
  | 'reference-dangling'
  | 'content-unreferenced'
  | 'blob-index-missing'
  | 'blob-index-wrong'
  | 'blob-index-stale'
  | 'blob-orphaned'
  | 'job-stale'
  | 'append-id-lost'
  | 'append-id-wrong'
  | 'append-id-orphaned'
  | 'counter-wrong'
  | 'version-order'
  | 'version-orphaned'
  | 'bucket-missing'
  | 'part-orphaned'
  | 'row-unknown'
  | 'file-unusable';

/** One row as it is and as it should be; `undefined` stands for absent. */
export interface RowChange {
  readonly key: Uint8Array;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

/** How something is put right without a guess. */
export interface Repair {
  /** What it does, for people. */
  readonly name: string;
  readonly changes: readonly RowChange[];
}

/** One finding. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: FindingSeverity;
  /** A sentence for people. */
  readonly message: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly versionId?: string;
  readonly contentId?: ContentId;
  readonly blobId?: BlobId;
  /** Bytes of the object or content that are hit: `start <= offset < end`. */
  readonly range?: { readonly start: number; readonly end: number };
  /** In hex. */
  readonly rowKey?: string;
  readonly repair?: Repair;
}
