/**
 * Puts the operations of one connection under one roof. Each is described where it is written (`operations/`,
 * `append-stream/`, `append-writer/`, `follow/`).
 */
import { type AppendStreamInput, type AppendStreamResult, appendStream } from './append-stream/append-stream.js';
import { type AppendWriter, appendWriter } from './append-writer/append-writer.js';
import type { AppendWriterOptions } from './append-writer/append-writer-options.js';
import type { ClientOptions } from './client-options.js';
import { Connection } from './connection/connection.js';
import { type FollowedChunk, type FollowOptions, follow } from './follow/follow.js';
import { type FollowedLine, type FollowedValue, readJsonLines, readLines } from './follow/lines.js';
import { type AppendObjectInput, type AppendObjectResult, appendObject } from './operations/append-object.js';
import { type DeleteBucketInput, deleteBucket } from './operations/delete-bucket.js';
import { type DeleteObjectInput, deleteObject } from './operations/delete-object.js';
import { type GetObjectInput, type GetObjectResult, getObject } from './operations/get-object.js';
import { type HeadObjectInput, type HeadObjectResult, headObject } from './operations/head-object.js';
import { type ListBucketsInput, type ListBucketsPage, listBuckets } from './operations/list-buckets.js';
import { type ListObjectsInput, type ListObjectsPage, listObjects } from './operations/list-objects.js';
import { type PutBucketInput, putBucket } from './operations/put-bucket.js';
import { type PutObjectInput, type PutObjectResult, putObject } from './operations/put-object.js';
import { type SealObjectInput, type SealObjectResult, sealObject } from './operations/seal-object.js';

/** Calls against one endpoint with one identity. Holds nothing that must be closed. */
export interface Client {
  /** @see putBucket */
  putBucket(input: PutBucketInput): Promise<void>;
  /** @see deleteBucket */
  deleteBucket(input: DeleteBucketInput): Promise<void>;
  /** @see listBuckets */
  listBuckets(input?: ListBucketsInput): AsyncIterable<ListBucketsPage>;
  /** @see listObjects */
  listObjects(input: ListObjectsInput): AsyncIterable<ListObjectsPage>;
  /** @see putObject */
  putObject(input: PutObjectInput): Promise<PutObjectResult>;
  /** @see appendObject */
  appendObject(input: AppendObjectInput): Promise<AppendObjectResult>;
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
  /** @see sealObject */
  sealObject(input: SealObjectInput): Promise<SealObjectResult>;
  /** @see headObject */
  headObject(input: HeadObjectInput): Promise<HeadObjectResult>;
  /** @see getObject */
  getObject(input: GetObjectInput): Promise<GetObjectResult>;
  /** @see deleteObject */
  deleteObject(input: DeleteObjectInput): Promise<void>;
}

/**
 * Makes a client; nothing is sent before the first call.
 * @throws {AnnalsError} `InvalidInput` for an endpoint that cannot be used.
 */
export function createClient(options: ClientOptions): Client {
  const connection = new Connection(options);
  return {
    putBucket: (input) => putBucket(connection, input),
    deleteBucket: (input) => deleteBucket(connection, input),
    listBuckets: (input) => listBuckets(connection, input),
    listObjects: (input) => listObjects(connection, input),
    putObject: (input) => putObject(connection, input),
    appendObject: (input) => appendObject(connection, input),
    appendStream: (input) => appendStream(connection, input),
    appendWriter: (bucket, key, options) => appendWriter(connection, bucket, key, options),
    follow: (bucket, key, options) => follow(connection, bucket, key, options),
    followLines: (bucket, key, options) => readLines(follow(connection, bucket, key, options)),
    followJsonLines: (bucket, key, options) => readJsonLines(readLines(follow(connection, bucket, key, options))),
    sealObject: (input) => sealObject(connection, input),
    headObject: (input) => headObject(connection, input),
    getObject: (input) => getObject(connection, input),
    deleteObject: (input) => deleteObject(connection, input),
  };
}
