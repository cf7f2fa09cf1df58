/**
 * Puts the calls of one connection under one roof. Each is described where it is written; they are listed by what they
 * are about in `bucket-calls.ts`, `object-calls.ts` and `multipart-calls.ts`.
 */
import { type AppendStreamInput, type AppendStreamResult, appendStream } from './append-stream/append-stream.js';
import { type AppendWriter, appendWriter } from './append-writer/append-writer.js';
import type { AppendWriterOptions } from './append-writer/append-writer-options.js';
import type { ClientOptions } from './client-options.js';
import { Connection } from './connection/connection.js';
import { type FollowedChunk, type FollowOptions, follow } from './follow/follow.js';
import { type FollowedLine, type FollowedValue, readJsonLines, readLines } from './follow/lines.js';
import { type BucketCalls, bucketCalls } from './operations/bucket/bucket-calls.js';
import { type BucketSettings, bucketSettings } from './operations/bucket/bucket-settings.js';
import { type MultipartCalls, multipartCalls } from './operations/multipart/multipart-calls.js';
import { type ObjectCalls, objectCalls } from './operations/object/object-calls.js';
import { type PresignedPost, type PresignPostInput, presignPost } from './presign/presign-post.js';
import { type PresignedUrl, type PresignUrlInput, presignUrl } from './presign/presign-url.js';
import { type CopyInput, type CopyToResult, copy } from './transfer/copy.js';
import { type UploadInput, upload } from './transfer/upload.js';
import type { UploadResult } from './transfer/upload-plan.js';

/** Calls against one endpoint with one identity. Holds nothing that must be closed. */
export interface Client extends BucketCalls, ObjectCalls, MultipartCalls {
  /** The documents of buckets: `client.bucketSettings.lifecycle.get({ bucket })`. */
  readonly bucketSettings: BucketSettings;
  /** @see upload */
  upload(input: UploadInput): Promise<UploadResult>;
  /** @see copy */
  copy(input: CopyInput): Promise<CopyToResult>;
  /** @see presignUrl */
  presignUrl(input: PresignUrlInput): Promise<PresignedUrl>;
  /** @see presignPost */
  presignPost(input: PresignPostInput): Promise<PresignedPost>;
  /** @see appendStream */
  appendStream(input: AppendStreamInput): Promise<AppendStreamResult>;
  /** @see appendWriter */
  appendWriter(bucket: string, key: string, options?: AppendWriterOptions): AppendWriter;
  /** @see follow */
  follow(bucket: string, key: string, options?: FollowOptions): AsyncIterable<FollowedChunk>;
  /** The lines of a followed object. @see readLines */
  followLines(bucket: string, key: string, options?: FollowOptions): AsyncIterable<FollowedLine>;
  /** The values of a followed object of JSON lines. @see readJsonLines */
  followJsonLines(bucket: string, key: string, options?: FollowOptions): AsyncIterable<FollowedValue>;
}

/**
 * Makes a client; nothing is sent before the first call.
 * @throws {AnnalsError} `InvalidInput` for an endpoint that cannot be used.
 */
export function createClient(options: ClientOptions): Client {
  const connection = new Connection(options);
  return {
    ...bucketCalls(connection),
    ...objectCalls(connection),
    ...multipartCalls(connection),
    bucketSettings: bucketSettings(connection),
    upload: (input) => upload(connection, input),
    copy: (input) => copy(connection, input),
    presignUrl: (input) => presignUrl(connection, input),
    presignPost: (input) => presignPost(connection, input),
    appendStream: (input) => appendStream(connection, input),
    appendWriter: (bucket, key, options) => appendWriter(connection, bucket, key, options),
    follow: (bucket, key, options) => follow(connection, bucket, key, options),
    followLines: (bucket, key, options) => readLines(follow(connection, bucket, key, options)),
    followJsonLines: (bucket, key, options) => readJsonLines(readLines(follow(connection, bucket, key, options))),
  };
}
