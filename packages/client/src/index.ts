/**
 * TypeScript SDK: typed calls against any OSS endpoint. Leaves out multipart, copies, versions and bucket settings for
 * now.
 */
export { type BucketSummary, isBucketName, type ObjectSummary } from '@annals/protocol';
export type { AppendProgress, AppendStreamInput, AppendStreamResult } from './append-stream/append-stream.js';
export type { AppendWriter } from './append-writer/append-writer.js';
export type { AppendWriterOptions, AppendWriterProgress, RollOptions } from './append-writer/append-writer-options.js';
export type { Backlog, BacklogContent, BatchIdentity, WriterState } from './append-writer/backlog.js';
export { type Client, createClient } from './client.js';
export type {
  Addressing,
  CallOptions,
  ClientOptions,
  ConnectionOptions,
  RetryOptions,
  StaticKeys,
} from './client-options.js';
export type { UploadBody } from './connection/request-body.js';
export { type AssumeRoleOptions, assumeRoleCredentials } from './credentials/assume-role.js';
export { type CredentialProvider, staticCredentials } from './credentials/credential-provider.js';
export {
  AnnalsError,
  type ClientErrorCode,
  OssServiceError,
  type Outcome,
  type ServiceErrorDetails,
} from './error.js';
export type { FollowedChunk, FollowOptions } from './follow/follow.js';
export type { FollowedLine, FollowedValue } from './follow/lines.js';
export type {
  AppendExtensionOptions,
  AppendObjectInput,
  AppendObjectResult,
  ExtensionName,
} from './operations/append-object.js';
export type { DeleteBucketInput } from './operations/delete-bucket.js';
export type { DeleteObjectInput } from './operations/delete-object.js';
export type { ByteRange, GetObjectInput, GetObjectResult } from './operations/get-object.js';
export type { HeadObjectInput, HeadObjectResult } from './operations/head-object.js';
export type { ListBucketsInput, ListBucketsPage } from './operations/list-buckets.js';
export type { ListObjectsInput, ListObjectsPage } from './operations/list-objects.js';
export type { ObjectAttributes } from './operations/object-attributes.js';
export type { ObjectHead } from './operations/object-head.js';
export type { PutBucketInput } from './operations/put-bucket.js';
export type { PutObjectInput, PutObjectResult } from './operations/put-object.js';
export type { SealObjectInput, SealObjectResult } from './operations/seal-object.js';
export { readAll } from './read-all.js';
