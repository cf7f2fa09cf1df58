/** Document of Put- and GetBucketOverwriteConfig: `OverwriteConfiguration`. */
import { OssError } from '../../error/oss-error.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childOf, childrenOf, textOf, wordOf } from '../xml-element.js';

/** Keys that may not be overwritten: those with both this prefix and this suffix; empty: all. */
export interface OverwriteConfigurationRule {
  /** Empty in a request: the server makes one. */
  readonly id: string;
  readonly prefix: string;
  readonly suffix: string;
}

const RULE_COUNT_MAX = 100;

/** Writes the document. */
export function renderOverwriteConfiguration(rules: readonly OverwriteConfigurationRule[]): string {
  return renderXml('OverwriteConfiguration', {
    Rule: rules.map(({ id, prefix, suffix }) => ({ ID: id, Action: 'forbid', Prefix: prefix, Suffix: suffix })),
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`, also for an action that is not `forbid`; `NotImplemented` for rules about some
 *   principals only: a rule that is silently wider or narrower than it reads is worse than none.
 */
export function parseOverwriteConfiguration(document: Uint8Array | string): readonly OverwriteConfigurationRule[] {
  const rules = readRequestDocument(document, 'OverwriteConfiguration', (root) =>
    childrenOf(root, 'Rule').map(readRule),
  );
  if (rules.length === 0) throw malformed('OverwriteConfiguration must have at least one Rule.');
  if (rules.length > RULE_COUNT_MAX) throw malformed(`There must not be more than ${RULE_COUNT_MAX} rules.`);
  const ids = rules.map(({ id }) => id).filter((id) => id !== '');
  if (new Set(ids).size < ids.length) throw malformed('The ID of a Rule must be unique.');
  return rules;
}

function readRule(element: XmlElement): OverwriteConfigurationRule {
  const action = wordOf(element, 'Action');
  if (action !== 'forbid') throw malformed('The Action of a Rule must be forbid.');
  const principals = childrenOf(childOf(element, 'Principals'), 'Principal');
  if (principals.length > 1 || principals.some(({ text }) => text.trim() !== '' && text.trim() !== '*')) {
    throw new OssError('NotImplemented', {
      message: 'Rules against overwriting that are about some principals only are not implemented.',
      details: { Header: 'Principals' },
    });
  }
  return {
    id: wordOf(element, 'ID') ?? '',
    prefix: textOf(element, 'Prefix') ?? '',
    suffix: textOf(element, 'Suffix') ?? '',
  };
}
