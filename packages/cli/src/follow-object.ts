/** Follows an object for commands that write its bytes: says what went wrong in words for people. */
import { AnnalsError, type Client, type FollowedChunk, OssServiceError } from '@annals/client';
import { CommandFailure } from './command-failure.js';
import { describeClientError } from './describe-client-error.js';
import type { OssUrl } from './oss-url.js';

/** Where a follower begins. */
export interface FollowObjectOptions {
  /** Byte offset. */
  readonly position: number;
  /** Pause between two looks where the server knows no long poll, in milliseconds. */
  readonly pollIntervalMs: number;
}

/** After an outage people wait for no longer than this. */
const RETRY = { delayMsMax: 2000 };

/**
 * Gives what an object has from a position on, and what is appended later, until it is sealed. An outage is told once
 * on standard error.
 * @throws {CommandFailure} The object is gone, or is another one.
 * @throws {AnnalsError} What else no further try changes.
 */
export async function* followObject(
  client: Client,
  { bucket, key }: OssUrl,
  { position, pollIntervalMs }: FollowObjectOptions,
): AsyncGenerator<FollowedChunk, void, void> {
  let isOutageTold = false;
  let hasBegun = position > 0;
  const onRetry = (error: AnnalsError): void => {
    if (!isOutageTold) process.stderr.write(`annals: ${describeClientError(error)}; trying again until it works\n`);
    isOutageTold = true;
  };
  try {
    for await (const chunk of client.follow(bucket, key, { position, pollIntervalMs, retry: RETRY, onRetry })) {
      isOutageTold = false;
      hasBegun = true;
      yield chunk;
    }
  } catch (error) {
    const gone = (reason: string): CommandFailure =>
      new CommandFailure(`Cannot follow oss://${bucket}/${key} any longer: ${reason}`, { cause: error });
    if (hasBegun && error instanceof OssServiceError && error.code === 'NoSuchKey') throw gone('it was deleted');
    if (error instanceof AnnalsError && error.code === 'ObjectReplaced') throw gone('it was replaced');
    throw error;
  }
}
