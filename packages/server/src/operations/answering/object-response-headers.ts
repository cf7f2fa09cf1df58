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

/**
 * All headers of an object on GET and HEAD; the caller may add others. Header by header: every read makes them, and
 * spreading objects takes several times as long.
 */
export function objectResponseHeaders(head: ObjectHead): Record<string, string> {
  const { system, tags } = head;
  const headers: Record<string, string> = {
    'Content-Type': system.contentType ?? 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    ETag: quoteEtag(head.etag),
    'Last-Modified': formatHttpDate(head.lastModifiedAtMs),
    'x-oss-hash-crc64ecma': head.crc64.toString(),
  };
  if (head.versionId !== undefined) headers['x-oss-version-id'] = head.versionId;
  if (system.cacheControl !== undefined) headers['Cache-Control'] = system.cacheControl;
  if (system.contentDisposition !== undefined) headers['Content-Disposition'] = system.contentDisposition;
  if (system.contentEncoding !== undefined) headers['Content-Encoding'] = system.contentEncoding;
  if (system.contentLanguage !== undefined) headers['Content-Language'] = system.contentLanguage;
  if (system.expires !== undefined) headers.Expires = system.expires;
  // What was written in one piece has an MD5 of its content, or in parts that came in order.
  if (hasOwnMd5(head)) Object.assign(headers, md5Header(head));
  headers['x-oss-object-type'] = objectTypeName(head);
  headers['x-oss-storage-class'] = head.storageClass;
  if (head.type === 'appendable') headers['x-oss-next-append-position'] = String(head.length);
  if (head.sealedAtMs !== undefined) headers['x-oss-sealed-time'] = formatHttpDate(head.sealedAtMs);
  const tagCount = Object.keys(tags).length;
  if (tagCount > 0) headers['x-oss-tagging-count'] = String(tagCount);
  if (head.encryption !== undefined) Object.assign(headers, encryptionHeaders(head));
  Object.assign(headers, protectionHeaders(head));
  for (const name in head.user) headers[`x-oss-meta-${name}`] = head.user[name] as string;
  return headers;
}

function protectionHeaders({ retention, legalHold }: ObjectHead): Record<string, string> | undefined {
  if (retention === undefined && legalHold === undefined) return undefined;
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
