/**
 * An object while appends are laid onto it, one behind the other, for one commit. Leaves out whether they may
 * (`judge-append.ts`), reading the rows and committing.
 */
import { combineCrc64 } from '@annals/checksum';
import type { KeyValueCommit, KeyValuePut } from '../../contract/key-value-store.js';
import type { AppendInput, AppendResult } from '../append-types.js';
import type { ReceivedBody } from '../content/receive-body.js';
import type { TargetContent } from '../content/target-content.js';
import type { Arrival } from '../content/write-body.js';
import { CounterChange } from '../context/counters.js';
import type { StoreContext } from '../context/store-context.js';
import { encodeJobEnd, encodeSliceExtent } from '../records/extent-record.js';
import { compactionJobKey, extentKey, referenceKey } from '../records/key-space.js';
import { encodeObjectRecord } from '../records/object-record.js';
import { nothingUncompacted, type ObjectRecord, type Uncompacted } from '../records/version-record.js';
import { StoreFailure } from '../store-failure.js';
import type { LastAppend, ObjectHead } from '../types.js';
import type { SuccessionState } from '../versions/read-state.js';
import type { AppendIds } from './append-ids.js';

/** An object that grows. */
export class ObjectGrowth {
  readonly #context: StoreContext;
  readonly #state: SuccessionState;
  /** What its bytes are written with. */
  readonly #content: TargetContent;
  readonly #ids: AppendIds | undefined;
  readonly #puts: KeyValuePut[] = [];
  #isChanged = false;
  #addedLength = 0;
  #record: ObjectRecord;

  /** @param ids What is remembered of the ids of the appends; `undefined`: none of them has one. */
  constructor(
    context: StoreContext,
    state: SuccessionState & { readonly current: ObjectRecord },
    content: TargetContent,
    ids: AppendIds | undefined,
  ) {
    this.#context = context;
    this.#state = state;
    this.#content = content;
    this.#ids = ids;
    this.#record = state.current;
  }

  get record(): ObjectRecord {
    return this.#record;
  }

  /**
   * Lays a body behind what is there.
   * @throws {StoreFailure} `contended`.
   */
  add(input: AppendInput, arrival: Arrival): AppendResult {
    const before = this.#record.head;
    const { length, crc64 } = arrival.received;
    const atMs = this.#context.clock.nowMs();
    const position = before.length;
    const changed = this.#withOrders(before, input);
    const head = length === 0 ? changed : this.#grown(changed, input, arrival.received, atMs);
    // Laid first: it may fail, and nothing else may have changed then.
    if (length > 0) this.#lay(arrival, position, head);
    else this.#record = { ...this.#record, head };
    // An empty append changes no byte and no time, but what is sent with it counts as with any other append.
    this.#isChanged ||= length > 0 || head.acl !== before.acl || head.writerEpoch !== before.writerEpoch;
    if (input.appendId !== undefined) {
      if (this.#ids === undefined) throw new Error('The ids of these appends were not read');
      this.#isChanged = true;
      const { etag, crc64: objectCrc64 } = head;
      this.#ids.remember(input.appendId, { position, length, crc64, etag, objectCrc64, atMs });
    }
    return { head, position, nextPosition: head.length };
  }

  /** What an append sets besides its bytes, also one without any. */
  #withOrders(before: ObjectHead, { aclChange, writerEpoch }: AppendInput): ObjectHead {
    if (aclChange === undefined && writerEpoch === undefined) return before;
    return { ...before, acl: aclChange ?? before.acl, ...(writerEpoch !== undefined && { writerEpoch }) };
  }

  #grown(before: ObjectHead, input: AppendInput, received: ReceivedBody, atMs: number): ObjectHead {
    const crc64 = combineCrc64(before.crc64, received.crc64, received.length);
    return {
      ...before,
      length: before.length + received.length,
      crc64,
      etag: this.#context.settings.etags.ofAppendable(crc64, atMs),
      lastModifiedAtMs: atMs,
      lastAppend: lastAppendOf(input, received, before.length, atMs),
    };
  }

  #lay({ received, content: prepared }: Arrival, offset: number, head: ObjectHead): void {
    const content = this.#content;
    const { contentId } = this.#record;
    const isOwn = prepared.contentId === contentId || prepared.cipher === undefined || received.isInline;
    const { uncompacted, puts } = planCompaction(this.#context, this.#record.uncompacted, contentId, offset, received);
    if (isOwn) {
      this.#puts.push(...received.rowsAt(content, offset), ...puts);
      this.#record = { ...this.#record, head, uncompacted };
    } else {
      if (content.cipher === undefined) throw new StoreFailure({ kind: 'contended' });
      this.#puts.push(...sliceRows(prepared, contentId, offset, received), ...puts);
      // The deepest wins: parts of an upload may have become appendable.
      this.#record = { ...this.#record, head, uncompacted, sliceDepth: Math.max(1, this.#record.sliceDepth ?? 0) };
    }
    this.#addedLength += received.length;
  }

  /** @returns What to commit; undefined when nothing changed. */
  commit(): KeyValueCommit | undefined {
    if (!this.#isChanged) return undefined;
    const { rowKey, check, bucket } = this.#state;
    const { head } = this.#record;
    const ids = this.#ids;
    if (ids !== undefined && ids.numbers.next > 0) {
      const { first, next } = ids.numbers;
      this.#record = { ...this.#record, appendIds: { first, next } };
    }
    const puts = [{ key: rowKey, value: encodeObjectRecord(this.#record) }, ...this.#puts];
    // The bucket row too: its retention policy must still be the one that was applied.
    const checks = [check, bucket.check];
    const sums =
      this.#addedLength === 0 ? [] : new CounterChange(head.bucket).grow(head.storageClass, this.#addedLength).sums();
    if (ids === undefined) return { checks, puts, sums };
    return { checks: [...checks, ...ids.checks], puts: [...puts, ...ids.puts()], deletes: ids.deletes(), sums };
  }
}

/**
 * A long encrypted body is bound to its place before the place is known where the server chooses it: it stays a content
 * of its own, and the object has a slice of all of it.
 */
function sliceRows(
  prepared: TargetContent,
  contentId: string,
  offset: number,
  received: ReceivedBody,
): readonly KeyValuePut[] {
  const { length, crc64 } = received;
  return [
    ...prepared.puts,
    ...received.rowsAt(prepared, 0),
    { key: referenceKey(prepared.contentId, contentId), value: new Uint8Array() },
    {
      key: extentKey(contentId, offset),
      value: encodeSliceExtent({ contentId: prepared.contentId, start: 0, length, crc64 }),
    },
  ];
}

/** What the next append can be compared with. */
export function lastAppendOf(
  { callerId }: AppendInput,
  { length, crc64 }: ReceivedBody,
  position: number,
  atMs: number,
): LastAppend {
  return { position, length, crc64, atMs, callerId };
}

/**
 * Counts inline extents in the head and, when there are enough of them, leaves a job for the compactor in the same
 * commit: so a crash forgets no job, nobody scans for candidates, and the compactor never needs to touch the head that
 * appends are fighting for.
 */
export function planCompaction(
  context: StoreContext,
  before: Uncompacted,
  contentId: string,
  offset: number,
  received: ReceivedBody,
): { readonly uncompacted: Uncompacted; readonly puts: readonly KeyValuePut[] } {
  const end = offset + received.length;
  if (!received.isInline || received.length === 0) {
    // A blob stands by itself; with no inline extent waiting, the next count begins behind it.
    return { uncompacted: before.extentCount === 0 ? nothingUncompacted(end) : before, puts: [] };
  }
  const after: Uncompacted = {
    from: before.extentCount === 0 ? offset : before.from,
    length: before.length + received.length,
    extentCount: before.extentCount + 1,
  };
  const { lengthMin, extentCountMin } = context.settings.compaction;
  if (after.length < lengthMin && after.extentCount < extentCountMin) {
    return { uncompacted: after, puts: [] };
  }
  return {
    uncompacted: nothingUncompacted(end),
    puts: [{ key: compactionJobKey(contentId, after.from), value: encodeJobEnd(end) }],
  };
}
