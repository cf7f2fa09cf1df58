/** Which object is followed. */

/** An object that is asked about. */
export interface FollowTarget {
  readonly bucket: string;
  readonly key: string;
  readonly signal?: AbortSignal;
}
