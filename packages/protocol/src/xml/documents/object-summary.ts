/** Elements `Contents` and `CommonPrefixes`, which both listings of objects share. */
import { quoteEtag, unquoteEtag } from '../../etag.js';
import { formatIsoTime } from '../../iso-time.js';
import { decodeName, type EncodingType, encodeName } from '../encoding-type.js';
import type { XmlElement } from '../parse-xml.js';
import { type Listed, lazily } from '../render-long-xml.js';
import type { XmlContent } from '../render-xml.js';
import { childrenOf, requiredCountOf, requiredTextOf, requiredTimeOf, textOf, wordOf } from '../xml-element.js';
import { defined } from './optional.js';
import { type Owner, ownerContent, readOwner } from './owner.js';

/** One object of a listing. */
export interface ObjectSummary {
  readonly key: string;
  readonly lastModifiedMs: number;
  /** Without quotes. */
  readonly etag: string;
  /** `Normal`, `Multipart`, `Appendable` or `Symlink`. */
  readonly type: string;
  readonly lengthBytes: number;
  readonly storageClass: string;
  /** Always in the first version of the listing, on request in the second. */
  readonly owner?: Owner;
  /** State of a restoration, in the words of `x-oss-restore`. Absent where none was asked for. */
  readonly restoreInfo?: string;
}

/** Makes the content of one `Contents`. */
export function objectContent(object: ObjectSummary, encodingType: EncodingType | undefined): XmlContent {
  return {
    Key: encodeName(object.key, encodingType),
    LastModified: formatIsoTime(object.lastModifiedMs),
    ETag: quoteEtag(object.etag),
    Type: object.type,
    Size: object.lengthBytes,
    StorageClass: object.storageClass,
    Owner: object.owner === undefined ? undefined : ownerContent(object.owner),
    RestoreInfo: object.restoreInfo,
  };
}

/** Reads every `Contents`. */
export function readObjects(root: XmlElement, encodingType: EncodingType | undefined): readonly ObjectSummary[] {
  return childrenOf(root, 'Contents').map((element) => ({
    key: decodeName(requiredTextOf(element, 'Key'), encodingType),
    lastModifiedMs: requiredTimeOf(element, 'LastModified'),
    etag: unquoteEtag(requiredTextOf(element, 'ETag')),
    type: wordOf(element, 'Type') ?? '',
    lengthBytes: requiredCountOf(element, 'Size'),
    storageClass: wordOf(element, 'StorageClass') ?? '',
    ...defined({ owner: readOwner(element), restoreInfo: wordOf(element, 'RestoreInfo') }),
  }));
}

/** Makes the list of `CommonPrefixes`. */
export function commonPrefixesContent(
  prefixes: Listed<string>,
  encodingType: EncodingType | undefined,
): Listed<XmlContent> {
  return lazily(prefixes, (prefix) => ({ Prefix: encodeName(prefix, encodingType) }));
}

/** Reads every `CommonPrefixes`. */
export function readCommonPrefixes(root: XmlElement, encodingType: EncodingType | undefined): readonly string[] {
  return childrenOf(root, 'CommonPrefixes')
    .flatMap((element) => childrenOf(element, 'Prefix'))
    .map((element) => decodeName(element.text, encodingType));
}

/** Reads `EncodingType`. */
export function readEncodingType(root: XmlElement): EncodingType | undefined {
  return wordOf(root, 'EncodingType') === 'url' ? 'url' : undefined;
}

/** Reads an optional name: missing and empty are the same. */
export function readName(root: XmlElement, name: string, encodingType: EncodingType | undefined): string | undefined {
  return decodeName(textOf(root, name) || undefined, encodingType);
}
