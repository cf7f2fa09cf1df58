/**
 * Checks a store that no other process has open: every row that can be read, every byte of every content, every
 * reference between them. Memory is bounded whatever the store holds. Changes nothing: what can be put right stands in
 * the findings (`apply-repair.ts`). Does not open the store, so nothing of it is compacted, swept or brought up to date
 * either.
 */
import type { BlobStore } from '../contract/blob-store.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import type { KeyWrapping } from '../contract/key-wrapping.js';
import { readContent } from '../object-store/content/read-content.js';
import { ContentKeys } from '../object-store/context/content-keys.js';
import { FORMAT_VERSION, readFormatVersion } from '../object-store/maintenance/prepare-format.js';
import { blobKey } from '../object-store/records/key-space.js';
import { type CallerChecks, formChecks } from './caller-checks.js';
import { checkContentRows } from './check-content-rows.js';
import { checkContents } from './check-contents.js';
import type { CheckContext, CheckProgress } from './check-context.js';
import { checkExtent, type ExtentVerdict } from './check-extent.js';
import { checkOrphanBlobs } from './check-orphan-blobs.js';
import { checkOtherRows } from './check-other-rows.js';
import { checkReferences } from './check-references.js';
import { checkPartOwners } from './check-uploads.js';
import { checkBuckets, type VersionLedgers } from './check-versions.js';
import { DamagedBytes } from './damaged-bytes.js';
import type { Finding, FindingKind } from './finding.js';
import { readRow } from './report-row.js';
import { RowLedger } from './row-ledger.js';

/** What a check works on, and who is told. */
export interface CheckStoreOptions {
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
  /** Without it of encrypted bytes only the checksums of the ciphertext are checked. */
  readonly keyWrapping?: KeyWrapping;
  /** Checks of what the store's caller keeps in rows. Default: rows of JSON must be JSON. */
  readonly callerChecks?: CallerChecks;
  readonly onFinding: (finding: Finding) => void;
  /** Called often. */
  readonly onProgress?: (progress: CheckProgress) => void;
}

/** Something that was counted may be lost, so that a counter may be what is right: it is not set then. */
const LEAVES_DOUBT: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'row-unreadable',
  'row-malformed',
  'version-order',
  'version-orphaned',
  'reference-dangling',
  'content-unreferenced',
  'bucket-missing',
  'part-orphaned',
]);
/** Findings about counters wait until it is known whether there is doubt. */
const HELD_COUNT_MAX = 10_000;

/** What was looked at. */
export interface CheckSummary {
  readonly rowCount: number;
  /** Bytes of contents that were read. */
  readonly lengthBytes: number;
  readonly damageCount: number;
  readonly contradictionCount: number;
  readonly noteCount: number;
}

/**
 * @returns What was looked at, at the end.
 * @throws {Error} The store is of another format, which only a start of the server changes.
 * @throws {EngineFailure} `unavailable`; `corrupt` when the rows are beyond reading one by one.
 */
export async function checkStore(options: CheckStoreOptions): Promise<CheckSummary> {
  const { keyValues, keyWrapping } = options;
  const version = await readFormatVersion(keyValues);
  if (version !== undefined && version !== FORMAT_VERSION) {
    throw new Error(
      `Cannot check the store: it has format ${version} or is on its way from it; start the server once, which brings it to ${FORMAT_VERSION}`,
    );
  }
  const contentKeys = new ContentKeys(keyValues, keyWrapping);
  return checkParts({
    ...options,
    contentKeys,
    damagedBytes: new DamagedBytes(),
    callerChecks: options.callerChecks ?? formChecks,
    verify: (context, ...extent) => checkExtent(context, ...extent),
    isOrphan: async ({ blobId }) => (await readRow({ keyValues }, blobKey(blobId))) === undefined,
  });
}

/** All parts of a check, over whatever rows and bytes. */
export interface CheckedParts
  extends Pick<CheckContext, 'keyValues' | 'blobs' | 'contentKeys' | 'damagedBytes' | 'callerChecks' | 'isOrphan'>,
    Pick<CheckStoreOptions, 'onFinding' | 'onProgress'> {
  readonly verify: (context: CheckContext, ...extent: Parameters<CheckContext['verify']>) => Promise<ExtentVerdict>;
}

/** @throws {EngineFailure} As {@link checkStore}. */
async function checkParts(parts: CheckedParts): Promise<CheckSummary> {
  const { keyValues, blobs, contentKeys, damagedBytes, callerChecks, isOrphan, onFinding, onProgress } = parts;
  const counts = { damage: 0, contradiction: 0, note: 0 };
  let progress: CheckProgress = { stage: 'rows', rowCount: 0, lengthBytes: 0 };
  const advance = (change: Partial<CheckProgress>): void => {
    progress = { ...progress, ...change };
    onProgress?.(progress);
  };
  const context: CheckContext = {
    scope: 'all',
    isSpent: () => false,
    keyValues,
    blobs,
    contentKeys,
    damagedBytes,
    callerChecks,
    isOrphan,
    read: (contentId, range) => readContent({ keyValues, blobs, contentKeys }, contentId, range),
    verify: (...extent) => parts.verify(context, ...extent),
    report(finding) {
      counts[finding.severity] += 1;
      isDoubtful ||= LEAVES_DOUBT.has(finding.kind);
      if (finding.kind !== 'counter-wrong') onFinding(finding);
      else if (counters.length < HELD_COUNT_MAX) counters.push(finding);
      else onFinding(withoutRepair(finding));
    },
    countRow: () => advance({ rowCount: progress.rowCount + 1 }),
    countBytes(lengthBytes) {
      advance({ lengthBytes: progress.lengthBytes + lengthBytes });
      return undefined;
    },
    enter: (stage) => advance({ stage }),
  };
  let isDoubtful = false;
  const counters: Finding[] = [];
  const ledgers: VersionLedgers = { references: new RowLedger(), keys: new RowLedger(), uploads: new RowLedger() };
  // Contents first: then it is known which bytes are damaged when objects are looked at.
  await checkContents(context);
  await checkContentRows(context);
  await checkBuckets(context, ledgers);
  await checkPartOwners(context, ledgers.uploads);
  await checkReferences(context, ledgers);
  await checkOtherRows(context);
  await checkOrphanBlobs(context);
  for (const finding of counters) onFinding(isDoubtful ? withoutRepair(finding) : finding);
  if (!context.damagedBytes.isComplete) {
    context.report({
      kind: 'bytes-damaged',
      severity: 'note',
      message: 'More bytes are damaged than could be remembered: not all objects that are hit are named',
    });
  }
  return {
    rowCount: progress.rowCount,
    lengthBytes: progress.lengthBytes,
    damageCount: counts.damage,
    contradictionCount: counts.contradiction,
    noteCount: counts.note,
  };
}

function withoutRepair({ repair: _, ...finding }: Finding): Finding {
  return finding;
}
