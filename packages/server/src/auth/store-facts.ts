/** The facts that authorization asks for, read from the store. */
import { checks, type ObjectStore, StoreFailure } from '@annals/store';
import { PUBLIC_ACCESS_BLOCK } from '../bucket-configuration/public-access-block.js';
import type { AuthorizationFacts } from './authorize.js';
import { BucketPolicies } from './bucket-policies.js';

/**
 * @param store Read again for every decision: an ACL or a policy counts from the moment it is changed.
 * @param region Of the server; `undefined` when it answers to all.
 */
export function storeFacts(
  store: Pick<ObjectStore, 'getBucket' | 'headObject' | 'serviceConfiguration'>,
  region: string | undefined,
): AuthorizationFacts {
  const policies = new BucketPolicies();
  return {
    region,
    bucket: (name) => store.getBucket(name),
    isPublicAccessBlocked: async () => (await store.serviceConfiguration(PUBLIC_ACCESS_BLOCK, checks.flag)) === true,
    bucketPolicy: (bucket) => policies.of(bucket),
    async object(target) {
      try {
        return await store.headObject(target);
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error;
        const { kind } = error.reason;
        if (kind === 'no-such-key' || kind === 'no-such-version' || kind === 'version-is-delete-marker')
          return undefined;
        throw error;
      }
    },
  };
}
