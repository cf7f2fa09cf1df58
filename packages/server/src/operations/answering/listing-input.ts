/** What all listings of objects read and show alike. */
import {
  type EncodingType,
  LIMITS,
  type ObjectSummary,
  type Owner,
  parseEncodingType,
  parseListingName,
  parsePageSize,
} from '@annals/protocol';
import type { ObjectHead } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import { restoreInfo } from './archived-object.js';
import { objectTypeName } from './object-response-headers.js';

/** Empty texts mean absent. */
export interface ListingInput {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodingType: EncodingType | undefined;
}

/**
 * Reads the parameters that ListObjects and ListObjectsV2 share.
 * @throws {OssError} `InvalidArgument`.
 */
export function readListingInput(request: OperationRequest): ListingInput {
  const { query } = request;
  const bounds = { default: LIMITS.maxKeysDefault, max: LIMITS.maxKeysMax };
  return {
    bucket: requireBucket(request),
    prefix: readListingName(request, 'prefix'),
    delimiter: readListingName(request, 'delimiter'),
    maxKeys: parsePageSize('max-keys', query.get('max-keys'), bounds),
    encodingType: parseEncodingType(query.get('encoding-type')),
  };
}

/**
 * Reads a name, or a part of one, such as `prefix` and `marker`.
 * @returns The text; empty when absent.
 * @throws {OssError} `InvalidArgument` when longer than any key can be.
 */
export function readListingName({ query }: OperationRequest, name: string): string {
  return parseListingName(name, query.get(name)) ?? '';
}

/** The members of a listing's document that echo its parameters. */
export function echoListing(input: ListingInput) {
  const { bucket, prefix, delimiter, maxKeys, encodingType } = input;
  return { bucket, prefix, delimiter, maxKeys, ...(encodingType !== undefined && { encodingType }) };
}

/** An object as listings show it, without its owner. */
export function summarize(head: ObjectHead, nowMs: number): ObjectSummary {
  const restoration = restoreInfo(head, nowMs);
  return {
    key: head.key,
    lastModifiedMs: head.lastModifiedAtMs,
    etag: head.etag,
    type: objectTypeName(head),
    lengthBytes: head.length,
    storageClass: head.storageClass,
    ...(restoration !== undefined && { restoreInfo: restoration }),
  };
}

/** An owner; accounts have no names of their own, so the id is shown for it. */
export function ownerOf(ownerId: string): Owner {
  return { id: ownerId, displayName: ownerId };
}
