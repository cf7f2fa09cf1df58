/** Element `Owner`, which many documents share. */
import type { XmlElement } from '../parse-xml.js';
import type { XmlContent } from '../render-xml.js';
import { childOf, textOf } from '../xml-element.js';

/** Owner of a bucket or an object. */
export interface Owner {
  readonly id: string;
  readonly displayName: string;
}

/** Makes the content of `Owner`. */
export function ownerContent(owner: Owner): XmlContent {
  return { ID: owner.id, DisplayName: owner.displayName };
}

/** Reads a child `Owner`, or gives `undefined` if there is none. */
export function readOwner(element: XmlElement | undefined): Owner | undefined {
  const owner = childOf(element, 'Owner');
  if (owner === undefined) return undefined;
  return { id: textOf(owner, 'ID') ?? '', displayName: textOf(owner, 'DisplayName') ?? '' };
}
