/**
 * Detailed error codes (EC) that depend on the operation or on what is wrong, from the documentation of the public
 * service (one page for each code, `help.aliyun.com/zh/oss/support/EC`) and from what its clients report. Codes that go
 * with an error wherever it comes from stand in the protocol's table; those without one are listed in its
 * `undocumented-codes.ts`. Every code is in `docs/error-codes.md`, with its source. Leaves out codes that are known
 * only where the error is made.
 */
import { ERROR_TABLE, type ErrorCode, type OperationName, OssError } from '@annals/protocol';

/** When an error has which EC. */
export interface DetailedCode {
  readonly code: ErrorCode;
  /** `ArgumentName` of the error. Without it, any and none. */
  readonly argument?: string;
  /** `ArgumentValue` of the error. */
  readonly value?: string;
  /** What the message, or the element that says more than it, looks like. */
  readonly says?: RegExp;
  /** Further elements of the error's document. */
  readonly details?: Readonly<Record<string, RegExp>>;
  /** Without it, every operation. */
  readonly operations?: readonly OperationName[];
  readonly ec: string;
}

/** The first that fits counts. */
export const DETAILED_CODES: readonly DetailedCode[] = [
  // Multipart uploads
  { code: 'NoSuchUpload', details: { UploadId: /^$/ }, ec: '0017-00000244' },
  { code: 'MissingArgument', argument: 'uploadId', ec: '0017-00000244' },
  { code: 'NoSuchUpload', operations: ['UploadPart'], ec: '0042-00000104' },
  { code: 'NoSuchUpload', operations: ['UploadPartCopy'], ec: '0042-00000311' },
  { code: 'MissingArgument', argument: 'partNumber', ec: '0017-00000219' },
  { code: 'InvalidArgument', argument: 'partNumber', value: '', ec: '0017-00000219' },
  { code: 'InvalidArgument', argument: 'partNumber', ec: '0017-00000220' },
  { code: 'EntityTooSmall', operations: ['CompleteMultipartUpload'], ec: '0042-00000213' },

  // Copies
  {
    code: 'InvalidArgument',
    argument: 'x-oss-copy-source',
    value: '',
    operations: ['UploadPartCopy'],
    ec: '0042-00000302',
  },
  { code: 'InvalidArgument', argument: 'x-oss-copy-source', operations: ['UploadPartCopy'], ec: '0042-00000301' },
  {
    code: 'OperationNotSupported',
    says: /type symlink cannot be the source/,
    operations: ['UploadPartCopy'],
    ec: '0042-00000308',
  },
  {
    code: 'InvalidArgument',
    argument: 'x-oss-copy-source',
    says: /takes no parameter/,
    operations: ['CopyObject'],
    ec: '0016-00000304',
  },
  {
    code: 'InvalidArgument',
    argument: 'versionId',
    says: /can not be the empty string/,
    operations: ['CopyObject'],
    ec: '0016-00000305',
  },
  {
    code: 'InvalidArgument',
    argument: 'versionId',
    says: /delete marker/,
    operations: ['CopyObject'],
    ec: '0016-00000307',
  },
  {
    code: 'InvalidArgument',
    argument: 'versionId',
    says: /Invalid version id/,
    operations: ['CopyObject'],
    ec: '0012-00000202',
  },
  { code: 'NoSuchVersion', operations: ['CopyObject'], ec: '0012-00000203' },

  // Headers of many operations
  { code: 'InvalidArgument', argument: 'x-oss-traffic-limit', ec: '0004-00000502' },
  { code: 'InvalidArgument', argument: 'x-oss-storage-class', value: '', ec: '0017-00000131' },
  { code: 'InvalidArgument', argument: 'x-oss-storage-class', ec: '0017-00000132' },
  { code: 'InvalidArgument', argument: 'x-oss-acl', ec: '0015-00000204' },
  {
    code: 'InvalidArgument',
    argument: 'x-oss-server-side-encryption',
    says: /does not take/,
    ec: '0005-00000002',
  },
  { code: 'InvalidArgument', argument: 'x-oss-callback', says: /callbackUrl must/, ec: '0007-00000004' },
  { code: 'MissingArgument', argument: 'x-oss-symlink-target', ec: '0043-00000001' },
  { code: 'KmsServiceNotEnabled', says: /does not turn on KMS/, ec: '0005-00000218' },

  // Tags
  { code: 'InvalidTag', details: { TagKey: /^.{129}/s }, operations: ['PutObjectTagging'], ec: '0010-00000209' },
  { code: 'InvalidTag', operations: ['PutBucket', 'PutBucketTags'], ec: '0010-00000219' },
  {
    code: 'InvalidTag',
    operations: ['PutObject', 'PostObject', 'AppendObject', 'CopyObject', 'PutObjectTagging'],
    ec: '0010-00000217',
  },
  { code: 'InvalidTag', operations: ['InitiateMultipartUpload', 'PutSymlink'], ec: '0010-00000217' },
  { code: 'RepeatedTags', operations: ['PutBucketTags', 'PutObjectTagging'], ec: '0010-00000210' },
  { code: 'BadRequest', says: /^Object tags cannot be greater than/, ec: '0010-00000218' },

  // Forms
  { code: 'AccessDenied', says: /Policy Condition failed/, operations: ['PostObject'], ec: '0006-00000227' },
  { code: 'EntityTooSmall', operations: ['PostObject'], ec: '0006-00000003' },

  // Buckets and their configurations
  { code: 'BucketAlreadyExists', says: /redundancy type$/, ec: '0015-00000228' },
  { code: 'InvalidDataEncryptionAlgorithmError', operations: ['PutBucketEncryption'], ec: '0005-00000203' },
  { code: 'InvalidArgument', argument: 'SSEAlgorithm', operations: ['PutBucketEncryption'], ec: '0005-00000204' },
  { code: 'InvalidArgument', argument: 'Bucket', operations: ['PutBucketInventory'], ec: '0020-00000032' },
  { code: 'InvalidArgument', argument: 'AllowedMethod', operations: ['PutBucketCors'], ec: '0034-00000011' },
  { code: 'MalformedXML', says: /at least one CORSRule/, operations: ['PutBucketCors'], ec: '0034-00000002' },
  {
    code: 'MalformedXML',
    says: /TargetBucket must not be empty/,
    operations: ['PutBucketLogging'],
    ec: '0032-00000003',
  },
  { code: 'MalformedXML', says: /must have a TargetBucket/, operations: ['PutBucketLogging'], ec: '0032-00000002' },
  { code: 'NoSuchWORMConfiguration', operations: ['GetBucketWorm'], ec: '0027-00000009' },
  { code: 'MalformedXML', says: / bytes\.$/, operations: ['PutBucketPolicy'], ec: '0030-00000001' },
  { code: 'InvalidPolicyDocument', says: / bytes\b/, operations: ['PutBucketPolicy'], ec: '0030-00000001' },
  { code: 'InvalidPolicyDocument', says: /is not "1"/, operations: ['PutBucketPolicy'], ec: '0030-00000002' },
  { code: 'InvalidPolicyDocument', says: /is not UTF-8/, operations: ['PutBucketPolicy'], ec: '0030-00000004' },
  { code: 'InvalidPolicyDocument', operations: ['PutBucketPolicy'], ec: '0030-00000005' },

  // Documents of any kind, behind those of one kind: too long before all else
  { code: 'MalformedXML', says: / more than \d+ bytes\.$/, ec: '0017-00000501' },
  { code: 'MalformedXML', operations: ['InitiateBucketWorm', 'ExtendBucketWorm'], ec: '0027-00000004' },
  { code: 'MalformedXML', says: /^The root element/, operations: ['PutBucketLifecycle'], ec: '0014-00000012' },
  {
    code: 'MalformedXML',
    says: /^LifecycleConfiguration must not have the element/,
    operations: ['PutBucketLifecycle'],
    ec: '0014-00000015',
  },
  { code: 'MalformedXML', says: /must not have the element/, operations: ['PutBucketLifecycle'], ec: '0014-00000017' },
  { code: 'MalformedXML', operations: ['PutBucketLifecycle'], ec: '0014-00000011' },
];

/**
 * Gives an error the EC that its operation has for it.
 * @param operation `undefined` when the request did not come so far.
 * @returns The same error when it has an EC of its own, or none is known.
 */
export function withDetailedCode(error: OssError, operation: OperationName | undefined): OssError {
  if (error.ec !== ERROR_TABLE[error.code].ec) return error;
  const found = DETAILED_CODES.find((row) => fits(row, error, operation));
  if (found === undefined) return error;
  const { code, message, status, details, headers, isUnreadable, cause } = error;
  return new OssError(code, { message, status, details, headers, isUnreadable, cause, ec: found.ec });
}

function fits(
  { code, argument, value, says, details = {}, operations }: DetailedCode,
  error: OssError,
  operation: OperationName | undefined,
): boolean {
  if (code !== error.code) return false;
  const { ArgumentName, ArgumentValue, ErrorDetail, Detail } = error.details;
  if (argument !== undefined && argument !== ArgumentName) return false;
  if (value !== undefined && value !== ArgumentValue) return false;
  if (says !== undefined && !says.test(ErrorDetail ?? Detail ?? error.message)) return false;
  for (const [name, pattern] of Object.entries(details)) {
    const text = error.details[name];
    if (text === undefined || !pattern.test(text)) return false;
  }
  return operations === undefined || (operation !== undefined && operations.includes(operation));
}
