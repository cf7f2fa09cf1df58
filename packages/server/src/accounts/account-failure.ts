/** The one class that account management throws: data, not prose; no HTTP. */

/** Kinds of things that have names. */
export type AccountEntity = 'user' | 'group' | 'role' | 'policy' | 'access-key' | 'audit-log' | 'limit';

/** Why a change to accounts was refused, and what it was about. */
export type AccountFailureReason =
  | { readonly kind: 'not-found'; readonly entity: AccountEntity; readonly name: string }
  | { readonly kind: 'already-exists'; readonly entity: AccountEntity; readonly name: string }
  | { readonly kind: 'invalid-name'; readonly entity: AccountEntity; readonly name: string; readonly expected: string }
  | { readonly kind: 'invalid-value'; readonly field: string; readonly expected: string }
  | { readonly kind: 'limit-exceeded'; readonly what: string; readonly countMax: number }
  /** It cannot go while others need it. */
  | { readonly kind: 'in-use'; readonly entity: AccountEntity; readonly name: string; readonly by: readonly string[] }
  /** A system policy cannot be changed or deleted. */
  | { readonly kind: 'read-only'; readonly name: string }
  /** A secret was sealed with a master key that is not among the configured ones, or was damaged. */
  | { readonly kind: 'cannot-unseal'; readonly accessKeyId: string }
  /** The operator keeps the root key pair outside the data folder, and has to change it there. */
  | { readonly kind: 'not-managed' }
  /** Lost too many races with other changes in a row; nothing was changed. */
  | { readonly kind: 'contended' };

/** Why something about accounts could not be done. */
export class AccountFailure extends Error {
  readonly reason: AccountFailureReason;

  /**
   * @param reason What failed, as data.
   * @param cause The error underneath, for the log.
   */
  constructor(reason: AccountFailureReason, cause?: unknown) {
    super(`Account failure: ${reason.kind}`, cause === undefined ? undefined : { cause });
    this.name = 'AccountFailure';
    this.reason = reason;
  }
}
