/**
 * What is said of an object beside its bytes: the headers GetObject and HeadObject share, and the few that writers
 * answer with. Leaves out ranges, `Content-Length` and the common headers of every answer.
 */

import { formatContentMd5, formatHttpDate, formatIsoTime, formatLegalHoldStatus, quoteEtag } from '@annals/protocol';
import type { ObjectHead } from '@annals/store';
import { encryptionHeaders } from '../reading/encryption-headers.js';

const OBJECT_TYPE = { normal: 'Normal', appendable: 'Appendable', multipart: 'Multipart', symlink: 'Symlink' } as const;

/** Name of an object's type as clients know it. */
export function objectTypeName(head: ObjectHead): string {
  return OBJECT_TYPE[head.type];
}

/** All headers of an object on GET and HEAD. */
export function objectResponseHeaders(head: ObjectHead): Record<string, string> {
  const { system } = head;
  const tagCount = Object.keys(head.tags).length;
  return {
    'Content-Type': system.contentType ?? 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    ...identityHeaders(head),
    ...(system.cacheControl !== undefined && { 'Cache-Control': system.cacheControl }),
    ...(system.contentDisposition !== undefined && { 'Content-Disposition': system.contentDisposition }),
    ...(system.contentEncoding !== undefined && { 'Content-Encoding': system.contentEncoding }),
    ...(system.contentLanguage !== undefined && { 'Content-Language': system.contentLanguage }),
    ...(system.expires !== undefined && { Expires: system.expires }),
    // What was written in one piece has an MD5 of its content, or in parts that came in order.
    ...(hasOwnMd5(head) && md5Header(head)),
    'x-oss-object-type': objectTypeName(head),
    'x-oss-storage-class': head.storageClass,
    ...(head.type === 'appendable' && { 'x-oss-next-append-position': String(head.length) }),
    ...(head.sealedAtMs !== undefined && { 'x-oss-sealed-time': formatHttpDate(head.sealedAtMs) }),
    ...(tagCount > 0 && { 'x-oss-tagging-count': String(tagCount) }),
    ...encryptionHeaders(head),
    ...protectionHeaders(head),
    ...userMetadataHeaders(head),
  };
}

function protectionHeaders({ retention, legalHold }: ObjectHead): Record<string, string> {
  return {
    ...(retention !== undefined && {
      'x-oss-object-worm-mode': retention.mode,
      'x-oss-object-worm-retain-until-date': formatIsoTime(retention.untilMs),
    }),
    ...(legalHold !== undefined && { 'x-oss-object-worm-legal-hold': formatLegalHoldStatus(legalHold) }),
  };
}

/** A symlink shows the MD5 of what it leads to. */
function hasOwnMd5({ type }: ObjectHead): boolean {
  return type === 'normal' || type === 'multipart' || type === 'symlink';
}

/** What the writer chose to say about the object. */
export function userMetadataHeaders({ user }: ObjectHead): Record<string, string> {
  return Object.fromEntries(Object.entries(user).map(([name, value]) => [`x-oss-meta-${name}`, value]));
}

/** What tells one state of an object from another: etag, time, CRC-64 and version. */
export function identityHeaders(head: ObjectHead): Record<string, string> {
  return {
    ETag: quoteEtag(head.etag),
    'Last-Modified': formatHttpDate(head.lastModifiedAtMs),
    'x-oss-hash-crc64ecma': head.crc64.toString(),
    ...versionHeaders(head),
  };
}

/** What a writer is told of the object it wrote. */
export function writtenObjectHeaders(head: ObjectHead): Record<string, string> {
  return {
    ETag: quoteEtag(head.etag),
    'x-oss-hash-crc64ecma': head.crc64.toString(),
    ...versionHeaders(head),
    ...encryptionHeaders(head),
  };
}

/** The MD5 of the whole, absent where it is not known: of what grew, or came in parts in any order. */
export function md5Header({ md5 }: Pick<ObjectHead, 'md5'>): Record<string, string> {
  return md5 === undefined ? {} : { 'Content-MD5': formatContentMd5(md5) };
}

/** The version id, absent while the bucket was never versioned. */
export function versionHeaders(head: ObjectHead): Record<string, string> {
  return head.versionId === undefined ? {} : { 'x-oss-version-id': head.versionId };
}
