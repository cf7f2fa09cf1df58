/** Document of object and bucket tags: `Tagging`. */
import type { Tag } from '../../tagging.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childOf, childrenOf, textOf } from '../xml-element.js';

/**
 * Writes the document. `TagSet` and an empty value are written even if empty: SDKs read them without looking whether
 * they are there.
 */
export function renderTagging(tags: readonly Tag[]): string {
  return renderXml('Tagging', {
    TagSet: tags.length === 0 ? null : { Tag: tags.map(({ key, value }) => ({ Key: key, Value: value || null })) },
  });
}

/**
 * Reads the document; whether the tags are legal is `validateTags`' to say.
 * @throws {OssError} `MalformedXML`.
 */
export function parseTagging(document: Uint8Array | string): readonly Tag[] {
  return readRequestDocument(document, 'Tagging', readTags);
}

function readTags(root: XmlElement): readonly Tag[] {
  const tagSet = childOf(root, 'TagSet');
  if (tagSet === undefined) throw malformed('Tagging must have a TagSet.');
  return childrenOf(tagSet, 'Tag').map((element) => {
    const key = textOf(element, 'Key');
    if (key === undefined) throw malformed('A Tag must have a Key.');
    return { key, value: textOf(element, 'Value') ?? '' };
  });
}
