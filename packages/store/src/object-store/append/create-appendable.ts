/** The first append of an object, which makes it. Leaves out whether it may (`judge-append.ts`). */
import type { AppendInput, AppendResult } from '../append-types.js';
import { encryptionOf } from '../content/target-content.js';
import type { Arrival } from '../content/write-body.js';
import type { Decision } from '../context/commit-loop.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import { nothingUncompacted } from '../records/version-record.js';
import { type NewVersion, publishVersion } from '../versions/publish-version.js';
import type { SuccessionState } from '../versions/read-state.js';
import { AppendIds } from './append-ids.js';
import { lastAppendOf, planCompaction } from './object-growth.js';

/** Decides to make the object. */
export function decideCreation(
  context: StoreContext,
  input: AppendInput,
  state: SuccessionState,
  { received, content }: Arrival,
): Decision<AppendResult> {
  const atMs = context.clock.nowMs();
  const { contentId } = content;
  const { length, crc64 } = received;
  const etag = context.settings.etags.ofAppendable(crc64, atMs);
  const head: NewVersion['head'] = {
    ...input.attributes,
    ...encryptionOf(content),
    ...(input.aclChange !== undefined && { acl: input.aclChange }),
    bucket: input.bucket,
    key: input.key,
    type: 'appendable',
    length,
    crc64,
    etag,
    ownerId: input.ownerId,
    createdAtMs: atMs,
    lastModifiedAtMs: atMs,
    // An empty body creates the object but appends nothing.
    ...(length !== 0 && { lastAppend: lastAppendOf(input, received, 0, atMs) }),
    ...(input.writerEpoch !== undefined && { writerEpoch: input.writerEpoch }),
  };
  const ids = new AppendIds(contentId);
  if (input.appendId !== undefined) {
    ids.remember(input.appendId, { position: 0, length, crc64, etag, objectCrc64: crc64, atMs });
  }
  const { uncompacted, puts } = planCompaction(context, nothingUncompacted(0), contentId, 0, received);
  const { version, change } = publishVersion(context, state, {
    head,
    contentId,
    referenceId: newId(context),
    uncompacted,
    ...(input.appendId !== undefined && { appendIds: ids.numbers }),
    puts: [...content.puts, ...received.rowsAt(content, 0), ...ids.puts(), ...puts],
  });
  return { commit: commitOf(change), result: { head: version, position: 0, nextPosition: length } };
}
