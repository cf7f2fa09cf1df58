/** TypeScript SDK: typed calls against any OSS endpoint. What needs Node is in `node/index.ts`. */
export {
  BUCKET_ACLS,
  type BucketAcl,
  type BucketEncryptionRule,
  type BucketInfo,
  type BucketStat,
  type BucketSummary,
  type CopySource,
  type CorsConfiguration,
  type CorsRule,
  type DeleteMarkerSummary,
  isBucketName,
  type LifecycleConfiguration,
  type LifecycleRule,
  type LoggingTarget,
  OBJECT_ACLS,
  type ObjectAcl,
  type ObjectSummary,
  type ObjectToDelete,
  type ObjectVersionSummary,
  type PartSummary,
  type PartToComplete,
  type PostPolicyCondition,
  type RefererConfiguration,
  type RestoreTier,
  type StorageClass,
  type Tag,
  type UploadSummary,
  type VersioningStatus,
  type WebsiteConfiguration,
} from '@annals/protocol';
export type { AppendProgress, AppendStreamInput, AppendStreamResult } from './append-stream/append-stream.js';
export type { AppendWriter } from './append-writer/append-writer.js';
export type { AppendWriterOptions, AppendWriterProgress, RollOptions } from './append-writer/append-writer-options.js';
export type { Backlog, BacklogContent, BatchIdentity, WriterState } from './append-writer/backlog.js';
export type { ByteStream } from './byte-stream.js';
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
export type { BucketAclResult, PutBucketAclInput } from './operations/bucket/bucket-acl.js';
export {
  type BucketPolicy,
  type BucketPolicyStatement,
  type PolicyTexts,
  parseBucketPolicy,
} from './operations/bucket/bucket-policy.js';
export type {
  BucketSetting,
  BucketSettings,
  PutBucketSettingInput,
  RemovableBucketSetting,
} from './operations/bucket/bucket-settings.js';
export type { BucketTarget } from './operations/bucket/bucket-target.js';
export type { DeleteBucketInput } from './operations/bucket/delete-bucket.js';
export type { ListBucketsInput, ListBucketsPage } from './operations/bucket/list-buckets.js';
export type { PutBucketInput } from './operations/bucket/put-bucket.js';
export type {
  CompleteMultipartUploadInput,
  CompleteMultipartUploadResult,
} from './operations/multipart/complete-multipart-upload.js';
export type {
  InitiateMultipartUploadInput,
  InitiateMultipartUploadResult,
} from './operations/multipart/initiate-multipart-upload.js';
export type {
  ListMultipartUploadsInput,
  ListMultipartUploadsPage,
} from './operations/multipart/list-multipart-uploads.js';
export type { ListPartsInput, ListPartsPage } from './operations/multipart/list-parts.js';
export type { UploadedPart, UploadPartInput } from './operations/multipart/upload-part.js';
export type { CopiedPart, UploadPartCopyInput } from './operations/multipart/upload-part-copy.js';
export type { UploadTarget } from './operations/multipart/upload-target.js';
export type {
  AppendExtensionOptions,
  AppendObjectInput,
  AppendObjectResult,
  ExtensionName,
} from './operations/object/append-object.js';
export type { ChangeAttributesInput } from './operations/object/change-attributes.js';
export type { ChangeConditions, MatchConditions } from './operations/object/conditions.js';
export type { ConvertObjectInput, ConvertObjectResult } from './operations/object/convert-object.js';
export type { CopyObjectInput, CopyObjectResult } from './operations/object/copy-object.js';
export type { DeleteObjectInput, DeleteObjectResult } from './operations/object/delete-object.js';
export type { DeleteObjectsInput, DeleteObjectsResult, DeletionResult } from './operations/object/delete-objects.js';
export type { ByteRange, GetObjectInput, GetObjectResult } from './operations/object/get-object.js';
export type { HeadObjectInput, HeadObjectResult } from './operations/object/head-object.js';
export type { ListObjectsInput, ListObjectsPage } from './operations/object/list-objects.js';
export type { ListObjectsV1Input } from './operations/object/list-objects-v1.js';
export type { ListVersionsInput, ListVersionsPage } from './operations/object/list-versions.js';
export type { ObjectAclResult, PutObjectAclInput } from './operations/object/object-acl.js';
export type { ContentAttributes, EncryptionOptions, ObjectAttributes } from './operations/object/object-attributes.js';
export type { ObjectHead } from './operations/object/object-head.js';
export type { PutObjectTagsInput } from './operations/object/object-tags.js';
export type { ObjectTarget, VersionResult, VersionTarget } from './operations/object/object-target.js';
export type { PutObjectInput, PutObjectResult } from './operations/object/put-object.js';
export type { RestoreObjectInput, RestoreObjectResult } from './operations/object/restore-object.js';
export type { SealObjectInput, SealObjectResult } from './operations/object/seal-object.js';
export type { GetSymlinkResult, PutSymlinkInput } from './operations/object/symlink.js';
export type { PresignedPost, PresignPostInput } from './presign/presign-post.js';
export type { PresignedUrl, PresignUrlInput, ResponseHeaderOverrides } from './presign/presign-url.js';
export { readAll } from './read-all.js';
export type { CopyInput, CopyToResult } from './transfer/copy.js';
export type { PartOptions } from './transfer/part-plan.js';
export type { ResumeStore } from './transfer/resume-store.js';
export type { UploadInput } from './transfer/upload.js';
export type { UploadProgress, UploadResult } from './transfer/upload-plan.js';
export type { UploadSource } from './transfer/upload-source.js';
