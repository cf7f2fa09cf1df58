/**
 * Users, groups and roles, their access keys and their rights, over the key-value store that holds everything else.
 * Leaves out deciding (`../policy`) and temporary keys (`../sts`), which are not stored at all.
 */
import { randomBytes } from 'node:crypto';
import type { KeyValueStore, RandomBytes } from '@annals/store';
import type { Principal, SignedPrincipal } from '../policy/principal.js';
import type { AccountContext } from './account-context.js';
import { AccountFailure } from './account-failure.js';
import { type AccountRow, type AccountStatus, accessKeyRows, accountRows, generationKey } from './account-rows.js';
import { AccountChange, changeAccounts } from './change-accounts.js';
import { type AssumableRole, type Identity, IdentityCache } from './identity-cache.js';
import { ManageGroups } from './manage-groups.js';
import { ManageLimits } from './manage-limits.js';
import { ManagePolicies } from './manage-policies.js';
import { ManageRoles } from './manage-roles.js';
import { ManageSessions } from './manage-sessions.js';
import { ManageUsers } from './manage-users.js';
import type { MasterKeyRing } from './master-key.js';
import type { SessionLineage } from './revocations.js';
import { type RootAccessKeyPair, type RootAccessKeys, type RootKeyDescription, RootKeyRing } from './root-key-ring.js';
import { StoredNonces } from './stored-nonces.js';

/** What a directory is opened with. */
export interface AccountDirectoryOptions {
  /** Stays open when the directory is done with. */
  readonly keyValues: KeyValueStore;
  readonly keys: MasterKeyRing;
  /** A pair alone cannot be rotated. */
  readonly root: RootAccessKeyPair | RootKeyRing;
  /** Uid of the account if it has none yet: 16 digits. From then on the stored one counts, whatever the root key is. */
  readonly accountId: string;
  /** How long changes by other processes may go unseen. Default 1,000. */
  readonly staleMsMax?: number;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly clock?: () => number;
  /** Default: the system's source. */
  readonly random?: RandomBytes;
}

/** An access key as an authenticator needs it. */
export interface FoundAccessKey {
  readonly accessKeyId: string;
  readonly secret: string;
  /** A key that is inactive is refused like one that does not exist, in other words. */
  readonly status: AccountStatus;
  readonly principal: SignedPrincipal;
}

const STALE_MS_MAX_DEFAULT = 1000;
const ROW_NAME_OF_THE_ACCOUNT = '';
const RESEAL_PAGE_LENGTH = 100;
const ROOT: Identity = { status: 'active', policies: [] };

/** Anything longer or stranger cannot be a key of this server, so it costs no read. */
const ACCESS_KEY_ID = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Opens the directory of a store; gives the account its uid at the first start.
 * @throws {StoreFailure} The store cannot be read or written.
 */
export async function openAccountDirectory(options: AccountDirectoryOptions): Promise<AccountDirectory> {
  const { keyValues, accountId, clock = Date.now } = options;
  const account = await changeAccounts(keyValues, async (change): Promise<AccountRow> => {
    const known = await change.get(accountRows, ROW_NAME_OF_THE_ACCOUNT);
    if (known !== undefined) return known;
    const made: AccountRow = { accountId, createdAtMs: clock() };
    change.put(accountRows, ROW_NAME_OF_THE_ACCOUNT, made);
    return made;
  });
  return new AccountDirectory({ ...options, accountId: account.accountId });
}

/** The accounts of one store. */
export class AccountDirectory {
  readonly accountId: string;
  readonly users: ManageUsers;
  readonly groups: ManageGroups;
  readonly roles: ManageRoles;
  readonly policies: ManagePolicies;
  readonly sessions: ManageSessions;
  readonly limits: ManageLimits;
  /** Key pairs of the root. */
  readonly root: RootKeyRing;
  readonly #keyValues: KeyValueStore;
  readonly #keys: MasterKeyRing;
  readonly #clock: () => number;
  readonly #random: RandomBytes;
  readonly #cache: IdentityCache;
  readonly #context: AccountContext;

  /** @see openAccountDirectory */
  constructor(options: AccountDirectoryOptions) {
    const { keyValues, keys, accountId, root, random = randomBytes, clock = Date.now } = options;
    this.accountId = accountId;
    this.#keyValues = keyValues;
    this.#keys = keys;
    this.root = root instanceof RootKeyRing ? root : new RootKeyRing({ current: root });
    this.#clock = clock;
    this.#random = random;
    this.#cache = new IdentityCache(keyValues, { clock, staleMsMax: options.staleMsMax ?? STALE_MS_MAX_DEFAULT });
    this.#context = {
      random,
      keys,
      clock,
      read: (look) => look(new AccountChange(keyValues)),
      change: async (decide) => {
        try {
          return await changeAccounts(keyValues, decide);
        } finally {
          // Also after a failure: a commit whose outcome is unknown may have happened.
          this.#cache.forget();
        }
      },
    };
    this.users = new ManageUsers(this.#context);
    this.groups = new ManageGroups(this.#context);
    this.roles = new ManageRoles(this.#context);
    this.policies = new ManagePolicies(this.#context);
    this.limits = new ManageLimits(this.#context);
    this.sessions = new ManageSessions(this.#context);
  }

  /**
   * @returns Another number after each change of accounts, by this process or another; `undefined` before the first.
   * @throws {EngineFailure} `unavailable`.
   */
  async generation(): Promise<number | undefined> {
    return (await this.#keyValues.get(generationKey))?.version;
  }

  /** @param onFailure Told when expired nonces cannot be removed. @returns Nonces that all gateways know. */
  storedNonces(onFailure: (error: unknown) => void): StoredNonces {
    return new StoredNonces(this.#keyValues, onFailure);
  }

  /**
   * @returns Name of the user who has a key of this id; with the root's own the user could not be told from the root.
   */
  async userOfKey(accessKeyId: string): Promise<string | undefined> {
    if (!ACCESS_KEY_ID.test(accessKeyId)) return undefined;
    const entry = await this.#keyValues.get(accessKeyRows.key(accessKeyId));
    return entry === undefined ? undefined : accessKeyRows.decode(entry).userName;
  }

  /**
   * Finds a key: one read, none for a root key, which is there at once.
   * @returns `undefined` when it does not exist.
   * @throws {AccountFailure} `cannot-unseal` when its secret was sealed with a master key that is not configured.
   * @throws {EngineFailure} `corrupt` when its row is damaged.
   */
  find(accessKeyId: string): FoundAccessKey | Promise<FoundAccessKey | undefined> {
    const rootSecret = this.root.secretOf(accessKeyId, this.#clock());
    if (rootSecret !== undefined) {
      const principal = { kind: 'root', accountId: this.accountId } as const;
      return { accessKeyId, secret: rootSecret, status: 'active', principal };
    }
    return this.#findKeyOfUser(accessKeyId);
  }

  async #findKeyOfUser(accessKeyId: string): Promise<FoundAccessKey | undefined> {
    if (!ACCESS_KEY_ID.test(accessKeyId)) return undefined;
    const entry = await this.#keyValues.get(accessKeyRows.key(accessKeyId));
    if (entry === undefined) return undefined;
    const { uid, userName, status, sealedSecret } = accessKeyRows.decode(entry);
    const secret = this.#keys.open('access-key-secret', Buffer.from(sealedSecret, 'base64'), accessKeyId);
    if (secret === undefined) throw new AccountFailure({ kind: 'cannot-unseal', accessKeyId });
    return {
      accessKeyId,
      secret: Buffer.from(secret).toString('utf8'),
      status,
      principal: { kind: 'user', accountId: this.accountId, uid, name: userName },
    };
  }

  /** @returns Whether the principal still exists, and its policies. No read while the cache is fresh. */
  async identityOf(principal: Principal): Promise<Identity> {
    if (principal.kind === 'user') return this.#cache.user(principal.name, principal.uid);
    if (principal.kind === 'role-session') return this.#cache.role(principal.roleName, principal.roleId);
    return ROOT;
  }

  /** @returns Whether a temporary key, or one it comes from, was revoked. No read while the cache is fresh. */
  async isRevoked(lineage: SessionLineage): Promise<boolean> {
    return (await this.#cache.revocations()).revokes(lineage);
  }

  /** @returns Ids of the root's key pairs, and how long each is valid. */
  describeRoot(): RootKeyDescription {
    return this.root.describe(this.#clock());
  }

  /**
   * Makes a new root key pair; it is in force when it is on the disk.
   * @param overlapMs How long the pair before stays valid.
   * @throws {AccountFailure} `invalid-value`, `not-managed`.
   */
  async rotateRoot(overlapMs: number): Promise<RootAccessKeys> {
    return this.root.rotate(overlapMs, this.#clock(), this.#random);
  }

  /** @returns The role, or `undefined` when there is none. No read while the cache is fresh. */
  assumableRole(name: string): Promise<AssumableRole | undefined> {
    return this.#cache.assumableRole(name);
  }

  /** Ids of the master keys as they stand in sealed values, the one that seals first. They tell nothing of the keys. */
  get masterKeyIds(): readonly string[] {
    return this.#keys.ids;
  }

  /**
   * Reseals every secret that an older master key has sealed. Safe to interrupt and to repeat.
   * @returns How many there were.
   * @throws {AccountFailure} `cannot-unseal` when one was sealed with a key that is not configured.
   */
  async resealSecrets(): Promise<number> {
    let count = 0;
    let after: string | undefined;
    for (;;) {
      const range = accessKeyRows.range({ limit: RESEAL_PAGE_LENGTH, ...(after !== undefined && { after }) });
      const entries = await this.#keyValues.list(range);
      for (const entry of entries) {
        const { accessKeyId, sealedSecret } = accessKeyRows.decode(entry);
        if (!this.#keys.isSealedWithNewest(Buffer.from(sealedSecret, 'base64')))
          count += await this.#reseal(accessKeyId);
        after = accessKeyId;
      }
      if (entries.length < RESEAL_PAGE_LENGTH) return count;
    }
  }

  #reseal(accessKeyId: string): Promise<number> {
    return this.#context.change(async (rows) => {
      const row = await rows.get(accessKeyRows, accessKeyId);
      if (row === undefined) return 0;
      const secret = this.#keys.open('access-key-secret', Buffer.from(row.sealedSecret, 'base64'), accessKeyId);
      if (secret === undefined) throw new AccountFailure({ kind: 'cannot-unseal', accessKeyId });
      const sealed = this.#keys.seal('access-key-secret', secret, accessKeyId);
      rows.put(accessKeyRows, accessKeyId, { ...row, sealedSecret: Buffer.from(sealed).toString('base64') });
      return 1;
    });
  }
}
