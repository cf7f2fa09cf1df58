/** Document of GetBucketAcl and GetObjectAcl: `AccessControlPolicy`. */
import { parseXml } from '../parse-xml.js';
import { renderXml } from '../render-xml.js';
import { childOf, expectRoot, requiredTextOf } from '../xml-element.js';
import { type Owner, ownerContent, readOwner } from './owner.js';

/** Owner and canned ACL of a bucket or an object. */
export interface AccessControlPolicy {
  readonly owner: Owner;
  /** Canned ACL, such as `private`. */
  readonly grant: string;
}

/** Writes the document. */
export function renderAccessControlPolicy(policy: AccessControlPolicy): string {
  return renderXml('AccessControlPolicy', {
    Owner: ownerContent(policy.owner),
    AccessControlList: { Grant: policy.grant },
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseAccessControlPolicy(document: Uint8Array | string): AccessControlPolicy {
  const root = expectRoot(parseXml(document), 'AccessControlPolicy');
  return {
    owner: readOwner(root) ?? { id: '', displayName: '' },
    grant: requiredTextOf(childOf(root, 'AccessControlList'), 'Grant').trim(),
  };
}
