/** Documents of CopyObject and UploadPartCopy: `CopyObjectResult` and `CopyPartResult`. */
import { quoteEtag, unquoteEtag } from '../../etag.js';
import { formatIsoTime } from '../../iso-time.js';
import { parseXml } from '../parse-xml.js';
import { renderXml } from '../render-xml.js';
import { expectRoot, requiredTextOf, requiredTimeOf } from '../xml-element.js';

/** What a copy made. */
export interface CopyResult {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** Writes the document of CopyObject. */
export function renderCopyObjectResult(result: CopyResult): string {
  return renderXml('CopyObjectResult', {
    ETag: quoteEtag(result.etag),
    LastModified: formatIsoTime(result.lastModifiedMs),
  });
}

/** Writes the document of UploadPartCopy. */
export function renderCopyPartResult(result: CopyResult): string {
  return renderXml('CopyPartResult', {
    LastModified: formatIsoTime(result.lastModifiedMs),
    ETag: quoteEtag(result.etag),
  });
}

/**
 * Reads the document of CopyObject.
 * @throws {OssError} `MalformedXML`.
 */
export function parseCopyObjectResult(document: Uint8Array | string): CopyResult {
  return parseCopyResult(document, 'CopyObjectResult');
}

/**
 * Reads the document of UploadPartCopy.
 * @throws {OssError} `MalformedXML`.
 */
export function parseCopyPartResult(document: Uint8Array | string): CopyResult {
  return parseCopyResult(document, 'CopyPartResult');
}

function parseCopyResult(document: Uint8Array | string, rootName: string): CopyResult {
  const root = expectRoot(parseXml(document), rootName);
  return {
    etag: unquoteEtag(requiredTextOf(root, 'ETag')),
    lastModifiedMs: requiredTimeOf(root, 'LastModified'),
  };
}
