/**
 * Every error code that Annals sends or understands, with its HTTP status, its default message and, where it is known,
 * its detailed error code (EC). Messages are the public service's, letter for letter: SDKs and people compare them.
 * Leaves out messages that differ from case to case (pass `message` to `OssError`) and rendering (`error-xml.ts`).
 */

/** One row of the error table. */
export interface ErrorRow {
  /** HTTP status. */
  readonly status: number;
  /** Message when the thrower gives none. */
  readonly message: string;
  /** Detailed error code `NNNN-NNNNNNNN` when the thrower gives none. */
  readonly ec?: string;
}

const INVALID_PART_MESSAGE =
  "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.";

const table = {
  // Missing things
  NoSuchBucket: { status: 404, message: 'The specified bucket does not exist.', ec: '0015-00000101' },
  NoSuchKey: { status: 404, message: 'The specified key does not exist.', ec: '0026-00000001' },
  NoSuchVersion: { status: 404, message: 'The specified version does not exist.' },
  NoSuchUpload: {
    status: 404,
    message:
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    ec: '0042-00000002',
  },
  NoSuchLiveChannel: { status: 404, message: 'The specified live channel does not exist.', ec: '0026-00000021' },
  SymlinkTargetNotExist: { status: 404, message: 'The symlink target object does not exist.' },
  NoSuchLifecycle: { status: 404, message: 'No Row found in Lifecycle Table.' },
  NoSuchCORSConfiguration: { status: 404, message: 'The CORS Configuration does not exist.', ec: '0034-00000001' },
  NoSuchWebsiteConfiguration: {
    status: 404,
    message: 'The specified bucket does not have a website configuration.',
  },
  NoSuchServerSideEncryptionRule: {
    status: 404,
    message: 'The server side encryption configuration was not found.',
  },
  NoSuchBucketPolicy: { status: 404, message: 'The specified bucket policy does not exist.', ec: '0030-00000006' },
  NoSuchInventory: { status: 404, message: 'The specified inventory configuration does not exist.' },
  NoSuchReplicationConfiguration: {
    status: 404,
    message: 'The bucket you specified does not have replication configuration',
  },
  NoSuchReplicationRule: { status: 404, message: 'The specified replication rule does not exist.' },
  NoSuchTransferAccelerationConfiguration: {
    status: 404,
    message: 'The bucket you specified does not have transfer acceleration configuration',
  },
  NoSuchCname: { status: 404, message: 'The specified cname does not exist.' },
  CnameTokenNotFound: { status: 404, message: 'Cname token not found.', ec: '0018-00000301' },
  NoSuchStyle: { status: 404, message: 'The specified style does not exist.' },
  NoSuchConfiguration: { status: 404, message: 'The specified configuration does not exist.' },
  NoSuchAccessPoint: { status: 404, message: 'The specified access point does not exist.' },
  NoSuchAccessPointPolicy: { status: 404, message: 'The specified access point has no policy.' },
  BucketDataRedundancyTransitionTaskNotExist: {
    status: 404,
    message: 'The specified data redundancy transition task does not exist.',
  },
  MetaQueryNotExist: { status: 404, message: 'The specified bucket has no meta query.' },
  AccessPointAlreadyExists: { status: 409, message: 'The account has an access point of this name.' },
  BucketDataRedundancyTransitionTaskStatusConflict: {
    status: 409,
    message: 'The bucket has a data redundancy transition task.',
  },
  NeedVerifyDomainOwnership: {
    status: 403,
    message: 'Please verify domain ownership by CreateCnameToken and try again.',
  },
  CnameAlreadyExists: { status: 409, message: 'The domain is bound to another bucket.' },
  NoSuchObjectWormConfiguration: { status: 404, message: 'The object WORM configuration does not exist.' },
  NoSuchObjectRetentionConfiguration: { status: 404, message: 'The object has no retention.' },
  NoSuchObjectLegalHoldConfiguration: { status: 404, message: 'The object has no legal hold.' },
  NoSuchWORMConfiguration: { status: 404, message: 'The WORM Configuration does not exist.' },

  // Conflicts with what is stored
  BucketAlreadyExists: {
    status: 409,
    message:
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
    ec: '0015-00000104',
  },
  BucketReplicationAlreadyExist: { status: 400, message: 'Bucket replication already exists.' },
  BucketNotEmpty: {
    status: 409,
    message: 'The bucket has objects. Please delete them first.',
    ec: '0015-00000301',
  },
  FileAlreadyExists: {
    status: 409,
    message: 'The object you specified already exists and can not be overwritten.',
    ec: '0026-00000002',
  },
  ObjectAlreadyExists: {
    status: 400,
    message: 'The object you specified already exists and can not be overwritten.',
  },
  FileImmutable: { status: 409, message: 'The object you specified is immutable.' },
  PositionNotEqualToLength: {
    status: 409,
    message: 'Position is not equal to file length',
    ec: '0026-00000016',
  },
  ObjectNotAppendable: { status: 409, message: 'The object is not appendable', ec: '0026-00000017' },
  AppendSealedObjectNotAllowed: { status: 409, message: 'The object has been sealed and can not be appended.' },
  RestoreAlreadyInProgress: {
    status: 409,
    message: 'The restore operation is in progress.',
    ec: '0016-00000701',
  },
  ArchiveRestoreNotFinished: {
    status: 409,
    message: "The archive file's restore is not finished.",
    ec: '0016-00000719',
  },
  WORMConfigurationAlreadyExists: { status: 409, message: 'The WORM Configuration already exists.' },

  // Who may do what
  AccessDenied: { status: 403, message: 'AccessDenied', ec: '0003-00000001' },
  UserDisable: { status: 403, message: 'UserDisable', ec: '0003-00000801' },
  InvalidAccessKeyId: {
    status: 403,
    message: 'The OSS Access Key Id you provided does not exist in our records.',
    ec: '0002-00000902',
  },
  SignatureDoesNotMatch: {
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    ec: '0002-00000040',
  },
  RequestTimeTooSkewed: {
    status: 403,
    message: 'The difference between the request time and the current time is too large.',
    ec: '0002-00000504',
  },
  InvalidSecurityToken: { status: 403, message: 'The security token you provided is invalid.' },
  SecurityTokenExpired: { status: 403, message: 'The security token you provided has expired.' },
  AccessKeyIdAndSecurityTokenNotMatch: {
    status: 403,
    message: 'The OSS access key id and security token you provided does not match.',
  },
  SecurityTokenNotSupported: { status: 403, message: 'This interface does not support security token.' },
  SecondLevelDomainForbidden: { status: 403, message: 'Please use virtual hosted style to access.' },
  AccessForbidden: { status: 403, message: 'CORSResponse: This CORS request is not allowed.' },
  InvalidObjectState: { status: 403, message: "The operation is not valid for the object's state." },
  KmsServiceNotEnabled: { status: 403, message: 'This user does not turn on KMS service.' },
  WORMConfigurationLocked: { status: 403, message: 'The WORM Configuration is locked.' },

  // What the request says
  InvalidArgument: { status: 400, message: 'Invalid Argument' },
  MissingArgument: { status: 400, message: 'Missing Some Required Arguments.' },
  InvalidRequest: { status: 400, message: 'Invalid Request' },
  BadRequest: { status: 400, message: 'Insufficient information. Origin request header needed.' },
  InvalidBucketName: { status: 400, message: 'The specified bucket is not valid.', ec: '0015-00000001' },
  /** Of a name that begins with a slash; the other faults have ECs of their own. */
  InvalidObjectName: { status: 400, message: 'The specified object is not valid.', ec: '0016-00000005' },
  TooManyBuckets: { status: 400, message: 'You have attempted to create more buckets than allowed.' },
  InvalidLocationConstraint: { status: 400, message: 'The specified location-constraint is not valid' },
  MalformedXML: {
    status: 400,
    message: 'The XML you provided was not well-formed or did not validate against our published schema.',
  },
  /** Of a digest that does not match; one that is none has an EC of its own. */
  InvalidDigest: { status: 400, message: 'The Content-MD5 you specified was invalid.', ec: '0017-00000503' },
  InvalidCRC64: {
    status: 400,
    message: 'The x-oss-hash-crc64ecma you specified does not match what we calculated.',
  },
  IncompleteBody: {
    status: 400,
    message: 'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  },
  RequestTimeout: {
    status: 400,
    message:
      'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
  },
  EntityTooLarge: { status: 400, message: 'Your proposed upload exceeds the maximum allowed size.' },
  EntityTooSmall: { status: 400, message: 'Your proposed upload smaller than the minimum allowed size.' },
  InlineDataTooLarge: { status: 400, message: 'Inline data exceeds the maximum allowed size.' },
  InvalidPart: { status: 400, message: INVALID_PART_MESSAGE },
  InvalidPartOrder: {
    status: 400,
    message: 'The list of parts was not in ascending order. Parts list must specified in order by part number.',
    ec: '0042-00000209',
  },
  FilePartNotExist: { status: 400, message: INVALID_PART_MESSAGE },
  FilePartStale: { status: 400, message: 'The Part you read had been deleted.' },
  PartNotSequential: { status: 400, message: 'The parts of a sequential upload must be uploaded in order.' },
  InvalidTargetType: {
    status: 400,
    message: "The symbolic's target file type is invalid",
    ec: '0026-00000011',
  },
  NotSymlink: { status: 400, message: 'The object is not symlink.', ec: '0043-00000101' },
  OperationNotSupported: { status: 400, message: 'The operation is not supported for this resource' },
  InvalidEncryptionAlgorithmError: {
    status: 400,
    message: 'The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.',
    ec: '0005-00000003',
  },
  InvalidDataEncryptionAlgorithmError: {
    status: 400,
    message: 'The Encryption request you specified is not valid. Supported value:SM4',
  },
  InvalidTag: { status: 400, message: 'The TagKey you have provided is invalid' },
  InvalidTaggingKey: { status: 400, message: 'The TagKey you have provided is invalid' },
  RepeatedTags: { status: 400, message: 'Tag keys must be unique.', ec: '0010-00000217' },
  TooManyTags: { status: 400, message: 'The number of tags exceeds the maximum allowed.' },
  InvalidPolicyDocument: { status: 400, message: 'Invalid Policy: The policy document is not valid.' },
  InvalidWORMConfiguration: { status: 400, message: 'Invalid WORM Configuration.' },
  CORSRuleBeyondLimit: { status: 400, message: 'The number of CORS rules exceeds the maximum allowed.' },
  InvalidTargetBucketForLogging: {
    status: 400,
    message: 'put bucket log requester is not target bucket owner.',
    ec: '0032-00000009',
  },
  RequestIsNotMultiPartContent: {
    status: 400,
    message: 'Bucket POST must be of the enclosure-type multipart/form-data.',
  },
  MalformedPOSTRequest: {
    status: 400,
    message: 'The body of your POST request is not well-formed multipart/form-data.',
    ec: '0006-00000104',
  },
  MaxPOSTPreDataLengthExceededError: {
    status: 400,
    message: 'Your POST request fields preceding the upload file were too large.',
    ec: '0006-00000112',
  },
  IncorrectNumberOfFilesInPOSTRequest: {
    status: 400,
    message: 'POST requires exactly one file upload per request.',
    ec: '0006-00000107',
  },
  FieldItemTooLong: { status: 400, message: 'Your name of form field is too long.' },
  MultiRangeFailed: {
    status: 400,
    message: 'The number of ranges exceeds the maximum allowed.',
    ec: '0016-00000110',
  },
  /** A header we do not honour: 400. An operation we do not have: pass `status: 501`. */
  NotImplemented: {
    status: 400,
    message: 'A header you provided implies functionality that is not implemented.',
  },

  // Other statuses
  CallbackFailed: { status: 203, message: 'Error status : 502.', ec: '0007-00000203' },
  /** Never has a body; SDKs turn the bare status into their own "not modified". */
  NotModified: { status: 304, message: 'Not Modified' },
  MethodNotAllowed: {
    status: 405,
    message: 'The specified method is not allowed against this resource.',
    ec: '0003-00000016',
  },
  QuotaExceeded: { status: 403, message: 'The bucket has reached its quota.' },
  MissingContentLength: {
    status: 411,
    message: 'You must provide the Content-Length HTTP header.',
    ec: '0017-00000101',
  },
  PreconditionFailed: {
    status: 412,
    message: 'At least one of the pre-conditions you specified did not hold.',
    ec: '0017-00001001',
  },
  InvalidRange: { status: 416, message: 'The requested range cannot be satisfied' },
  MirrorFailed: { status: 424, message: 'Mirroring failed, please check your mirror configuration.' },
  InternalError: {
    status: 500,
    message: 'Please contact the server administrator, oss@service.aliyun.com.',
  },
  ServiceUnavailable: { status: 503, message: 'Thread pool is almost full, please retry later.' },
  SlowDown: { status: 503, message: 'Please reduce your request rate.' },
  DownloadTrafficRateLimitExceeded: { status: 503, message: 'Please reduce your download request traffic.' },
  UploadTrafficRateLimitExceeded: { status: 503, message: 'Please reduce your upload request traffic.' },
  MetaOperationQpsLimitExceeded: { status: 503, message: 'Qps limit for the meta operation is exceeded.' },
  TotalQpsLimitExceeded: { status: 503, message: 'Total qps limit is exceeded.' },
  ActiveRequestLimitExceeded: { status: 503, message: 'Active request limit is exceeded.' },
  CpuLimitExceeded: { status: 503, message: 'Cpu limit is exceeded.' },

  // Ours: only requests that ask for an extension can meet them
  AppendIdConflict: {
    status: 409,
    message: 'The append id was used before with another body.',
  },
  WriterFenced: { status: 412, message: 'A writer with a higher epoch has taken over this object.' },
  AppendMaxLengthExceeded: {
    status: 412,
    message: 'The append would make the object longer than the maximum length you specified.',
  },
} as const satisfies Record<string, ErrorRow>;

/** A code of the error table. */
export type ErrorCode = keyof typeof table;

/** Every code with its status, default message and EC. */
export const ERROR_TABLE: Readonly<Record<ErrorCode, ErrorRow>> = table;

/**
 * Tells whether a text is a code of the table; a code from another server may not be.
 * @param text The text of a `<Code>` element.
 */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(table, text);
}
