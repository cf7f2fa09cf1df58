/**
 * Detailed error codes (EC) that depend on the operation or on the argument that is wrong, from the documentation of the public service (one page for each code) and from what its clients
 * report. Codes that go with an error wherever it comes from stand in the protocol's table; what is documented nowhere has none.
 * Leaves out codes that are known only where the error is made.
 */
import { ERROR_TABLE, type ErrorCode, type OperationName, OssError } from '@annals/protocol';

/** When an error has which EC. */
export interface DetailedCode {
  readonly code: ErrorCode;
  /** `ArgumentName` of the error. Without it, any and none. */
  readonly argument?: string;
  /** `ArgumentValue` of the error. */
  readonly value?: string;
  /** Without it, every operation. */
  readonly operations?: readonly OperationName[];
  readonly ec: string;
}

/** The first that fits counts. */
export const DETAILED_CODES: readonly DetailedCode[] = [
  { code: 'NoSuchUpload', operations: ['UploadPart'], ec: '0042-00000104' },
  { code: 'NoSuchUpload', operations: ['UploadPartCopy'], ec: '0042-00000311' },
  { code: 'InvalidArgument', argument: 'x-oss-copy-source', operations: ['UploadPartCopy'], ec: '0042-00000301' },
  { code: 'InvalidArgument', argument: 'partNumber', ec: '0017-00000220' },
  { code: 'InvalidArgument', argument: 'x-oss-traffic-limit', ec: '0004-00000502' },
  { code: 'InvalidArgument', argument: 'x-oss-storage-class', value: '', ec: '0017-00000131' },
  { code: 'InvalidArgument', argument: 'x-oss-storage-class', ec: '0017-00000132' },
  { code: 'InvalidArgument', argument: 'x-oss-acl', ec: '0015-00000204' },
  { code: 'InvalidTag', operations: ['PutBucket', 'PutBucketTags'], ec: '0010-00000219' },
  { code: 'InvalidTag', operations: ['PutObject', 'PostObject', 'AppendObject', 'CopyObject'], ec: '0010-00000217' },
  {
    code: 'InvalidTag',
    operations: ['PutObjectTagging', 'InitiateMultipartUpload', 'PutSymlink'],
    ec: '0010-00000217',
  },
];

/**
 * Gives an error the EC that its operation has for it.
 * @param operation `undefined` when the request did not come so far.
 * @returns The same error when it has an EC of its own, or none is known.
 */
export function withDetailedCode(error: OssError, operation: OperationName | undefined): OssError {
  if (error.ec !== ERROR_TABLE[error.code].ec) return error;
  const { ArgumentName, ArgumentValue } = error.details;
  const found = DETAILED_CODES.find(({ code, argument, value, operations }) => {
    if (code !== error.code) return false;
    if (argument !== undefined && argument !== ArgumentName) return false;
    if (value !== undefined && value !== ArgumentValue) return false;
    return operations === undefined || (operation !== undefined && operations.includes(operation));
  });
  if (found === undefined) return error;
  const { code, message, status, details, headers, isUnreadable, cause } = error;
  return new OssError(code, { message, status, details, headers, isUnreadable, cause, ec: found.ec });
}
