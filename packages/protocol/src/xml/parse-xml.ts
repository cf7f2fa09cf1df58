/**
 * Reads XML documents into a small tree of names and texts. The library finds the structure; what it would change on
 * the way (numbers, white space, entities) is switched off and done here by the rules of XML.
 *
 * Refused: anything not well-formed, document types and entity definitions, other encodings than UTF-8, too large, too
 * deep, too many or too long pieces (`markup-bounds.ts`). Ignored: attributes, comments, processing instructions,
 * namespace prefixes.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { OssError } from '../error/oss-error.js';
import { LIMITS } from '../limits.js';
import { malformed, notWellFormed } from './malformed.js';
import { refuseOutOfBounds } from './markup-bounds.js';

/** An element: its local name, its own text as written, and its child elements in order. */
export interface XmlElement {
  readonly name: string;
  /** Text directly in the element, references replaced, white space kept. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Bounds of `parseXml`. */
export interface ParseXmlOptions {
  /** Bytes of the document. Default 1 MiB. */
  readonly lengthBytesMax?: number;
  /** Nesting of elements, the root being 1. Default 16; the library goes no deeper than 100. */
  readonly depthMax?: number;
  /** Tags, comments and sections together, and lines. Default 131,072: an answer may list a thousand versions. */
  readonly markupCountMax?: number;
}

const TEXT = '#text';
const CDATA = '#cdata';

/** Keeps nothing from one document to the next. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  textNodeName: TEXT,
  cdataPropName: CDATA,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // Paths of elements are for callbacks, which we have none of.
  jPath: false,
});
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** The library's own shape: one object per node, whose one key is the element's name. */
type LibraryNode = Readonly<Record<string, unknown>>;

const DECLARED_ENCODING = /^<\?xml\b[^>]*?\bencoding\s*=\s*["']([^"']*)["']/i;
const REFERENCE = /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+));|&/gi;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads a document.
 *
 * Control characters, raw or as references, are accepted although XML 1.0 forbids them: keys may have them, and a key
 * that can be created must be deletable in a batch. All but NUL, which other readers take for the end of a text.
 *
 * @param document UTF-8 bytes, with or without a byte order mark, or text.
 * @param options Bounds.
 * @returns The root element.
 * @throws {OssError} `MalformedXML` for everything refused, with what was wrong in `ErrorDetail`.
 */
export function parseXml(document: Uint8Array | string, options: ParseXmlOptions = {}): XmlElement {
  const lengthBytesMax = options.lengthBytesMax ?? LIMITS.configurationBodyLengthBytesMax;
  const depthMax = options.depthMax ?? LIMITS.xmlDepthMax;
  if (document.length > lengthBytesMax) throw malformed(`The document has more than ${lengthBytesMax} bytes.`);
  // XML 1.0 section 2.11: every line end is read as one line feed.
  // White space in front of the declaration is no XML, but Ruby's SDK among others sends it.
  const text = decodeText(document).replace(/\r\n?/g, '\n').trimStart();
  refuseDangerous(text);
  refuseNul(text);
  refuseOutOfBounds(text, depthMax, options.markupCountMax ?? LIMITS.xmlMarkupCountMax);
  return toTree(readNodes(text));
}

function decodeText(document: Uint8Array | string): string {
  if (typeof document === 'string') return document.replace(/^\ufeff/, '');
  try {
    return strictUtf8.decode(document);
  } catch {
    throw notWellFormed('The document is not UTF-8.');
  }
}

function refuseDangerous(text: string): void {
  const encoding = DECLARED_ENCODING.exec(text)?.[1];
  if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) {
    throw notWellFormed('The document declares another encoding than UTF-8.');
  }
  // Refused even inside a comment or CDATA, where it would be harmless: no honest document has it.
  if (/<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i.test(text)) {
    throw notWellFormed('A document type is not allowed.');
  }
}

const NUL_REFERENCE = /&#(?:x0+|0+);/i;
const CDATA_SECTION = /<!\[CDATA\[[\s\S]*?\]\]>/g;

/**
 * Wherever it stands: in texts, names, values of attributes or comments. In a CDATA section a reference is plain text.
 */
function refuseNul(text: string): void {
  const hasReference = NUL_REFERENCE.test(text) && NUL_REFERENCE.test(text.replace(CDATA_SECTION, ''));
  if (text.includes('\0') || hasReference) throw notWellFormed('The document has a NUL character.');
}

function readNodes(text: string): readonly unknown[] {
  // The library overlooks text after the root.
  if (text.slice(text.lastIndexOf('>') + 1).trim() !== '')
    throw notWellFormed('There is text outside the root element.');
  try {
    const verdict = XMLValidator.validate(text);
    // Nothing at all is a value that is missing, and no document that cannot be read.
    const refuse = text === '' ? malformed : notWellFormed;
    if (verdict !== true) throw refuse(`Line ${verdict.err.line}: ${verdict.err.msg}`);
    const nodes: unknown = parser.parse(text);
    if (Array.isArray(nodes)) return nodes;
  } catch (error) {
    if (error instanceof OssError) throw error;
    throw notWellFormed('The document is not well-formed.');
  }
  throw malformed('The document is empty.');
}

function toTree(nodes: readonly unknown[]): XmlElement {
  const roots: XmlElement[] = [];
  for (const node of nodes) {
    const [name, content] = readNode(node);
    if (name === TEXT) {
      if (typeof content === 'string' && content.trim() !== '')
        throw notWellFormed('There is text outside the root element.');
    } else {
      roots.push(toElement(name, content));
    }
  }
  const [root] = roots;
  if (root === undefined || roots.length > 1) throw notWellFormed('A document has exactly one root element.');
  return root;
}

function toElement(name: string, content: unknown): XmlElement {
  let text = '';
  const children: XmlElement[] = [];
  for (const node of Array.isArray(content) ? content : []) {
    const [childName, childContent] = readNode(node);
    if (childName === TEXT) text += replaceReferences(String(childContent));
    else if (childName === CDATA) text += readCdata(childContent);
    else children.push(toElement(childName, childContent));
  }
  return { name, text, children };
}

function readNode(node: unknown): readonly [name: string, content: unknown] {
  if (isLibraryNode(node)) {
    // Besides the name there may be `:@` with attributes.
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name !== undefined) return [name, node[name]];
  }
  throw notWellFormed('The document is not well-formed.');
}

function isLibraryNode(node: unknown): node is LibraryNode {
  return typeof node === 'object' && node !== null;
}

function readCdata(content: unknown): string {
  let text = '';
  for (const node of Array.isArray(content) ? content : []) text += String(readNode(node)[1]);
  return text;
}

function replaceReferences(text: string): string {
  return text.replace(REFERENCE, (reference, hex?: string, decimal?: string, entity?: string) => {
    if (entity !== undefined) {
      const character = Object.hasOwn(ENTITIES, entity) ? ENTITIES[entity] : undefined;
      if (character !== undefined) return character;
      throw notWellFormed(`The entity ${reference} is not defined.`);
    }
    const digits = hex ?? decimal;
    const code = digits === undefined ? Number.NaN : Number.parseInt(digits, hex === undefined ? 10 : 16);
    // Surrogates are not characters: a pair written as two references is not well-formed.
    if (!(code <= 0x10_ffff) || (code >= 0xd800 && code <= 0xdfff))
      throw notWellFormed('A character reference is not valid.');
    return String.fromCodePoint(code);
  });
}
