/** Revoking temporary keys. Leaves out asking whether one is revoked (`revocations.ts`). */
import type { AccountContext } from './account-context.js';
import { AccountFailure } from './account-failure.js';
import { ACCOUNT_LIMITS, checkCount, SESSION_NAME } from './account-names.js';
import { revocationRows, roleRows, userRows } from './account-rows.js';
import type { AccountChange } from './change-accounts.js';
import type { ReadRow } from './read-row.js';
import { requireRow } from './require-row.js';
import { REVOCATION_COUNT_MAX, type RevocationRow, type RevocationSubject, revocationName } from './revocations.js';

/** No key that was lent before a revocation lives longer; a minute for clocks that are set. */
const REMEMBERED_MS = ACCOUNT_LIMITS.sessionSecondsMax * 1000 + 60_000;

const TEMPORARY_ACCESS_KEY_ID = /^STS\.[A-Za-z0-9]{1,124}$/;

/** Revocations of one account. */
export class ManageSessions {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /**
   * Revokes one temporary key, and every key that was lent to its holder.
   * @throws {AccountFailure} `invalid-name` when it is no temporary key.
   */
  async revokeKey(accessKeyId: string): Promise<RevocationRow> {
    if (!TEMPORARY_ACCESS_KEY_ID.test(accessKeyId)) {
      const expected = 'the id of a temporary key, which begins with "STS."; keys of users are disabled instead';
      throw new AccountFailure({ kind: 'invalid-name', entity: 'access-key', name: accessKeyId, expected });
    }
    return this.#revoke(async () => ({ kind: 'key', accessKeyId }));
  }

  /**
   * Revokes what was lent so far of a role.
   * @param sessionName Only sessions of this name.
   * @throws {AccountFailure} `not-found`, `invalid-value`.
   */
  async revokeRole(roleName: string, sessionName?: string): Promise<RevocationRow> {
    if (sessionName !== undefined && !SESSION_NAME.test(sessionName)) {
      const expected = '2 to 64 of A-Z, a-z, 0-9, ".", "@", "_" and "-"';
      throw new AccountFailure({ kind: 'invalid-value', field: 'session', expected });
    }
    return this.#revoke(async (rows) => {
      const { roleId } = await requireRow(rows, 'role', roleRows, roleName);
      return sessionName === undefined
        ? { kind: 'role', roleId, roleName }
        : { kind: 'session', roleId, roleName, sessionName };
    });
  }

  /** Revokes what was lent so far to a user, and on from there. @throws {AccountFailure} `not-found`. */
  revokeUser(userName: string): Promise<RevocationRow> {
    return this.#revoke(async (rows) => {
      const { uid } = await requireRow(rows, 'user', userRows, userName);
      return { kind: 'user', uid, userName };
    });
  }

  /** @returns Revocations that still matter, in the order of their names. */
  async listRevocations(): Promise<readonly RevocationRow[]> {
    const rows = await this.#context.read((view) => view.list(revocationRows, REVOCATION_COUNT_MAX));
    const nowMs = this.#context.clock();
    return rows.filter(({ forgetAtMs }) => forgetAtMs > nowMs);
  }

  #revoke(decide: (rows: AccountChange) => Promise<RevocationSubject>): Promise<RevocationRow> {
    return this.#context.change(async (rows) => {
      const subject = await decide(rows);
      const revokedAtMs = this.#context.clock();
      const known = await rows.listEach(revocationRows, REVOCATION_COUNT_MAX);
      const name = revocationName(subject);
      // It is not known how long a damaged one matters.
      const isForgotten = (read: ReadRow<RevocationRow>): boolean =>
        'row' in read && read.row.forgetAtMs <= revokedAtMs;
      const others = known.filter((read) => read.name !== name);
      for (const read of others.filter(isForgotten)) rows.delete(revocationRows, read.name);
      checkCount('revocations', others.filter((read) => !isForgotten(read)).length, REVOCATION_COUNT_MAX);
      const row: RevocationRow = { ...subject, revokedAtMs, forgetAtMs: revokedAtMs + REMEMBERED_MS };
      rows.put(revocationRows, name, row);
      return row;
    });
  }
}
