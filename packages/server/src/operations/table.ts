/**
 * Which operations this server has: every name of the protocol's table with its row. One that is not built has a row that says so; the pipeline
 * answers it with 501 `NotImplemented`, and nothing is ever taken for another operation.
 */
import { abortMultipartUpload } from './abort-multipart-upload.js';
import {
  createAccessPoint,
  deleteAccessPoint,
  getAccessPoint,
  listAccessPoints,
  listBucketAccessPoints,
} from './access-point.js';
import {
  deleteAccessPointPolicy,
  deleteAccessPointPublicAccessBlock,
  getAccessPointPolicy,
  getAccessPointPublicAccessBlock,
  putAccessPointPolicy,
  putAccessPointPublicAccessBlock,
} from './access-point-rules.js';
import { appendObject } from './append-object.js';
import { createCnameToken, deleteCname, getCnameToken, listCname, putCname } from './bucket-cname.js';
import { deleteBucketCors, getBucketCors, putBucketCors } from './bucket-cors.js';
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './bucket-encryption.js';
import {
  deleteBucketInventory,
  getBucketInventory,
  listBucketInventory,
  putBucketInventory,
} from './bucket-inventory.js';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './bucket-lifecycle.js';
import { deleteBucketLogging, getBucketLogging, putBucketLogging } from './bucket-logging.js';
import {
  closeMetaQuery,
  deleteBucketQosInfo,
  deleteBucketRequesterQosInfo,
  deleteBucketTransferAcceleration,
  deleteUserDefinedLogFieldsConfig,
  getBucketAccessMonitor,
  getBucketArchiveDirectRead,
  getBucketHttpsConfig,
  getBucketQosInfo,
  getBucketRequesterQosInfo,
  getBucketResourceGroup,
  getBucketTransferAcceleration,
  getMetaQueryStatus,
  getUserDefinedLogFieldsConfig,
  openMetaQuery,
  putBucketAccessMonitor,
  putBucketArchiveDirectRead,
  putBucketHttpsConfig,
  putBucketQosInfo,
  putBucketRequesterQosInfo,
  putBucketResourceGroup,
  putBucketTransferAcceleration,
  putUserDefinedLogFieldsConfig,
} from './bucket-management.js';
import { getBucketObjectWorm, putBucketObjectWorm } from './bucket-object-worm.js';
import {
  deleteBucketOverwriteConfig,
  getBucketOverwriteConfig,
  putBucketOverwriteConfig,
} from './bucket-overwrite-config.js';
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './bucket-policy.js';
import {
  deleteBucketPublicAccessBlock,
  getBucketPublicAccessBlock,
  putBucketPublicAccessBlock,
} from './bucket-public-access-block.js';
import {
  createBucketDataRedundancyTransition,
  deleteBucketDataRedundancyTransition,
  getBucketDataRedundancyTransition,
  listBucketDataRedundancyTransition,
  listUserDataRedundancyTransition,
} from './bucket-redundancy-transition.js';
import { getBucketReferer, putBucketReferer } from './bucket-referer.js';
import {
  deleteBucketReplication,
  getBucketReplication,
  getBucketReplicationLocation,
  getBucketReplicationProgress,
  putBucketReplication,
  putBucketRtc,
} from './bucket-replication.js';
import { getBucketRequestPayment, putBucketRequestPayment } from './bucket-request-payment.js';
import { deleteStyle, getStyle, listStyle, putStyle } from './bucket-style.js';
import { deleteBucketTags, getBucketTags, putBucketTags } from './bucket-tags.js';
import { getBucketVersioning, putBucketVersioning } from './bucket-versioning.js';
import { deleteBucketWebsite, getBucketWebsite, putBucketWebsite } from './bucket-website.js';
import {
  abortBucketWorm,
  completeBucketWorm,
  extendBucketWorm,
  getBucketWorm,
  initiateBucketWorm,
} from './bucket-worm.js';
import { cleanRestoredObject } from './clean-restored-object.js';
import { completeMultipartUpload } from './complete-multipart-upload.js';
import { copyObject } from './copy-object.js';
import { deleteBucket } from './delete-bucket.js';
import { deleteMultipleObjects } from './delete-multiple-objects.js';
import { deleteObject } from './delete-object.js';
import { deleteSymlink } from './delete-symlink.js';
import { describeRegions } from './describe-regions.js';
import { getBucketAcl } from './get-bucket-acl.js';
import { getBucketInfo } from './get-bucket-info.js';
import { getBucketLocation } from './get-bucket-location.js';
import { getBucketStat } from './get-bucket-stat.js';
import { getObject } from './get-object.js';
import { getObjectAcl } from './get-object-acl.js';
import { getObjectMeta } from './get-object-meta.js';
import { getSymlink } from './get-symlink.js';
import { headBucket } from './head-bucket.js';
import { headObject } from './head-object.js';
import { initiateMultipartUpload } from './initiate-multipart-upload.js';
import { listBuckets } from './list-buckets.js';
import { listMultipartUploads } from './list-multipart-uploads.js';
import { listObjectVersions } from './list-object-versions.js';
import { listObjects } from './list-objects.js';
import { listObjectsV2 } from './list-objects-v2.js';
import { listParts } from './list-parts.js';
import {
  deleteLiveChannel,
  getLiveChannelHistory,
  getLiveChannelInfo,
  getLiveChannelStat,
  listLiveChannel,
  putLiveChannel,
  putLiveChannelStatus,
} from './live-channel.js';
import { getObjectLegalHold, putObjectLegalHold } from './object-legal-hold.js';
import { getObjectRetention, putObjectRetention } from './object-retention.js';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.js';
import { missingOperation, type OperationRows } from './operation.js';
import { optionObject } from './option-object.js';
import { postObject } from './post-object.js';
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './public-access-block.js';
import { putBucket } from './put-bucket.js';
import { putBucketAcl } from './put-bucket-acl.js';
import { putObject } from './put-object.js';
import { putObjectAcl } from './put-object-acl.js';
import { putSymlink } from './put-symlink.js';
import { restoreObject } from './restore-object.js';
import { sealAppendObject } from './seal-append-object.js';
import { uploadPart } from './upload-part.js';
import { uploadPartCopy } from './upload-part-copy.js';

/** Every operation of the protocol, by its name; exhaustive by type, so that a new one cannot be forgotten here and none can stand for another. */
export const OPERATION_ROWS: OperationRows = {
  ListBuckets: listBuckets,
  DescribeRegions: describeRegions,
  ListCloudBoxes: missingOperation('ListCloudBoxes'),
  ListAccessPoints: listAccessPoints,
  ListUserDataRedundancyTransition: listUserDataRedundancyTransition,
  GetPublicAccessBlock: getPublicAccessBlock,
  PutPublicAccessBlock: putPublicAccessBlock,
  DeletePublicAccessBlock: deletePublicAccessBlock,
  ListResourcePools: missingOperation('ListResourcePools'),
  GetResourcePoolInfo: missingOperation('GetResourcePoolInfo'),
  ListResourcePoolBuckets: missingOperation('ListResourcePoolBuckets'),
  WriteGetObjectResponse: missingOperation('WriteGetObjectResponse'),
  PutBucket: putBucket,
  DeleteBucket: deleteBucket,
  HeadBucket: headBucket,
  GetBucketInfo: getBucketInfo,
  GetBucketLocation: getBucketLocation,
  GetBucketStat: getBucketStat,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListMultipartUploads: listMultipartUploads,
  DeleteMultipleObjects: deleteMultipleObjects,
  PostObject: postObject,
  PutBucketAcl: putBucketAcl,
  GetBucketAcl: getBucketAcl,
  PutBucketVersioning: putBucketVersioning,
  GetBucketVersioning: getBucketVersioning,
  PutBucketLifecycle: putBucketLifecycle,
  GetBucketLifecycle: getBucketLifecycle,
  DeleteBucketLifecycle: deleteBucketLifecycle,
  PutBucketCors: putBucketCors,
  GetBucketCors: getBucketCors,
  DeleteBucketCors: deleteBucketCors,
  PutBucketLogging: putBucketLogging,
  GetBucketLogging: getBucketLogging,
  DeleteBucketLogging: deleteBucketLogging,
  PutUserDefinedLogFieldsConfig: putUserDefinedLogFieldsConfig,
  GetUserDefinedLogFieldsConfig: getUserDefinedLogFieldsConfig,
  DeleteUserDefinedLogFieldsConfig: deleteUserDefinedLogFieldsConfig,
  PutBucketReferer: putBucketReferer,
  GetBucketReferer: getBucketReferer,
  PutBucketWebsite: putBucketWebsite,
  GetBucketWebsite: getBucketWebsite,
  DeleteBucketWebsite: deleteBucketWebsite,
  PutBucketEncryption: putBucketEncryption,
  GetBucketEncryption: getBucketEncryption,
  DeleteBucketEncryption: deleteBucketEncryption,
  PutBucketTags: putBucketTags,
  GetBucketTags: getBucketTags,
  DeleteBucketTags: deleteBucketTags,
  PutBucketPolicy: putBucketPolicy,
  GetBucketPolicy: getBucketPolicy,
  DeleteBucketPolicy: deleteBucketPolicy,
  GetBucketPolicyStatus: getBucketPolicyStatus,
  GetBucketPublicAccessBlock: getBucketPublicAccessBlock,
  PutBucketPublicAccessBlock: putBucketPublicAccessBlock,
  DeleteBucketPublicAccessBlock: deleteBucketPublicAccessBlock,
  InitiateBucketWorm: initiateBucketWorm,
  AbortBucketWorm: abortBucketWorm,
  GetBucketWorm: getBucketWorm,
  CompleteBucketWorm: completeBucketWorm,
  ExtendBucketWorm: extendBucketWorm,
  PutBucketObjectWormConfiguration: putBucketObjectWorm,
  GetBucketObjectWormConfiguration: getBucketObjectWorm,
  PutBucketRequestPayment: putBucketRequestPayment,
  GetBucketRequestPayment: getBucketRequestPayment,
  PutBucketTransferAcceleration: putBucketTransferAcceleration,
  GetBucketTransferAcceleration: getBucketTransferAcceleration,
  DeleteBucketTransferAcceleration: deleteBucketTransferAcceleration,
  PutBucketReplication: putBucketReplication,
  DeleteBucketReplication: deleteBucketReplication,
  GetBucketReplication: getBucketReplication,
  GetBucketReplicationLocation: getBucketReplicationLocation,
  GetBucketReplicationProgress: getBucketReplicationProgress,
  PutBucketRTC: putBucketRtc,
  PutBucketInventory: putBucketInventory,
  GetBucketInventory: getBucketInventory,
  ListBucketInventory: listBucketInventory,
  DeleteBucketInventory: deleteBucketInventory,
  CreateCnameToken: createCnameToken,
  GetCnameToken: getCnameToken,
  PutCname: putCname,
  DeleteCname: deleteCname,
  ListCname: listCname,
  PutStyle: putStyle,
  GetStyle: getStyle,
  ListStyle: listStyle,
  DeleteStyle: deleteStyle,
  PutBucketAccessMonitor: putBucketAccessMonitor,
  GetBucketAccessMonitor: getBucketAccessMonitor,
  PutBucketArchiveDirectRead: putBucketArchiveDirectRead,
  GetBucketArchiveDirectRead: getBucketArchiveDirectRead,
  PutBucketHttpsConfig: putBucketHttpsConfig,
  GetBucketHttpsConfig: getBucketHttpsConfig,
  PutBucketResourceGroup: putBucketResourceGroup,
  GetBucketResourceGroup: getBucketResourceGroup,
  CreateBucketDataRedundancyTransition: createBucketDataRedundancyTransition,
  GetBucketDataRedundancyTransition: getBucketDataRedundancyTransition,
  ListBucketDataRedundancyTransition: listBucketDataRedundancyTransition,
  DeleteBucketDataRedundancyTransition: deleteBucketDataRedundancyTransition,
  CreateAccessPoint: createAccessPoint,
  GetAccessPoint: getAccessPoint,
  ListBucketAccessPoints: listBucketAccessPoints,
  DeleteAccessPoint: deleteAccessPoint,
  PutAccessPointPolicy: putAccessPointPolicy,
  GetAccessPointPolicy: getAccessPointPolicy,
  DeleteAccessPointPolicy: deleteAccessPointPolicy,
  PutAccessPointPublicAccessBlock: putAccessPointPublicAccessBlock,
  GetAccessPointPublicAccessBlock: getAccessPointPublicAccessBlock,
  DeleteAccessPointPublicAccessBlock: deleteAccessPointPublicAccessBlock,
  PutBucketOverwriteConfig: putBucketOverwriteConfig,
  GetBucketOverwriteConfig: getBucketOverwriteConfig,
  DeleteBucketOverwriteConfig: deleteBucketOverwriteConfig,
  OpenMetaQuery: openMetaQuery,
  DoMetaQuery: missingOperation('DoMetaQuery'),
  CloseMetaQuery: closeMetaQuery,
  GetMetaQueryStatus: getMetaQueryStatus,
  PutBucketQosInfo: putBucketQosInfo,
  GetBucketQosInfo: getBucketQosInfo,
  DeleteBucketQosInfo: deleteBucketQosInfo,
  PutBucketRequesterQosInfo: putBucketRequesterQosInfo,
  GetBucketRequesterQosInfo: getBucketRequesterQosInfo,
  DeleteBucketRequesterQosInfo: deleteBucketRequesterQosInfo,
  ListLiveChannel: listLiveChannel,
  PutObject: putObject,
  CopyObject: copyObject,
  GetObject: getObject,
  HeadObject: headObject,
  GetObjectMeta: getObjectMeta,
  DeleteObject: deleteObject,
  DeleteSymlink: deleteSymlink,
  AppendObject: appendObject,
  SealAppendObject: sealAppendObject,
  ConvertObject: missingOperation('ConvertObject', ['convert']),
  FollowObject: missingOperation('FollowObject', ['follow']),
  PutObjectAcl: putObjectAcl,
  GetObjectAcl: getObjectAcl,
  PutObjectTagging: putObjectTagging,
  GetObjectTagging: getObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
  PutSymlink: putSymlink,
  GetSymlink: getSymlink,
  RestoreObject: restoreObject,
  CleanRestoredObject: cleanRestoredObject,
  InitiateMultipartUpload: initiateMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  ProcessImage: missingOperation('ProcessImage'),
  PostProcess: missingOperation('PostProcess'),
  PostAsyncProcess: missingOperation('PostAsyncProcess'),
  SelectObject: missingOperation('SelectObject'),
  CreateSelectObjectMeta: missingOperation('CreateSelectObjectMeta'),
  PutObjectRetention: putObjectRetention,
  GetObjectRetention: getObjectRetention,
  PutObjectLegalHold: putObjectLegalHold,
  GetObjectLegalHold: getObjectLegalHold,
  CreateDirectory: missingOperation('CreateDirectory'),
  RenameObject: missingOperation('RenameObject'),
  DeleteDirectory: missingOperation('DeleteDirectory'),
  PutAsyncFetchTask: missingOperation('PutAsyncFetchTask'),
  GetAsyncFetchTask: missingOperation('GetAsyncFetchTask'),
  PutLiveChannel: putLiveChannel,
  PutLiveChannelStatus: putLiveChannelStatus,
  GetLiveChannelInfo: getLiveChannelInfo,
  GetLiveChannelStat: getLiveChannelStat,
  GetLiveChannelHistory: getLiveChannelHistory,
  DeleteLiveChannel: deleteLiveChannel,
  PostVodPlaylist: missingOperation('PostVodPlaylist'),
  GetVodPlaylist: missingOperation('GetVodPlaylist'),
  OptionObject: optionObject,
};
