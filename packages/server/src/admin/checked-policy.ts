/** What routes that take a policy do with it before they keep it. */
import { neverMatchingActions } from '../policy/known-actions.js';
import { parsePolicy } from '../policy/parse-policy.js';

/**
 * Refuses a policy that can never come true, such as one with a misspelt action.
 * @throws {OssError} `InvalidPolicyDocument`.
 */
export function checkedPolicy<Document extends string | undefined>(
  document: Document,
  form: 'ram' | 'trust',
): Document {
  if (document !== undefined) parsePolicy(document, { form });
  return document;
}

/** Tells the caller that put a policy which actions in it never match; nothing when all of them do. */
export function reportOn(
  document: string | undefined,
  form: 'ram' | 'trust',
): { readonly neverMatching?: readonly string[] } {
  const neverMatching = document === undefined ? [] : neverMatchingActions(parsePolicy(document, { form }), form);
  return neverMatching.length === 0 ? {} : { neverMatching };
}
