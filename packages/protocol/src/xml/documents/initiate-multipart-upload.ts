/** Document of InitiateMultipartUpload: `InitiateMultipartUploadResult`. */
import { decodeName, type EncodingType, encodeName } from '../encoding-type.js';
import { parseXml } from '../parse-xml.js';
import { renderXml } from '../render-xml.js';
import { expectRoot, requiredTextOf, wordOf } from '../xml-element.js';
import { readEncodingType } from './object-summary.js';
import { defined } from './optional.js';

/** A new upload. */
export interface InitiateMultipartUploadResult {
  readonly encodingType?: EncodingType;
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** Writes the document. */
export function renderInitiateMultipartUploadResult(result: InitiateMultipartUploadResult): string {
  return renderXml('InitiateMultipartUploadResult', {
    EncodingType: result.encodingType,
    Bucket: result.bucket,
    Key: encodeName(result.key, result.encodingType),
    UploadId: result.uploadId,
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseInitiateMultipartUploadResult(document: Uint8Array | string): InitiateMultipartUploadResult {
  const root = expectRoot(parseXml(document), 'InitiateMultipartUploadResult');
  const encodingType = readEncodingType(root);
  return {
    bucket: wordOf(root, 'Bucket') ?? '',
    key: decodeName(requiredTextOf(root, 'Key'), encodingType),
    uploadId: requiredTextOf(root, 'UploadId').trim(),
    ...defined({ encodingType }),
  };
}
