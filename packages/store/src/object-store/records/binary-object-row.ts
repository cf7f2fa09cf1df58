/**
 * The row of an object since format 6: what every object has in some 80 bytes, what few have as JSON behind it, and
 * then the body of a short one. docs/format.md has the layout. Bytes of a body are not compared with their checksum
 * here: listings read none.
 *
 * By hand, and with as few objects as may be: every append reads and writes such a row, and every listing reads many.
 */
import type { AppendIdNumbers } from '../append-types.js';
import type { LastAppend, ObjectAttributes, ObjectHead, SystemMetadata } from '../types.js';
import { attributeChecks } from './attribute-checks.js';
import { type BinaryRowReader, BinaryRowWriter, readBinaryRow } from './binary-row.js';
import { type Check, count, fields, idText, optional, text, time } from './checks.js';
import { restoreCheck } from './json-version-row.js';
import { badRow, tryDecodeJson } from './row-decoder.js';
import {
  nothingUncompacted,
  type ObjectRecord,
  placeOf,
  takeRareFields,
  type Uncompacted,
  type VersionRow,
  type WritableHead,
} from './version-record.js';

/** The first byte. JSON begins with another one. */
const FORM = 1;

const TYPES = ['normal', 'appendable', 'multipart', 'symlink'] as const;
const ACLS = ['default', 'private', 'public-read', 'public-read-write'] as const;
const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'] as const;
const ACL_SHIFT = 2;
const CLASS_SHIFT = 4;
const HAS_MD5 = 1 << 7;
/** The etag is the MD5 in upper-case hex. */
const ETAG_IS_MD5 = 1 << 8;
/** The etag is 16 other bytes in upper-case hex. */
const ETAG_IS_HEX = 1 << 9;
const IS_UNMODIFIED = 1 << 10;
const HAS_CONTENT_TYPE = 1 << 11;
const HAS_BODY = 1 << 12;
const IS_COMPACTED = 1 << 13;
const HAS_LAST_APPEND = 1 << 14;
const HAS_REST = 1 << 15;

/** What few objects have. */
interface Rest extends Partial<Omit<ObjectAttributes, 'acl' | 'storageClass'>> {
  readonly versionId?: string;
  readonly sealedAtMs?: number;
  readonly writerEpoch?: number;
  readonly restore?: NonNullable<ObjectHead['restore']>;
  readonly symlinkTarget?: string;
  readonly sliceDepth?: number;
  readonly appendIds?: AppendIdNumbers;
  readonly keyId?: string;
  readonly sequence?: number;
  readonly nullSequence?: number;
}

const { system, user, tags, encryption, retention, legalHold } = attributeChecks;
const restCheck: Check<Rest> = fields<Rest>({
  system: optional(system),
  user: optional(user),
  tags: optional(tags),
  encryption,
  retention,
  legalHold,
  versionId: optional(text),
  sealedAtMs: optional(time),
  writerEpoch: optional(count),
  restore: optional(restoreCheck),
  symlinkTarget: optional(text),
  sliceDepth: optional(count),
  appendIds: optional(fields<AppendIdNumbers>({ first: count, next: count })),
  keyId: optional(idText),
  sequence: optional(count),
  nullSequence: optional(count),
});

const NO_REST: Rest = {};
const ETAG_HEX = /^[0-9A-F]{32}$/;
const writer = new BinaryRowWriter();

/** Tells rows of this form from those of JSON. */
export function isBinaryObject(value: Uint8Array): boolean {
  return value[0] === FORM;
}

/** @returns The value of the row. */
export function encodeBinaryObject(record: ObjectRecord): Uint8Array {
  const { head, body, uncompacted } = record;
  const { md5, etag, lastAppend } = head;
  const { contentType } = head.system;
  const rest = restOf(record);
  const isCompacted = uncompacted.extentCount === 0 && uncompacted.length === 0 && uncompacted.from === head.length;
  const md5Hex = md5 === undefined ? undefined : hexOf(md5);
  const isEtagMd5 = etag === md5Hex;
  const isEtagHex = !isEtagMd5 && ETAG_HEX.test(etag);
  const flags =
    TYPES.indexOf(head.type) |
    (ACLS.indexOf(head.acl) << ACL_SHIFT) |
    (STORAGE_CLASSES.indexOf(head.storageClass) << CLASS_SHIFT) |
    (md5 === undefined ? 0 : HAS_MD5) |
    (isEtagMd5 ? ETAG_IS_MD5 : 0) |
    (isEtagHex ? ETAG_IS_HEX : 0) |
    (head.lastModifiedAtMs === head.createdAtMs ? IS_UNMODIFIED : 0) |
    (contentType === undefined ? 0 : HAS_CONTENT_TYPE) |
    (body === undefined ? 0 : HAS_BODY) |
    (isCompacted ? IS_COMPACTED : 0) |
    (lastAppend === undefined ? 0 : HAS_LAST_APPEND) |
    (rest === undefined ? 0 : HAS_REST);
  writer.begin(FORM);
  writer.uint16(flags);
  writer.count(head.length);
  writer.uint64(head.crc64);
  if (md5 !== undefined) writer.bytes(md5);
  if (isEtagHex) writer.hex(etag);
  else if (!isEtagMd5) writer.text(etag);
  writer.text(head.ownerId);
  writer.time(head.createdAtMs);
  if (head.lastModifiedAtMs !== head.createdAtMs) writer.time(head.lastModifiedAtMs);
  if (contentType !== undefined) writer.text(contentType);
  writer.hex(record.contentId);
  if (body === undefined) writer.hex(record.referenceId);
  if (!isCompacted) writeUncompacted(uncompacted);
  if (lastAppend !== undefined) writeLastAppend(lastAppend);
  if (rest !== undefined) writer.text(JSON.stringify(rest));
  return writer.end(body);
}

function writeUncompacted({ from, length, extentCount }: Uncompacted): void {
  writer.count(from);
  writer.count(length);
  writer.count(extentCount);
}

function writeLastAppend({ position, length, crc64, atMs, callerId }: LastAppend): void {
  writer.count(position);
  writer.count(length);
  writer.uint64(crc64);
  writer.time(atMs);
  writer.text(callerId);
}

/** @returns Undefined when there is nothing of the kind. */
function restOf(record: ObjectRecord): Rest | undefined {
  const { head, sliceDepth, appendIds } = record;
  // An earlier version's place is its row's key.
  const place = head.isLatest ? record.place : undefined;
  const rest = {
    versionId: head.versionId,
    sealedAtMs: head.sealedAtMs,
    writerEpoch: head.writerEpoch,
    system: otherSystemOf(head.system),
    user: orNothing(head.user),
    tags: orNothing(head.tags),
    encryption: head.encryption,
    restore: head.restore,
    symlinkTarget: head.symlinkTarget,
    retention: head.retention,
    legalHold: head.legalHold,
    sliceDepth,
    appendIds,
    keyId: place?.keyId,
    sequence: place?.sequence,
    nullSequence: place?.nullSequence,
  };
  for (const name in rest) if (rest[name as keyof typeof rest] !== undefined) return rest as Rest;
  return undefined;
}

/** @returns All but the type. */
function otherSystemOf(given: SystemMetadata): SystemMetadata | undefined {
  for (const name in given) {
    if (name === 'contentType' || given[name as keyof SystemMetadata] === undefined) continue;
    const { contentType: _, ...others } = given;
    return others;
  }
  return undefined;
}

function orNothing<Fields extends object>(given: Fields): Fields | undefined {
  for (const name in given) if (given[name] !== undefined) return given;
  return undefined;
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeBinaryObject(row: VersionRow, value: Uint8Array): ObjectRecord {
  const record = readBinaryRow(value, (reader) => readObject(row, reader));
  if ('finding' in record) throw badRow(row.rowKey(), record.finding);
  return record.value;
}

/* Field by field, as in json-version-row.ts. */

function readObject(row: VersionRow, reader: BinaryRowReader): ObjectRecord {
  const flags = reader.uint16();
  const length = reader.count();
  const crc64 = reader.uint64();
  const md5 = (flags & HAS_MD5) === 0 ? undefined : reader.bytes(16);
  const etag = readEtag(flags, md5, reader);
  const ownerId = reader.text();
  const createdAtMs = reader.time();
  const lastModifiedAtMs = (flags & IS_UNMODIFIED) === 0 ? reader.time() : createdAtMs;
  const contentType = (flags & HAS_CONTENT_TYPE) === 0 ? undefined : reader.text();
  const contentId = reader.hex();
  const hasBody = (flags & HAS_BODY) !== 0;
  const referenceId = hasBody ? contentId : reader.hex();
  const uncompacted = (flags & IS_COMPACTED) === 0 ? readUncompacted(reader) : nothingUncompacted(length);
  const lastAppend = (flags & HAS_LAST_APPEND) === 0 ? undefined : readLastAppend(reader);
  const rest = (flags & HAS_REST) === 0 ? NO_REST : readRest(reader);
  const body = reader.end();
  if (body.length !== (hasBody ? length : 0)) reader.fail(`has ${body.length} bytes behind its head`);
  const head: WritableHead = {
    bucket: row.bucket,
    key: row.key,
    versionId: rest.versionId ?? row.versionIdDefault,
    isLatest: row.earlierSequence === undefined,
    type: TYPES[flags & 3] ?? 'normal',
    length,
    crc64,
    etag,
    ownerId,
    createdAtMs,
    lastModifiedAtMs,
    system: contentType === undefined ? (rest.system ?? {}) : { contentType, ...rest.system },
    user: rest.user ?? {},
    acl: ACLS[(flags >>> ACL_SHIFT) & 3] ?? 'default',
    storageClass: STORAGE_CLASSES[(flags >>> CLASS_SHIFT) & 7] ?? reader.fail('has an unknown storage class'),
    tags: rest.tags ?? {},
  };
  if (md5 !== undefined) head.md5 = md5;
  if (lastAppend !== undefined) head.lastAppend = lastAppend;
  if (rest !== NO_REST) takeRareFields(head, rest);
  const { sliceDepth, appendIds } = rest;
  const sequence = row.earlierSequence ?? rest.sequence;
  return {
    head,
    contentId,
    referenceId,
    uncompacted,
    ...(hasBody && { body }),
    ...(sliceDepth !== undefined && { sliceDepth }),
    ...(appendIds !== undefined && { appendIds }),
    ...(sequence !== undefined && { place: placeOf(rest, sequence) }),
  };
}

function readEtag(flags: number, md5: Uint8Array | undefined, reader: BinaryRowReader): string {
  if ((flags & ETAG_IS_MD5) !== 0) return md5 === undefined ? reader.fail('has no MD5 for its etag') : hexOf(md5);
  return (flags & ETAG_IS_HEX) !== 0 ? reader.hex().toUpperCase() : reader.text();
}

function readUncompacted(reader: BinaryRowReader): Uncompacted {
  return { from: reader.count(), length: reader.count(), extentCount: reader.count() };
}

function readLastAppend(reader: BinaryRowReader): LastAppend {
  return {
    position: reader.count(),
    length: reader.count(),
    crc64: reader.uint64(),
    atMs: reader.time(),
    callerId: reader.text(),
  };
}

function readRest(reader: BinaryRowReader): Rest {
  const decoded = tryDecodeJson(reader.text(), restCheck);
  return 'finding' in decoded ? reader.fail(decoded.finding) : decoded.value;
}

/** @returns Upper-case hex digits. */
function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex').toUpperCase();
}
