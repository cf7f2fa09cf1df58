/** Document of GetBucketLocation: `LocationConstraint`, a text without children. */
import { parseXml } from '../parse-xml.js';
import { renderXml } from '../render-xml.js';
import { expectRoot } from '../xml-element.js';

/**
 * Writes the document.
 * @param location Such as `oss-cn-hangzhou`; not empty.
 */
export function renderLocationConstraint(location: string): string {
  return renderXml('LocationConstraint', location);
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseLocationConstraint(document: Uint8Array | string): string {
  return expectRoot(parseXml(document), 'LocationConstraint').text.trim();
}
