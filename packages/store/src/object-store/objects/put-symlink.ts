/**
 * PutSymlink: creates or replaces an object that stands for another one of its bucket. See `ObjectStore.putSymlink` for
 * its promises. Leaves out what the link leads to: each read decides that.
 */
import { crc64 } from '@annals/checksum';
import { md5 } from '@annals/checksum/node';
import { bodyInRow } from '../content/place-body.js';
import { commitLoop } from '../context/commit-loop.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import type { ObjectHead, PutSymlinkInput } from '../types.js';
import { holdReplacement } from '../versions/hold-replacement.js';
import { publishVersion, requirePublishable } from '../versions/publish-version.js';
import { readForSuccession } from '../versions/read-state.js';

/** @see ObjectStore.putSymlink, which says what it promises and throws. */
export async function putSymlink(context: StoreContext, input: PutSymlinkInput): Promise<ObjectHead> {
  await holdReplacement(context, input);
  return commitLoop(context, async () => {
    const state = await readForSuccession(context, input);
    requirePublishable(context, input, state);
    const atMs = context.clock.nowMs();
    const { version, change } = publishVersion(context, state, {
      head: {
        ...input.attributes,
        bucket: input.bucket,
        key: input.key,
        type: 'symlink',
        length: 0,
        crc64: crc64(new Uint8Array()),
        // A link has no bytes of its own, so its etag says where it leads.
        etag: context.settings.etags.ofWhole(md5(Buffer.from(input.symlinkTarget, 'utf8'))),
        symlinkTarget: input.symlinkTarget,
        ownerId: input.ownerId,
        createdAtMs: atMs,
        lastModifiedAtMs: atMs,
      },
      ...bodyInRow(newId(context), new Uint8Array()),
    });
    return { commit: commitOf(change), result: version };
  });
}
