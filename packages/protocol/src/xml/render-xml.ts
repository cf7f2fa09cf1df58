/**
 * Writes XML documents from plain data. Written here and not by the XML library because three rules of the protocol are
 * ours: no empty elements unless asked for (they crash one official SDK), quotes in text unescaped (etags), and
 * characters that XML cannot carry. Leaves out attributes and namespaces: no document of the protocol needs them.
 */

/**
 * A scalar in an element. `undefined` and `''` leave the element out; `null` writes it empty, for the few that one
 * official SDK demands even when there is nothing to say.
 */
export type XmlScalar = string | number | bigint | boolean | undefined | null;

/** Content of an element: text, child elements in order, or a list that repeats the element. */
export type XmlValue = XmlScalar | XmlContent | readonly (XmlScalar | XmlContent)[];

/** Child elements, in the order in which they are written. */
export interface XmlContent {
  readonly [name: string]: XmlValue;
}

/** Stands in front of every document. */
export const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** Of one level. */
export const INDENT = '  ';
const ELEMENT_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/**
 * What must not stand in text as it is: markup; control characters and halves of surrogate pairs, which XML 1.0 cannot
 * carry; white space that a parser would change.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const SPECIAL = /[&<>\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu;

/** Visible ASCII without markup. */
const PLAIN = /^[ -%'-;=?-~]*$/;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * Writes a document: prolog, two spaces of indent, `\n` line ends, no empty elements below the root but those given as
 * `null`.
 *
 * A control character becomes a reference, although XML 1.0 knows none for it: a strict parser then fails loudly and a
 * lenient one reads the true key, where anything readable would name a key that does not exist. A client that must know
 * such keys asks for `encoding-type=url`.
 *
 * @param name Name of the root element.
 * @param content Its content; a root without content is written as an empty pair of tags.
 * @returns The document, ending in a line end.
 * @throws {TypeError} If an element's name is none; names come from code.
 */
export function renderXml(name: string, content: XmlContent | string): string {
  const body = renderElement(name, content, '');
  return `${PROLOG}${body === '' ? `<${checkName(name)}></${name}>\n` : body}`;
}

/** Writes one element, or each of a list; nothing where it has no content. @throws {TypeError} As {@link renderXml}. */
export function renderElement(name: string, value: XmlValue, indent: string): string {
  if (isList(value)) {
    let elements = '';
    for (const item of value) elements += renderElement(name, item, indent);
    return elements;
  }
  checkName(name);
  if (value === null) return `${indent}<${name}></${name}>\n`;
  if (typeof value === 'object') return renderParent(name, value, indent);
  if (value === undefined || value === '') return '';
  return `${indent}<${name}>${escapeXmlText(String(value))}</${name}>\n`;
}

function renderParent(name: string, content: XmlContent, indent: string): string {
  let body = '';
  for (const child of Object.keys(content)) body += renderElement(child, content[child], indent + INDENT);
  return body === '' ? '' : `${indent}<${name}>\n${body}${indent}</${name}>\n`;
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: XmlValue): value is readonly (XmlScalar | XmlContent)[] {
  return Array.isArray(value);
}

/** @returns The name. @throws {TypeError} It is none. */
export function checkName(name: string): string {
  if (!ELEMENT_NAME.test(name)) throw new TypeError(`"${name}" is no element name`);
  return name;
}

/**
 * Escapes text for an element.
 * @param text Any text.
 * @returns Text that a lenient parser reads back unchanged, but for halves of surrogate pairs, which become U+FFFD.
 */
function escapeXmlText(text: string): string {
  // Nearly all texts are so, and the other expression takes ten times as long to see it.
  if (PLAIN.test(text)) return text;
  return text.replace(SPECIAL, (character) => ESCAPES[character] ?? escapeRare(character));
}

/**
 * C1 controls are legal but discouraged, and some parsers take U+0085 for a line end; a reference is safe. Halves of
 * pairs are no characters at all.
 */
function escapeRare(character: string): string {
  const code = character.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdfff ? '\ufffd' : `&#${code};`;
}
