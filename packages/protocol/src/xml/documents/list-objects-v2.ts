/** Document of ListObjectsV2: `ListBucketResult` with continuation tokens. */
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
import type { ReceivedPage } from './received-page.js';

/**
 * Result of ListObjectsV2. Tokens must be made of unreserved characters (`A-Z a-z 0-9 - . _ ~`): they are never
 * encoded, yet one official SDK decodes them as if they were.
 */
export interface ListObjectsV2Result {
  readonly bucket: string;
  readonly prefix?: string;
  readonly startAfter?: string;
  readonly continuationToken?: string;
  readonly maxKeys: number;
  readonly delimiter?: string;
  readonly encodingType?: EncodingType;
  readonly isTruncated: boolean;
  readonly nextContinuationToken?: string;
  readonly objects: readonly ObjectSummary[];
  readonly commonPrefixes: readonly string[];
}

/** Writes the document, in pieces; `KeyCount` counts objects and common prefixes. */
export function renderListObjectsV2Result(result: Written<ListObjectsV2Result>): XmlPieces {
  const { encodingType } = result;
  const content = {
    Name: result.bucket,
    Prefix: encodeName(result.prefix, encodingType) || null,
    StartAfter: encodeName(result.startAfter, encodingType),
    ContinuationToken: result.continuationToken,
    MaxKeys: result.maxKeys,
    Delimiter: encodeName(result.delimiter, encodingType) || null,
    EncodingType: encodingType,
    IsTruncated: result.isTruncated,
    NextContinuationToken: result.nextContinuationToken,
    Contents: lazily(result.objects, (object) => objectContent(object, encodingType)),
    CommonPrefixes: commonPrefixesContent(result.commonPrefixes, encodingType),
    KeyCount: result.objects.length + result.commonPrefixes.length,
  };
  return renderLongXml('ListBucketResult', Object.entries(content));
}

/**
 * Reads the document; names come back decoded.
 * @throws {OssError} `MalformedXML`.
 */
export function parseListObjectsV2Result(document: Uint8Array | string): ReceivedPage<ListObjectsV2Result> {
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
      startAfter: readName(root, 'StartAfter', encodingType),
      continuationToken: wordOf(root, 'ContinuationToken'),
      delimiter: readName(root, 'Delimiter', encodingType),
      encodingType,
      nextContinuationToken: wordOf(root, 'NextContinuationToken'),
    }),
  };
}
