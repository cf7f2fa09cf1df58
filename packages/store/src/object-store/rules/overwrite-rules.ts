/**
 * A bucket's rules against overwriting: keys that may be written once. As with the request's own wish not to overwrite,
 * they hold where versions are not kept. Leaves out how they are kept (`records/bucket-rules.ts`).
 */
import type { BucketRecord } from '../types.js';

/** Tells whether a rule forbids to overwrite a key. */
export function isOverwriteForbidden({ rules }: BucketRecord, key: string): boolean {
  return rules.overwrite.some(({ prefix, suffix }) => key.startsWith(prefix) && key.endsWith(suffix));
}
