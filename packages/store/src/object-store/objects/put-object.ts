/** PutObject: creates or replaces an object from one body. See `ObjectStore.putObject` for its promises. */

import { placeBody } from '../content/place-body.js';
import { encryptionOf, newContent } from '../content/target-content.js';
import { type Arrival, writeBody } from '../content/write-body.js';
import type { Decision } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import type { BodySource, ObjectHead, PutInput } from '../types.js';
import { type NewVersion, publishVersion, requirePublishable } from '../versions/publish-version.js';
import { readForSuccession, type SuccessionState, writeKindOf } from '../versions/read-state.js';

/** @see ObjectStore.putObject, which says what it promises and throws. */
export function putObject(context: StoreContext, input: PutInput, body: BodySource): Promise<ObjectHead> {
  return writeBody<SuccessionState, ObjectHead>(context, body, {
    bucket: input.bucket,
    expected: input.expected,
    wantsMd5: true,
    read: () => readForSuccession(context, input),
    admit(state) {
      requirePublishable(context, input, state);
      return {
        lengthMax: input.lengthMax,
        objectCount: state.current === undefined ? 1 : undefined,
        kind: writeKindOf(state),
      };
    },
    prepare: () => newContent(context, input.attributes.encryption),
    decide(state, arrival) {
      requirePublishable(context, input, state);
      return decideReplacement(context, input, state, arrival);
    },
  });
}

function decideReplacement(
  context: StoreContext,
  input: PutInput,
  state: SuccessionState,
  arrival: Arrival,
): Decision<ObjectHead> {
  const { received, content } = arrival;
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
  const { version, change } = publishVersion(context, state, { head, ...placeBody(context, arrival) });
  return { commit: commitOf(change), result: version };
}
