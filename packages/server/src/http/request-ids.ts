/**
 * Makes the ids of requests. Random bytes are fetched by the block: asking the system for eight of them costs more than
 * the rest of an id.
 */
import { formatRequestId, REQUEST_ID_RANDOM_BYTES } from '@annals/protocol';
import type { RandomBytes } from '@annals/store';

const BLOCK_LENGTH_BYTES = 512 * REQUEST_ID_RANDOM_BYTES;

/** Gives the id of a request that came at a time, milliseconds since 1970. */
export type RequestIds = (atMs: number) => string;

/** @param random Ids must not repeat within a second, so its bytes must not. */
export function makeRequestIds(random: RandomBytes): RequestIds {
  let block: Uint8Array = new Uint8Array(0);
  let used = 0;
  return (atMs) => {
    if (used === block.length) {
      block = random(BLOCK_LENGTH_BYTES);
      used = 0;
    }
    const bytes = block.subarray(used, used + REQUEST_ID_RANDOM_BYTES);
    used += REQUEST_ID_RANDOM_BYTES;
    return formatRequestId(atMs, bytes);
  };
}
