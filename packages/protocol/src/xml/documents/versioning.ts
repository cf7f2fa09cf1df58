/** Document of Put- and GetBucketVersioning: `VersioningConfiguration`. */
import { OssError } from '../../error/oss-error.js';
import { malformed } from '../malformed.js';
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
 * @throws {OssError} `MalformedXML`, also for the status `None` or `Disabled`; `InvalidArgument` for an unknown one.
 */
export function parseVersioningConfiguration(document: Uint8Array | string): VersioningStatus | undefined {
  const status = readRequestDocument(document, 'VersioningConfiguration', (root) => wordOf(root, 'Status'));
  if (status === undefined || status === 'Enabled' || status === 'Suspended') return status;
  // A state that a bucket may be in for other programs, and that nobody can ask for.
  if (/^(?:none|disabled)$/i.test(status)) throw malformed('Status must be Enabled or Suspended.');
  throw new OssError('InvalidArgument', { details: { ArgumentName: 'Status', ArgumentValue: status } });
}
