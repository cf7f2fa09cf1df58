/**
 * Every operation of the protocol: how a request for it looks and which permission it takes.
 *
 * The table names operations whether or not a server has them: a request for one that is missing must be refused, never mistaken
 * for a plain read or write of the object. Leaves out the choice among the rows (`identify-operation.ts`).
 */
import type { Scope } from '../request-target.js';

/** HTTP methods the protocol uses. */
export type HttpMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS';

/** How a request for one operation looks, and what it takes. */
export interface OperationRow {
  readonly methods: readonly HttpMethod[];
  /** `any`: a preflight, which may ask about every resource. */
  readonly scope: Scope | 'any';
  /** Sub-resource keys that must all be in the query. Each names an operation: no row without it serves a request that has it. */
  readonly query: readonly string[];
  /** Parameters that must be there with one of these values; they tell operations with the same sub-resources apart. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Keys that name an operation elsewhere and are a plain parameter here. */
  readonly parameters?: readonly string[];
  /** Request header, in lower case, that must be there. */
  readonly header?: string;
  /** Permission it takes. */
  readonly action: `oss:${string}`;
  /** Permission it takes instead when `versionId` is in the query. */
  readonly versionAction?: `oss:${string}`;
}

const table = {
  // Service
  ListBuckets: {
    methods: ['GET'],
    scope: 'service',
    query: [],
    parameters: ['tagging'],
    action: 'oss:ListBuckets',
  },
  DescribeRegions: { methods: ['GET'], scope: 'service', query: ['regions'], action: 'oss:DescribeRegions' },
  ListCloudBoxes: { methods: ['GET'], scope: 'service', query: ['cloudboxes'], action: 'oss:ListCloudBoxes' },
  ListAccessPoints: { methods: ['GET'], scope: 'service', query: ['accessPoint'], action: 'oss:ListAccessPoints' },
  ListUserDataRedundancyTransition: {
    methods: ['GET'],
    scope: 'service',
    query: ['redundancyTransition'],
    action: 'oss:ListUserDataRedundancyTransition',
  },
  GetPublicAccessBlock: {
    methods: ['GET'],
    scope: 'service',
    query: ['publicAccessBlock'],
    action: 'oss:GetPublicAccessBlock',
  },
  PutPublicAccessBlock: {
    methods: ['PUT'],
    scope: 'service',
    query: ['publicAccessBlock'],
    action: 'oss:PutPublicAccessBlock',
  },
  DeletePublicAccessBlock: {
    methods: ['DELETE'],
    scope: 'service',
    query: ['publicAccessBlock'],
    action: 'oss:DeletePublicAccessBlock',
  },
  ListResourcePools: { methods: ['GET'], scope: 'service', query: ['resourcePool'], action: 'oss:ListResourcePools' },
  GetResourcePoolInfo: {
    methods: ['GET'],
    scope: 'service',
    query: ['resourcePoolInfo'],
    action: 'oss:GetResourcePoolInfo',
  },
  ListResourcePoolBuckets: {
    methods: ['GET'],
    scope: 'service',
    query: ['resourcePoolBuckets'],
    action: 'oss:ListResourcePoolBuckets',
  },
  WriteGetObjectResponse: {
    methods: ['POST'],
    scope: 'service',
    query: ['x-oss-write-get-object-response'],
    action: 'oss:WriteGetObjectResponse',
  },

  // Bucket
  PutBucket: { methods: ['PUT'], scope: 'bucket', query: [], action: 'oss:PutBucket' },
  DeleteBucket: { methods: ['DELETE'], scope: 'bucket', query: [], action: 'oss:DeleteBucket' },
  HeadBucket: { methods: ['HEAD'], scope: 'bucket', query: [], action: 'oss:GetBucketInfo' },
  GetBucketInfo: { methods: ['GET'], scope: 'bucket', query: ['bucketInfo'], action: 'oss:GetBucketInfo' },
  GetBucketLocation: { methods: ['GET'], scope: 'bucket', query: ['location'], action: 'oss:GetBucketLocation' },
  GetBucketStat: { methods: ['GET'], scope: 'bucket', query: ['stat'], action: 'oss:GetBucketStat' },
  ListObjects: { methods: ['GET'], scope: 'bucket', query: [], action: 'oss:ListObjects' },
  ListObjectsV2: {
    methods: ['GET'],
    scope: 'bucket',
    query: [],
    values: { 'list-type': ['2'] },
    action: 'oss:ListObjects',
  },
  ListObjectVersions: { methods: ['GET'], scope: 'bucket', query: ['versions'], action: 'oss:ListObjectVersions' },
  ListMultipartUploads: { methods: ['GET'], scope: 'bucket', query: ['uploads'], action: 'oss:ListMultipartUploads' },
  DeleteMultipleObjects: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['delete'],
    action: 'oss:DeleteObject',
    versionAction: 'oss:DeleteObjectVersion',
  },
  PostObject: { methods: ['POST'], scope: 'bucket', query: [], action: 'oss:PutObject' },
  PutBucketAcl: { methods: ['PUT'], scope: 'bucket', query: ['acl'], action: 'oss:PutBucketAcl' },
  GetBucketAcl: { methods: ['GET'], scope: 'bucket', query: ['acl'], action: 'oss:GetBucketAcl' },
  PutBucketVersioning: { methods: ['PUT'], scope: 'bucket', query: ['versioning'], action: 'oss:PutBucketVersioning' },
  GetBucketVersioning: { methods: ['GET'], scope: 'bucket', query: ['versioning'], action: 'oss:GetBucketVersioning' },
  PutBucketLifecycle: { methods: ['PUT'], scope: 'bucket', query: ['lifecycle'], action: 'oss:PutBucketLifecycle' },
  GetBucketLifecycle: { methods: ['GET'], scope: 'bucket', query: ['lifecycle'], action: 'oss:GetBucketLifecycle' },
  DeleteBucketLifecycle: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['lifecycle'],
    action: 'oss:DeleteBucketLifecycle',
  },
  PutBucketCors: { methods: ['PUT'], scope: 'bucket', query: ['cors'], action: 'oss:PutBucketCors' },
  GetBucketCors: { methods: ['GET'], scope: 'bucket', query: ['cors'], action: 'oss:GetBucketCors' },
  DeleteBucketCors: { methods: ['DELETE'], scope: 'bucket', query: ['cors'], action: 'oss:DeleteBucketCors' },
  PutBucketLogging: { methods: ['PUT'], scope: 'bucket', query: ['logging'], action: 'oss:PutBucketLogging' },
  GetBucketLogging: { methods: ['GET'], scope: 'bucket', query: ['logging'], action: 'oss:GetBucketLogging' },
  DeleteBucketLogging: { methods: ['DELETE'], scope: 'bucket', query: ['logging'], action: 'oss:DeleteBucketLogging' },
  PutUserDefinedLogFieldsConfig: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['userDefinedLogFieldsConfig'],
    action: 'oss:PutUserDefinedLogFieldsConfig',
  },
  GetUserDefinedLogFieldsConfig: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['userDefinedLogFieldsConfig'],
    action: 'oss:GetUserDefinedLogFieldsConfig',
  },
  DeleteUserDefinedLogFieldsConfig: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['userDefinedLogFieldsConfig'],
    action: 'oss:DeleteUserDefinedLogFieldsConfig',
  },
  PutBucketReferer: { methods: ['PUT'], scope: 'bucket', query: ['referer'], action: 'oss:PutBucketReferer' },
  GetBucketReferer: { methods: ['GET'], scope: 'bucket', query: ['referer'], action: 'oss:GetBucketReferer' },
  PutBucketWebsite: { methods: ['PUT'], scope: 'bucket', query: ['website'], action: 'oss:PutBucketWebsite' },
  GetBucketWebsite: { methods: ['GET'], scope: 'bucket', query: ['website'], action: 'oss:GetBucketWebsite' },
  DeleteBucketWebsite: { methods: ['DELETE'], scope: 'bucket', query: ['website'], action: 'oss:DeleteBucketWebsite' },
  PutBucketEncryption: { methods: ['PUT'], scope: 'bucket', query: ['encryption'], action: 'oss:PutBucketEncryption' },
  GetBucketEncryption: { methods: ['GET'], scope: 'bucket', query: ['encryption'], action: 'oss:GetBucketEncryption' },
  DeleteBucketEncryption: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['encryption'],
    action: 'oss:DeleteBucketEncryption',
  },
  PutBucketTags: { methods: ['PUT'], scope: 'bucket', query: ['tagging'], action: 'oss:PutBucketTagging' },
  GetBucketTags: { methods: ['GET'], scope: 'bucket', query: ['tagging'], action: 'oss:GetBucketTagging' },
  DeleteBucketTags: { methods: ['DELETE'], scope: 'bucket', query: ['tagging'], action: 'oss:DeleteBucketTagging' },
  PutBucketPolicy: { methods: ['PUT'], scope: 'bucket', query: ['policy'], action: 'oss:PutBucketPolicy' },
  GetBucketPolicy: { methods: ['GET'], scope: 'bucket', query: ['policy'], action: 'oss:GetBucketPolicy' },
  DeleteBucketPolicy: { methods: ['DELETE'], scope: 'bucket', query: ['policy'], action: 'oss:DeleteBucketPolicy' },
  GetBucketPolicyStatus: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['policyStatus'],
    action: 'oss:GetBucketPolicyStatus',
  },
  GetBucketPublicAccessBlock: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['publicAccessBlock'],
    action: 'oss:GetBucketPublicAccessBlock',
  },
  PutBucketPublicAccessBlock: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['publicAccessBlock'],
    action: 'oss:PutBucketPublicAccessBlock',
  },
  DeleteBucketPublicAccessBlock: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['publicAccessBlock'],
    action: 'oss:DeleteBucketPublicAccessBlock',
  },
  InitiateBucketWorm: { methods: ['POST'], scope: 'bucket', query: ['worm'], action: 'oss:InitiateBucketWorm' },
  AbortBucketWorm: { methods: ['DELETE'], scope: 'bucket', query: ['worm'], action: 'oss:AbortBucketWorm' },
  GetBucketWorm: { methods: ['GET'], scope: 'bucket', query: ['worm'], action: 'oss:GetBucketWorm' },
  CompleteBucketWorm: { methods: ['POST'], scope: 'bucket', query: ['wormId'], action: 'oss:CompleteBucketWorm' },
  ExtendBucketWorm: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['wormId', 'wormExtend'],
    action: 'oss:ExtendBucketWorm',
  },
  PutBucketObjectWormConfiguration: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['objectWorm'],
    action: 'oss:PutBucketObjectWormConfiguration',
  },
  GetBucketObjectWormConfiguration: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['objectWorm'],
    action: 'oss:GetBucketObjectWormConfiguration',
  },
  PutBucketRequestPayment: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['requestPayment'],
    action: 'oss:PutBucketRequestPayment',
  },
  GetBucketRequestPayment: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['requestPayment'],
    action: 'oss:GetBucketRequestPayment',
  },
  PutBucketTransferAcceleration: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['transferAcceleration'],
    action: 'oss:PutBucketTransferAcceleration',
  },
  GetBucketTransferAcceleration: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['transferAcceleration'],
    action: 'oss:GetBucketTransferAcceleration',
  },
  DeleteBucketTransferAcceleration: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['transferAcceleration'],
    action: 'oss:PutBucketTransferAcceleration',
  },
  PutBucketReplication: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['replication'],
    values: { comp: ['add'] },
    action: 'oss:PutBucketReplication',
  },
  DeleteBucketReplication: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['replication'],
    values: { comp: ['delete'] },
    action: 'oss:DeleteBucketReplication',
  },
  GetBucketReplication: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['replication'],
    action: 'oss:GetBucketReplication',
  },
  GetBucketReplicationLocation: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['replicationLocation'],
    action: 'oss:GetBucketReplicationLocation',
  },
  GetBucketReplicationProgress: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['replicationProgress'],
    action: 'oss:GetBucketReplicationProgress',
  },
  PutBucketRTC: { methods: ['PUT'], scope: 'bucket', query: ['rtc'], action: 'oss:PutBucketRTC' },
  PutBucketInventory: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['inventory', 'inventoryId'],
    action: 'oss:PutBucketInventory',
  },
  GetBucketInventory: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['inventory', 'inventoryId'],
    action: 'oss:GetBucketInventory',
  },
  ListBucketInventory: { methods: ['GET'], scope: 'bucket', query: ['inventory'], action: 'oss:GetBucketInventory' },
  DeleteBucketInventory: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['inventory', 'inventoryId'],
    action: 'oss:DeleteBucketInventory',
  },
  CreateCnameToken: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['cname'],
    values: { comp: ['token'] },
    action: 'oss:CreateCnameToken',
  },
  GetCnameToken: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['cname'],
    values: { comp: ['token'] },
    action: 'oss:GetCnameToken',
  },
  PutCname: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['cname'],
    values: { comp: ['add'] },
    action: 'oss:PutCname',
  },
  DeleteCname: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['cname'],
    values: { comp: ['delete'] },
    action: 'oss:DeleteCname',
  },
  ListCname: { methods: ['GET'], scope: 'bucket', query: ['cname'], action: 'oss:ListCname' },
  PutStyle: { methods: ['PUT'], scope: 'bucket', query: ['style', 'styleName'], action: 'oss:PutStyle' },
  GetStyle: { methods: ['GET'], scope: 'bucket', query: ['style', 'styleName'], action: 'oss:GetStyle' },
  ListStyle: { methods: ['GET'], scope: 'bucket', query: ['style'], action: 'oss:ListStyle' },
  DeleteStyle: { methods: ['DELETE'], scope: 'bucket', query: ['style', 'styleName'], action: 'oss:DeleteStyle' },
  PutBucketAccessMonitor: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['accessmonitor'],
    action: 'oss:PutBucketAccessMonitor',
  },
  GetBucketAccessMonitor: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['accessmonitor'],
    action: 'oss:GetBucketAccessMonitor',
  },
  PutBucketArchiveDirectRead: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['bucketArchiveDirectRead'],
    action: 'oss:PutBucketArchiveDirectRead',
  },
  GetBucketArchiveDirectRead: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['bucketArchiveDirectRead'],
    action: 'oss:GetBucketArchiveDirectRead',
  },
  PutBucketHttpsConfig: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['httpsConfig'],
    action: 'oss:PutBucketHttpsConfig',
  },
  GetBucketHttpsConfig: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['httpsConfig'],
    action: 'oss:GetBucketHttpsConfig',
  },
  PutBucketResourceGroup: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['resourceGroup'],
    action: 'oss:PutBucketResourceGroup',
  },
  GetBucketResourceGroup: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['resourceGroup'],
    action: 'oss:GetBucketResourceGroup',
  },
  CreateBucketDataRedundancyTransition: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['redundancyTransition', 'x-oss-target-redundancy-type'],
    action: 'oss:CreateBucketDataRedundancyTransition',
  },
  GetBucketDataRedundancyTransition: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['redundancyTransition', 'x-oss-redundancy-transition-taskid'],
    action: 'oss:GetBucketDataRedundancyTransition',
  },
  ListBucketDataRedundancyTransition: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['redundancyTransition'],
    action: 'oss:ListBucketDataRedundancyTransition',
  },
  DeleteBucketDataRedundancyTransition: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['redundancyTransition', 'x-oss-redundancy-transition-taskid'],
    action: 'oss:DeleteBucketDataRedundancyTransition',
  },
  CreateAccessPoint: { methods: ['PUT'], scope: 'bucket', query: ['accessPoint'], action: 'oss:CreateAccessPoint' },
  GetAccessPoint: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['accessPoint'],
    header: 'x-oss-access-point-name',
    action: 'oss:GetAccessPoint',
  },
  // ListAccessPoints in the public service's documents; a row has one scope, and this one is of a bucket.
  ListBucketAccessPoints: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['accessPoint'],
    action: 'oss:ListAccessPoints',
  },
  DeleteAccessPoint: { methods: ['DELETE'], scope: 'bucket', query: ['accessPoint'], action: 'oss:DeleteAccessPoint' },
  PutAccessPointPolicy: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['accessPointPolicy'],
    action: 'oss:PutAccessPointPolicy',
  },
  GetAccessPointPolicy: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['accessPointPolicy'],
    action: 'oss:GetAccessPointPolicy',
  },
  DeleteAccessPointPolicy: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['accessPointPolicy'],
    action: 'oss:DeleteAccessPointPolicy',
  },
  PutAccessPointPublicAccessBlock: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['publicAccessBlock', 'x-oss-access-point-name'],
    action: 'oss:PutAccessPointPublicAccessBlock',
  },
  GetAccessPointPublicAccessBlock: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['publicAccessBlock', 'x-oss-access-point-name'],
    action: 'oss:GetAccessPointPublicAccessBlock',
  },
  DeleteAccessPointPublicAccessBlock: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['publicAccessBlock', 'x-oss-access-point-name'],
    action: 'oss:DeleteAccessPointPublicAccessBlock',
  },
  PutBucketOverwriteConfig: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['overwriteConfig'],
    action: 'oss:PutBucketOverwriteConfig',
  },
  GetBucketOverwriteConfig: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['overwriteConfig'],
    action: 'oss:GetBucketOverwriteConfig',
  },
  DeleteBucketOverwriteConfig: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['overwriteConfig'],
    action: 'oss:DeleteBucketOverwriteConfig',
  },
  OpenMetaQuery: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['metaQuery'],
    values: { comp: ['add'] },
    action: 'oss:OpenMetaQuery',
  },
  DoMetaQuery: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['metaQuery'],
    values: { comp: ['query'] },
    action: 'oss:DoMetaQuery',
  },
  CloseMetaQuery: {
    methods: ['POST'],
    scope: 'bucket',
    query: ['metaQuery'],
    values: { comp: ['delete'] },
    action: 'oss:CloseMetaQuery',
  },
  GetMetaQueryStatus: { methods: ['GET'], scope: 'bucket', query: ['metaQuery'], action: 'oss:GetMetaQueryStatus' },
  PutBucketQosInfo: { methods: ['PUT'], scope: 'bucket', query: ['qosInfo'], action: 'oss:PutBucketQosInfo' },
  GetBucketQosInfo: { methods: ['GET'], scope: 'bucket', query: ['qosInfo'], action: 'oss:GetBucketQosInfo' },
  DeleteBucketQosInfo: { methods: ['DELETE'], scope: 'bucket', query: ['qosInfo'], action: 'oss:DeleteBucketQosInfo' },
  PutBucketRequesterQosInfo: {
    methods: ['PUT'],
    scope: 'bucket',
    query: ['requesterQosInfo'],
    action: 'oss:PutBucketRequesterQosInfo',
  },
  GetBucketRequesterQosInfo: {
    methods: ['GET'],
    scope: 'bucket',
    query: ['requesterQosInfo'],
    action: 'oss:GetBucketRequesterQosInfo',
  },
  DeleteBucketRequesterQosInfo: {
    methods: ['DELETE'],
    scope: 'bucket',
    query: ['requesterQosInfo'],
    action: 'oss:DeleteBucketRequesterQosInfo',
  },
  ListLiveChannel: { methods: ['GET'], scope: 'bucket', query: ['live'], action: 'oss:ListLiveChannel' },

  // Object
  PutObject: { methods: ['PUT'], scope: 'object', query: [], action: 'oss:PutObject' },
  CopyObject: {
    methods: ['PUT'],
    scope: 'object',
    query: [],
    header: 'x-oss-copy-source',
    action: 'oss:PutObject',
  },
  GetObject: {
    methods: ['GET'],
    scope: 'object',
    query: [],
    action: 'oss:GetObject',
    versionAction: 'oss:GetObjectVersion',
  },
  HeadObject: {
    methods: ['HEAD'],
    scope: 'object',
    query: [],
    action: 'oss:GetObject',
    versionAction: 'oss:GetObjectVersion',
  },
  GetObjectMeta: {
    methods: ['HEAD', 'GET'],
    scope: 'object',
    query: ['objectMeta'],
    action: 'oss:GetObject',
    versionAction: 'oss:GetObjectVersion',
  },
  DeleteObject: {
    methods: ['DELETE'],
    scope: 'object',
    query: [],
    action: 'oss:DeleteObject',
    versionAction: 'oss:DeleteObjectVersion',
  },
  /** Also without `position`: what is missing is then said by the operation. */
  AppendObject: { methods: ['POST'], scope: 'object', query: ['append'], action: 'oss:PutObject' },
  SealAppendObject: { methods: ['POST'], scope: 'object', query: ['seal'], action: 'oss:SealAppendObject' },
  /** Extension. */
  ConvertObject: { methods: ['POST'], scope: 'object', query: ['convert'], action: 'oss:PutObject' },
  /** Extension. */
  FollowObject: { methods: ['GET'], scope: 'object', query: ['follow'], action: 'oss:GetObject' },
  PutObjectAcl: {
    methods: ['PUT'],
    scope: 'object',
    query: ['acl'],
    action: 'oss:PutObjectAcl',
    versionAction: 'oss:PutObjectVersionAcl',
  },
  GetObjectAcl: {
    methods: ['GET'],
    scope: 'object',
    query: ['acl'],
    action: 'oss:GetObjectAcl',
    versionAction: 'oss:GetObjectVersionAcl',
  },
  PutObjectTagging: {
    methods: ['PUT'],
    scope: 'object',
    query: ['tagging'],
    action: 'oss:PutObjectTagging',
    versionAction: 'oss:PutObjectVersionTagging',
  },
  GetObjectTagging: {
    methods: ['GET'],
    scope: 'object',
    query: ['tagging'],
    action: 'oss:GetObjectTagging',
    versionAction: 'oss:GetObjectVersionTagging',
  },
  DeleteObjectTagging: {
    methods: ['DELETE'],
    scope: 'object',
    query: ['tagging'],
    action: 'oss:DeleteObjectTagging',
    versionAction: 'oss:DeleteObjectVersionTagging',
  },
  PutSymlink: { methods: ['PUT'], scope: 'object', query: ['symlink'], action: 'oss:PutObject' },
  GetSymlink: {
    methods: ['GET'],
    scope: 'object',
    query: ['symlink'],
    action: 'oss:GetObject',
    versionAction: 'oss:GetObjectVersion',
  },
  /** DeleteObject, as some programs ask for it where the object is a link: the link goes. */
  DeleteSymlink: {
    methods: ['DELETE'],
    scope: 'object',
    query: ['symlink'],
    action: 'oss:DeleteObject',
    versionAction: 'oss:DeleteObjectVersion',
  },
  RestoreObject: {
    methods: ['POST'],
    scope: 'object',
    query: ['restore'],
    action: 'oss:RestoreObject',
    versionAction: 'oss:RestoreObjectVersion',
  },
  CleanRestoredObject: {
    methods: ['POST'],
    scope: 'object',
    query: ['cleanRestoredObject'],
    action: 'oss:CleanRestoredObject',
  },
  InitiateMultipartUpload: { methods: ['POST'], scope: 'object', query: ['uploads'], action: 'oss:PutObject' },
  UploadPart: { methods: ['PUT'], scope: 'object', query: ['partNumber', 'uploadId'], action: 'oss:PutObject' },
  UploadPartCopy: {
    methods: ['PUT'],
    scope: 'object',
    query: ['partNumber', 'uploadId'],
    header: 'x-oss-copy-source',
    action: 'oss:PutObject',
  },
  CompleteMultipartUpload: { methods: ['POST'], scope: 'object', query: ['uploadId'], action: 'oss:PutObject' },
  AbortMultipartUpload: {
    methods: ['DELETE'],
    scope: 'object',
    query: ['uploadId'],
    action: 'oss:AbortMultipartUpload',
  },
  ListParts: { methods: ['GET'], scope: 'object', query: ['uploadId'], action: 'oss:ListParts' },
  ProcessImage: {
    methods: ['GET'],
    scope: 'object',
    query: ['x-oss-process'],
    action: 'oss:GetObject',
    versionAction: 'oss:GetObjectVersion',
  },
  PostProcess: { methods: ['POST'], scope: 'object', query: ['x-oss-process'], action: 'oss:PostProcessTask' },
  PostAsyncProcess: {
    methods: ['POST'],
    scope: 'object',
    query: ['x-oss-async-process'],
    action: 'oss:ProcessImm',
  },
  SelectObject: {
    methods: ['POST'],
    scope: 'object',
    query: ['x-oss-process'],
    values: { 'x-oss-process': ['csv/select', 'json/select'] },
    action: 'oss:GetObject',
  },
  CreateSelectObjectMeta: {
    methods: ['POST'],
    scope: 'object',
    query: ['x-oss-process'],
    values: { 'x-oss-process': ['csv/meta', 'json/meta'] },
    action: 'oss:GetObject',
  },
  PutObjectRetention: { methods: ['PUT'], scope: 'object', query: ['retention'], action: 'oss:PutObjectRetention' },
  GetObjectRetention: { methods: ['GET'], scope: 'object', query: ['retention'], action: 'oss:GetObjectRetention' },
  PutObjectLegalHold: { methods: ['PUT'], scope: 'object', query: ['legalHold'], action: 'oss:PutObjectLegalHold' },
  GetObjectLegalHold: { methods: ['GET'], scope: 'object', query: ['legalHold'], action: 'oss:GetObjectLegalHold' },
  CreateDirectory: { methods: ['POST'], scope: 'object', query: ['x-oss-dir'], action: 'oss:PutObject' },
  RenameObject: { methods: ['POST'], scope: 'object', query: ['x-oss-rename'], action: 'oss:PutObject' },
  DeleteDirectory: { methods: ['POST'], scope: 'object', query: ['x-oss-delete'], action: 'oss:DeleteObject' },
  PutAsyncFetchTask: { methods: ['POST'], scope: 'bucket', query: ['asyncFetch'], action: 'oss:PutObject' },
  GetAsyncFetchTask: { methods: ['GET'], scope: 'bucket', query: ['asyncFetch'], action: 'oss:GetObject' },
  PutLiveChannel: { methods: ['PUT'], scope: 'object', query: ['live'], action: 'oss:PutLiveChannel' },
  PutLiveChannelStatus: {
    methods: ['PUT'],
    scope: 'object',
    query: ['live'],
    values: { status: ['enabled', 'disabled'] },
    action: 'oss:PutLiveChannelStatus',
  },
  GetLiveChannelInfo: { methods: ['GET'], scope: 'object', query: ['live'], action: 'oss:GetLiveChannel' },
  GetLiveChannelStat: {
    methods: ['GET'],
    scope: 'object',
    query: ['live'],
    values: { comp: ['stat'] },
    action: 'oss:GetLiveChannelStat',
  },
  GetLiveChannelHistory: {
    methods: ['GET'],
    scope: 'object',
    query: ['live'],
    values: { comp: ['history'] },
    action: 'oss:GetLiveChannelHistory',
  },
  DeleteLiveChannel: { methods: ['DELETE'], scope: 'object', query: ['live'], action: 'oss:DeleteLiveChannel' },
  PostVodPlaylist: { methods: ['POST'], scope: 'object', query: ['vod'], action: 'oss:PostVodPlaylist' },
  GetVodPlaylist: { methods: ['GET'], scope: 'object', query: ['vod'], action: 'oss:GetVodPlaylist' },

  // Any
  OptionObject: { methods: ['OPTIONS'], scope: 'any', query: [], action: 'oss:GetObject' },
} as const satisfies Record<string, OperationRow>;

/** Name of an operation. */
export type OperationName = keyof typeof table;

/** Every operation, by name. */
export const OPERATIONS: Readonly<Record<OperationName, OperationRow>> = table;

/** Names of every operation, in the order of the table. */
export const OPERATION_NAMES: readonly OperationName[] = Object.keys(table).filter(isOperationName);

/**
 * Tells whether a text names an operation.
 * @param text Any text.
 */
export function isOperationName(text: string): text is OperationName {
  return Object.hasOwn(table, text);
}

/**
 * Sub-resource keys that clients sign and that therefore mean something to the public service, but for which no request is
 * documented well enough to be a row. A request with one is `unknown`; it is never taken for a plain read or write.
 */
export const UNDOCUMENTED_SUB_RESOURCES: readonly string[] = [
  'objectInfo',
  'img',
  'qos',
  'processConfiguration',
  'udf',
  'udfImage',
  'udfImageDesc',
  'udfApplication',
  'udfApplicationLog',
  'vpcip',
  'vip',
  'regionList',
  'group',
  'link',
  'withHashContext',
  'responseHeader',
  'udfName',
  'udfId',
  // Digests of a resumed upload.
  'x-oss-enable-md5',
  'x-oss-enable-sha1',
  'x-oss-enable-sha256',
  'x-oss-hash-ctx',
  'x-oss-md5-ctx',
  // They restrict who may use a signed URL: a request that asks for protection is not served without it.
  'x-oss-ac-source-ip',
  'x-oss-ac-subnet-mask',
  'x-oss-ac-vpc-id',
  'x-oss-ac-forward-allow',
];
