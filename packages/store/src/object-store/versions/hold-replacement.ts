/** Holds up those who bring no bytes but may make garbage of what is there: copies, links, completed uploads. */

import type { StoreContext } from '../context/store-context.js';
import type { ObjectTarget } from '../types.js';
import { readForSuccession, writeKindOf } from './read-state.js';

/**
 * Waits while garbage has to be swept before more is made. Two reads, and only while there is any. What is wrong with
 * the target is said by the operation.
 */
export async function holdReplacement(context: StoreContext, target: ObjectTarget): Promise<void> {
  if (context.garbageMeter.debt().noteCount === 0) return;
  const state = await readForSuccession(context, target).catch(() => undefined);
  if (state !== undefined && writeKindOf(state) === 'replacing') await context.brake.hold('replacing', 0);
}
