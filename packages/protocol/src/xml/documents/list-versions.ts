/** Document of ListObjectVersions: `ListVersionsResult`. */
import { quoteEtag, unquoteEtag } from '../../etag.js';
import { formatIsoTime } from '../../iso-time.js';
import { decodeName, type EncodingType, encodeName } from '../encoding-type.js';
import { parseXml, type XmlElement } from '../parse-xml.js';
import { type LongXmlValue, renderLongXml, type Written, type XmlPieces } from '../render-long-xml.js';
import type { XmlContent } from '../render-xml.js';
import {
  countOf,
  expectRoot,
  flagOf,
  requiredCountOf,
  requiredFlagOf,
  requiredTextOf,
  requiredTimeOf,
  wordOf,
} from '../xml-element.js';
import { commonPrefixesContent, readCommonPrefixes, readEncodingType, readName } from './object-summary.js';
import { defined } from './optional.js';
import { type Owner, ownerContent, readOwner } from './owner.js';
import type { ReceivedPage } from './received-page.js';

interface VersionEntry {
  readonly key: string;
  /** Real id, or `null` as a word. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly lastModifiedMs: number;
  readonly owner: Owner;
}

/** A version with bytes. */
export interface ObjectVersionSummary extends VersionEntry {
  readonly kind: 'version';
  /** Without quotes. */
  readonly etag: string;
  readonly type: string;
  readonly lengthBytes: number;
  readonly storageClass: string;
  /** State of a restoration, in the words of `x-oss-restore`. Absent where none was asked for. */
  readonly restoreInfo?: string;
}

/** A version that says the object was deleted. */
export interface DeleteMarkerSummary extends VersionEntry {
  readonly kind: 'delete-marker';
}

/** Result of ListObjectVersions. */
export interface ListVersionsResult {
  readonly bucket: string;
  readonly prefix?: string;
  readonly keyMarker?: string;
  readonly versionIdMarker?: string;
  readonly maxKeys: number;
  readonly delimiter?: string;
  readonly encodingType?: EncodingType;
  readonly isTruncated: boolean;
  readonly nextKeyMarker?: string;
  readonly nextVersionIdMarker?: string;
  /** Versions and delete markers in listing order. */
  readonly versions: readonly (ObjectVersionSummary | DeleteMarkerSummary)[];
  readonly commonPrefixes: readonly string[];
}

/**
 * Writes the document in pieces, versions and delete markers among each other as they are listed. Prefix, markers and
 * delimiter are there even if empty: one SDK demands them.
 */
export function renderListVersionsResult(result: Written<ListVersionsResult>): XmlPieces {
  return renderLongXml('ListVersionsResult', versionsContent(result));
}

function* versionsContent(result: Written<ListVersionsResult>): Iterable<readonly [string, LongXmlValue]> {
  const { encodingType, isTruncated } = result;
  yield* [
    ['Name', result.bucket],
    ['Prefix', encodeName(result.prefix, encodingType) || null],
    ['KeyMarker', encodeName(result.keyMarker, encodingType) || null],
    ['VersionIdMarker', result.versionIdMarker || null],
    ['MaxKeys', result.maxKeys],
    ['Delimiter', encodeName(result.delimiter, encodingType) || null],
    ['EncodingType', encodingType],
    ['IsTruncated', isTruncated],
    // A truncated page may end at a common prefix, which has no version.
    ['NextKeyMarker', encodeName(result.nextKeyMarker, encodingType) || (isTruncated ? null : undefined)],
    ['NextVersionIdMarker', result.nextVersionIdMarker || (isTruncated ? null : undefined)],
  ] as const;
  for (const entry of result.versions) yield versionElement(entry, encodingType);
  yield ['CommonPrefixes', commonPrefixesContent(result.commonPrefixes, encodingType)];
}

function versionElement(
  entry: ObjectVersionSummary | DeleteMarkerSummary,
  encodingType: EncodingType | undefined,
): readonly [string, XmlContent] {
  return entry.kind === 'version'
    ? ['Version', versionContent(entry, encodingType)]
    : ['DeleteMarker', { ...entryContent(entry, encodingType), Owner: ownerContent(entry.owner) }];
}

/**
 * Reads the document; names come back decoded, entries in document order.
 * @throws {OssError} `MalformedXML`.
 */
export function parseListVersionsResult(document: Uint8Array | string): ReceivedPage<ListVersionsResult> {
  const root = expectRoot(parseXml(document, { lengthBytesMax: Number.MAX_SAFE_INTEGER }), 'ListVersionsResult');
  const encodingType = readEncodingType(root);
  return {
    bucket: wordOf(root, 'Name') ?? '',
    maxKeys: countOf(root, 'MaxKeys') ?? 0,
    isTruncated: flagOf(root, 'IsTruncated'),
    versions: root.children.flatMap((element) => readVersion(element, encodingType)),
    commonPrefixes: readCommonPrefixes(root, encodingType),
    ...defined({
      prefix: readName(root, 'Prefix', encodingType),
      keyMarker: readName(root, 'KeyMarker', encodingType),
      versionIdMarker: wordOf(root, 'VersionIdMarker'),
      delimiter: readName(root, 'Delimiter', encodingType),
      encodingType,
      nextKeyMarker: readName(root, 'NextKeyMarker', encodingType),
      nextVersionIdMarker: wordOf(root, 'NextVersionIdMarker'),
    }),
  };
}

function entryContent(entry: VersionEntry, encodingType: EncodingType | undefined): XmlContent {
  return {
    Key: encodeName(entry.key, encodingType),
    VersionId: entry.versionId,
    IsLatest: entry.isLatest,
    LastModified: formatIsoTime(entry.lastModifiedMs),
  };
}

function versionContent(entry: ObjectVersionSummary, encodingType: EncodingType | undefined): XmlContent {
  return {
    ...entryContent(entry, encodingType),
    ETag: quoteEtag(entry.etag),
    Type: entry.type,
    Size: entry.lengthBytes,
    StorageClass: entry.storageClass,
    Owner: ownerContent(entry.owner),
    RestoreInfo: entry.restoreInfo,
  };
}

function readVersion(
  element: XmlElement,
  encodingType: EncodingType | undefined,
): (ObjectVersionSummary | DeleteMarkerSummary)[] {
  if (element.name !== 'Version' && element.name !== 'DeleteMarker') return [];
  const entry: VersionEntry = {
    key: decodeName(requiredTextOf(element, 'Key'), encodingType),
    versionId: requiredTextOf(element, 'VersionId').trim(),
    isLatest: requiredFlagOf(element, 'IsLatest'),
    lastModifiedMs: requiredTimeOf(element, 'LastModified'),
    owner: readOwner(element) ?? { id: '', displayName: '' },
  };
  if (element.name === 'DeleteMarker') return [{ kind: 'delete-marker', ...entry }];
  return [
    {
      kind: 'version',
      ...entry,
      etag: unquoteEtag(requiredTextOf(element, 'ETag')),
      type: wordOf(element, 'Type') ?? '',
      lengthBytes: requiredCountOf(element, 'Size'),
      storageClass: wordOf(element, 'StorageClass') ?? '',
      ...defined({ restoreInfo: wordOf(element, 'RestoreInfo') }),
    },
  ];
}
