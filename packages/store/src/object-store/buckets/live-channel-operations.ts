/** What a server may do to live channels for a client. Each method is one file of the same name. */

import type { StoreContext } from '../context/store-context.js';
import type {
  ListLiveChannelsInput,
  ListLiveChannelsResult,
  LiveChannelRecord,
  LiveChannelStatus,
  LiveChannelTarget,
  PutLiveChannelInput,
} from '../live-channel-types.js';
import {
  deleteLiveChannel,
  getLiveChannel,
  listLiveChannels,
  putLiveChannel,
  setLiveChannelStatus,
} from './live-channels.js';

/**
 * What a server may do to live channels for a client. Every method throws `StoreFailure`: those named with it, and
 * `contended`; and `EngineFailure`.
 */
export interface LiveChannelOperations {
  /**
   * Creates or replaces a live channel; one commit of one row.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  putLiveChannel(input: PutLiveChannelInput): Promise<LiveChannelRecord>;
  /**
   * Enables or disables a live channel; one commit of one row, none where it is so already.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-live-channel`.
   */
  setLiveChannelStatus(target: LiveChannelTarget, status: LiveChannelStatus): Promise<LiveChannelRecord>;
  /** @throws {StoreFailure} `no-such-bucket`, `no-such-live-channel`. */
  getLiveChannel(target: LiveChannelTarget): Promise<LiveChannelRecord>;
  /**
   * Deletes a live channel; one that is not there is no error.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  deleteLiveChannel(target: LiveChannelTarget): Promise<void>;
  /**
   * One page of the live channels of a bucket.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  listLiveChannels(input: ListLiveChannelsInput): Promise<ListLiveChannelsResult>;
}

/** @returns The operations over one open store. */
export function liveChannelOperations(context: StoreContext): LiveChannelOperations {
  return {
    putLiveChannel: (input) => putLiveChannel(context, input),
    setLiveChannelStatus: (target, status) => setLiveChannelStatus(context, target, status),
    getLiveChannel: (target) => getLiveChannel(context, target),
    deleteLiveChannel: (target) => deleteLiveChannel(context, target),
    listLiveChannels: (input) => listLiveChannels(context, input),
  };
}
