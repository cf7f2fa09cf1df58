/**
 * The one way in which documents of requests are read: well-formed, of the right root, and understood to the last
 * element. Answers are read leniently (`parseXml` and `expectRoot` alone): a server may say more than its client knows.
 */
import { LIMITS } from '../limits.js';
import { type ParseXmlOptions, parseXml, type XmlElement } from './parse-xml.js';
import { expectRoot, refuseUnread } from './xml-element.js';

/**
 * Reads the document of a request.
 * @param document The body.
 * @param rootName Name the root element must have.
 * @param read Takes the root element apart; every element it does not ask for is refused afterwards, so that its own
 * refusals come first.
 * @param options Bounds.
 * @returns What `read` returns.
 * @throws {OssError} What `read` throws; `MalformedXML` for what is not well-formed, another root, elements that `read`
 *   did not ask for, elements that stand twice where one is read, and text beside elements.
 */
export function readRequestDocument<Result>(
  document: Uint8Array | string,
  rootName: string,
  read: (root: XmlElement) => Result,
  options?: ParseXmlOptions,
): Result {
  const root = expectRoot(parseXml(document, { markupCountMax: LIMITS.requestMarkupCountMax, ...options }), rootName);
  const result = read(root);
  refuseUnread(root);
  return result;
}
