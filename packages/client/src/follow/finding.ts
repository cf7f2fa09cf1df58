/** What a follower learns by one question, however it asks. */
import type { FollowedPrefix } from './followed-prefix.js';

/** What one question brought. */
export type Finding =
  /** Bytes from `from` on; `prefix` ends behind them. */
  | { readonly kind: 'bytes'; readonly from: number; readonly bytes: Uint8Array; readonly prefix: FollowedPrefix }
  /** The end is where `prefix` ends. */
  | { readonly kind: 'nothing'; readonly prefix: FollowedPrefix; readonly isLast: boolean }
  /** The server does not know the question. */
  | { readonly kind: 'unknown' };
