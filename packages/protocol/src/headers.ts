/**
 * Names of the protocol's headers. Request headers are in lower case, as HTTP libraries give them; response headers are
 * spelled the one way that the official SDKs with case-sensitive tables find them. Leaves out values: `header/` reads
 * them.
 */

/** Prefix of user metadata headers. */
export const USER_METADATA_PREFIX = 'x-oss-meta-';

/** Request headers, in lower case. */
export const REQUEST_HEADERS = {
  acl: 'x-oss-acl',
  appendableCopy: 'x-oss-annals-appendable-copy',
  appendableOverwrite: 'x-oss-annals-appendable-overwrite',
  appendableReplay: 'x-oss-annals-appendable-replay',
  appendId: 'x-oss-annals-append-id',
  bypassGovernance: 'x-oss-bypass-governance-retention',
  callback: 'x-oss-callback',
  callbackVariables: 'x-oss-callback-var',
  completeAll: 'x-oss-complete-all',
  copySource: 'x-oss-copy-source',
  copySourceRange: 'x-oss-copy-source-range',
  crc64: 'x-oss-hash-crc64ecma',
  date: 'x-oss-date',
  forbidOverwrite: 'x-oss-forbid-overwrite',
  maxLength: 'x-oss-annals-max-length',
  metadataDirective: 'x-oss-metadata-directive',
  multiRangeBehavior: 'x-oss-multi-range-behavior',
  objectAcl: 'x-oss-object-acl',
  objectWormLegalHold: 'x-oss-object-worm-legal-hold',
  objectWormMode: 'x-oss-object-worm-mode',
  objectWormRetainUntil: 'x-oss-object-worm-retain-until-date',
  rangeBehavior: 'x-oss-range-behavior',
  securityToken: 'x-oss-security-token',
  serverSideDataEncryption: 'x-oss-server-side-data-encryption',
  serverSideEncryption: 'x-oss-server-side-encryption',
  serverSideEncryptionKeyId: 'x-oss-server-side-encryption-key-id',
  storageClass: 'x-oss-storage-class',
  symlinkTarget: 'x-oss-symlink-target',
  tagging: 'x-oss-tagging',
  taggingDirective: 'x-oss-tagging-directive',
  trafficLimit: 'x-oss-traffic-limit',
  wormAppend: 'x-oss-annals-worm-append',
  writerEpoch: 'x-oss-annals-writer-epoch',
} as const;

/** Response headers, as they must be spelled. */
export const RESPONSE_HEADERS = {
  acceptRanges: 'Accept-Ranges',
  allow: 'Allow',
  appendPosition: 'x-oss-annals-append-position',
  cacheControl: 'Cache-Control',
  contentDisposition: 'Content-Disposition',
  contentEncoding: 'Content-Encoding',
  contentLanguage: 'Content-Language',
  contentLength: 'Content-Length',
  contentMd5: 'Content-MD5',
  contentRange: 'Content-Range',
  contentType: 'Content-Type',
  crc64: 'x-oss-hash-crc64ecma',
  date: 'Date',
  deleteMarker: 'x-oss-delete-marker',
  ec: 'x-oss-ec',
  error: 'x-oss-err',
  etag: 'ETag',
  expires: 'Expires',
  lastAppendCrc64: 'x-oss-annals-last-append-crc64',
  lastAppendLength: 'x-oss-annals-last-append-length',
  lastModified: 'Last-Modified',
  location: 'Location',
  nextAppendPosition: 'x-oss-next-append-position',
  objectType: 'x-oss-object-type',
  replayed: 'x-oss-annals-replayed',
  requestId: 'x-oss-request-id',
  sealedTime: 'x-oss-sealed-time',
  server: 'Server',
  serverTime: 'x-oss-server-time',
  storageClass: 'x-oss-storage-class',
  symlinkTarget: 'x-oss-symlink-target',
  taggingCount: 'x-oss-tagging-count',
  versionId: 'x-oss-version-id',
  writerEpoch: 'x-oss-annals-writer-epoch',
} as const;

/** How the names of all headers begin that only this server has. */
export const EXTENSION_PREFIX = 'x-oss-annals-';

/** The headers that only this server has: those of requests, most of which an answer repeats, and those of answers. */
export const EXTENSION_HEADERS: readonly string[] = [
  ...new Set<string>([...Object.values(RESPONSE_HEADERS), ...Object.values(REQUEST_HEADERS)]),
].filter((name) => name.startsWith(EXTENSION_PREFIX));

const SPELLINGS: ReadonlyMap<string, string> = new Map(
  Object.values(RESPONSE_HEADERS).map((name) => [name.toLowerCase(), name]),
);

/** Request headers by lower-case name; a repeated one is one text, joined by `, `. */
export type RequestHeaders = ReadonlyMap<string, string>;

/**
 * Spells a response header the way the official SDKs look for it: `ETag`, `Content-MD5`, and everything of `x-oss-` in
 * lower case.
 * @param name Header name in any case.
 */
export function spellResponseHeader(name: string): string {
  const lower = name.toLowerCase();
  return SPELLINGS.get(lower) ?? (lower.startsWith('x-oss-') ? lower : name);
}
