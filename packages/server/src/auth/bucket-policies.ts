/**
 * Bucket policies, parsed once and not for every request. Never stale: the text of the row is what they are found by.
 */
import type { BucketRecord } from '@annals/store';
import { LRUCache } from 'lru-cache';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import { parseStoredPolicy } from '../policy/parse-stored-policy.js';
import type { Policy } from '../policy/policy.js';

/** Each takes a few times its text, which has 16 KiB at most. */
const POLICY_COUNT_MAX = 256;

/** Finds the parsed policy of a bucket. */
export class BucketPolicies {
  readonly #parsed = new LRUCache<string, Policy>({ max: POLICY_COUNT_MAX });

  /**
   * @returns `undefined` for a bucket without a policy.
   * @throws {EngineFailure} `corrupt`: the text is no policy any more. Taking it for silence would lift what it denies.
   */
  of(bucket: BucketRecord): Policy | undefined {
    const { policy: text } = configurationsOf(bucket);
    if (text === undefined) return undefined;
    const name = `${bucket.name} ${text}`;
    const known = this.#parsed.get(name);
    if (known !== undefined) return known;
    const policy = parseStoredPolicy(
      text,
      { form: 'bucket', bucket: bucket.name },
      `the policy of bucket ${bucket.name}`,
    );
    this.#parsed.set(name, policy);
    return policy;
  }
}
