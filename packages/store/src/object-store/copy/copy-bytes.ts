/**
 * Copies an object that must be encrypted otherwise than its source: the bytes are read, and written again under a data
 * key of their own. All other copies share their source's content: `copy-object.ts`.
 */

import { readContent } from '../content/read-content.js';
import { receiveBody } from '../content/receive-body.js';
import { newContent, resolveEncryption } from '../content/target-content.js';
import { commitLoop } from '../context/commit-loop.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import { nothingUncompacted } from '../records/object-record.js';
import { StoreFailure } from '../store-failure.js';
import { publishVersion, requirePublishable } from '../versions/publish-version.js';
import { readForSuccession } from '../versions/read-state.js';
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
      if ((await context.keyValues.get(source.referenceCheck.key)) !== undefined) {
        return await copyFrom(context, input, source);
      }
    } finally {
      release();
    }
  }
  throw new StoreFailure({ kind: 'contended' });
}

async function copyFrom(context: StoreContext, input: CopyInput, source: SourceState): Promise<CopyOutcome> {
  const { head, contentId } = source.record;
  const attributes = resolveEncryption(context, input.plan(head, false));
  requireCopyable(context, source);
  requirePublishable(context, input, await readForSuccession(context, input));
  const content = await newContent(context, attributes.encryption);
  const { length, crc64 } = head;
  const body = { length, open: () => readContent(context, contentId, { start: 0, end: length }) };
  const options = {
    lengthMax: length,
    reportedLengthMax: length,
    expected: { crc64 },
    wantsMd5: false,
    content,
    offset: 0,
  };
  return receiveBody(context, body, options, (received) =>
    commitLoop(context, async () => {
      const state = await readForSuccession(context, input);
      requirePublishable(context, input, state);
      const { version, change } = publishVersion(context, state, {
        head: copiedHead(input, state, head, attributes, context.clock.nowMs()),
        contentId: content.contentId,
        referenceId: newId(context),
        uncompacted: nothingUncompacted(length),
        puts: [...content.puts, ...received.rowsAt(content, 0)],
      });
      return { commit: commitOf(change), result: { head: version, source: head } };
    }),
  );
}
