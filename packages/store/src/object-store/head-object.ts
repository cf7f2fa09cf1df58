/** HeadObject: everything known of an object but its bytes. */
import { readExistingVersion } from './read-state.js';
import type { StoreContext } from './store-context.js';
import type { ObjectHead, VersionTarget } from './types.js';

/** @see ObjectStore.headObject, which says what it promises and throws. */
export async function headObject(context: StoreContext, target: VersionTarget): Promise<ObjectHead> {
  const { record } = await readExistingVersion(context, target);
  return record.head;
}
