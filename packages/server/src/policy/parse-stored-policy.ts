/**
 * Reads a policy that was checked before it was stored. One that no longer parses must not count as silence, for it may
 * deny; and the request that meets it is not to blame.
 */
import { EngineFailure } from '@annals/store';
import { type PolicyPlace, parsePolicy } from './parse-policy.js';
import type { Policy } from './policy.js';

/**
 * @param what Names the policy for people, such as `the document of policy logs`.
 * @throws {EngineFailure} `corrupt`, with `what`.
 */
export function parseStoredPolicy(document: string, place: PolicyPlace, what: string): Policy {
  try {
    return parsePolicy(document, { ...place, isStored: true });
  } catch (cause) {
    throw new EngineFailure({ kind: 'corrupt', detail: `${what} is not valid` }, cause);
  }
}
