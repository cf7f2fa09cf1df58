/** Document of Put- and GetBucketReferer: `RefererConfiguration`. Leaves out judging by it. */
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childOf, childrenOf, flagOf } from '../xml-element.js';
import { defined } from './optional.js';

/** Which pages may lead to a bucket. */
export interface RefererConfiguration {
  readonly allowEmptyReferer: boolean;
  /** Whether the query of a referer is left out of the comparison. */
  readonly allowTruncateQueryString: boolean;
  /** Whether the path is left out as well. */
  readonly truncatePath: boolean;
  /** With the wildcards `*` and `?`. Empty: every page may. */
  readonly referers: readonly string[];
  /** Pages that may not, whatever the list above says. `undefined`: the document had no such list. */
  readonly refererBlacklist?: readonly string[];
}

/** Bytes of the document. The public service allows 20 KB for each list. */
const LENGTH_BYTES_MAX = 40 * 1024;

/** Writes the document. `RefererList` is written even if empty: SDKs read it without looking whether it is there. */
export function renderRefererConfiguration(configuration: RefererConfiguration): string {
  const { referers, refererBlacklist } = configuration;
  return renderXml('RefererConfiguration', {
    AllowEmptyReferer: configuration.allowEmptyReferer,
    AllowTruncateQueryString: configuration.allowTruncateQueryString,
    TruncatePath: configuration.truncatePath,
    RefererList: referers.length === 0 ? null : { Referer: referers },
    RefererBlacklist: refererBlacklist === undefined ? undefined : { Referer: refererBlacklist },
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseRefererConfiguration(document: Uint8Array | string): RefererConfiguration {
  return readRequestDocument(document, 'RefererConfiguration', readRefererConfiguration, {
    lengthBytesMax: LENGTH_BYTES_MAX,
  });
}

function readRefererConfiguration(root: XmlElement): RefererConfiguration {
  const allowEmptyReferer = flagOf(root, 'AllowEmptyReferer');
  if (allowEmptyReferer === undefined) throw malformed('RefererConfiguration must have AllowEmptyReferer.');
  const blacklist = childOf(root, 'RefererBlacklist');
  const truncatePath = flagOf(root, 'TruncatePath') ?? false;
  const allowTruncateQueryString = flagOf(root, 'AllowTruncateQueryString') ?? true;
  if (truncatePath && !allowTruncateQueryString) {
    throw malformed('TruncatePath cannot be true while AllowTruncateQueryString is false.');
  }
  return {
    allowEmptyReferer,
    allowTruncateQueryString,
    truncatePath,
    referers: readReferers(childOf(root, 'RefererList')),
    ...defined({ refererBlacklist: blacklist && readReferers(blacklist) }),
  };
}

function readReferers(element: XmlElement | undefined): string[] {
  return childrenOf(element, 'Referer')
    .map((child) => child.text.trim())
    .filter((text) => text !== '');
}
