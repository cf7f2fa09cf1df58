/** Documented refusals of requests for objects, whole, as several files of tests expect them. */
import { ARGUMENT_ECS, type ExactError } from './error-document.js';

const EMPTY_ECS: Readonly<Record<string, string>> = {
  partNumber: '0017-00000219',
  'x-oss-storage-class': '0017-00000131',
};
const MISSING_ECS: Readonly<Record<string, string>> = {
  partNumber: '0017-00000219',
  uploadId: '0017-00000244',
  'x-oss-symlink-target': '0043-00000001',
};

/** The bucket and the version that `noSuchBucket` and `noSuchVersion` speak of. */
export const MISSING_BUCKET = 'not-there';
export const MISSING_VERSION = 'CAEQ0';

const NO_RIGHT = 'You have no right to access this object because of bucket acl.';
export const ACL_MESSAGE = 'no such object access control exists';
export const SSE_MESSAGE = 'The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.';
export const TAGGING_MESSAGE =
  "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
export const TRAFFIC_MESSAGE =
  'x-oss-traffic-limit is invalid, should be specified between 819200(100KB/s) and 838860800(100MB/s).';

/** Documented detailed codes of refusals of objects. */
const CODE_ECS: Readonly<Record<string, string>> = { InvalidTag: '0010-00000217' };

/** An error, with the EC that its code has wherever it comes from. */
export function refusal(
  status: number,
  code: string,
  message: string,
  details: ExactError['details'] = [],
): ExactError & { readonly details: NonNullable<ExactError['details']> } {
  const ec = CODE_ECS[code];
  return { status, code, message, details, ...(ec !== undefined && { ec }) };
}

/** `InvalidArgument`; of an empty value the document says nothing. */
export function invalidArgument(
  name: string,
  value: string,
  message = 'Invalid Argument',
  ec = (value === '' ? EMPTY_ECS[name] : undefined) ?? ARGUMENT_ECS[name],
): ExactError {
  const argument = [['ArgumentName', name] as const];
  const details = value === '' ? argument : [...argument, ['ArgumentValue', value] as const];
  return { ...refusal(400, 'InvalidArgument', message, details), ...(ec !== undefined && { ec }) };
}

export function missingArgument(name: string, ec = MISSING_ECS[name]): ExactError {
  const error = refusal(400, 'MissingArgument', 'Missing Some Required Arguments.', [['ArgumentName', name]]);
  return { ...error, ...(ec !== undefined && { ec }) };
}

export function malformedXml(detail: string, ec?: string): ExactError {
  const message = 'The XML you provided was not well-formed or did not validate against our published schema.';
  return { ...refusal(400, 'MalformedXML', message, [['ErrorDetail', detail]]), ...(ec !== undefined && { ec }) };
}

export function noSuchKey(key: string): ExactError {
  return { ...refusal(404, 'NoSuchKey', 'The specified key does not exist.', [['Key', key]]), ec: '0026-00000001' };
}

export function noSuchVersion(key: string): ExactError {
  const details = [['Key', key] as const, ['VersionId', MISSING_VERSION] as const];
  return refusal(404, 'NoSuchVersion', 'The specified version does not exist.', details);
}

/** Of an upload whose id a test sent in upper case; parts have codes of their own. */
export function noSuchUpload(uploadId: string, ec = '0042-00000002'): ExactError {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  const details = uploadId === '' ? [] : [['UploadId', uploadId] as const];
  return { ...refusal(404, 'NoSuchUpload', message, details), ec };
}

export function accessDenied(bucket: string, message = NO_RIGHT): ExactError {
  return { ...refusal(403, 'AccessDenied', message, [['BucketName', bucket]]), ec: '0003-00000001' };
}

export function methodNotAllowed(method: string, allow: string, resourceType = 'Object'): ExactError {
  const message = 'The specified method is not allowed against this resource.';
  const details = [['Method', method.toLowerCase()] as const, ['ResourceType', resourceType] as const];
  return { ...refusal(405, 'MethodNotAllowed', message, details), ec: '0003-00000016', headers: { allow } };
}

/** A condition on a read or on the source of a copy that does not hold. */
export function preconditionFailed(condition: string): ExactError {
  const message = 'At least one of the pre-conditions you specified did not hold.';
  return refusal(412, 'PreconditionFailed', message, [['Condition', condition]]);
}

/** A header that an operation does not know; `header` as the document spells it. */
export function headerNotImplemented(header: string): ExactError {
  const message = 'A header you provided implies functionality that is not implemented.';
  return refusal(400, 'NotImplemented', message, [['Header', header]]);
}

export const noSuchBucket: ExactError = {
  ...refusal(404, 'NoSuchBucket', 'The specified bucket does not exist.', [['BucketName', MISSING_BUCKET]]),
  ec: '0015-00000101',
};
export const fileAlreadyExists = refusal(
  409,
  'FileAlreadyExists',
  'The object you specified already exists and can not be overwritten.',
);
export const nameTooLong = refusal(400, 'InvalidObjectName', 'The Length of Object name must be less than 1024.');
export const nameNotValid = refusal(400, 'InvalidObjectName', 'The specified object is not valid.');
export const digestMismatch: ExactError = {
  ...refusal(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.'),
  ec: '0017-00000503',
};
/** What is no MD5 at all. */
export const noDigest: ExactError = { ...digestMismatch, ec: '0017-00000502' };
export const invalidObjectState = refusal(
  403,
  'InvalidObjectState',
  "The operation is not valid for the object's state.",
);
export const emptyVersion = invalidArgument('versionId', '', 'Version id can not be the empty string.');
export const malformedVersion = invalidArgument('versionId', 'a b', 'Invalid version id specified.');
