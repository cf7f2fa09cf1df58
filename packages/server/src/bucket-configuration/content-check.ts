/**
 * Checks a document that is kept as its elements are: what `renderXml` can write, and what the code that looks into
 * such documents can rely on. Leaves out what the elements mean.
 */
import type { XmlContent } from '@annals/protocol';
import { type Check, checks } from '@annals/store';

const ELEMENT_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
/** Documents of requests are nested less deeply. */
const DEPTH_MAX = 64;

/** Content of a root element. */
export const contentCheck: Check<XmlContent> = (value) => findingIn(value, 1);

/** Documents by a name of their own, such as inventories. */
export const namedDocumentsCheck: Check<Readonly<Record<string, XmlContent>>> = checks.recordOf(contentCheck);

function findingIn(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no object';
  if (depth > DEPTH_MAX) return ' is nested too deep';
  for (const [name, child] of Object.entries(value)) {
    if (!ELEMENT_NAME.test(name)) return ' has a member that is no name of an element';
    const finding = Array.isArray(child) ? findingInList(child, depth) : findingInElement(child, depth);
    if (finding !== undefined) return `.${name}${finding}`;
  }
  return undefined;
}

function findingInList(items: readonly unknown[], depth: number): string | undefined {
  for (const [index, item] of items.entries()) {
    const finding = findingInElement(item, depth);
    if (finding !== undefined) return `[${index}]${finding}`;
  }
  return undefined;
}

/** An element without elements is text, a number or a flag; an empty one is `null`. */
function findingInElement(value: unknown, depth: number): string | undefined {
  const isScalar = value === null || typeof value === 'string' || typeof value === 'number';
  return isScalar || typeof value === 'boolean' ? undefined : findingIn(value, depth + 1);
}
