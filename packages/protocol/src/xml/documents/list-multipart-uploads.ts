/** Document of ListMultipartUploads: `ListMultipartUploadsResult`. */
import { formatIsoTime } from '../../iso-time.js';
import { decodeName, type EncodingType, encodeName } from '../encoding-type.js';
import { parseXml } from '../parse-xml.js';
import { lazily, renderLongXml, type Written, type XmlPieces } from '../render-long-xml.js';
import { childrenOf, countOf, expectRoot, flagOf, requiredTextOf, requiredTimeOf, wordOf } from '../xml-element.js';
import { commonPrefixesContent, readCommonPrefixes, readEncodingType, readName } from './object-summary.js';
import { defined } from './optional.js';
import type { ReceivedPage } from './received-page.js';

/** One unfinished upload. */
export interface UploadSummary {
  readonly key: string;
  readonly uploadId: string;
  readonly storageClass: string;
  readonly initiatedAtMs: number;
}

/** Result of ListMultipartUploads. */
export interface ListMultipartUploadsResult {
  readonly encodingType?: EncodingType;
  readonly bucket: string;
  readonly keyMarker?: string;
  readonly uploadIdMarker?: string;
  readonly nextKeyMarker?: string;
  readonly nextUploadIdMarker?: string;
  readonly delimiter?: string;
  readonly prefix?: string;
  readonly maxUploads: number;
  readonly isTruncated: boolean;
  readonly uploads: readonly UploadSummary[];
  readonly commonPrefixes: readonly string[];
}

/**
 * Writes the document, in pieces. Markers, prefix and delimiter are there even if empty: SDKs read them without
 * looking.
 */
export function renderListMultipartUploadsResult(result: Written<ListMultipartUploadsResult>): XmlPieces {
  const { encodingType } = result;
  const content = {
    EncodingType: encodingType,
    Bucket: result.bucket,
    KeyMarker: encodeName(result.keyMarker, encodingType) || null,
    UploadIdMarker: result.uploadIdMarker || null,
    NextKeyMarker: encodeName(result.nextKeyMarker, encodingType) || null,
    NextUploadIdMarker: result.nextUploadIdMarker || null,
    Delimiter: encodeName(result.delimiter, encodingType) || null,
    Prefix: encodeName(result.prefix, encodingType) || null,
    MaxUploads: result.maxUploads,
    IsTruncated: result.isTruncated,
    Upload: lazily(result.uploads, (upload) => ({
      Key: encodeName(upload.key, encodingType),
      UploadId: upload.uploadId,
      StorageClass: upload.storageClass,
      Initiated: formatIsoTime(upload.initiatedAtMs),
    })),
    CommonPrefixes: commonPrefixesContent(result.commonPrefixes, encodingType),
  };
  return renderLongXml('ListMultipartUploadsResult', Object.entries(content));
}

/**
 * Reads the document; names come back decoded.
 * @throws {OssError} `MalformedXML`.
 */
export function parseListMultipartUploadsResult(
  document: Uint8Array | string,
): ReceivedPage<ListMultipartUploadsResult> {
  const root = expectRoot(
    parseXml(document, { lengthBytesMax: Number.MAX_SAFE_INTEGER }),
    'ListMultipartUploadsResult',
  );
  const encodingType = readEncodingType(root);
  return {
    bucket: wordOf(root, 'Bucket') ?? '',
    maxUploads: countOf(root, 'MaxUploads') ?? 0,
    isTruncated: flagOf(root, 'IsTruncated'),
    uploads: childrenOf(root, 'Upload').map((element) => ({
      key: decodeName(requiredTextOf(element, 'Key'), encodingType),
      uploadId: requiredTextOf(element, 'UploadId').trim(),
      storageClass: wordOf(element, 'StorageClass') ?? '',
      initiatedAtMs: requiredTimeOf(element, 'Initiated'),
    })),
    commonPrefixes: readCommonPrefixes(root, encodingType),
    ...defined({
      encodingType,
      keyMarker: readName(root, 'KeyMarker', encodingType),
      uploadIdMarker: wordOf(root, 'UploadIdMarker'),
      nextKeyMarker: readName(root, 'NextKeyMarker', encodingType),
      nextUploadIdMarker: wordOf(root, 'NextUploadIdMarker'),
      delimiter: readName(root, 'Delimiter', encodingType),
      prefix: readName(root, 'Prefix', encodingType),
    }),
  };
}
