/** Groups of RAM users: policies given to several at once. The rows of the users name their groups. */
import type { AccountContext } from './account-context.js';
import { checkText } from './account-names.js';
import { type GroupRow, groupRows, userRows } from './account-rows.js';
import { listRows, requireRoomFor, requireRow } from './require-row.js';

/** Changes and shows groups; one commit per change. */
export class ManageGroups {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /** @throws {AccountFailure} `invalid-name`, `already-exists`, `limit-exceeded`. */
  async create({ name, comment = '' }: { readonly name: string; readonly comment?: string }): Promise<GroupRow> {
    const { clock, change } = this.#context;
    checkText('comment', comment);
    return change(async (rows) => {
      await requireRoomFor(rows, 'group', groupRows, name);
      const group: GroupRow = { name, comment, createdAtMs: clock(), policies: [] };
      rows.put(groupRows, name, group);
      return group;
    });
  }

  /** @throws {AccountFailure} `not-found`. */
  get(name: string): Promise<GroupRow> {
    return this.#context.read((rows) => requireRow(rows, 'group', groupRows, name));
  }

  list(): Promise<readonly GroupRow[]> {
    return this.#context.read((rows) => listRows(rows, groupRows));
  }

  /** @returns Names of the users in it. @throws {AccountFailure} `not-found`. */
  listUsers(name: string): Promise<readonly string[]> {
    return this.#context.read(async (rows) => {
      await requireRow(rows, 'group', groupRows, name);
      const users = await listRows(rows, userRows);
      return users.filter(({ groups }) => groups.includes(name)).map((user) => user.name);
    });
  }

  /** Deletes a group; its users lose what it gave them. @throws {AccountFailure} `not-found`. */
  async delete(name: string): Promise<void> {
    return this.#context.change(async (rows) => {
      await requireRow(rows, 'group', groupRows, name);
      for (const user of await listRows(rows, userRows)) {
        if (!user.groups.includes(name)) continue;
        rows.put(userRows, user.name, { ...user, groups: user.groups.filter((group) => group !== name) });
      }
      rows.delete(groupRows, name);
    });
  }
}
