/**
 * Removes blobs that no content knows: what uploads leave that broke off with the process. It walks all blobs in the
 * background, so a start after a crash costs nothing.
 */
import type { BlobId, BlobInfo } from '../../contract/blob-store.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeTombstone, encodeGatewayRow, tombstoneKey, tombstoneRange } from '../records/gateway-rows.js';
import { blobKey, successorOf } from '../records/key-space.js';

/** Rows of one list call. */
const TOMBSTONE_COUNT = 256;

/** What one walk over the blobs found. */
export interface OrphanProgress {
  readonly blobCount: number;
  readonly removedCount: number;
  readonly removedLength: number;
  /** Nothing was done: another process does this. */
  readonly isElsewhere?: true;
}

/** @param isStopped Called between blobs, so that closing need not wait for a long walk. */
export async function sweepOrphanBlobs(
  context: StoreContext,
  isStopped: () => boolean = () => false,
): Promise<OrphanProgress> {
  let blobCount = 0;
  let removedCount = 0;
  let removedLength = 0;
  const held = new HeldBlobs(context);
  for await (const blob of context.blobs.list()) {
    if (isStopped()) {
      break;
    }
    blobCount++;
    if ((await isOrphan(context, blob)) && !(await held.has(blob.blobId)) && (await mayRemove(context, blob.blobId))) {
      await context.blobs.delete(blob.blobId);
      removedCount++;
      removedLength += blob.length;
    }
  }
  if (!isStopped()) await removeOldTombstones(context);
  return { blobCount, removedCount, removedLength };
}

/**
 * Another gateway may be about to publish the blob, however old it is. A tombstone keeps it from that: the commit that
 * publishes checks that there is none, and this one that there is no row of the blob.
 * @returns Whether the blob is no part of anything, now and for ever.
 */
async function mayRemove({ gateway, keyValues, clock }: StoreContext, blobId: BlobId): Promise<boolean> {
  if (gateway === undefined) return true;
  const key = tombstoneKey(blobId);
  if ((await keyValues.get(key)) !== undefined) return true;
  const { committed } = await keyValues.commit({
    checks: [
      { key: blobKey(blobId), version: undefined },
      { key, version: undefined },
    ],
    puts: [{ key, value: encodeGatewayRow({ atMs: clock.nowMs() }) }],
  });
  return committed;
}

async function removeOldTombstones({ gateway, keyValues, clock }: StoreContext): Promise<void> {
  if (gateway === undefined) return;
  const { start, end } = tombstoneRange();
  for (let next = start; ; ) {
    const rows = await keyValues.list({ start: next, end, limit: TOMBSTONE_COUNT });
    const old = rows.filter((row) => decodeTombstone(row) < clock.nowMs() - gateway.tombstoneMs);
    if (old.length > 0) await keyValues.commit({ deletes: old.map(({ key }) => key) });
    const last = rows.at(-1);
    if (last === undefined || rows.length < TOMBSTONE_COUNT) return;
    next = successorOf(last.key);
  }
}

/** @returns Whether no content knows the blob, and it is old enough that none is about to. */
export async function isOrphan(context: StoreContext, blob: BlobInfo): Promise<boolean> {
  // The age protects what another process is about to publish, and a blob in the moment between its creation and our
  // knowing its name.
  if (blob.modifiedAtMs >= context.clock.nowMs() - context.settings.orphanGraceMs) {
    return false;
  }
  // In this order: a blob leaves the set only after the commit of its row is durable, so one that is in neither is in
  // no commit at all.
  return !context.blobsInUse.has(blob.blobId) && (await context.keyValues.get(blobKey(blob.blobId))) === undefined;
}

/** What long uploads of other gateways write; read again after some time, and only when there are orphans at all. */
class HeldBlobs {
  readonly #context: StoreContext;
  #blobIds: ReadonlySet<BlobId> = new Set();
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async has(blobId: BlobId): Promise<boolean> {
    const { gateway, clock, settings } = this.#context;
    if (gateway === undefined) return false;
    const ageMs = clock.nowMs() - this.#readAtMs;
    // A gateway tells of an upload when half of the grace time is over.
    if (ageMs < 0 || ageMs >= settings.orphanGraceMs / 4) {
      this.#readAtMs = clock.nowMs();
      this.#blobIds = await gateway.heldBlobs();
    }
    return this.#blobIds.has(blobId);
  }
}
