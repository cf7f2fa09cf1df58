/**
 * Documents that are kept and given back without effect: well-formed, of the right name, and with the values that make
 * them what they are. Unknown elements are kept as well.
 */
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import type { XmlContent, XmlValue } from '../render-xml.js';
import { noteWholeRead } from '../xml-element.js';

const ELEMENT_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/**
 * Reads a document into what `renderXml` writes. Comments and attributes are left out; elements of one
 * name stand together afterwards.
 * @param name Name the root element must have.
 * @throws {OssError} `MalformedXML`.
 */
export function parsePlainConfiguration(document: Uint8Array | string, name: string): XmlContent {
  return readRequestDocument(document, name, contentOf);
}

/**
 * Gives the children of an element as `renderXml` takes them; empty ones stay.
 * @throws {OssError} `MalformedXML`: there is text beside elements, or a name that XML does not allow.
 */
export function contentOf(element: XmlElement): XmlContent {
  noteWholeRead(element);
  if (element.children.length > 0 && element.text.trim() !== '') {
    throw malformed(`${element.name} must not have text beside its elements.`);
  }
  const values = new Map<string, (string | null | XmlContent)[]>();
  for (const child of element.children) {
    if (!ELEMENT_NAME.test(child.name)) throw malformed(`${child.name} is no name of an element here.`);
    const value =
      child.children.length > 0 ? contentOf(child) : child.text.trim() === '' ? null : flagText(child.name, child.text);
    const list = values.get(child.name);
    if (list === undefined) values.set(child.name, [value]);
    else list.push(value);
  }
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? null) : list]));
}

/**
 * Elements of such documents that are `true` or `false`; SDKs write them in whatever case their language has, and read
 * lower case alone.
 */
const FLAGS =
  /^(?:Enabled?|IsEnabled|PassAll|(?:Mirror)?PassQueryString|EnableReplacePrefix|BlockPublicAccess|Mirror(?:PassOriginalSlashes|FollowRedirect|CheckMd5|SNI|UserLastModified|UsingRole|IsExpressTunnel|ProxyPass|SaveOssMeta|TransparentMirror|SwitchAllErrors|Allow[A-Za-z]+))$/;

function flagText(name: string, text: string): string {
  const word = text.trim().toLowerCase();
  return FLAGS.test(name) && (word === 'true' || word === 'false') ? word : text;
}

/**
 * Writes flags in lower case, for documents that an earlier version kept as they came.
 * @param content Of a document that is kept as it is.
 */
export function withLowerCaseFlags(content: XmlContent): XmlContent {
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, lowerFlags(name, value)]));
}

function lowerFlags(name: string, value: XmlValue): XmlValue {
  if (typeof value === 'string') return flagText(name, value);
  if (isList(value)) return value.map((member) => lowerFlags(name, member) as string | null | XmlContent);
  return typeof value === 'object' && value !== null ? withLowerCaseFlags(value) : value;
}

/**
 * Refuses a document that does not say what it is there to say.
 * @param path Names of elements from below the root, joined by dots; where an element is repeated, each of them is
 * looked at.
 * @param pattern What the text must be.
 * @param isRequired Whether it must be there. Default: yes.
 * @throws {OssError} `MalformedXML`.
 */
export function requirePlainValue(content: XmlContent, path: string, pattern: RegExp, isRequired = true): void {
  const values = valuesAt(content, path.split('.'));
  const isMissing = values.length === 0 && isRequired;
  if (isMissing || !values.every((value) => pattern.test(value))) throw malformed(`${path} is missing or not valid.`);
}

function valuesAt(value: XmlValue, path: readonly string[]): readonly string[] {
  if (isList(value)) return value.flatMap((member) => valuesAt(member, path));
  const [name, ...rest] = path;
  // An element with elements in it has no text, and no pattern allows markup.
  if (name === undefined) return [typeof value === 'object' && value !== null ? '<>' : String(value ?? '')];
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  return valuesAt(value[name], rest);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: XmlValue): value is readonly Exclude<XmlValue, readonly unknown[]>[] {
  return Array.isArray(value);
}
