/** What the conformance cases of live channels need of an object store besides `object-store-driver.ts`. */
import type {
  ListLiveChannelsInput,
  LiveChannelSettings,
  LiveChannelStatus,
  LiveChannelTarget,
} from '../object-store/live-channel-types.js';
import type { ObjectStore } from '../object-store/object-store.js';

/** A channel as listings show it. */
export interface ObservedLiveChannel {
  readonly name: string;
  readonly description: string | undefined;
  readonly status: LiveChannelStatus;
}

/** One page of channels. */
export interface DriverListLiveChannelsResult {
  readonly channels: readonly ObservedLiveChannel[];
  readonly isTruncated: boolean;
  readonly next: string | undefined;
}

/** Live channels. */
export interface LiveChannelDriver {
  put(target: LiveChannelTarget, settings: LiveChannelSettings): Promise<void>;
  setStatus(target: LiveChannelTarget, status: LiveChannelStatus): Promise<void>;
  get(target: LiveChannelTarget): Promise<LiveChannelSettings>;
  remove(target: LiveChannelTarget): Promise<void>;
  list(input: ListLiveChannelsInput): Promise<DriverListLiveChannelsResult>;
  count(bucket: string): Promise<number>;
}

/** Drives a store in this process. */
export function openLiveChannelDriver(store: ObjectStore): LiveChannelDriver {
  return {
    async put(target, settings) {
      await store.putLiveChannel({ ...target, settings });
    },
    async setStatus(target, status) {
      await store.setLiveChannelStatus(target, status);
    },
    async get(target) {
      const { bucket: _, name: __, lastModifiedAtMs: ___, ...settings } = await store.getLiveChannel(target);
      return settings;
    },
    remove: (target) => store.deleteLiveChannel(target),
    async list(input) {
      const { channels, ...rest } = await store.listLiveChannels(input);
      return {
        ...rest,
        channels: channels.map(({ name, description, status }) => ({ name, description, status })),
      };
    },
    async count(bucket) {
      const { liveChannelCount } = await store.bucketStatistics(bucket);
      return liveChannelCount;
    },
  };
}
