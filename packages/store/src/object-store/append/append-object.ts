/**
 * AppendObject: adds a body at the end of an appendable object, or creates one. See `ObjectStore.appendObject` for its
 * promises.
 */
import { combineCrc64 } from '@annals/checksum';
import type { KeyValueCommit, KeyValuePut } from '../../contract/key-value-store.js';
import type { ReceivedBody } from '../content/receive-body.js';
import { encryptionOf, growingContent, newContent, type TargetContent } from '../content/target-content.js';
import { type Arrival, writeBody } from '../content/write-body.js';
import type { Decision } from '../context/commit-loop.js';
import { CounterChange } from '../context/counters.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import { encodeJobEnd } from '../records/extent-record.js';
import { compactionJobKey } from '../records/key-space.js';
import {
  encodeObjectRecord,
  nothingUncompacted,
  type ObjectRecord,
  type Uncompacted,
} from '../records/object-record.js';
import { requireAppendsAllowed } from '../rules/object-retention.js';
import { requireGrowable } from '../rules/retention.js';
import { StoreFailure } from '../store-failure.js';
import type { AppendInput, AppendResult, BodySource, LastAppend, ObjectHead } from '../types.js';
import { type NewVersion, publishVersion, requirePublishable } from '../versions/publish-version.js';
import { readForSuccession, type SuccessionState } from '../versions/read-state.js';

/** @see ObjectStore.appendObject, which says what it promises and throws. */
export function appendObject(context: StoreContext, input: AppendInput, body: BodySource): Promise<AppendResult> {
  let preparedFor: ObjectRecord | undefined;
  return writeBody<SuccessionState, AppendResult>(context, body, {
    bucket: input.bucket,
    expected: input.expected,
    wantsMd5: false,
    read: () => readForSuccession(context, input),
    admit(state) {
      const lengthMax = requireAppendable(context, input, state, body.length ?? 0);
      return {
        lengthMax: lengthMax - input.position,
        reportedLengthMax: lengthMax,
        offset: input.position,
        objectCount: state.current === undefined ? 1 : 0,
        kind: 'adding',
      };
    },
    prepare({ current }) {
      preparedFor = current;
      return contentFor(context, input, current);
    },
    async decide(state, { received, content: prepared }) {
      requireAppendable(context, input, state, received.length);
      const { current } = state;
      const isPrepared = current?.contentId === preparedFor?.contentId;
      const content = isPrepared ? prepared : await contentFor(context, input, current);
      return current === undefined
        ? decideCreation(context, input, state, { received, content })
        : decideAppend(context, input, { ...state, current }, { received, content });
    },
  });
}

/**
 * The decisions that need no bytes, in the order callers rely on: type before seal before position before length.
 * @returns Bytes the object may have at most.
 */
function requireAppendable(
  context: StoreContext,
  input: AppendInput,
  state: SuccessionState,
  bodyLength: number,
): number {
  const { bucket, current } = state;
  const head = current?.head;
  requireAppendsAllowed(bucket.record);
  if (head !== undefined && head.type !== 'appendable') {
    throw new StoreFailure({ kind: 'not-appendable', type: head.type });
  }
  if (head?.sealedAtMs !== undefined) {
    throw new StoreFailure({ kind: 'sealed', sealedAtMs: head.sealedAtMs });
  }
  const length = head?.length ?? 0;
  if (input.position !== length) {
    throw positionMismatch(head);
  }
  if (current === undefined) requirePublishable(context, { forbidOverwrite: false }, state);
  if (bodyLength > 0) requireGrowable(bucket.record, head, context.clock.nowMs());
  const lengthMax = bucket.record.appendable?.lengthMax ?? context.settings.appendable.lengthMax;
  if (bodyLength > 0 && length + bodyLength > lengthMax) {
    throw new StoreFailure({ kind: 'too-large', lengthMax });
  }
  return lengthMax;
}

/** @param head Undefined: there is no object, and 0 would have been the right position. */
export function positionMismatch(head: ObjectHead | undefined): StoreFailure {
  return new StoreFailure({
    kind: 'position-mismatch',
    length: head?.length ?? 0,
    crc64: head?.crc64 ?? 0n,
    ...(head?.lastAppend === undefined ? {} : { lastAppend: head.lastAppend }),
  });
}

/** The first append decides whether an object is encrypted; what a later one asks for is not looked at. */
function contentFor(
  context: StoreContext,
  { attributes }: AppendInput,
  current: ObjectRecord | undefined,
): Promise<TargetContent> {
  return current === undefined ? newContent(context, attributes.encryption) : growingContent(context, current);
}

function decideCreation(
  context: StoreContext,
  input: AppendInput,
  state: SuccessionState,
  { received, content }: Arrival,
): Decision<AppendResult> {
  const atMs = context.clock.nowMs();
  const { contentId } = content;
  const head: NewVersion['head'] = {
    ...input.attributes,
    ...encryptionOf(content),
    ...(input.aclChange === undefined ? {} : { acl: input.aclChange }),
    bucket: input.bucket,
    key: input.key,
    type: 'appendable',
    length: received.length,
    crc64: received.crc64,
    etag: context.settings.etags.ofAppendable(received.crc64, atMs),
    ownerId: input.ownerId,
    createdAtMs: atMs,
    lastModifiedAtMs: atMs,
    // An empty body creates the object but appends nothing.
    ...(received.length === 0 ? {} : { lastAppend: lastAppendOf(input, received, atMs) }),
  };
  const { uncompacted, puts } = planCompaction(context, nothingUncompacted(0), contentId, 0, received);
  const { version, change } = publishVersion(context, state, {
    head,
    contentId,
    referenceId: newId(context),
    uncompacted,
    puts: [...content.puts, ...received.rowsAt(content, 0), ...puts],
  });
  return { commit: commitOf(change), result: { head: version, nextPosition: head.length } };
}

function decideAppend(
  context: StoreContext,
  input: AppendInput,
  state: SuccessionState & { readonly current: ObjectRecord },
  { received, content }: Arrival,
): Decision<AppendResult> {
  const { current } = state;
  const acl = input.aclChange ?? current.head.acl;
  if (received.length === 0) {
    const head: ObjectHead = { ...current.head, acl };
    const result: AppendResult = { head, nextPosition: head.length };
    // An empty append changes no byte and no time, but an ACL sent with it counts as with any other append.
    return acl === current.head.acl
      ? { result }
      : {
          commit: {
            checks: [state.check, state.bucket.check],
            puts: [{ key: state.rowKey, value: encodeObjectRecord({ ...current, head }) }],
          },
          result,
        };
  }
  const atMs = context.clock.nowMs();
  const crc64 = combineCrc64(current.head.crc64, received.crc64, received.length);
  const head: ObjectHead = {
    ...current.head,
    acl,
    length: current.head.length + received.length,
    crc64,
    etag: context.settings.etags.ofAppendable(crc64, atMs),
    lastModifiedAtMs: atMs,
    lastAppend: lastAppendOf(input, received, atMs),
  };
  const { contentId } = current;
  const offset = current.head.length;
  const { uncompacted, puts } = planCompaction(context, current.uncompacted, contentId, offset, received);
  const record: ObjectRecord = { ...current, head, uncompacted };
  const commit: KeyValueCommit = {
    // The bucket row too: its retention policy must still be the one that was applied.
    checks: [state.check, state.bucket.check],
    puts: [{ key: state.rowKey, value: encodeObjectRecord(record) }, ...received.rowsAt(content, offset), ...puts],
    sums: new CounterChange(input.bucket).grow(head.storageClass, received.length).sums(),
  };
  return {
    commit,
    result: { head, nextPosition: head.length },
    committed: (version) => context.decodedObjects.keep(state.rowContext, version, record),
  };
}

function lastAppendOf(input: AppendInput, received: ReceivedBody, atMs: number): LastAppend {
  return {
    position: input.position,
    length: received.length,
    crc64: received.crc64,
    atMs,
    callerId: input.callerId,
  };
}

/**
 * Counts inline extents in the head and, when there are enough of them, leaves a job for the compactor in the same
 * commit: so a crash forgets no job, nobody scans for candidates, and the compactor never needs to touch the head that
 * appends are fighting for.
 */
function planCompaction(
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
