/** What a follower learns by one question, however it asks. */

/** What one question brought. */
export type Finding =
  | { readonly kind: 'bytes'; readonly position: number; readonly bytes: Uint8Array }
  /** The end is at this position. */
  | { readonly kind: 'nothing'; readonly position: number; readonly isLast: boolean }
  /** The server does not know the question. */
  | { readonly kind: 'unknown' };

/** An object that is asked about. */
export interface FollowTarget {
  readonly bucket: string;
  readonly key: string;
  readonly signal?: AbortSignal;
}
