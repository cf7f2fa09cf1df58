/**
 * Questions that document readers ask an element. Leaves out parsing (`parse-xml.ts`).
 */
import { malformed } from './malformed.js';
import type { XmlElement } from './parse-xml.js';

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
  return element?.children.find((child) => child.name === name);
}

/** Gives every child of a name, in order. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
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
