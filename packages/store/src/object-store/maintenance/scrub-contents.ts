/**
 * One step of a walk over all contents of a store at work: verifies the bytes of a few extents as the check of a store
 * that stands still does. What is swept or merged meanwhile is no damage: an extent that fails is looked for again.
 * Leaves out pace and place (`ScrubWorker` of the server).
 */
import { checkExtent, describeDamage } from '../../check/check-extent.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeExtent } from '../records/extent-record.js';
import { extentOffsetOf, rangeOfPrefix, successorOf } from '../records/key-space.js';

/** Where a walk goes on, and how far at most. */
export interface ScrubInput {
  /** Of the step before, in hex. */
  readonly after?: string;
  readonly extentCountMax: number;
  /** After so many bytes the step ends; one extent may exceed it. */
  readonly lengthBytesMax: number;
  /** Waits as long as it should before the next bytes are read. @param lengthBytes Just read. */
  readonly pace?: (lengthBytes: number) => Promise<void> | undefined;
}

/** Damaged bytes of a content. */
export interface ScrubFinding {
  readonly contentId: ContentId;
  /** In the content. */
  readonly start: number;
  readonly end: number;
  readonly blobId?: string;
  readonly detail: string;
  readonly failure: EngineFailure;
}

/** What one step did. */
export interface ScrubStep {
  readonly extentCount: number;
  readonly lengthBytes: number;
  readonly findings: readonly ScrubFinding[];
  /** For the next step; undefined: the walk is over. */
  readonly next: string | undefined;
}

/** @throws {EngineFailure} `unavailable`; `corrupt` when rows cannot be listed. */
export async function scrubContents(context: StoreContext, input: ScrubInput): Promise<ScrubStep> {
  const all = rangeOfPrefix(Buffer.from('E'));
  const start = input.after === undefined ? all.start : successorOf(Buffer.from(input.after, 'hex'));
  const rows = await context.keyValues.list({ start, end: all.end, limit: input.extentCountMax });
  const findings: ScrubFinding[] = [];
  let extentCount = 0;
  let lengthBytes = 0;
  let last: Uint8Array | undefined;
  for (const row of rows) {
    if (lengthBytes >= input.lengthBytesMax) break;
    last = row.key;
    extentCount += 1;
    const finding = await scrubExtent(context, row, (length) => {
      lengthBytes += length;
      return input.pace?.(length);
    });
    if (finding !== undefined) findings.push(finding);
  }
  const isOver = extentCount === rows.length && rows.length < input.extentCountMax;
  const next = isOver || last === undefined ? undefined : Buffer.from(last).toString('hex');
  return { extentCount, lengthBytes, findings, next };
}

async function scrubExtent(
  context: StoreContext,
  row: { readonly key: Uint8Array; readonly value: Uint8Array; readonly version: number },
  countBytes: (lengthBytes: number) => Promise<void> | undefined,
): Promise<ScrubFinding | undefined> {
  const contentId = Buffer.from(row.key).toString('hex', 1, 17);
  const offset = extentOffsetOf(row.key);
  // Nobody sweeps what is being read.
  const release = context.pins.pin(contentId);
  try {
    const extent = decodeExtent(row.value);
    const { blobs, contentKeys } = context;
    const { damaged, failure } = await checkExtent({ blobs, contentKeys, countBytes }, contentId, offset, extent);
    const [first] = damaged;
    if (first === undefined || failure === undefined || !(await isStillThere(context, row))) return undefined;
    const end = damaged.at(-1)?.end ?? first.end;
    return {
      contentId,
      start: offset + first.start,
      end: offset + Math.min(end, extent.length),
      ...(extent.kind === 'blob' && { blobId: extent.blobId }),
      detail: describeDamage(failure),
      failure,
    };
  } catch (error) {
    if (!(error instanceof EngineFailure) || error.reason.kind !== 'corrupt') throw error;
    return { contentId, start: offset, end: offset, detail: describeDamage(error), failure: error };
  } finally {
    release();
  }
}

async function isStillThere(
  { keyValues }: StoreContext,
  { key, version }: { readonly key: Uint8Array; readonly version: number },
): Promise<boolean> {
  return (await keyValues.get(key))?.version === version;
}
