/** Document of ListParts: `ListPartsResult`. */
import { quoteEtag, unquoteEtag } from '../../etag.js';
import { formatIsoTime } from '../../iso-time.js';
import { decodeName, type EncodingType, encodeName } from '../encoding-type.js';
import { parseXml } from '../parse-xml.js';
import { lazily, renderLongXml, type Written, type XmlPieces } from '../render-long-xml.js';
import {
  childrenOf,
  countOf,
  expectRoot,
  flagOf,
  requiredCountOf,
  requiredTextOf,
  requiredTimeOf,
  wordOf,
} from '../xml-element.js';
import { readEncodingType } from './object-summary.js';
import { defined } from './optional.js';
import type { ReceivedPage } from './received-page.js';

/** One part of an upload. */
export interface PartSummary {
  readonly partNumber: number;
  readonly lastModifiedMs: number;
  /** Without quotes. */
  readonly etag: string;
  readonly crc64?: bigint;
  readonly lengthBytes: number;
}

/** Members of user metadata, all named `client-side-encryption-...`, and the elements that show them. */
const CLIENT_ENCRYPTION_ELEMENTS = [
  ['key', 'ClientEncryptionKey'],
  ['start', 'ClientEncryptionStart'],
  ['part-size', 'ClientEncryptionPartSize'],
  ['data-size', 'ClientEncryptionDataSize'],
  ['wrap-alg', 'ClientEncryptionWrapAlg'],
  ['cek-alg', 'ClientEncryptionCekAlg'],
] as const;

/** By the end of the metadata's name. */
export type ClientEncryption = Readonly<Partial<Record<(typeof CLIENT_ENCRYPTION_ELEMENTS)[number][0], string>>>;

/**
 * Picks what a client noted of its encryption.
 * @param userMetadata Of the upload, by names without `x-oss-meta-`.
 */
export function clientEncryptionOf(userMetadata: Readonly<Record<string, string>>): ClientEncryption {
  return Object.fromEntries(
    CLIENT_ENCRYPTION_ELEMENTS.flatMap(([name]) => {
      const value = userMetadata[`client-side-encryption-${name}`];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Result of ListParts. */
export interface ListPartsResult {
  readonly encodingType?: EncodingType;
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly storageClass: string;
  /** What a client that encrypts needs to go on with the upload, as it gave it. */
  readonly clientEncryption?: ClientEncryption;
  readonly partNumberMarker: number;
  /** Always there: number of the last part listed, 0 if there is none. */
  readonly nextPartNumberMarker: number;
  readonly maxParts: number;
  readonly isTruncated: boolean;
  readonly parts: readonly PartSummary[];
}

/** Writes the document, in pieces. */
export function renderListPartsResult(result: Written<ListPartsResult>): XmlPieces {
  const content = {
    EncodingType: result.encodingType,
    Bucket: result.bucket,
    Key: encodeName(result.key, result.encodingType),
    UploadId: result.uploadId,
    StorageClass: result.storageClass,
    ...Object.fromEntries(
      CLIENT_ENCRYPTION_ELEMENTS.map(([name, element]) => [element, result.clientEncryption?.[name]]),
    ),
    PartNumberMarker: result.partNumberMarker,
    NextPartNumberMarker: result.nextPartNumberMarker,
    MaxParts: result.maxParts,
    IsTruncated: result.isTruncated,
    Part: lazily(result.parts, (part) => ({
      PartNumber: part.partNumber,
      LastModified: formatIsoTime(part.lastModifiedMs),
      ETag: quoteEtag(part.etag),
      HashCrc64ecma: part.crc64,
      Size: part.lengthBytes,
    })),
  };
  return renderLongXml('ListPartsResult', Object.entries(content));
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseListPartsResult(document: Uint8Array | string): ReceivedPage<ListPartsResult> {
  const root = expectRoot(parseXml(document, { lengthBytesMax: Number.MAX_SAFE_INTEGER }), 'ListPartsResult');
  const encodingType = readEncodingType(root);
  return {
    bucket: wordOf(root, 'Bucket') ?? '',
    key: decodeName(requiredTextOf(root, 'Key'), encodingType),
    uploadId: requiredTextOf(root, 'UploadId').trim(),
    storageClass: wordOf(root, 'StorageClass') ?? '',
    partNumberMarker: countOf(root, 'PartNumberMarker') ?? 0,
    nextPartNumberMarker: countOf(root, 'NextPartNumberMarker') ?? 0,
    maxParts: countOf(root, 'MaxParts') ?? 0,
    isTruncated: flagOf(root, 'IsTruncated'),
    parts: childrenOf(root, 'Part').map((element) => {
      const crc64 = wordOf(element, 'HashCrc64ecma');
      return {
        partNumber: requiredCountOf(element, 'PartNumber'),
        lastModifiedMs: requiredTimeOf(element, 'LastModified'),
        etag: unquoteEtag(requiredTextOf(element, 'ETag')),
        lengthBytes: requiredCountOf(element, 'Size'),
        ...defined({ crc64: crc64 !== undefined && /^\d{1,20}$/.test(crc64) ? BigInt(crc64) : undefined }),
      };
    }),
    ...defined({ encodingType }),
  };
}
