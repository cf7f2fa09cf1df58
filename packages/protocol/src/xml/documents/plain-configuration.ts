/** Documents that are kept and given back without being understood: well-formed, of the right name, and nothing more. */
import { malformed } from '../malformed.js';
import { parseXml, type XmlElement } from '../parse-xml.js';
import type { XmlContent } from '../render-xml.js';
import { expectRoot } from '../xml-element.js';

const ELEMENT_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/**
 * Reads a document into what `renderXml` writes. Text beside child elements, comments and attributes are left out; elements of one
 * name stand together afterwards.
 * @param name Name the root element must have.
 * @throws {OssError} `MalformedXML`.
 */
export function parsePlainConfiguration(document: Uint8Array | string, name: string): XmlContent {
  return contentOf(expectRoot(parseXml(document), name));
}

/** Gives the children of an element as `renderXml` takes them; empty ones stay. */
export function contentOf({ children }: XmlElement): XmlContent {
  const values = new Map<string, (string | null | XmlContent)[]>();
  for (const child of children) {
    if (!ELEMENT_NAME.test(child.name)) throw malformed(`${child.name} is no name of an element here.`);
    const value = child.children.length > 0 ? contentOf(child) : child.text.trim() === '' ? null : child.text;
    const list = values.get(child.name);
    if (list === undefined) values.set(child.name, [value]);
    else list.push(value);
  }
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? null) : list]));
}
