/**
 * Which operations this server has: every name of the protocol's table with its row. One that is not built has a row
 * that says so; the pipeline answers it with 501 `NotImplemented`, and nothing is ever taken for another operation.
 */

import { missingOperation, type OperationRows } from '../operation-row/operation-row.js';
import { createAccessPoint, deleteAccessPoint, getAccessPoint } from './bucket/access-point.js';
import { deleteAccessPointPolicy, getAccessPointPolicy, putAccessPointPolicy } from './bucket/access-point-policy.js';
import {
  deleteAccessPointPublicAccessBlock,
  getAccessPointPublicAccessBlock,
  putAccessPointPublicAccessBlock,
} from './bucket/access-point-public-access-block.js';
import { getBucketAccessMonitor, putBucketAccessMonitor } from './bucket/bucket-access-monitor.js';
import { getBucketArchiveDirectRead, putBucketArchiveDirectRead } from './bucket/bucket-archive-direct-read.js';
import { deleteBucketCors, getBucketCors, putBucketCors } from './bucket/bucket-cors.js';
import {
  createBucketDataRedundancyTransition,
  deleteBucketDataRedundancyTransition,
  getBucketDataRedundancyTransition,
  listBucketDataRedundancyTransition,
} from './bucket/bucket-data-redundancy-transition.js';
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './bucket/bucket-encryption.js';
import { getBucketHttpsConfig, putBucketHttpsConfig } from './bucket/bucket-https-config.js';
import {
  deleteBucketInventory,
  getBucketInventory,
  listBucketInventory,
  putBucketInventory,
} from './bucket/bucket-inventory.js';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './bucket/bucket-lifecycle.js';
import { deleteBucketLogging, getBucketLogging, putBucketLogging } from './bucket/bucket-logging.js';
import { getBucketObjectWorm, putBucketObjectWorm } from './bucket/bucket-object-worm-configuration.js';
import {
  deleteBucketOverwriteConfig,
  getBucketOverwriteConfig,
  putBucketOverwriteConfig,
} from './bucket/bucket-overwrite-config.js';
import { deleteBucketPolicy, getBucketPolicy, putBucketPolicy } from './bucket/bucket-policy.js';
import {
  deleteBucketPublicAccessBlock,
  getBucketPublicAccessBlock,
  putBucketPublicAccessBlock,
} from './bucket/bucket-public-access-block.js';
import { deleteBucketQosInfo, getBucketQosInfo, putBucketQosInfo } from './bucket/bucket-qos-info.js';
import { getBucketReferer, putBucketReferer } from './bucket/bucket-referer.js';
import { deleteBucketReplication, getBucketReplication, putBucketReplication } from './bucket/bucket-replication.js';
import { getBucketRequestPayment, putBucketRequestPayment } from './bucket/bucket-request-payment.js';
import {
  deleteBucketRequesterQosInfo,
  getBucketRequesterQosInfo,
  putBucketRequesterQosInfo,
} from './bucket/bucket-requester-qos-info.js';
import { getBucketResourceGroup, putBucketResourceGroup } from './bucket/bucket-resource-group.js';
import { deleteBucketTags, getBucketTags, putBucketTags } from './bucket/bucket-tags.js';
import {
  deleteBucketTransferAcceleration,
  getBucketTransferAcceleration,
  putBucketTransferAcceleration,
} from './bucket/bucket-transfer-acceleration.js';
import { getBucketVersioning, putBucketVersioning } from './bucket/bucket-versioning.js';
import { deleteBucketWebsite, getBucketWebsite, putBucketWebsite } from './bucket/bucket-website.js';
import {
  abortBucketWorm,
  completeBucketWorm,
  extendBucketWorm,
  getBucketWorm,
  initiateBucketWorm,
} from './bucket/bucket-worm.js';
import { createCnameToken, deleteCname, getCnameToken, listCname, putCname } from './bucket/cname.js';
import { deleteBucket } from './bucket/delete-bucket.js';
import { deleteMultipleObjects } from './bucket/delete-multiple-objects.js';
import { getBucketAcl } from './bucket/get-bucket-acl.js';
import { getBucketInfo } from './bucket/get-bucket-info.js';
import { getBucketLocation } from './bucket/get-bucket-location.js';
import { getBucketPolicyStatus } from './bucket/get-bucket-policy-status.js';
import { getBucketReplicationLocation } from './bucket/get-bucket-replication-location.js';
import { getBucketReplicationProgress } from './bucket/get-bucket-replication-progress.js';
import { getBucketStat } from './bucket/get-bucket-stat.js';
import { headBucket } from './bucket/head-bucket.js';
import { listBucketAccessPoints } from './bucket/list-bucket-access-points.js';
import { listLiveChannel } from './bucket/list-live-channel.js';
import { listObjectVersions } from './bucket/list-object-versions.js';
import { listObjects } from './bucket/list-objects.js';
import { listObjectsV2 } from './bucket/list-objects-v2.js';
import { closeMetaQuery, getMetaQueryStatus, openMetaQuery } from './bucket/meta-query.js';
import { postObject } from './bucket/post-object.js';
import { putBucket } from './bucket/put-bucket.js';
import { putBucketAcl } from './bucket/put-bucket-acl.js';
import { putBucketRtc } from './bucket/put-bucket-rtc.js';
import { deleteStyle, getStyle, listStyle, putStyle } from './bucket/style.js';
import {
  deleteUserDefinedLogFieldsConfig,
  getUserDefinedLogFieldsConfig,
  putUserDefinedLogFieldsConfig,
} from './bucket/user-defined-log-fields-config.js';
import { appendObject } from './object/append-object.js';
import { cleanRestoredObject } from './object/clean-restored-object.js';
import { convertObject } from './object/convert-object.js';
import { copyObject } from './object/copy-object.js';
import { deleteObject } from './object/delete-object.js';
import { deleteSymlink } from './object/delete-symlink.js';
import { followObject } from './object/follow-object.js';
import { getObject } from './object/get-object.js';
import { getObjectAcl } from './object/get-object-acl.js';
import { getObjectMeta } from './object/get-object-meta.js';
import { getSymlink } from './object/get-symlink.js';
import { headObject } from './object/head-object.js';
import {
  deleteLiveChannel,
  getLiveChannelHistory,
  getLiveChannelInfo,
  getLiveChannelStat,
  putLiveChannel,
  putLiveChannelStatus,
} from './object/live-channel.js';
import { getObjectLegalHold, putObjectLegalHold } from './object/object-legal-hold.js';
import { getObjectRetention, putObjectRetention } from './object/object-retention.js';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object/object-tagging.js';
import { optionObject } from './object/option-object.js';
import { putObject } from './object/put-object.js';
import { putObjectAcl } from './object/put-object-acl.js';
import { putSymlink } from './object/put-symlink.js';
import { restoreObject } from './object/restore-object.js';
import { sealAppendObject } from './object/seal-append-object.js';
import { describeRegions } from './service/describe-regions.js';
import { listAccessPoints } from './service/list-access-points.js';
import { listBuckets } from './service/list-buckets.js';
import { listUserDataRedundancyTransition } from './service/list-user-data-redundancy-transition.js';
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './service/public-access-block.js';
import { abortMultipartUpload } from './upload/abort-multipart-upload.js';
import { completeMultipartUpload } from './upload/complete-multipart-upload.js';
import { initiateMultipartUpload } from './upload/initiate-multipart-upload.js';
import { listMultipartUploads } from './upload/list-multipart-uploads.js';
import { listParts } from './upload/list-parts.js';
import { uploadPart } from './upload/upload-part.js';
import { uploadPartCopy } from './upload/upload-part-copy.js';

/**
 * Every operation of the protocol, by its name; exhaustive by type, so that a new one cannot be forgotten here and none
 * can stand for another.
 */
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
  ConvertObject: convertObject,
  FollowObject: followObject,
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
