/**
 * Copies an object that must be encrypted otherwise than its source: the bytes are read, and written again under a data
 * key of their own. All other copies share their source's content: `copy-object.ts`.
 */

import { placeBody } from '../content/place-body.js';
import { readVersion } from '../content/read-version.js';
import { newContent, resolveEncryption } from '../content/target-content.js';
import { writeBody } from '../content/write-body.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import { StoreFailure } from '../store-failure.js';
import { publishVersion, requirePublishable } from '../versions/publish-version.js';
import { readForSuccession, type SuccessionState } from '../versions/read-state.js';
import { copiedHead } from './copied-head.js';
import type { CopyInput, CopyOutcome } from './copy-types.js';
import { readSource, requireCopyable, type SourceState } from './read-source.js';

/** Each further round means that the source was replaced in the middle of the one before. */
const ROUND_COUNT_MAX = 16;

/**
 * @throws {StoreFailure} as `ObjectStore.copyObject`.
 */
export async function copyBytes(context: StoreContext, input: CopyInput): Promise<CopyOutcome> {
  for (let round = 0; round < ROUND_COUNT_MAX; round++) {
    const source = await readSource(context, input.source);
    const release = context.pins.pin(source.record.contentId);
    try {
      // Seen after pinning, as in open-object.ts: so the sweeper sees the pin.
      if ((await context.keyValues.get(source.bytesCheck.key)) !== undefined) {
        return await copyFrom(context, input, source);
      }
    } finally {
      release();
    }
  }
  throw new StoreFailure({ kind: 'contended' });
}

async function copyFrom(context: StoreContext, input: CopyInput, source: SourceState): Promise<CopyOutcome> {
  const { head } = source.record;
  const attributes = resolveEncryption(context, input.plan(head, false));
  requireCopyable(context, source);
  const { length, crc64 } = head;
  const body = { length, open: () => readVersion(context, source.record, { start: 0, end: length }) };
  return writeBody<SuccessionState, CopyOutcome>(context, body, {
    bucket: input.bucket,
    expected: { crc64 },
    wantsMd5: false,
    read: () => readForSuccession(context, input),
    admit(state) {
      requirePublishable(context, input, state);
      // As for a copy that shares its bytes, the quotas judge the commit, and the wait for the sweep is over.
      return { lengthMax: length, objectCount: undefined, kind: undefined };
    },
    prepare: () => newContent(context, attributes.encryption),
    decide(state, arrival) {
      requirePublishable(context, input, state);
      const { version, change } = publishVersion(context, state, {
        head: copiedHead(input, state, head, attributes, context.clock.nowMs()),
        ...placeBody(context, arrival),
      });
      return { commit: commitOf(change), result: { head: version, source: head } };
    },
  });
}
