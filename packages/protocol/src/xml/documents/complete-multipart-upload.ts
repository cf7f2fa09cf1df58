/** Documents of CompleteMultipartUpload: the list of parts and the result. */
import { quoteEtag, unquoteEtag } from '../../etag.js';
import { requirePartNumber } from '../../header/part-number.js';
import { LIMITS } from '../../limits.js';
import { decodeName, type EncodingType, encodeName } from '../encoding-type.js';
import { malformed, refuseWithEc } from '../malformed.js';
import { parseXml, type XmlElement } from '../parse-xml.js';
import { readInPieces } from '../read-in-pieces.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childrenOf, countOf, expectRoot, requiredTextOf, textOf, wordOf } from '../xml-element.js';
import { readEncodingType } from './object-summary.js';
import { defined } from './optional.js';

/** One part that the object is put together from. */
export interface PartToComplete {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
}

/** The object that the upload became. */
export interface CompleteMultipartUploadResult {
  readonly encodingType?: EncodingType;
  readonly location: string;
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
}

/** EC of a malformed request, from the public service. */
const MALFORMED_EC = '0042-00000205';

/** Writes the request. */
export function renderCompleteMultipartUpload(parts: readonly PartToComplete[]): string {
  return renderXml('CompleteMultipartUpload', {
    Part: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: quoteEtag(etag) })),
  });
}

/**
 * Reads the request; the order of parts is left as it is, for the operation to judge.
 * @throws {OssError} `MalformedXML` with EC 0042-00000205: more than 10,000, a part without number or etag;
 *   `InvalidArgument` for a number that no part can have.
 */
export function parseCompleteMultipartUpload(document: Uint8Array | string): readonly PartToComplete[] {
  return refuseWithEc(MALFORMED_EC, () => {
    return readRequestDocument(document, 'CompleteMultipartUpload', readParts, {
      lengthBytesMax: LIMITS.completeBodyLengthBytesMax,
    });
  });
}

/** Some milliseconds of reading. */
const PIECE = {
  rootName: 'CompleteMultipartUpload',
  childName: 'Part',
  childCount: 250,
  childCountMax: LIMITS.partNumberMax,
};

/**
 * Reads a request of many parts as {@link parseCompleteMultipartUpload} does, and lets others go on in between.
 * @param pause Waited for between two pieces.
 * @throws {OssError} as that; what is said of the place of a mistake counts from the beginning of its piece.
 */
export async function parseLongCompleteMultipartUpload(
  document: Uint8Array,
  pause: () => Promise<void>,
): Promise<readonly PartToComplete[]> {
  return (await readInPieces(document, PIECE, parseCompleteMultipartUpload, pause)).flat();
}

function readParts(root: XmlElement): readonly PartToComplete[] {
  const elements = childrenOf(root, 'Part');
  if (elements.length > LIMITS.partNumberMax) {
    throw malformed(`CompleteMultipartUpload must not have more than ${LIMITS.partNumberMax} parts.`);
  }
  return elements.map((element) => {
    const partNumber = countOf(element, 'PartNumber');
    const etag = textOf(element, 'ETag');
    if (partNumber === undefined || etag === undefined) {
      throw malformed('A Part must have a PartNumber and an ETag.');
    }
    requirePartNumber('PartNumber', partNumber);
    return { partNumber, etag: unquoteEtag(etag) };
  });
}

/** Writes the result. */
export function renderCompleteMultipartUploadResult(result: CompleteMultipartUploadResult): string {
  return renderXml('CompleteMultipartUploadResult', {
    EncodingType: result.encodingType,
    Location: result.location,
    Bucket: result.bucket,
    Key: encodeName(result.key, result.encodingType),
    ETag: quoteEtag(result.etag),
  });
}

/**
 * Reads the result.
 * @throws {OssError} `MalformedXML`.
 */
export function parseCompleteMultipartUploadResult(document: Uint8Array | string): CompleteMultipartUploadResult {
  const root = expectRoot(parseXml(document), 'CompleteMultipartUploadResult');
  const encodingType = readEncodingType(root);
  return {
    location: textOf(root, 'Location') ?? '',
    bucket: wordOf(root, 'Bucket') ?? '',
    key: decodeName(requiredTextOf(root, 'Key'), encodingType),
    etag: unquoteEtag(requiredTextOf(root, 'ETag')),
    ...defined({ encodingType }),
  };
}
