/** Document of ListObjects, first version: `ListBucketResult` with markers. */
import { type EncodingType, encodeName } from '../encoding-type.js';
import { parseXml } from '../parse-xml.js';
import { lazily, renderLongXml, type Written, type XmlPieces } from '../render-long-xml.js';
import { countOf, expectRoot, flagOf, wordOf } from '../xml-element.js';
import {
  commonPrefixesContent,
  type ObjectSummary,
  objectContent,
  readCommonPrefixes,
  readEncodingType,
  readName,
  readObjects,
} from './object-summary.js';
import { defined } from './optional.js';
import type { Owner } from './owner.js';
import type { ReceivedPage } from './received-page.js';

/** Result of ListObjects. */
export interface ListObjectsResult<Summary extends ObjectSummary = ObjectSummary> {
  readonly bucket: string;
  readonly prefix?: string;
  readonly marker?: string;
  readonly maxKeys: number;
  readonly delimiter?: string;
  readonly encodingType?: EncodingType;
  readonly isTruncated: boolean;
  readonly nextMarker?: string;
  readonly objects: readonly Summary[];
  readonly commonPrefixes: readonly string[];
}

/**
 * An object of the first version of the listing: one official SDK reads its owner without looking whether it is there.
 */
export type OwnedObjectSummary = ObjectSummary & { readonly owner: Owner };

/** Writes the document, in pieces. */
export function renderListObjectsResult(result: Written<ListObjectsResult<OwnedObjectSummary>>): XmlPieces {
  const { encodingType } = result;
  const content = {
    Name: result.bucket,
    Prefix: encodeName(result.prefix, encodingType) || null,
    Marker: encodeName(result.marker, encodingType) || null,
    MaxKeys: result.maxKeys,
    Delimiter: encodeName(result.delimiter, encodingType) || null,
    EncodingType: encodingType,
    IsTruncated: result.isTruncated,
    NextMarker: encodeName(result.nextMarker, encodingType),
    Contents: lazily(result.objects, (object) => objectContent(object, encodingType)),
    CommonPrefixes: commonPrefixesContent(result.commonPrefixes, encodingType),
  };
  return renderLongXml('ListBucketResult', Object.entries(content));
}

/**
 * Reads the document; names come back decoded.
 * @throws {OssError} `MalformedXML`.
 */
export function parseListObjectsResult(document: Uint8Array | string): ReceivedPage<ListObjectsResult> {
  const root = expectRoot(parseXml(document, { lengthBytesMax: Number.MAX_SAFE_INTEGER }), 'ListBucketResult');
  const encodingType = readEncodingType(root);
  return {
    bucket: wordOf(root, 'Name') ?? '',
    maxKeys: countOf(root, 'MaxKeys') ?? 0,
    isTruncated: flagOf(root, 'IsTruncated'),
    objects: readObjects(root, encodingType),
    commonPrefixes: readCommonPrefixes(root, encodingType),
    ...defined({
      prefix: readName(root, 'Prefix', encodingType),
      marker: readName(root, 'Marker', encodingType),
      delimiter: readName(root, 'Delimiter', encodingType),
      encodingType,
      nextMarker: readName(root, 'NextMarker', encodingType),
    }),
  };
}
