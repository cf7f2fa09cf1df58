/**
 * The rights of identities, kept parsed in memory. The cache is valid for a moment; then it reads the generation row,
 * and it empties itself only if that has changed. Leaves out access keys, which every request reads.
 */
import type { KeyValueStore } from '@annals/store';
import { LRUCache } from 'lru-cache';
import { parseStoredPolicy } from '../policy/parse-stored-policy.js';
import type { NamedPolicy, Policy } from '../policy/policy.js';
import {
  generationKey,
  groupRows,
  policyRows,
  type RowFamily,
  revocationRows,
  roleRows,
  userRows,
} from './account-rows.js';
import { AccountChange } from './change-accounts.js';
import { REVOCATION_COUNT_MAX, RevocationIndex } from './revocations.js';
import { SYSTEM_POLICIES } from './system-policies.js';

/** A user or a role, and its policies. */
export interface Identity {
  /** `gone`: deleted, or replaced by another of the same name. */
  readonly status: 'active' | 'inactive' | 'gone';
  /** Of the user and its groups, or of the role; none unless active. */
  readonly policies: readonly NamedPolicy[];
}

/** A role as STS needs it. */
export interface AssumableRole {
  readonly name: string;
  readonly roleId: string;
  readonly trustPolicy: Policy;
  readonly sessionSecondsMax: number;
}

/** As many as there can be; more are asked for only by tokens of roles that were deleted. */
const IDENTITY_COUNT_MAX = 4000;

/** What was read, by kind and name. */
const emptyCache = () => new LRUCache<string, Promise<unknown>>({ max: IDENTITY_COUNT_MAX });

const GONE: Identity = { status: 'gone', policies: [] };

/** Identities and their policies, kept parsed. */
export class IdentityCache {
  readonly #keyValues: KeyValueStore;
  readonly #clock: () => number;
  readonly #staleMsMax: number;
  #kept = emptyCache();
  #generation: number | undefined;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;

  /**
   * @param clock Milliseconds since 1970.
   * @param staleMsMax How long changes by other processes may go unseen.
   */
  constructor(
    keyValues: KeyValueStore,
    { clock, staleMsMax }: { readonly clock: () => number; readonly staleMsMax: number },
  ) {
    this.#keyValues = keyValues;
    this.#clock = clock;
    this.#staleMsMax = staleMsMax;
  }

  user(name: string, uid: string): Promise<Identity> {
    return this.#keep(`user ${name} ${uid}`, async () => {
      const row = await this.#read(userRows, name);
      if (row === undefined || row.uid !== uid) return GONE;
      if (row.status !== 'active') return { status: 'inactive', policies: [] };
      const groups = await Promise.all(row.groups.map((group) => this.#read(groupRows, group)));
      const names = new Set([...row.policies, ...groups.flatMap((group) => group?.policies ?? [])]);
      return { status: 'active', policies: await this.#policies(names) };
    });
  }

  role(name: string, roleId: string): Promise<Identity> {
    return this.#keep(`role ${name} ${roleId}`, async () => {
      const row = await this.#read(roleRows, name);
      if (row === undefined || row.roleId !== roleId) return GONE;
      return { status: 'active', policies: await this.#policies(new Set(row.policies)) };
    });
  }

  assumableRole(name: string): Promise<AssumableRole | undefined> {
    return this.#keep(`assumable ${name}`, async () => {
      const row = await this.#read(roleRows, name);
      return (
        row && {
          name,
          roleId: row.roleId,
          trustPolicy: parseStoredPolicy(row.trustPolicy, { form: 'trust' }, `the trust policy of role ${name}`),
          sessionSecondsMax: row.sessionSecondsMax,
        }
      );
    });
  }

  revocations(): Promise<RevocationIndex> {
    return this.#keep('revocations', async () => {
      return new RevocationIndex(
        await new AccountChange(this.#keyValues).listEach(revocationRows, REVOCATION_COUNT_MAX),
      );
    });
  }

  /** Called after every change this process makes. What is being read meanwhile is not kept. */
  forget(): void {
    this.#kept = emptyCache();
  }

  async #keep<Value>(name: string, read: () => Promise<Value>): Promise<Value> {
    await this.#refresh();
    const kept = this.#kept;
    const known = kept.get(name) as Promise<Value> | undefined;
    if (known !== undefined) return known;
    const reading = read();
    kept.set(name, reading);
    // A failure goes to every waiting caller; the next call tries again.
    reading.catch(() => kept.delete(name));
    return reading;
  }

  #refresh(): Promise<void> | undefined {
    const ageMs = this.#clock() - this.#checkedAtMs;
    // A clock that was set back knows nothing about age.
    if (ageMs >= 0 && ageMs < this.#staleMsMax) return undefined;
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #check(): Promise<void> {
    // Before the read: what is written after it began must not count as seen.
    const checkedAtMs = this.#clock();
    const generation = (await this.#keyValues.get(generationKey))?.version;
    if (generation !== this.#generation) this.forget();
    this.#generation = generation;
    this.#checkedAtMs = checkedAtMs;
  }

  async #read<Row>(family: RowFamily<Row>, name: string): Promise<Row | undefined> {
    const entry = await this.#keyValues.get(family.key(name));
    return entry && family.decode(entry);
  }

  async #policies(names: ReadonlySet<string>): Promise<readonly NamedPolicy[]> {
    const policies = await Promise.all([...names].map((name) => this.#policy(name)));
    return policies.filter((policy) => policy !== undefined);
  }

  async #policy(name: string): Promise<NamedPolicy | undefined> {
    const system = SYSTEM_POLICIES.get(name);
    if (system !== undefined) return system;
    // Deleted between two reads: the next look at the generation sorts it out.
    const row = await this.#read(policyRows, name);
    return row && { name, policy: parseStoredPolicy(row.document, { form: 'ram' }, `the document of policy ${name}`) };
  }
}
