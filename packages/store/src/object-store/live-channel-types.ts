/**
 * What the operations of live channels take and give. A channel is a configuration kept beside the objects of a bucket;
 * the store gives it back and does nothing by it.
 */

/** Whether a stream may be pushed to a channel. */
export type LiveChannelStatus = 'enabled' | 'disabled';

/** Names a live channel. */
export interface LiveChannelTarget {
  readonly bucket: string;
  /** Not empty; may contain any character. */
  readonly name: string;
}

/** The settings of a channel. */
export interface LiveChannelSettings {
  readonly description?: string;
  readonly status: LiveChannelStatus;
  /** How a stream would be stored. */
  readonly target: {
    readonly type: 'HLS';
    readonly fragDurationSeconds: number;
    readonly fragCount: number;
    readonly playlistName: string;
  };
  /** How pictures would be taken of a stream. */
  readonly snapshot?: {
    readonly roleName: string;
    readonly destinationBucket: string;
    readonly notifyTopic: string;
    readonly intervalSeconds: number;
  };
}

/** Everything known of a live channel. */
export interface LiveChannelRecord extends LiveChannelTarget, LiveChannelSettings {
  /** When it was put, or its status changed. */
  readonly lastModifiedAtMs: number;
}

/** A channel to be created or replaced. */
export interface PutLiveChannelInput extends LiveChannelTarget {
  readonly settings: LiveChannelSettings;
}

/** One page of channels to be listed. */
export interface ListLiveChannelsInput {
  readonly bucket: string;
  readonly prefix: string;
  /** Names up to and including this one are left out; empty: from the start. */
  readonly after: string;
  /** Channels at most, > 0. */
  readonly limit: number;
}

/** One page of channels. */
export interface ListLiveChannelsResult {
  /** In byte order of their names. */
  readonly channels: readonly LiveChannelRecord[];
  readonly isTruncated: boolean;
  /** The last name returned: pass it as `after` for the next page. Undefined when not truncated. */
  readonly next: string | undefined;
}
