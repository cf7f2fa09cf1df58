/**
 * Questions that document readers ask an element, and the elements of a document that no reader asked for. Leaves out
 * parsing (`parse-xml.ts`).
 */
import { parseIsoTime } from '../iso-time.js';
import { malformed } from './malformed.js';
import type { XmlElement } from './parse-xml.js';

/**
 * Names that a reader asked each element for: `?` behind one of which there may be one at most. Gone with the document.
 */
const askedNames = new WeakMap<XmlElement, string[]>();

function noteAsked(element: XmlElement | undefined, name: string): void {
  if (element === undefined) return;
  const names = askedNames.get(element);
  if (names === undefined) askedNames.set(element, [name]);
  else if (!names.includes(name)) names.push(name);
}

/**
 * Refuses a document of which the reader has not asked for everything: what is not understood may say that the rest
 * means something else.
 * @param element An element that the reader was given.
 * @throws {OssError} `MalformedXML` for an element nobody asked for, a second one where one is read, and text beside
 * elements.
 */
export function refuseUnread(element: XmlElement): void {
  const names = askedNames.get(element) ?? [];
  if (names.includes(EVERYTHING)) return;
  const seen = new Set<string>();
  for (const child of element.children) {
    if (!names.includes(child.name)) {
      if (!names.includes(`${child.name}?`))
        throw malformed(`${element.name} must not have the element ${child.name}.`);
      if (seen.has(child.name)) throw malformed(`${element.name} must not have more than one ${child.name}.`);
      seen.add(child.name);
    }
    refuseUnread(child);
  }
  if (names.length > 0 && element.text.trim() !== '') {
    throw malformed(`${element.name} must not have text beside its elements.`);
  }
}

/** No name of an element. */
const EVERYTHING = '*';

/** Notes that a reader takes an element as it is, with everything in it. */
export function noteWholeRead(element: XmlElement): void {
  noteAsked(element, EVERYTHING);
}

/**
 * Refuses a document whose root has another name.
 * @param root Root element.
 * @param name The name it must have.
 * @returns `root`.
 * @throws {OssError} `MalformedXML`.
 */
export function expectRoot(root: XmlElement, name: string): XmlElement {
  if (root.name !== name) throw malformed(`The root element must be ${name}, not ${root.name}.`);
  return root;
}

/** Gives the first child of a name, or `undefined`. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  noteAsked(element, `${name}?`);
  return element?.children.find((child) => child.name === name);
}

/** Gives every child of a name, in order. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  noteAsked(element, name);
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** Gives the text of the first child of a name exactly as written, or `undefined` if there is none. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

/** Gives the text of a child that is a word or a number: trimmed, `undefined` if missing or empty. */
export function wordOf(element: XmlElement | undefined, name: string): string | undefined {
  return textOf(element, name)?.trim() || undefined;
}

/**
 * Reads a child that is a whole number of 0 or more.
 * @returns The number, or `undefined` if the child is missing or empty.
 * @throws {OssError} `MalformedXML` for anything else.
 */
export function countOf(element: XmlElement | undefined, name: string): number | undefined {
  const text = wordOf(element, name);
  if (text === undefined) return undefined;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw malformed(`${name} must be a whole number.`);
  return count;
}

/**
 * Reads a child that is `true` or `false`.
 * @returns Whether it is `true`; `undefined` if missing or empty.
 * @throws {OssError} `MalformedXML` for anything else.
 */
export function flagOf(element: XmlElement | undefined, name: string): boolean | undefined {
  const text = wordOf(element, name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (text !== 'true' && text !== 'false') throw malformed(`${name} must be true or false.`);
  return text === 'true';
}

/**
 * Reads a child that an answer must have, exactly as written.
 * @throws {OssError} `MalformedXML` if it is missing or empty.
 */
export function requiredTextOf(element: XmlElement | undefined, name: string): string {
  return requireValue(textOf(element, name) || undefined, name);
}

/**
 * Reads a whole number that an answer must have.
 * @throws {OssError} `MalformedXML` if it is missing or anything else.
 */
export function requiredCountOf(element: XmlElement | undefined, name: string): number {
  return requireValue(countOf(element, name), name);
}

/**
 * Reads a time that an answer must have.
 * @returns Milliseconds since 1970.
 * @throws {OssError} `MalformedXML` if it is missing or anything else.
 */
export function requiredTimeOf(element: XmlElement | undefined, name: string): number {
  return requireValue(parseIsoTime(wordOf(element, name) ?? ''), name);
}

/**
 * Reads a flag that an answer must have.
 * @throws {OssError} `MalformedXML` if it is missing or anything else.
 */
export function requiredFlagOf(element: XmlElement | undefined, name: string): boolean {
  return requireValue(flagOf(element, name), name);
}

function requireValue<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw malformed(`${name} is missing or not valid.`);
  return value;
}
