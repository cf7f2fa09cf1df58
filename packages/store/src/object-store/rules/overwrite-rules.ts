/**
 * A bucket's rules against overwriting: keys that may be written once. As with the request's own wish not to overwrite, they hold where versions
 * are not kept. A configuration of the bucket, kept under {@link OVERWRITE_CONFIGURATION}.
 */
import type { BucketRecord } from '../types.js';

/** Name of the rules among a bucket's configurations. */
export const OVERWRITE_CONFIGURATION = 'overwrite';

/** Keys that may not be overwritten: those with both this prefix and this suffix; empty: all. */
export interface OverwriteRule {
  readonly id: string;
  readonly prefix: string;
  readonly suffix: string;
}

/** Tells whether a rule forbids to overwrite a key. */
export function isOverwriteForbidden({ configurations }: BucketRecord, key: string): boolean {
  const rules = configurations[OVERWRITE_CONFIGURATION] as readonly OverwriteRule[] | undefined;
  return rules?.some(({ prefix, suffix }) => key.startsWith(prefix) && key.endsWith(suffix)) ?? false;
}
