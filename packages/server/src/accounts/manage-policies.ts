/** Named policies, and what they are attached to. Attachments stand in the rows of users, groups and roles. */
import { parsePolicy } from '../policy/parse-policy.js';
import type { AccountContext } from './account-context.js';
import { AccountFailure } from './account-failure.js';
import { ACCOUNT_LIMITS, checkCount, checkText } from './account-names.js';
import { groupRows, type PolicyRow, policyRows, type RowFamily, roleRows, userRows } from './account-rows.js';
import type { AccountChange } from './change-accounts.js';
import { listRows, requireRoomFor, requireRow } from './require-row.js';
import { SYSTEM_POLICY_DOCUMENTS } from './system-policies.js';

/** What a policy is attached to. */
export interface AttachmentTarget {
  readonly entity: 'user' | 'group' | 'role';
  readonly name: string;
}

/** What all of them have. */
interface PolicyHolder {
  readonly name: string;
  readonly policies: readonly string[];
}

/** Rows of each kind, seen as holders of policies: what else is in a row stays as it is. */
const holderRows: Readonly<Record<AttachmentTarget['entity'], RowFamily<PolicyHolder>>> = {
  user: userRows as RowFamily<never> as RowFamily<PolicyHolder>,
  group: groupRows as RowFamily<never> as RowFamily<PolicyHolder>,
  role: roleRows as RowFamily<never> as RowFamily<PolicyHolder>,
};

/** Changes, shows and attaches policies; one commit per change. */
export class ManagePolicies {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /**
   * @throws {AccountFailure} `invalid-name`, `already-exists` (also for the name of a system policy), `limit-exceeded`.
   * @throws {OssError} `InvalidPolicyDocument`.
   */
  async create(values: {
    readonly name: string;
    readonly document: string;
    readonly description?: string;
  }): Promise<PolicyRow> {
    const { name, document, description = '' } = values;
    const { clock, change } = this.#context;
    checkText('description', description);
    parsePolicy(document, { form: 'ram' });
    // Also when only letters differ in size: people would take one for the other.
    if (systemNames.has(name.toLowerCase()))
      throw new AccountFailure({ kind: 'already-exists', entity: 'policy', name });
    return change(async (rows) => {
      await requireRoomFor(rows, 'policy', policyRows, name);
      const nowMs = clock();
      const policy: PolicyRow = { name, description, document, createdAtMs: nowMs, updatedAtMs: nowMs };
      rows.put(policyRows, name, policy);
      return policy;
    });
  }

  /** @throws {AccountFailure} `not-found`. */
  get(name: string): Promise<PolicyRow> {
    return this.#context.read((rows) => requirePolicy(rows, name));
  }

  /** @returns The system's, then the others by name. */
  list(): Promise<readonly PolicyRow[]> {
    return this.#context.read(async (rows) => {
      const own = await listRows(rows, policyRows);
      return [...[...SYSTEM_POLICY_DOCUMENTS].map(([name, document]) => systemRow(name, document)), ...own];
    });
  }

  /**
   * Replaces the document. @throws {AccountFailure} `not-found`, `read-only`. @throws {OssError}
   * `InvalidPolicyDocument`.
   */
  async update(
    name: string,
    values: { readonly document?: string; readonly description?: string },
  ): Promise<PolicyRow> {
    const { clock, change } = this.#context;
    if (values.description !== undefined) checkText('description', values.description);
    if (values.document !== undefined) parsePolicy(values.document, { form: 'ram' });
    if (isSystemPolicy(name)) throw new AccountFailure({ kind: 'read-only', name });
    return change(async (rows) => {
      const policy = await requireRow(rows, 'policy', policyRows, name);
      const changed: PolicyRow = {
        ...policy,
        document: values.document ?? policy.document,
        description: values.description ?? policy.description,
        updatedAtMs: clock(),
      };
      rows.put(policyRows, name, changed);
      return changed;
    });
  }

  /** @throws {AccountFailure} `not-found`, `read-only`, `in-use`. */
  async delete(name: string): Promise<void> {
    if (isSystemPolicy(name)) throw new AccountFailure({ kind: 'read-only', name });
    return this.#context.change(async (rows) => {
      await requireRow(rows, 'policy', policyRows, name);
      const by = await holdersOf(rows, name);
      if (by.length > 0) throw new AccountFailure({ kind: 'in-use', entity: 'policy', name, by });
      rows.delete(policyRows, name);
    });
  }

  /** Idempotent. @throws {AccountFailure} `not-found`, `limit-exceeded`. */
  attach(name: string, target: AttachmentTarget): Promise<void> {
    return this.#changeHolder(target, async (holder, rows) => {
      await requirePolicy(rows, name);
      if (holder.policies.includes(name)) return holder;
      checkCount(`policies of a ${target.entity}`, holder.policies.length, ACCOUNT_LIMITS.policyCountMax);
      return { ...holder, policies: [...holder.policies, name] };
    });
  }

  /** Idempotent. @throws {AccountFailure} `not-found`: the user, group or role. */
  detach(name: string, target: AttachmentTarget): Promise<void> {
    return this.#changeHolder(target, (holder) =>
      holder.policies.includes(name)
        ? { ...holder, policies: holder.policies.filter((policy) => policy !== name) }
        : holder,
    );
  }

  #changeHolder(
    { entity, name }: AttachmentTarget,
    decide: (holder: PolicyHolder, rows: AccountChange) => PolicyHolder | Promise<PolicyHolder>,
  ): Promise<void> {
    const family = holderRows[entity];
    return this.#context.change(async (rows) => {
      const holder = await requireRow(rows, entity, family, name);
      const changed = await decide(holder, rows);
      if (changed !== holder) rows.put(family, name, changed);
    });
  }
}

async function holdersOf(rows: AccountChange, policy: string): Promise<readonly string[]> {
  const holders: string[] = [];
  for (const [entity, family] of Object.entries(holderRows)) {
    for (const { name, policies } of await listRows(rows, family)) {
      if (policies.includes(policy)) holders.push(`${entity} ${name}`);
    }
  }
  return holders;
}

const systemNames = new Set([...SYSTEM_POLICY_DOCUMENTS.keys()].map((name) => name.toLowerCase()));

function isSystemPolicy(name: string): boolean {
  return SYSTEM_POLICY_DOCUMENTS.has(name);
}

function requirePolicy(rows: Pick<AccountChange, 'get' | 'list'>, name: string): Promise<PolicyRow> {
  const document = SYSTEM_POLICY_DOCUMENTS.get(name);
  if (document !== undefined) return Promise.resolve(systemRow(name, document));
  return requireRow(rows, 'policy', policyRows, name);
}

function systemRow(name: string, document: string): PolicyRow {
  return { name, description: 'System policy', document, createdAtMs: 0, updatedAtMs: 0 };
}
