/** PutObject: creates or replaces an object from one body. See `ObjectStore.putObject` for its promises. */
import { StoreFailure } from '../contract/store-failure.js';
import { commitLoop, type Decision } from './commit-loop.js';
import { newId } from './new-id.js';
import { type ObjectState, readObject } from './read-state.js';
import { type ReceivedBody, receiveBody } from './receive-body.js';
import { lengthSumKey, objectCountKey, referenceKey } from './records/key-space.js';
import { encodeObjectRecord, nothingUncompacted } from './records/object-record.js';
import { releaseContent } from './release-content.js';
import { requireErasable } from './retention.js';
import type { StoreContext } from './store-context.js';
import type { BodySource, ObjectHead, PutInput } from './types.js';

/** @see ObjectStore.putObject, which says what it promises and throws. */
export async function putObject(context: StoreContext, input: PutInput, body: BodySource): Promise<ObjectHead> {
  let known: ObjectState | undefined = await readObject(context, input);
  requireReplaceable(context, input, known);
  if (body.length !== undefined && body.length > input.lengthMax) {
    throw new StoreFailure({ kind: 'too-large', lengthMax: input.lengthMax });
  }
  const options = {
    lengthMax: input.lengthMax,
    reportedLengthMax: input.lengthMax,
    expected: input.expected,
    wantsMd5: true,
  };
  return receiveBody(context, body, options, (received) =>
    commitLoop(context, async () => {
      const state = known ?? (await readObject(context, input));
      known = undefined;
      requireReplaceable(context, input, state);
      return decideReplacement(context, input, state, received);
    }),
  );
}

/**
 * Refuses what must not be replaced. Recorded data is the reason for appendable objects, so a plain upload destroys one only where
 * that was allowed on purpose.
 * @throws {StoreFailure} `already-exists`, `immutable`.
 */
export function requireReplaceable(
  context: StoreContext,
  input: { readonly forbidOverwrite: boolean },
  { bucket, current }: ObjectState,
): void {
  if (current === undefined) {
    return;
  }
  if (input.forbidOverwrite) {
    throw new StoreFailure({ kind: 'already-exists', because: 'forbid-overwrite' });
  }
  requireErasable(bucket.record, current.head, context.clock.nowMs());
  const overwrite = bucket.record.appendable?.overwrite ?? context.settings.appendable.overwrite;
  if (current.head.type === 'appendable' && overwrite === 'deny') {
    throw new StoreFailure({ kind: 'already-exists', because: 'appendable' });
  }
}

function decideReplacement(
  context: StoreContext,
  input: PutInput,
  state: ObjectState,
  received: ReceivedBody,
): Decision<ObjectHead> {
  const { current } = state;
  const atMs = context.clock.nowMs();
  const md5 = received.md5 as Uint8Array;
  const head: ObjectHead = {
    ...input.attributes,
    bucket: input.bucket,
    key: input.key,
    versionId: undefined,
    isLatest: true,
    type: 'normal',
    length: received.length,
    crc64: received.crc64,
    etag: context.settings.etags.ofWhole(md5),
    md5,
    ownerId: input.ownerId,
    createdAtMs: atMs,
    lastModifiedAtMs: atMs,
  };
  const contentId = newId(context);
  const referenceId = newId(context);
  const record = { head, contentId, referenceId, uncompacted: nothingUncompacted(received.length) };
  const released = current === undefined ? undefined : releaseContent(current, atMs);
  const lengthDelta = received.length - (current?.head.length ?? 0);
  return {
    commit: {
      // The bucket row is checked in both cases: its rules for overwriting must still be those that were applied.
      checks: [state.check, state.bucket.check],
      puts: [
        { key: state.rowKey, value: encodeObjectRecord(record) },
        { key: referenceKey(contentId, referenceId), value: new Uint8Array() },
        ...received.rowsAt(contentId, 0),
        ...(released?.puts ?? []),
      ],
      ...(released === undefined ? {} : { deletes: released.deletes }),
      sums: [
        ...(current === undefined ? [{ key: objectCountKey(input.bucket), delta: 1n }] : []),
        { key: lengthSumKey(input.bucket), delta: BigInt(lengthDelta) },
      ],
    },
    result: head,
  };
}
