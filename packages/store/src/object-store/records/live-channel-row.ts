/**
 * The row of a live channel: its key, and its settings as JSON in UTF-8. Channels of a bucket lie in the order they are
 * listed in.
 */
import type { LiveChannelRecord, LiveChannelStatus, LiveChannelTarget } from '../live-channel-types.js';
import { count, exactly, fields, oneOf, optional, text, time } from './checks.js';
import { type KeyRange, rangeOfPrefix } from './key-space.js';
import { decodeJsonRow } from './row-decoder.js';
import { ROW_FAMILIES } from './row-family.js';

const family = ROW_FAMILIES;

/** Bucket names contain no NUL, so the first one ends the name. */
export function liveChannelKey({ bucket, name }: LiveChannelTarget): Uint8Array {
  return Buffer.from(`${family.liveChannel}${bucket}\0${name}`, 'utf8');
}

/** All channels of a bucket whose names begin with `prefix`. */
export function liveChannelRange(bucket: string, prefix: string): KeyRange {
  return rangeOfPrefix(liveChannelKey({ bucket, name: prefix }));
}

/** @returns The channel's name in the key of a row of `bucket`. */
export function liveChannelNameOf(bucket: string, rowKey: Uint8Array): string {
  const headLength = 1 + Buffer.byteLength(bucket) + 1;
  return Buffer.from(rowKey.buffer, rowKey.byteOffset + headLength, rowKey.length - headLength).toString('utf8');
}

/** The number of live channels in a bucket. */
export function liveChannelCountKey(bucket: string): Uint8Array {
  return Buffer.from(`${family.counter}${bucket}\0channels`, 'utf8');
}

/** @returns The value of the row; what its key says is left out. */
export function encodeLiveChannel({ bucket: _, name: __, ...stored }: LiveChannelRecord): Uint8Array {
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

type StoredLiveChannel = Omit<LiveChannelRecord, keyof LiveChannelTarget>;

const liveChannelCheck = fields<StoredLiveChannel>({
  description: optional(text),
  status: oneOf<LiveChannelStatus>({ enabled: true, disabled: true }),
  target: fields<StoredLiveChannel['target']>({
    type: exactly('HLS'),
    fragDurationSeconds: count,
    fragCount: count,
    playlistName: text,
  }),
  snapshot: optional(
    fields<NonNullable<StoredLiveChannel['snapshot']>>({
      roleName: text,
      destinationBucket: text,
      notifyTopic: text,
      intervalSeconds: count,
    }),
  ),
  lastModifiedAtMs: time,
});

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeLiveChannel(target: LiveChannelTarget, value: Uint8Array): LiveChannelRecord {
  const { bucket, name } = target;
  return { bucket, name, ...decodeJsonRow(value, liveChannelCheck, () => liveChannelKey(target)) };
}
