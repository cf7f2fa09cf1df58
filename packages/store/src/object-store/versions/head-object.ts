/** HeadObject: everything known of an object but its bytes. */

import type { StoreContext } from '../context/store-context.js';
import type { ObjectHead, VersionTarget } from '../types.js';
import { readExistingVersion } from './read-state.js';

/** @see ObjectStore.headObject, which says what it promises and throws. */
export async function headObject(context: StoreContext, target: VersionTarget): Promise<ObjectHead> {
  const { record } = await readExistingVersion(context, target);
  return record.head;
}
