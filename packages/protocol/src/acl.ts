/** Canned access control lists of buckets and objects. Leaves out deciding by them. */
import { OssError } from './error/oss-error.js';

/** Every ACL of a bucket. */
export const BUCKET_ACLS = ['private', 'public-read', 'public-read-write'] as const;

/** ACL of a bucket. */
export type BucketAcl = (typeof BUCKET_ACLS)[number];

/** Every ACL of an object. */
export const OBJECT_ACLS = ['default', ...BUCKET_ACLS] as const;

/** ACL of an object; `default` means that of its bucket. */
export type ObjectAcl = (typeof OBJECT_ACLS)[number];

/**
 * Tells whether a text is an ACL of a bucket.
 * @param text Any text.
 */
export function isBucketAcl(text: string): text is BucketAcl {
  return BUCKET_ACLS.some((name) => name === text);
}

/**
 * Tells whether a text is an ACL of an object.
 * @param text Any text.
 */
export function isObjectAcl(text: string): text is ObjectAcl {
  return OBJECT_ACLS.some((name) => name === text);
}

/**
 * Reads the header `x-oss-acl`.
 * @param value Header value.
 * @returns The ACL, or `undefined` without a header.
 * @throws {OssError} `InvalidArgument` "no such bucket access control exists".
 */
export function parseBucketAcl(value: string | undefined): BucketAcl | undefined {
  if (value === undefined || isBucketAcl(value)) return value;
  throw new OssError('InvalidArgument', {
    message: 'no such bucket access control exists',
    details: { ArgumentName: 'x-oss-acl', ArgumentValue: value },
  });
}

/**
 * Reads the header `x-oss-object-acl`.
 * @param value Header value.
 * @returns The ACL, or `undefined` without a header.
 * @throws {OssError} `InvalidArgument` "no such object access control exists".
 */
export function parseObjectAcl(value: string | undefined): ObjectAcl | undefined {
  if (value === undefined || isObjectAcl(value)) return value;
  throw new OssError('InvalidArgument', {
    message: 'no such object access control exists',
    details: { ArgumentName: 'x-oss-object-acl', ArgumentValue: value },
  });
}
