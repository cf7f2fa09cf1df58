/** What every part of a check works with. */
import type { BlobInfo, BlobStore } from '../contract/blob-store.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import type { ContentKeys } from '../object-store/context/content-keys.js';
import type { Extent } from '../object-store/records/extent-record.js';
import type { ContentId } from '../vocabulary/encryption.js';
import type { CallerChecks } from './caller-checks.js';
import type { ExtentVerdict } from './check-extent.js';
import type { DamagedBytes, DamagedRange } from './damaged-bytes.js';
import type { Finding } from './finding.js';

/** How far a check has come. */
export interface CheckProgress {
  /** What it is looking at, in a word or two. */
  readonly stage: string;
  readonly rowCount: number;
  /** Bytes of contents read and verified. */
  readonly lengthBytes: number;
}

/** Rows as a check reads them: of a store that stands still, or of one moment of a store at work. */
export type CheckedRows = Pick<KeyValueStore, 'get' | 'list'>;

/**
 * What of the rows is looked at. `places`: each row and what it names, which any moment can tell that has both. `sums`:
 * what is true of many rows together, so that all of them must be of one moment. `all`: both at once.
 */
export type CheckScope = 'all' | 'places' | 'sums';

/** Shared by all parts of one check. */
export interface CheckContext {
  readonly scope: CheckScope;
  /** Whether the moment was held long enough: a walk over places then ends, and says where. */
  isSpent(): boolean;
  readonly keyValues: CheckedRows;
  readonly blobs: BlobStore;
  readonly contentKeys: ContentKeys;
  readonly damagedBytes: DamagedBytes;
  readonly callerChecks: CallerChecks;
  /** Streams bytes of a content. */
  read(contentId: ContentId, range: DamagedRange): AsyncIterable<Uint8Array>;
  /** Verifies the bytes of an extent; or knows already what is damaged of them, and says nothing. */
  verify(contentId: ContentId, offset: number, extent: Extent): Promise<ExtentVerdict>;
  /** Whether no content knows a blob, and none is about to. */
  isOrphan(blob: BlobInfo): Promise<boolean>;
  report(finding: Finding): void;
  /** A row was looked at. */
  countRow(): void;
  /** Bytes were read and verified. @returns When the next may be read: the check of a store at work waits here. */
  countBytes(lengthBytes: number): Promise<void> | undefined;
  /** Another part of the store is looked at. */
  enter(stage: string): void;
}
