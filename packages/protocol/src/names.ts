/**
 * Which names buckets and objects may have. Keys are plain names: control characters, NUL and `../` are allowed and
 * mean nothing. Leaves out whether the named thing exists.
 */
import { OssError } from './error/oss-error.js';
import { LIMITS } from './limits.js';
import { isWellFormedText, utf8LengthBytes } from './text.js';

/** Detailed error code of a name that is no text in UTF-8. */
export const NOT_UTF8_NAME_EC = '0016-00000004';

const BUCKET_NAME = new RegExp(
  `^[a-z0-9][a-z0-9-]{${LIMITS.bucketNameLengthMin - 2},${LIMITS.bucketNameLengthMax - 2}}[a-z0-9]$`,
);

/**
 * Tells whether a text is a legal bucket name: 3 to 63 of `a-z`, `0-9` and `-`, neither first nor last a `-`.
 * @param name Any text.
 */
export function isBucketName(name: string): boolean {
  return BUCKET_NAME.test(name);
}

/**
 * Refuses an illegal bucket name.
 * @param name Any text.
 * @throws {OssError} `InvalidBucketName`.
 */
export function validateBucketName(name: string): void {
  if (!isBucketName(name)) throw new OssError('InvalidBucketName', { details: { BucketName: name } });
}

/**
 * Refuses an illegal key: empty, longer than 1023 UTF-8 bytes, beginning with `/` or `\`, or not expressible in UTF-8.
 * @param key Any text.
 * @throws {OssError} `InvalidObjectName`, with the public service's message for each case.
 */
export function validateObjectKey(key: string): void {
  if (key === '') {
    throw new OssError('InvalidObjectName', { message: 'The Object name can not be empty.', ec: '0016-00000001' });
  }
  // A UTF-16 unit takes one to three bytes: only lengths in between have to be counted.
  const isTooLong =
    key.length > LIMITS.keyLengthBytesMax ||
    (key.length * 3 > LIMITS.keyLengthBytesMax && utf8LengthBytes(key) > LIMITS.keyLengthBytesMax);
  if (isTooLong) {
    throw new OssError('InvalidObjectName', {
      message: 'The Length of Object name must be less than 1024.',
      ec: '0016-00000003',
    });
  }
  if (!isWellFormedText(key)) throw new OssError('InvalidObjectName', { ec: NOT_UTF8_NAME_EC });
  if (key.startsWith('/') || key.startsWith('\\')) throw new OssError('InvalidObjectName');
}
