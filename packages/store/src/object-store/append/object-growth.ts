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
import {
  encodeObjectRecord,
  nothingUncompacted,
  type ObjectRecord,
  type Uncompacted,
} from '../records/object-record.js';
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
  readonly #ids: AppendIds;
  readonly #puts: KeyValuePut[] = [];
  #isChanged = false;
  #addedLength = 0;
  #record: ObjectRecord;

  constructor(
    context: StoreContext,
    state: SuccessionState & { readonly current: ObjectRecord },
    content: TargetContent,
    ids: AppendIds,
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
    const head: ObjectHead = {
      ...before,
      acl: input.aclChange ?? before.acl,
      ...(input.writerEpoch !== undefined && { writerEpoch: input.writerEpoch }),
      ...(length > 0 && this.#grown(before, input, arrival.received, atMs)),
    };
    // Laid first: it may fail, and nothing else may have changed then.
    if (length > 0) this.#lay(arrival, position, head);
    else this.#record = { ...this.#record, head };
    // An empty append changes no byte and no time, but what is sent with it counts as with any other append.
    this.#isChanged ||= length > 0 || head.acl !== before.acl || head.writerEpoch !== before.writerEpoch;
    if (input.appendId !== undefined) {
      this.#isChanged = true;
      const { etag, crc64: objectCrc64 } = head;
      this.#ids.remember(input.appendId, { position, length, crc64, etag, objectCrc64, atMs });
    }
    return { head, position, nextPosition: head.length };
  }

  #grown(before: ObjectHead, input: AppendInput, received: ReceivedBody, atMs: number) {
    const crc64 = combineCrc64(before.crc64, received.crc64, received.length);
    return {
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
    const { first, next } = this.#ids.numbers;
    if (next > 0) this.#record = { ...this.#record, appendIds: { first, next } };
    return {
      // The bucket row too: its retention policy must still be the one that was applied.
      checks: [check, bucket.check, ...this.#ids.checks],
      puts: [{ key: rowKey, value: encodeObjectRecord(this.#record) }, ...this.#puts, ...this.#ids.puts()],
      deletes: this.#ids.deletes(),
      sums:
        this.#addedLength === 0 ? [] : new CounterChange(head.bucket).grow(head.storageClass, this.#addedLength).sums(),
    };
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
