/** The bucket that a call is about. */
import type { CallOptions } from '../../client-options.js';

/** A bucket. */
export interface BucketTarget extends CallOptions {
  readonly bucket: string;
}
