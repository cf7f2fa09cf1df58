/** The facts that authorization asks for, read from the store. */
import { type ObjectStore, StoreFailure } from '@annals/store';
import type { AuthorizationFacts } from './authorize.js';

/** @param store Asked anew for every decision: an ACL counts from the moment it is changed. */
export function storeFacts(store: Pick<ObjectStore, 'getBucket' | 'headObject'>): AuthorizationFacts {
  return {
    bucket: (name) => store.getBucket(name),
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
