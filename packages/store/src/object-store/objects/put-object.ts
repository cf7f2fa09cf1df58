/** PutObject: creates or replaces an object from one body. See `ObjectStore.putObject` for its promises. */

import { type ReceivedBody, receiveBody } from '../content/receive-body.js';
import { encryptionOf, newContent, type TargetContent } from '../content/target-content.js';
import { commitLoop, type Decision } from '../context/commit-loop.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import { nothingUncompacted } from '../records/object-record.js';
import { StoreFailure } from '../store-failure.js';
import type { BodySource, ObjectHead, PutInput } from '../types.js';
import { type NewVersion, publishVersion, requirePublishable } from '../versions/publish-version.js';
import { readForSuccession, type SuccessionState, writeKindOf } from '../versions/read-state.js';

/** @see ObjectStore.putObject, which says what it promises and throws. */
export async function putObject(context: StoreContext, input: PutInput, body: BodySource): Promise<ObjectHead> {
  let known: SuccessionState | undefined = await readForSuccession(context, input);
  requirePublishable(context, input, known);
  if (body.length !== undefined && body.length > input.lengthMax) {
    throw new StoreFailure({ kind: 'too-large', lengthMax: input.lengthMax });
  }
  if (known.current === undefined) {
    const growth = { lengthBytes: body.length ?? 0, objectCount: 1 };
    const room = context.quotas.requireRoom(context.keyValues, input.bucket, growth);
    if (room !== undefined) await room;
  }
  const held = context.brake.hold(writeKindOf(known), body.length ?? 0);
  if (held !== undefined) await held;
  const options = {
    lengthMax: input.lengthMax,
    reportedLengthMax: input.lengthMax,
    expected: input.expected,
    wantsMd5: true,
    content: await newContent(context, input.attributes.encryption),
    offset: 0,
  };
  return receiveBody(context, body, options, (received) =>
    commitLoop(context, async () => {
      const state = known ?? (await readForSuccession(context, input));
      known = undefined;
      requirePublishable(context, input, state);
      return decideReplacement(context, input, state, { received, content: options.content });
    }),
  );
}

function decideReplacement(
  context: StoreContext,
  input: PutInput,
  state: SuccessionState,
  { received, content }: { readonly received: ReceivedBody; readonly content: TargetContent },
): Decision<ObjectHead> {
  const atMs = context.clock.nowMs();
  const md5 = received.md5 as Uint8Array;
  const head: NewVersion['head'] = {
    ...input.attributes,
    ...encryptionOf(content),
    bucket: input.bucket,
    key: input.key,
    type: 'normal',
    length: received.length,
    crc64: received.crc64,
    etag: context.settings.etags.ofWhole(md5),
    md5,
    ownerId: input.ownerId,
    createdAtMs: atMs,
    lastModifiedAtMs: atMs,
  };
  const { version, change } = publishVersion(context, state, {
    head,
    contentId: content.contentId,
    referenceId: newId(context),
    uncompacted: nothingUncompacted(received.length),
    puts: [...content.puts, ...received.rowsAt(content, 0)],
  });
  return { commit: commitOf(change), result: version };
}
