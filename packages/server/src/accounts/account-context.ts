/** What the parts of account management work with. */
import type { RandomBytes } from '@annals/store';
import type { AccountChange } from './change-accounts.js';
import type { MasterKeyRing } from './master-key.js';

/** What each part is given. */
export interface AccountContext {
  readonly random: RandomBytes;
  readonly keys: MasterKeyRing;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Reads without changing. */
  read<Result>(
    look: (view: Pick<AccountChange, 'get' | 'has' | 'list' | 'listEach'>) => Promise<Result>,
  ): Promise<Result>;
  /** Reads, decides, commits; then this process sees the change at once. */
  change<Result>(decide: (change: AccountChange) => Promise<Result>): Promise<Result>;
}
