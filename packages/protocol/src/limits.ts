/**
 * Every number that client and server must agree on, each with where it comes from.
 * Leaves out what only one side decides (buffer sizes, timeouts, retry counts).
 */

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const GIBIBYTE = 1024 * MEBIBYTE;

/** The limits of the protocol. Names end in their unit, then the bound. */
export const LIMITS = {
  /**
   * Length of an object by one upload or by all its appends. API reference of PutObject and AppendObject: 5 GB, meant
   * binary.
   */
  objectLengthBytesMax: 5 * GIBIBYTE,
  /** Length of a source object that CopyObject takes in one call; the same bound as a simple upload. */
  copySourceLengthBytesMax: 5 * GIBIBYTE,

  /** Length of a bucket name. Terms of the API reference. */
  bucketNameLengthMin: 3,
  bucketNameLengthMax: 63,
  /** Length of a key in UTF-8 bytes; also of prefix, marker and delimiter. Terms of the API reference. */
  keyLengthBytesMax: 1023,

  /** Buckets of one account. PutBucket, error TooManyBuckets. */
  bucketCountMax: 100,

  /** Keys in one DeleteMultipleObjects. */
  deleteKeyCountMax: 1000,
  /** Body of one DeleteMultipleObjects. */
  deleteBodyLengthBytesMax: 2 * MEBIBYTE,
  /**
   * Body of CompleteMultipartUpload: 10,000 parts of at most 200 bytes of XML each, rounded up. Ours, the source gives
   * none.
   */
  completeBodyLengthBytesMax: 4 * MEBIBYTE,
  /** Body of every other XML request. The CORS page says 16 KB; lifecycle with 1,000 rules needs more. Ours. */
  configurationBodyLengthBytesMax: 1 * MEBIBYTE,
  /** Nesting of an XML request. The deepest documented one (lifecycle) has 6 levels. Ours. */
  xmlDepthMax: 16,
  /**
   * Tags, comments and sections of an XML document, and as many lines: 10,000 parts with four members each have 100,000
   * tags. Ours.
   */
  xmlMarkupCountMax: 131_072,
  /**
   * The same of the document of a request: reading it delays all requests by some 25 ms. A batch of 1,000 deletions has
   * 6,000; parts and lifecycle rules, of which there may be more, are read in pieces. Ours.
   */
  requestMarkupCountMax: 16_384,
  /**
   * Characters of one text, tag, comment or section of an XML document: an error may quote all headers of a request in
   * hex. Ours.
   */
  xmlPieceLengthMax: 64 * KIBIBYTE,

  /** Tags of an object. PutObjectTagging. */
  objectTagCountMax: 10,
  /** Tags of a bucket. PutBucketTags. */
  bucketTagCountMax: 20,
  /** Length of a bucket tag's key and value in UTF-8 bytes. PutBucketTags. */
  bucketTagKeyLengthBytesMax: 64,
  bucketTagValueLengthBytesMax: 128,
  /** Length of an object tag's key and value in UTF-8 bytes. PutObjectTagging. */
  tagKeyLengthBytesMax: 128,
  tagValueLengthBytesMax: 256,

  /** All `x-oss-meta-*` names (without that prefix) and values of an object together. PutObject. */
  userMetadataLengthBytesMax: 8 * KIBIBYTE,

  /** Rows of one listing page: objects, versions. ListObjects. */
  maxKeysDefault: 100,
  maxKeysMax: 1000,
  /** Buckets of one ListBuckets page. */
  maxBucketsDefault: 100,
  maxBucketsMax: 1000,
  /** Uploads of one ListMultipartUploads page. */
  maxUploadsDefault: 1000,
  maxUploadsMax: 1000,
  /** Parts of one ListParts page. */
  maxPartsDefault: 1000,
  maxPartsMax: 1000,

  /** Part numbers of a multipart upload. UploadPart. */
  partNumberMin: 1,
  partNumberMax: 10_000,
  /** Length of a part; the last one may be shorter. UploadPart. */
  partLengthBytesMin: 100 * KIBIBYTE,
  partLengthBytesMax: 5 * GIBIBYTE,

  /** Difference allowed between the request's date and the server's clock. Signature pages, RequestTimeTooSkewed. */
  clockSkewSecondsMax: 900,
  /** Life of a V4-signed URL. Signature V4 in a URL. */
  presignedUrlSecondsMin: 1,
  presignedUrlSecondsMax: 604_800,
  /** Life of a V1-signed URL: 3,650 days. The service names no bound. Ours. */
  presignedUrlV1SecondsMax: 315_360_000,

  /** `x-oss-traffic-limit`, bits per second. */
  trafficLimitBitsPerSecondMin: 819_200,
  trafficLimitBitsPerSecondMax: 838_860_800,

  /** Ranges of one multi-range read; more is MultiRangeFailed. */
  rangeCountMax: 50,

  /**
   * Parameters in one query string. A signed request has at most a dozen; the bound keeps sorting and matching cheap.
   * Ours.
   */
  queryParameterCountMax: 1000,

  /** PostObject: name of a field, its value. */
  formKeyLengthBytesMax: 8 * KIBIBYTE,
  formFieldLengthBytesMax: 2 * MEBIBYTE,
  /** PostObject: everything in front of the file, and everything behind it. Ours: two of the longest fields. */
  formFieldsLengthBytesMax: 4 * MEBIBYTE,
  /** PostObject: fields in front of the file. Ours; real forms have a dozen. */
  formFieldCountMax: 1000,

  /** Bucket policy document. */
  bucketPolicyLengthBytesMax: 16 * KIBIBYTE,
  /** Rules of a lifecycle configuration, and length of a rule's id. */
  lifecycleRuleCountMax: 1000,
  lifecycleRuleIdLengthBytesMax: 255,
  /** Rules of a CORS configuration. */
  corsRuleCountMax: 10,
  /** Body of PutBucketCors. */
  corsBodyLengthBytesMax: 16 * KIBIBYTE,
  /** Days of a retention policy: 1 day to 70 years. InitiateBucketWorm. */
  retentionDaysMin: 1,
  retentionDaysMax: 25_550,
  /** Period of a retention of single versions. PutBucketObjectWormConfiguration. */
  objectRetentionDaysMax: 36_500,
  objectRetentionYearsMax: 100,

  /**
   * `x-oss-err`, the base64 copy of an error document on HEAD: half of the 16 KiB of headers that Node clients accept.
   * Ours.
   */
  errorHeaderLengthBytesMax: 8 * KIBIBYTE,

  /** `x-oss-annals-append-id`, visible ASCII. Extension. */
  appendIdLengthMin: 1,
  appendIdLengthMax: 64,
  /** `wait` of a follow or long poll. Extension. */
  followWaitSecondsDefault: 60,
  followWaitSecondsMax: 3600,
} as const;
