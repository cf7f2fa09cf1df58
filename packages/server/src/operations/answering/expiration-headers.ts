/**
 * `x-oss-expiration` on GET and HEAD: when a lifecycle rule of the bucket will delete the object, and which rule that
 * is.
 */
import { formatHttpDate, percentEncode } from '@annals/protocol';
import type { ObjectHead } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { expiryOfCurrent } from '../../lifecycle/due-actions.js';
import { runnableRules } from '../../lifecycle/understood-rules.js';
import type { OperationRequest } from '../../request/operation-request.js';

/**
 * Looks up what is going to happen to an object that was read. Costs one look at the bucket's row.
 * @returns Nothing for a version named by its id, which may not be the current one, and for a link, whose head shows
 * the age of its target.
 */
export async function expirationHeaders(request: OperationRequest, head: ObjectHead): Promise<Record<string, string>> {
  if (request.query.has('versionId') || head.type === 'symlink') return {};
  const rules = runnableRules(configurationsOf(await request.bucketRecord()).lifecycle);
  const expiry = expiryOfCurrent(rules, head);
  if (expiry === undefined) return {};
  const { atMs, ruleId } = expiry;
  return { 'x-oss-expiration': `expiry-date="${formatHttpDate(atMs)}", rule-id="${percentEncode(ruleId)}"` };
}
