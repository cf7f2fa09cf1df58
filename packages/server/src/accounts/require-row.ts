/** Looking for rows that must, or must not, be there. */
import { type AccountEntity, AccountFailure } from './account-failure.js';
import { ACCOUNT_LIMITS, checkCount, checkName } from './account-names.js';
import type { RowFamily } from './account-rows.js';
import type { AccountChange } from './change-accounts.js';

type View = Pick<AccountChange, 'get' | 'has' | 'list' | 'listEach'>;

/** @throws {AccountFailure} `invalid-name`, `not-found`. */
export async function requireRow<Row>(
  view: Pick<View, 'get'>,
  entity: AccountEntity,
  family: RowFamily<Row>,
  name: string,
): Promise<Row> {
  checkName(entity, name);
  const row = await view.get(family, name);
  if (row === undefined) throw new AccountFailure({ kind: 'not-found', entity, name });
  return row;
}

/**
 * Checks that one more row of a name can be made. @throws {AccountFailure} `invalid-name`, `already-exists`,
 * `limit-exceeded`.
 */
export async function requireRoomFor<Row>(
  view: View,
  entity: AccountEntity,
  family: RowFamily<Row>,
  name: string,
): Promise<void> {
  checkName(entity, name);
  if (await view.has(family, name)) throw new AccountFailure({ kind: 'already-exists', entity, name });
  const rows = await view.listEach(family, ACCOUNT_LIMITS.entityCountMax);
  checkCount(entity, rows.length, ACCOUNT_LIMITS.entityCountMax);
}

/** @returns All rows of a family, by name. */
export function listRows<Row>(view: Pick<View, 'list'>, family: RowFamily<Row>): Promise<readonly Row[]> {
  return view.list(family, ACCOUNT_LIMITS.entityCountMax);
}
