/**
 * Live channels: rows beside the objects of a bucket, one for each. Every commit here checks the bucket's row, and the
 * one that makes a channel adds 1 to the bucket's counter of them, so that none can be left behind by a bucket that
 * goes: see delete-bucket.ts. Leaves out streams: none is received.
 */
import type { KeyValueCheck } from '../../contract/key-value-store.js';
import { commitLoop } from '../context/commit-loop.js';
import { listInTurns } from '../context/list-in-turns.js';
import type { StoreContext } from '../context/store-context.js';
import type {
  ListLiveChannelsInput,
  ListLiveChannelsResult,
  LiveChannelRecord,
  LiveChannelStatus,
  LiveChannelTarget,
  PutLiveChannelInput,
} from '../live-channel-types.js';
import { successorOf } from '../records/key-space.js';
import {
  decodeLiveChannel,
  encodeLiveChannel,
  liveChannelCountKey,
  liveChannelKey,
  liveChannelNameOf,
  liveChannelRange,
} from '../records/live-channel-row.js';
import { StoreFailure } from '../store-failure.js';
import { readBucket } from '../versions/read-state.js';

/** A channel (or its absence) as it was read. */
interface LiveChannelState {
  readonly channel: LiveChannelRecord | undefined;
  readonly rowKey: Uint8Array;
  /** The bucket's row and the channel's are as they were read, or the latter is still absent. */
  readonly checks: readonly KeyValueCheck[];
}

/** @throws {StoreFailure} `no-such-bucket`. */
async function readLiveChannel(context: StoreContext, target: LiveChannelTarget): Promise<LiveChannelState> {
  const rowKey = liveChannelKey(target);
  const [bucket, row] = await Promise.all([readBucket(context, target.bucket), context.keyValues.get(rowKey)]);
  return {
    channel: row === undefined ? undefined : decodeLiveChannel(target, row.value),
    rowKey,
    checks: [bucket.check, { key: rowKey, version: row?.version }],
  };
}

/** @see ObjectStore.putLiveChannel, which says what it promises and throws. */
export function putLiveChannel(
  context: StoreContext,
  { bucket, name, settings }: PutLiveChannelInput,
): Promise<LiveChannelRecord> {
  return commitLoop(context, async () => {
    const before = await readLiveChannel(context, { bucket, name });
    const channel: LiveChannelRecord = { bucket, name, ...settings, lastModifiedAtMs: context.clock.nowMs() };
    return {
      commit: {
        checks: before.checks,
        puts: [{ key: before.rowKey, value: encodeLiveChannel(channel) }],
        sums: before.channel === undefined ? [{ key: liveChannelCountKey(bucket), delta: 1n }] : [],
      },
      result: channel,
    };
  });
}

/** @see ObjectStore.setLiveChannelStatus, which says what it promises and throws. */
export function setLiveChannelStatus(
  context: StoreContext,
  target: LiveChannelTarget,
  status: LiveChannelStatus,
): Promise<LiveChannelRecord> {
  return commitLoop(context, async () => {
    const { channel, rowKey, checks } = await readLiveChannel(context, target);
    if (channel === undefined) throw noSuchLiveChannel(target);
    if (channel.status === status) return { result: channel };
    const changed: LiveChannelRecord = { ...channel, status, lastModifiedAtMs: context.clock.nowMs() };
    return { commit: { checks, puts: [{ key: rowKey, value: encodeLiveChannel(changed) }] }, result: changed };
  });
}

/** @see ObjectStore.getLiveChannel, which says what it promises and throws. */
export async function getLiveChannel(context: StoreContext, target: LiveChannelTarget): Promise<LiveChannelRecord> {
  const { channel } = await readLiveChannel(context, target);
  if (channel === undefined) throw noSuchLiveChannel(target);
  return channel;
}

/** @see ObjectStore.deleteLiveChannel, which says what it promises and throws. */
export function deleteLiveChannel(context: StoreContext, target: LiveChannelTarget): Promise<void> {
  return commitLoop(context, async () => {
    const { channel, rowKey, checks } = await readLiveChannel(context, target);
    if (channel === undefined) return { result: undefined };
    const sums = [{ key: liveChannelCountKey(target.bucket), delta: -1n }];
    return { commit: { checks, deletes: [rowKey], sums }, result: undefined };
  });
}

/** @see ObjectStore.listLiveChannels, which says what it promises and throws. */
export async function listLiveChannels(
  context: StoreContext,
  { bucket, prefix, after, limit }: ListLiveChannelsInput,
): Promise<ListLiveChannelsResult> {
  await readBucket(context, bucket);
  const { start, end } = liveChannelRange(bucket, prefix);
  const behind = successorOf(liveChannelKey({ bucket, name: after }));
  const from = after !== '' && Buffer.compare(behind, start) > 0 ? behind : start;
  // One more than asked for tells whether the page is the last.
  const found = await listInTurns(context.keyValues, { start: from, end, limit: limit + 1 }, ({ key, value }) =>
    decodeLiveChannel({ bucket, name: liveChannelNameOf(bucket, key) }, value),
  );
  const channels = found.slice(0, limit);
  const isTruncated = found.length > limit;
  return { channels, isTruncated, next: isTruncated ? channels.at(-1)?.name : undefined };
}

function noSuchLiveChannel({ name }: LiveChannelTarget): StoreFailure {
  return new StoreFailure({ kind: 'no-such-live-channel', name });
}
