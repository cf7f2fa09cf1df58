/**
 * Which operations this server has: every name of the protocol's table with its row, or the plain statement that it is not implemented.
 * The pipeline answers the latter with 501 `NotImplemented`; nothing is ever taken for another operation.
 */
import type { OperationName } from '@annals/protocol';
import { appendObject } from './append-object.js';
import { deleteBucket } from './delete-bucket.js';
import { deleteMultipleObjects } from './delete-multiple-objects.js';
import { deleteObject } from './delete-object.js';
import { getBucketAcl } from './get-bucket-acl.js';
import { getBucketInfo } from './get-bucket-info.js';
import { getBucketLocation } from './get-bucket-location.js';
import { getObject } from './get-object.js';
import { getObjectAcl } from './get-object-acl.js';
import { getObjectMeta } from './get-object-meta.js';
import { headObject } from './head-object.js';
import { listBuckets } from './list-buckets.js';
import { listObjects } from './list-objects.js';
import { listObjectsV2 } from './list-objects-v2.js';
import type { AnyOperationRow } from './operation.js';
import { putBucket } from './put-bucket.js';
import { putBucketAcl } from './put-bucket-acl.js';
import { putObject } from './put-object.js';
import { putObjectAcl } from './put-object-acl.js';
import { refuseExtensionHeaders } from './refused-headers.js';
import { sealAppendObject } from './seal-append-object.js';

type OperationRows = Readonly<Record<OperationName, AnyOperationRow | 'not-implemented'>>;

const NONE = 'not-implemented';

/** Every operation of the protocol; exhaustive by type, so that a new one cannot be forgotten here. */
export const OPERATION_ROWS: OperationRows = refusingExtensions({
  ListBuckets: listBuckets,
  DescribeRegions: NONE,
  ListCloudBoxes: NONE,
  ListAccessPoints: NONE,
  ListUserDataRedundancyTransition: NONE,
  GetPublicAccessBlock: NONE,
  PutPublicAccessBlock: NONE,
  DeletePublicAccessBlock: NONE,
  ListResourcePools: NONE,
  GetResourcePoolInfo: NONE,
  ListResourcePoolBuckets: NONE,
  WriteGetObjectResponse: NONE,
  PutBucket: putBucket,
  DeleteBucket: deleteBucket,
  GetBucketInfo: getBucketInfo,
  GetBucketLocation: getBucketLocation,
  GetBucketStat: NONE,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: NONE,
  ListMultipartUploads: NONE,
  DeleteMultipleObjects: deleteMultipleObjects,
  PostObject: NONE,
  PutBucketAcl: putBucketAcl,
  GetBucketAcl: getBucketAcl,
  PutBucketVersioning: NONE,
  GetBucketVersioning: NONE,
  PutBucketLifecycle: NONE,
  GetBucketLifecycle: NONE,
  DeleteBucketLifecycle: NONE,
  PutBucketCors: NONE,
  GetBucketCors: NONE,
  DeleteBucketCors: NONE,
  PutBucketLogging: NONE,
  GetBucketLogging: NONE,
  DeleteBucketLogging: NONE,
  PutUserDefinedLogFieldsConfig: NONE,
  GetUserDefinedLogFieldsConfig: NONE,
  DeleteUserDefinedLogFieldsConfig: NONE,
  PutBucketReferer: NONE,
  GetBucketReferer: NONE,
  PutBucketWebsite: NONE,
  GetBucketWebsite: NONE,
  DeleteBucketWebsite: NONE,
  PutBucketEncryption: NONE,
  GetBucketEncryption: NONE,
  DeleteBucketEncryption: NONE,
  PutBucketTags: NONE,
  GetBucketTags: NONE,
  DeleteBucketTags: NONE,
  PutBucketPolicy: NONE,
  GetBucketPolicy: NONE,
  DeleteBucketPolicy: NONE,
  GetBucketPolicyStatus: NONE,
  GetBucketPublicAccessBlock: NONE,
  PutBucketPublicAccessBlock: NONE,
  DeleteBucketPublicAccessBlock: NONE,
  InitiateBucketWorm: NONE,
  AbortBucketWorm: NONE,
  GetBucketWorm: NONE,
  CompleteBucketWorm: NONE,
  ExtendBucketWorm: NONE,
  PutBucketObjectWormConfiguration: NONE,
  GetBucketObjectWormConfiguration: NONE,
  PutBucketRequestPayment: NONE,
  GetBucketRequestPayment: NONE,
  PutBucketTransferAcceleration: NONE,
  GetBucketTransferAcceleration: NONE,
  PutBucketReplication: NONE,
  DeleteBucketReplication: NONE,
  GetBucketReplication: NONE,
  GetBucketReplicationLocation: NONE,
  GetBucketReplicationProgress: NONE,
  PutBucketRTC: NONE,
  PutBucketInventory: NONE,
  GetBucketInventory: NONE,
  ListBucketInventory: NONE,
  DeleteBucketInventory: NONE,
  CreateCnameToken: NONE,
  GetCnameToken: NONE,
  PutCname: NONE,
  DeleteCname: NONE,
  ListCname: NONE,
  PutStyle: NONE,
  GetStyle: NONE,
  ListStyle: NONE,
  DeleteStyle: NONE,
  PutBucketAccessMonitor: NONE,
  GetBucketAccessMonitor: NONE,
  PutBucketArchiveDirectRead: NONE,
  GetBucketArchiveDirectRead: NONE,
  PutBucketHttpsConfig: NONE,
  GetBucketHttpsConfig: NONE,
  PutBucketResourceGroup: NONE,
  GetBucketResourceGroup: NONE,
  CreateBucketDataRedundancyTransition: NONE,
  GetBucketDataRedundancyTransition: NONE,
  ListBucketDataRedundancyTransition: NONE,
  DeleteBucketDataRedundancyTransition: NONE,
  CreateAccessPoint: NONE,
  GetAccessPoint: NONE,
  DeleteAccessPoint: NONE,
  PutAccessPointPolicy: NONE,
  GetAccessPointPolicy: NONE,
  DeleteAccessPointPolicy: NONE,
  PutBucketOverwriteConfig: NONE,
  GetBucketOverwriteConfig: NONE,
  DeleteBucketOverwriteConfig: NONE,
  OpenMetaQuery: NONE,
  DoMetaQuery: NONE,
  CloseMetaQuery: NONE,
  GetMetaQueryStatus: NONE,
  PutBucketQosInfo: NONE,
  GetBucketQosInfo: NONE,
  DeleteBucketQosInfo: NONE,
  PutBucketRequesterQosInfo: NONE,
  GetBucketRequesterQosInfo: NONE,
  DeleteBucketRequesterQosInfo: NONE,
  ListLiveChannel: NONE,
  PutObject: putObject,
  CopyObject: NONE,
  GetObject: getObject,
  HeadObject: headObject,
  GetObjectMeta: getObjectMeta,
  DeleteObject: deleteObject,
  AppendObject: appendObject,
  SealAppendObject: sealAppendObject,
  ConvertObject: NONE,
  FollowObject: NONE,
  PutObjectAcl: putObjectAcl,
  GetObjectAcl: getObjectAcl,
  PutObjectTagging: NONE,
  GetObjectTagging: NONE,
  DeleteObjectTagging: NONE,
  PutSymlink: NONE,
  GetSymlink: NONE,
  RestoreObject: NONE,
  CleanRestoredObject: NONE,
  InitiateMultipartUpload: NONE,
  UploadPart: NONE,
  UploadPartCopy: NONE,
  CompleteMultipartUpload: NONE,
  AbortMultipartUpload: NONE,
  ListParts: NONE,
  ProcessImage: NONE,
  PostProcess: NONE,
  PostAsyncProcess: NONE,
  SelectObject: NONE,
  CreateSelectObjectMeta: NONE,
  PutObjectRetention: NONE,
  GetObjectRetention: NONE,
  PutObjectLegalHold: NONE,
  GetObjectLegalHold: NONE,
  CreateDirectory: NONE,
  RenameObject: NONE,
  DeleteDirectory: NONE,
  PutAsyncFetchTask: NONE,
  GetAsyncFetchTask: NONE,
  PutLiveChannel: NONE,
  PutLiveChannelStatus: NONE,
  GetLiveChannelInfo: NONE,
  GetLiveChannelStat: NONE,
  GetLiveChannelHistory: NONE,
  DeleteLiveChannel: NONE,
  PostVodPlaylist: NONE,
  GetVodPlaylist: NONE,
  OptionObject: NONE,
});

/** No extension is built yet, so none may be asked for, whatever the operation. */
function refusingExtensions(rows: OperationRows): OperationRows {
  const refusing = Object.entries(rows).map(([name, row]) => [name, row === NONE ? row : withoutExtensions(row)]);
  return Object.fromEntries(refusing) as OperationRows;
}

function withoutExtensions(row: AnyOperationRow): AnyOperationRow {
  return {
    ...row,
    parse(request, context) {
      refuseExtensionHeaders(request);
      return row.parse(request, context);
    },
  };
}
