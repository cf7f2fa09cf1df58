/** Document of Put- and GetBucketVersioning: `VersioningConfiguration`. */
import { OssError } from '../../error/oss-error.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { wordOf } from '../xml-element.js';

/** Whether a bucket keeps versions; `undefined` elsewhere means it never did. */
export type VersioningStatus = 'Enabled' | 'Suspended';

/**
 * Writes the document.
 * @param status `undefined` for a bucket whose versioning was never set: a root without content.
 */
export function renderVersioningConfiguration(status: VersioningStatus | undefined): string {
  return renderXml('VersioningConfiguration', { Status: status });
}

/**
 * Reads the document.
 * @returns The status, or `undefined` if there is none, which only an answer may say.
 * @throws {OssError} `MalformedXML`, or `InvalidArgument` for an unknown status.
 */
export function parseVersioningConfiguration(document: Uint8Array | string): VersioningStatus | undefined {
  const status = readRequestDocument(document, 'VersioningConfiguration', (root) => wordOf(root, 'Status'));
  if (status === undefined || status === 'Enabled' || status === 'Suspended') return status;
  throw new OssError('InvalidArgument', { details: { ArgumentName: 'Status', ArgumentValue: status } });
}
