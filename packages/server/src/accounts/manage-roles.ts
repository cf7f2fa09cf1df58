/** Roles: rights for a limited time, and the callers that may assume them. */
import { parsePolicy } from '../policy/parse-policy.js';
import type { AccountContext } from './account-context.js';
import { AccountFailure } from './account-failure.js';
import { ACCOUNT_LIMITS, checkText, randomNumber } from './account-names.js';
import { type RoleRow, roleRows } from './account-rows.js';
import { listRows, requireRoomFor, requireRow } from './require-row.js';

/** What a role is made of. */
export interface RoleValues {
  /** Document that says who may assume the role. */
  readonly trustPolicy: string;
  /** Longest session in seconds, 3,600 to 43,200. */
  readonly sessionSecondsMax?: number;
  readonly description?: string;
}

/** Changes and shows roles; one commit per change. */
export class ManageRoles {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /**
   * @throws {AccountFailure} `invalid-name`, `invalid-value`, `already-exists`, `limit-exceeded`.
   * @throws {OssError} `InvalidPolicyDocument` for the trust policy.
   */
  async create({ name, ...values }: { readonly name: string } & RoleValues): Promise<RoleRow> {
    const { random, clock, change } = this.#context;
    checkRole(values);
    return change(async (rows) => {
      await requireRoomFor(rows, 'role', roleRows, name);
      const role: RoleRow = {
        name,
        roleId: randomNumber(random, '3'),
        description: values.description ?? '',
        trustPolicy: values.trustPolicy,
        sessionSecondsMax: values.sessionSecondsMax ?? ACCOUNT_LIMITS.sessionSecondsDefault,
        createdAtMs: clock(),
        policies: [],
      };
      rows.put(roleRows, name, role);
      return role;
    });
  }

  /** @throws {AccountFailure} `not-found`. */
  get(name: string): Promise<RoleRow> {
    return this.#context.read((rows) => requireRow(rows, 'role', roleRows, name));
  }

  list(): Promise<readonly RoleRow[]> {
    return this.#context.read((rows) => listRows(rows, roleRows));
  }

  /** Sessions that exist keep their expiry. @throws As `create`; {AccountFailure} `not-found`. */
  async update(name: string, values: Partial<RoleValues>): Promise<RoleRow> {
    checkRole(values);
    return this.#context.change(async (rows) => {
      const role = await requireRow(rows, 'role', roleRows, name);
      const changed: RoleRow = {
        ...role,
        description: values.description ?? role.description,
        trustPolicy: values.trustPolicy ?? role.trustPolicy,
        sessionSecondsMax: values.sessionSecondsMax ?? role.sessionSecondsMax,
      };
      rows.put(roleRows, name, changed);
      return changed;
    });
  }

  /** Its sessions may do nothing any more. @throws {AccountFailure} `not-found`. */
  async delete(name: string): Promise<void> {
    return this.#context.change(async (rows) => {
      await requireRow(rows, 'role', roleRows, name);
      rows.delete(roleRows, name);
    });
  }
}

function checkRole({ trustPolicy, sessionSecondsMax, description }: Partial<RoleValues>): void {
  if (description !== undefined) checkText('description', description);
  if (trustPolicy !== undefined) parsePolicy(trustPolicy, { form: 'trust' });
  if (sessionSecondsMax === undefined) return;
  // A role whose sessions could not even last the default would refuse every client that does not say how long.
  const { sessionSecondsDefault: min, sessionSecondsMax: max } = ACCOUNT_LIMITS;
  if (Number.isInteger(sessionSecondsMax) && sessionSecondsMax >= min && sessionSecondsMax <= max) return;
  throw new AccountFailure({
    kind: 'invalid-value',
    field: 'sessionSecondsMax',
    expected: `an integer from ${min} to ${max}`,
  });
}
