/**
 * CopyObject: one commit, which moves no bytes: the copy refers to the same content. Only a copy whose encryption
 * differs from that of its source is written again: `copy-bytes.ts`. See `ObjectStore.copyObject` for its promises.
 */

import { bodyInRow } from '../content/place-body.js';
import { resolveEncryption, satisfiesEncryption } from '../content/target-content.js';
import { commitLoop, type Decision } from '../context/commit-loop.js';
import { CounterChange } from '../context/counters.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import { encodeObjectRecord } from '../records/object-record.js';
import { nothingUncompacted, type ObjectRecord } from '../records/version-record.js';
import { requireErasable } from '../rules/retention.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectHead } from '../types.js';
import { holdReplacement } from '../versions/hold-replacement.js';
import { publishVersion, requirePublishable } from '../versions/publish-version.js';
import { doomedVersions, readForSuccession, type SuccessionState } from '../versions/read-state.js';
import { copiedHead } from './copied-head.js';
import { copyBytes } from './copy-bytes.js';
import type { CopyInput, CopyOutcome } from './copy-types.js';
import { readSource, requireCopyable, type SourceState } from './read-source.js';

/** @see ObjectStore.copyObject, which says what it promises and throws. */
export async function copyObject(context: StoreContext, input: CopyInput): Promise<CopyOutcome> {
  await holdReplacement(context, input);
  const shared = await commitLoop<CopyOutcome | undefined>(context, async () => {
    const source = await readSource(context, input.source);
    const state = await readForSuccession(context, input);
    const { current } = state;
    if (current !== undefined && isInPlace(source, state, current)) return decideChange(context, input, state, current);
    const attributes = resolveEncryption(context, input.plan(source.record.head, false));
    requireCopyable(context, source);
    requirePublishable(context, input, state);
    const { head } = source.record;
    if (head.length > 0 && !satisfiesEncryption(attributes.encryption, head.encryption)) return { result: undefined };
    return decideCopy(context, input, source, { state, attributes });
  });
  return shared ?? copyBytes(context, input);
}

/**
 * The source is the current version of the very key, and a new version would destroy it: then it is changed instead.
 */
function isInPlace({ record }: SourceState, state: SuccessionState, current: ObjectRecord): boolean {
  // Compared by the reference, which names one version for ever: the object may have grown since the source was read.
  return current.referenceId === record.referenceId && doomedVersions(state).includes(current);
}

/**
 * Changes the attributes of an object; its type, bytes, etag and place among the versions stay, so an appendable one
 * stays appendable. What it is encrypted with belongs to the bytes.
 */
function decideChange(
  context: StoreContext,
  input: CopyInput,
  state: SuccessionState,
  current: ObjectRecord,
): Decision<CopyOutcome> {
  const { restore, ...before } = current.head;
  const bucket = state.bucket.record;
  const atMs = context.clock.nowMs();
  const { encryption: _encryption, ...attributes } = input.plan(current.head, true);
  if (input.forbidOverwrite && bucket.versioning === 'unversioned') {
    throw new StoreFailure({ kind: 'already-exists', because: 'forbid-overwrite' });
  }
  requireErasable(bucket, current.head, atMs);
  const isSameClass = attributes.storageClass === before.storageClass;
  const head: ObjectHead = {
    ...before,
    ...attributes,
    lastModifiedAtMs: atMs,
    // A restoration belongs to the class it was asked for in.
    ...(isSameClass && restore !== undefined && { restore }),
  };
  const changed: ObjectRecord = { ...current, head };
  return {
    commit: commitOf({
      bucketCheck: state.bucket.check,
      checks: state.checks,
      puts: [{ key: state.rowKey, value: encodeObjectRecord(changed) }],
      deletes: [],
      counters: new CounterChange(input.bucket).remove(current).add(changed),
    }),
    result: { head, source: current.head },
  };
}

function decideCopy(
  context: StoreContext,
  input: CopyInput,
  { record, bytesCheck }: SourceState,
  { state, attributes }: { readonly state: SuccessionState; readonly attributes: ReturnType<CopyInput['plan']> },
): Decision<CopyOutcome> {
  const { head: source, body, contentId, sliceDepth } = record;
  const shared = {
    contentId,
    referenceId: newId(context),
    uncompacted: nothingUncompacted(source.length),
    ...(sliceDepth !== undefined && { sliceDepth }),
    puts: [],
  };
  const { version, change } = publishVersion(context, state, {
    head: copiedHead(input, state, source, attributes, context.clock.nowMs()),
    ...(body === undefined ? shared : bodyInRow(newId(context), body)),
  });
  const commit = commitOf(change);
  return {
    commit: { ...commit, checks: [...(commit.checks ?? []), bytesCheck] },
    result: { head: version, source },
  };
}
