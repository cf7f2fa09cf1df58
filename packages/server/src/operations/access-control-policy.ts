/** The document that says who owns a bucket or an object and what its ACL is. */
import { renderXml } from '@annals/protocol';
import { ownerOf } from './listing-contents.js';

/** @param acl Name of the canned ACL. */
export function accessControlPolicy(ownerId: string, acl: string): string {
  return renderXml('AccessControlPolicy', { Owner: ownerOf(ownerId), AccessControlList: { Grant: acl } });
}
