/** How listings show objects and common prefixes. */
import { formatIsoTime, quoteEtag, type XmlContent } from '@annals/protocol';
import type { ListResult, ObjectHead } from '@annals/store';
import { objectTypeName } from './object-response-headers.js';

/**
 * Describes the rows of a page.
 * @param writeName From `nameWriter`.
 * @param withOwner Whether each object names its owner.
 */
export function listingContents(
  { objects, commonPrefixes }: ListResult,
  writeName: (name: string) => string,
  withOwner: boolean,
): XmlContent {
  return {
    Contents: objects.map((head) => describeObject(head, writeName, withOwner)),
    CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: writeName(prefix) })),
  };
}

function describeObject(head: ObjectHead, writeName: (name: string) => string, withOwner: boolean): XmlContent {
  return {
    Key: writeName(head.key),
    LastModified: formatIsoTime(head.lastModifiedAtMs),
    ETag: quoteEtag(head.etag),
    Type: objectTypeName(head),
    Size: head.length,
    StorageClass: head.storageClass,
    ...(withOwner && { Owner: ownerOf(head.ownerId) }),
  };
}

/** An owner; accounts have no names of their own, so the id is shown for it. */
export function ownerOf(ownerId: string): XmlContent {
  return { ID: ownerId, DisplayName: ownerId };
}
