/** Names for contents and references: random, so that two processes never need to agree on the next one. */
import type { StoreContext } from './store-context.js';

/** @returns 16 random bytes as 32 lower-case hex digits. */
export function newId(context: StoreContext): string {
  return Buffer.from(context.randomBytes(16)).toString('hex');
}
