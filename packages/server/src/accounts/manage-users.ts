/** RAM users and their access keys. */
import type { AccountContext } from './account-context.js';
import { AccountFailure } from './account-failure.js';
import { ACCOUNT_LIMITS, checkCount, checkText, randomNumber, randomText } from './account-names.js';
import {
  type AccessKeyRow,
  type AccountStatus,
  accessKeyRows,
  groupRows,
  limitNameOf,
  limitRows,
  type UserRow,
  userRows,
} from './account-rows.js';
import { listRows, requireRoomFor, requireRow } from './require-row.js';

/** An access key without its secret. */
export type AccessKeySummary = Pick<AccessKeyRow, 'accessKeyId' | 'status' | 'createdAtMs'>;

/** A key at the only moment its secret is shown. */
export interface NewAccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

const ACCESS_KEY_ID_PREFIX = 'AK';
const ACCESS_KEY_ID_RANDOM_LENGTH = 22;
const SECRET_LENGTH = 32;

/** Changes and shows users and their keys; one commit per change. */
export class ManageUsers {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /** @throws {AccountFailure} `invalid-name`, `already-exists`, `limit-exceeded`. */
  async create({ name, displayName = '' }: { readonly name: string; readonly displayName?: string }): Promise<UserRow> {
    const { random, clock, change } = this.#context;
    checkText('displayName', displayName);
    return change(async (rows) => {
      await requireRoomFor(rows, 'user', userRows, name);
      const user: UserRow = {
        name,
        uid: randomNumber(random, '2'),
        displayName,
        status: 'active',
        createdAtMs: clock(),
        groups: [],
        policies: [],
        accessKeyIds: [],
      };
      rows.put(userRows, name, user);
      return user;
    });
  }

  /** @throws {AccountFailure} `not-found`. */
  get(name: string): Promise<UserRow> {
    return this.#context.read((rows) => requireRow(rows, 'user', userRows, name));
  }

  list(): Promise<readonly UserRow[]> {
    return this.#context.read((rows) => listRows(rows, userRows));
  }

  /** @throws {AccountFailure} `not-found`. */
  async update(
    name: string,
    values: { readonly displayName?: string; readonly status?: AccountStatus },
  ): Promise<UserRow> {
    if (values.displayName !== undefined) checkText('displayName', values.displayName);
    return this.#change(name, (user) => ({
      ...user,
      displayName: values.displayName ?? user.displayName,
      status: values.status ?? user.status,
    }));
  }

  /** Deletes a user with its access keys. @throws {AccountFailure} `not-found`. */
  async delete(name: string): Promise<void> {
    return this.#context.change(async (rows) => {
      const user = await requireRow(rows, 'user', userRows, name);
      for (const accessKeyId of user.accessKeyIds) rows.delete(accessKeyRows, accessKeyId);
      // The next user of that name starts without limits.
      const limits = limitNameOf({ kind: 'user', name });
      if (await rows.has(limitRows, limits)) rows.delete(limitRows, limits);
      rows.delete(userRows, name);
    });
  }

  /** Idempotent. @throws {AccountFailure} `not-found`, `limit-exceeded`. */
  addToGroup(name: string, group: string): Promise<UserRow> {
    return this.#change(name, async (user, rows) => {
      await requireRow(rows, 'group', groupRows, group);
      if (user.groups.includes(group)) return user;
      checkCount('groups of a user', user.groups.length, ACCOUNT_LIMITS.groupCountMax);
      return { ...user, groups: [...user.groups, group] };
    });
  }

  /** Idempotent. @throws {AccountFailure} `not-found`: the user. */
  removeFromGroup(name: string, group: string): Promise<UserRow> {
    return this.#change(name, (user) => ({ ...user, groups: user.groups.filter((member) => member !== group) }));
  }

  /**
   * Makes a key.
   * @returns Its secret, which is never shown again.
   * @throws {AccountFailure} `not-found`, `limit-exceeded`.
   */
  createAccessKey(name: string): Promise<NewAccessKey> {
    const { random, keys, clock, change } = this.#context;
    return change(async (rows) => {
      const user = await requireRow(rows, 'user', userRows, name);
      checkCount('access keys of a user', user.accessKeyIds.length, ACCOUNT_LIMITS.accessKeyCountMax);
      const accessKeyId = ACCESS_KEY_ID_PREFIX + randomText(random, ACCESS_KEY_ID_RANDOM_LENGTH);
      const accessKeySecret = randomText(random, SECRET_LENGTH);
      const sealed = keys.seal('access-key-secret', Buffer.from(accessKeySecret, 'utf8'), accessKeyId);
      rows.put(accessKeyRows, accessKeyId, {
        accessKeyId,
        userName: name,
        uid: user.uid,
        status: 'active',
        createdAtMs: clock(),
        sealedSecret: Buffer.from(sealed).toString('base64'),
      });
      rows.put(userRows, name, { ...user, accessKeyIds: [...user.accessKeyIds, accessKeyId] });
      return { accessKeyId, accessKeySecret };
    });
  }

  /** @throws {AccountFailure} `not-found`. */
  listAccessKeys(name: string): Promise<readonly AccessKeySummary[]> {
    return this.#context.read(async (rows) => {
      const user = await requireRow(rows, 'user', userRows, name);
      const keys = await Promise.all(user.accessKeyIds.map((id) => rows.get(accessKeyRows, id)));
      return keys
        .filter((key) => key !== undefined)
        .map(({ accessKeyId, status, createdAtMs }) => ({ accessKeyId, status, createdAtMs }));
    });
  }

  /** Effective from the next request on. @throws {AccountFailure} `not-found`: no such key of this user. */
  setAccessKeyStatus(name: string, accessKeyId: string, status: AccountStatus): Promise<void> {
    return this.#context.change(async (rows) => {
      const user = await requireRow(rows, 'user', userRows, name);
      const key = user.accessKeyIds.includes(accessKeyId) ? await rows.get(accessKeyRows, accessKeyId) : undefined;
      if (key === undefined) throw new AccountFailure({ kind: 'not-found', entity: 'access-key', name: accessKeyId });
      rows.put(accessKeyRows, accessKeyId, { ...key, status });
    });
  }

  /** Effective from the next request on. @throws {AccountFailure} `not-found`: no such key of this user. */
  deleteAccessKey(name: string, accessKeyId: string): Promise<void> {
    return this.#context.change(async (rows) => {
      const user = await requireRow(rows, 'user', userRows, name);
      if (!user.accessKeyIds.includes(accessKeyId)) {
        throw new AccountFailure({ kind: 'not-found', entity: 'access-key', name: accessKeyId });
      }
      rows.delete(accessKeyRows, accessKeyId);
      rows.put(userRows, name, { ...user, accessKeyIds: user.accessKeyIds.filter((id) => id !== accessKeyId) });
    });
  }

  #change(
    name: string,
    decide: (user: UserRow, rows: Parameters<Parameters<AccountContext['change']>[0]>[0]) => UserRow | Promise<UserRow>,
  ): Promise<UserRow> {
    return this.#context.change(async (rows) => {
      const user = await requireRow(rows, 'user', userRows, name);
      const changed = await decide(user, rows);
      if (changed !== user) rows.put(userRows, name, changed);
      return changed;
    });
  }
}
