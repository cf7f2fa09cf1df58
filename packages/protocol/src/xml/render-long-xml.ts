/**
 * Writes documents with long lists some entries at a time, so that no other request waits for the whole. What an entry
 * says is made when its turn comes. Leaves out waiting, and the single element (`render-xml.ts`).
 */
import {
  checkName,
  INDENT,
  PROLOG,
  renderElement,
  type XmlContent,
  type XmlScalar,
  type XmlValue,
} from './render-xml.js';

/** A list to be written; arrays are such lists. */
export interface Listed<Item> extends Iterable<Item> {
  readonly length: number;
}

/** A result that is to be written: its lists need not be there before. */
export type Written<Result> = {
  readonly [Name in keyof Result]: Result[Name] extends readonly (infer Item)[] ? Listed<Item> : Result[Name];
};

/** @returns The list of what `make` gives for each item, made only while it is gone through. */
export function lazily<Item, Made>(items: Listed<Item>, make: (item: Item) => Made): Listed<Made> {
  return {
    length: items.length,
    *[Symbol.iterator]() {
      for (const item of items) yield make(item);
    },
  };
}

/** Texts that make a document when they are put together; the last one is returned. */
export type XmlPieces = Iterator<string, string>;

/** Content of an element, or the long list that repeats it; the list may stand one level deeper. */
export type LongXmlValue = XmlValue | Listed<XmlContent> | { readonly [name: string]: Listed<XmlContent> };

/** Entries of a piece: some milliseconds of writing, also in a server whose code is not compiled yet. */
export const PIECE_ENTRY_COUNT = 250;

/**
 * Writes a document as `renderXml` does.
 * @param name Name of the root element.
 * @param children Its child elements; where their names alternate, each of them counts as an entry.
 * @returns The document in pieces of {@link PIECE_ENTRY_COUNT} entries.
 * @throws {TypeError} While it is gone through, if an element's name is none; names come from code.
 */
export function* renderLongXml(
  name: string,
  children: Iterable<readonly [name: string, value: LongXmlValue]>,
): Generator<string, string> {
  const document = new LongDocument();
  yield* document.parent(name, children, '');
  return document.isEmpty ? `${PROLOG}<${name}></${name}>\n` : document.take();
}

class LongDocument {
  #text = PROLOG;
  #entryCount = 0;
  isEmpty = true;
  /** Tags of elements in which nothing stands yet: an element without content is left out. */
  readonly #unopened: string[] = [];

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  *parent(
    name: string,
    children: Iterable<readonly [name: string, value: LongXmlValue]>,
    indent: string,
  ): Generator<string, void> {
    this.#unopened.push(`${indent}<${checkName(name)}>\n`);
    for (const [child, value] of children) yield* this.#child(child, value, indent + INDENT);
    if (this.#unopened.length > 0) this.#unopened.pop();
    else this.#text += `${indent}</${name}>\n`;
  }

  *#child(name: string, value: LongXmlValue, indent: string): Generator<string, void> {
    if (isWhole(value)) {
      this.#add(renderElement(name, value, indent));
      if (typeof value === 'object' && value !== null) yield* this.#endEntry();
    } else if (isListed(value)) {
      for (const item of value) {
        this.#add(renderElement(name, item, indent));
        yield* this.#endEntry();
      }
    } else {
      yield* this.parent(name, Object.entries(value), indent);
    }
  }

  *#endEntry(): Generator<string, void> {
    this.#entryCount += 1;
    if (this.#entryCount % PIECE_ENTRY_COUNT === 0) yield this.take();
  }

  #add(text: string): void {
    if (text === '') return;
    this.isEmpty = false;
    if (this.#unopened.length > 0) this.#text += this.#unopened.splice(0).join('');
    this.#text += text;
  }
}

/** A scalar, or an element without a long list in it. */
function isWhole(value: LongXmlValue): value is XmlScalar | XmlContent {
  if (typeof value !== 'object' || value === null) return true;
  return !isListed(value) && !Object.values(value).some(isLazy);
}

function isListed(value: object): value is Listed<XmlContent> {
  return Symbol.iterator in value;
}

/** An array one level deeper is a short one. */
function isLazy(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isListed(value);
}
