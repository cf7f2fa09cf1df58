/**
 * What a writer chooses for a new object, read from its headers. Every value is checked, also where the operation then
 * ignores it: a misspelled header must not look as if it had worked. Leaves out digests (`expected-digests.ts`) and
 * what only one operation knows.
 */
import {
  parseObjectAcl,
  parseStorageClass,
  parseTaggingHeader,
  readObjectProtection,
  readUserMetadata,
} from '@annals/protocol';
import { type BucketRecord, type ObjectAttributes, objectWormOf, type SystemMetadata } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';
import { chooseEncryption } from './encryption-headers.js';
import { notSupported } from './object-worm-conflict.js';

/**
 * Reads the attributes of a new object.
 * @param bucket Its bucket, whose storage class and encryption it takes where no header names another.
 * @param hasTags Whether tags count at all. Default: they do.
 * @throws {OssError} `InvalidArgument`, `InvalidTag`, `BadRequest` or `Invalid...AlgorithmError` for a header that says
 *   nothing sensible; `OperationNotSupported` for a protection that the bucket does not know.
 */
export function readAttributes(request: OperationRequest, bucket: BucketRecord, hasTags = true): ObjectAttributes {
  const { headers } = request;
  const encryption = chooseEncryption(request, bucket);
  return {
    system: readSystemMetadata(request),
    user: readUserMetadata(request.headers),
    acl: parseObjectAcl(headers.get('x-oss-object-acl')) ?? 'default',
    storageClass: parseStorageClass(headers.get('x-oss-storage-class')) ?? bucket.storageClass,
    tags: hasTags ? readTags(headers.get('x-oss-tagging')) : {},
    ...(encryption !== undefined && { encryption }),
    ...readProtection(request, bucket),
  };
}

function readProtection({ headers, receivedAtMs }: OperationRequest, bucket: BucketRecord) {
  const protection = readObjectProtection(headers, receivedAtMs);
  const isAsked = protection.retention !== undefined || protection.legalHold !== undefined;
  // A bucket is opened for it once and for good, so what holds now holds when the object is there.
  if (isAsked && objectWormOf(bucket) === undefined) throw notSupported('The bucket has no object WORM.');
  return protection;
}

function readTags(value: string | undefined): ObjectAttributes['tags'] {
  const tags = parseTaggingHeader(value);
  return tags === undefined ? {} : Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

const SYSTEM_HEADERS = {
  contentType: 'content-type',
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  expires: 'expires',
} as const satisfies Record<keyof SystemMetadata, string>;

const SYSTEM_NAMES = Object.keys(SYSTEM_HEADERS) as readonly (keyof SystemMetadata)[];

/** Values are kept as they came; an empty one counts as absent, because a reader could not tell the difference. */
function readSystemMetadata({ headers }: OperationRequest): SystemMetadata {
  const system: { -readonly [Name in keyof SystemMetadata]: SystemMetadata[Name] } = {};
  for (const name of SYSTEM_NAMES) {
    const value = headers.get(SYSTEM_HEADERS[name]);
    if (value !== undefined && value !== '') system[name] = value;
  }
  return system;
}
