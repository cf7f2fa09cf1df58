/**
 * The admin API, route by route: method and path, the right it takes, and the one call of the account directory it
 * stands for. Routes of keys and their records are in `security-routes.ts`. Leaves out who asks
 * (`answer-admin-request.ts`) and what failures become (`account-failure-to-answer.ts`).
 */
import { AccountFailure } from '../accounts/account-failure.js';
import type { AccountStatus, UserRow } from '../accounts/account-rows.js';
import { neverMatchingActions } from '../policy/known-actions.js';
import { parsePolicy } from '../policy/parse-policy.js';
import type { AdminParameters, AdminRoute } from './admin-route.js';
import type { AdminValues } from './admin-values.js';
import { backupRoutes } from './backup-routes.js';
import { limitRoutes } from './limit-routes.js';
import { scrubRoutes } from './scrub-routes.js';
import { auditRoutes, revocationRoutes, rootRoutes } from './security-routes.js';
import { statusRoutes } from './status-routes.js';

/** A parameter of the route's own path. */
function named(parameters: AdminParameters, name: string): string {
  return parameters[name] ?? '';
}

async function nothing(change: Promise<unknown>): Promise<object> {
  await change;
  return {};
}

function requireStatus(values: AdminValues): AccountStatus {
  const status = values.status('status');
  values.refuseOthers();
  if (status !== undefined) return status;
  throw new AccountFailure({ kind: 'invalid-value', field: 'status', expected: '"active" or "inactive"' });
}

/**
 * Refuses a policy that can never come true, such as one with a misspelt action.
 * @throws {OssError} `InvalidPolicyDocument`.
 */
function checked<Document extends string | undefined>(document: Document, form: 'ram' | 'trust'): Document {
  if (document !== undefined) parsePolicy(document, { form });
  return document;
}

/** Tells the caller that put a policy which actions in it never match; nothing when all of them do. */
function reportOn(document: string | undefined, form: 'ram' | 'trust'): { readonly neverMatching?: readonly string[] } {
  const neverMatching = document === undefined ? [] : neverMatchingActions(parsePolicy(document, { form }), form);
  return neverMatching.length === 0 ? {} : { neverMatching };
}

const userRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'users',
    action: 'ram:ListUsers',
    resource: 'user/*',
    run: async ({ users }) => ({ users: await users.list() }),
  },
  {
    method: 'POST',
    path: 'users/:user',
    action: 'ram:CreateUser',
    resource: 'user/{user}',
    async run({ users }, parameters, values) {
      const displayName = values.text('displayName');
      values.refuseOthers();
      const user = await users.create({
        name: named(parameters, 'user'),
        ...(displayName !== undefined && { displayName }),
      });
      return { user };
    },
  },
  {
    method: 'GET',
    path: 'users/:user',
    action: 'ram:GetUser',
    resource: 'user/{user}',
    run: async ({ users }, parameters) => ({ user: await users.get(named(parameters, 'user')) }),
  },
  {
    method: 'PUT',
    path: 'users/:user',
    action: 'ram:UpdateUser',
    resource: 'user/{user}',
    async run({ users }, parameters, values) {
      const [displayName, status] = [values.text('displayName'), values.status('status')];
      values.refuseOthers();
      const change: Partial<Pick<UserRow, 'displayName' | 'status'>> = {
        ...(displayName !== undefined && { displayName }),
        ...(status !== undefined && { status }),
      };
      return { user: await users.update(named(parameters, 'user'), change) };
    },
  },
  {
    method: 'DELETE',
    path: 'users/:user',
    action: 'ram:DeleteUser',
    resource: 'user/{user}',
    async run({ users, limits }, parameters) {
      await users.delete(named(parameters, 'user'));
      await limits.load();
      return {};
    },
  },
  {
    method: 'PUT',
    path: 'users/:user/groups/:group',
    action: 'ram:AddUserToGroup',
    resource: 'user/{user}',
    run: ({ users }, parameters) => nothing(users.addToGroup(named(parameters, 'user'), named(parameters, 'group'))),
  },
  {
    method: 'DELETE',
    path: 'users/:user/groups/:group',
    action: 'ram:RemoveUserFromGroup',
    resource: 'user/{user}',
    run: ({ users }, parameters) =>
      nothing(users.removeFromGroup(named(parameters, 'user'), named(parameters, 'group'))),
  },
];

const accessKeyRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'users/:user/access-keys',
    action: 'ram:ListAccessKeys',
    resource: 'user/{user}',
    run: async ({ users }, parameters) => ({ accessKeys: await users.listAccessKeys(named(parameters, 'user')) }),
  },
  {
    method: 'POST',
    path: 'users/:user/access-keys',
    action: 'ram:CreateAccessKey',
    resource: 'user/{user}',
    run: async ({ users }, parameters) => ({ accessKey: await users.createAccessKey(named(parameters, 'user')) }),
  },
  {
    method: 'PUT',
    path: 'users/:user/access-keys/:key',
    action: 'ram:UpdateAccessKey',
    resource: 'user/{user}',
    async run({ users }, parameters, values) {
      const status = requireStatus(values);
      return nothing(users.setAccessKeyStatus(named(parameters, 'user'), named(parameters, 'key'), status));
    },
  },
  {
    method: 'DELETE',
    path: 'users/:user/access-keys/:key',
    action: 'ram:DeleteAccessKey',
    resource: 'user/{user}',
    run: ({ users }, parameters) => nothing(users.deleteAccessKey(named(parameters, 'user'), named(parameters, 'key'))),
  },
];

const groupRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'groups',
    action: 'ram:ListGroups',
    resource: 'group/*',
    run: async ({ groups }) => ({ groups: await groups.list() }),
  },
  {
    method: 'POST',
    path: 'groups/:group',
    action: 'ram:CreateGroup',
    resource: 'group/{group}',
    async run({ groups }, parameters, values) {
      const comment = values.text('comment');
      values.refuseOthers();
      const name = named(parameters, 'group');
      return { group: await groups.create({ name, ...(comment !== undefined && { comment }) }) };
    },
  },
  {
    method: 'GET',
    path: 'groups/:group',
    action: 'ram:GetGroup',
    resource: 'group/{group}',
    async run({ groups }, parameters) {
      const name = named(parameters, 'group');
      return { group: { ...(await groups.get(name)), users: await groups.listUsers(name) } };
    },
  },
  {
    method: 'DELETE',
    path: 'groups/:group',
    action: 'ram:DeleteGroup',
    resource: 'group/{group}',
    run: ({ groups }, parameters) => nothing(groups.delete(named(parameters, 'group'))),
  },
];

const roleRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'roles',
    action: 'ram:ListRoles',
    resource: 'role/*',
    run: async ({ roles }) => ({ roles: await roles.list() }),
  },
  {
    method: 'POST',
    path: 'roles/:role',
    action: 'ram:CreateRole',
    resource: 'role/{role}',
    async run({ roles }, parameters, values) {
      const trustPolicy = checked(values.requiredPolicy('trustPolicy'), 'trust');
      const rest = readRoleValues(values);
      const role = await roles.create({ name: named(parameters, 'role'), trustPolicy, ...rest });
      return { role, ...reportOn(trustPolicy, 'trust') };
    },
  },
  {
    method: 'GET',
    path: 'roles/:role',
    action: 'ram:GetRole',
    resource: 'role/{role}',
    run: async ({ roles }, parameters) => ({ role: await roles.get(named(parameters, 'role')) }),
  },
  {
    method: 'PUT',
    path: 'roles/:role',
    action: 'ram:UpdateRole',
    resource: 'role/{role}',
    async run({ roles }, parameters, values) {
      const trustPolicy = checked(values.policy('trustPolicy'), 'trust');
      const change = { ...readRoleValues(values), ...(trustPolicy !== undefined && { trustPolicy }) };
      return { role: await roles.update(named(parameters, 'role'), change), ...reportOn(trustPolicy, 'trust') };
    },
  },
  {
    method: 'DELETE',
    path: 'roles/:role',
    action: 'ram:DeleteRole',
    resource: 'role/{role}',
    run: ({ roles }, parameters) => nothing(roles.delete(named(parameters, 'role'))),
  },
];

/** Read last: what is left over is refused. */
function readRoleValues(values: AdminValues): { sessionSecondsMax?: number; description?: string } {
  const [sessionSecondsMax, description] = [values.number('sessionSecondsMax'), values.text('description')];
  values.refuseOthers();
  return {
    ...(sessionSecondsMax !== undefined && { sessionSecondsMax }),
    ...(description !== undefined && { description }),
  };
}

const policyRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'policies',
    action: 'ram:ListPolicies',
    resource: 'policy/*',
    run: async ({ policies }) => ({ policies: await policies.list() }),
  },
  {
    method: 'POST',
    path: 'policies/:policy',
    action: 'ram:CreatePolicy',
    resource: 'policy/{policy}',
    async run({ policies }, parameters, values) {
      const [document, description] = [checked(values.requiredPolicy('document'), 'ram'), values.text('description')];
      values.refuseOthers();
      const name = named(parameters, 'policy');
      const policy = await policies.create({ name, document, ...(description !== undefined && { description }) });
      return { policy, ...reportOn(document, 'ram') };
    },
  },
  {
    method: 'GET',
    path: 'policies/:policy',
    action: 'ram:GetPolicy',
    resource: 'policy/{policy}',
    run: async ({ policies }, parameters) => ({ policy: await policies.get(named(parameters, 'policy')) }),
  },
  {
    method: 'PUT',
    path: 'policies/:policy',
    action: 'ram:UpdatePolicy',
    resource: 'policy/{policy}',
    async run({ policies }, parameters, values) {
      const [document, description] = [checked(values.policy('document'), 'ram'), values.text('description')];
      values.refuseOthers();
      const change = { ...(document !== undefined && { document }), ...(description !== undefined && { description }) };
      return { policy: await policies.update(named(parameters, 'policy'), change), ...reportOn(document, 'ram') };
    },
  },
  {
    method: 'DELETE',
    path: 'policies/:policy',
    action: 'ram:DeletePolicy',
    resource: 'policy/{policy}',
    run: ({ policies }, parameters) => nothing(policies.delete(named(parameters, 'policy'))),
  },
];

/** Attaching, for each kind of thing that can have policies. */
const attachmentRoutes = (['user', 'group', 'role'] as const).flatMap((entity): AdminRoute[] => {
  const kind = `${entity.charAt(0).toUpperCase()}${entity.slice(1)}`;
  const path = `${entity}s/:${entity}/policies/:policy`;
  const resource = `${entity}/{${entity}}`;
  return [
    {
      method: 'PUT',
      path,
      resource,
      action: `ram:AttachPolicyTo${kind}`,
      run: ({ policies }, parameters) =>
        nothing(policies.attach(named(parameters, 'policy'), { entity, name: named(parameters, entity) })),
    },
    {
      method: 'DELETE',
      path,
      resource,
      action: `ram:DetachPolicyFrom${kind}`,
      run: ({ policies }, parameters) =>
        nothing(policies.detach(named(parameters, 'policy'), { entity, name: named(parameters, entity) })),
    },
  ];
});

/** Every route there is. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'account',
    action: 'ram:GetAccount',
    resource: '*',
    run: async ({ accountId }) => ({ account: { accountId } }),
  },
  {
    method: 'GET',
    path: 'master-key',
    action: 'ram:GetMasterKey',
    resource: '*',
    run: async ({ directory }) => {
      const [id, ...olderIds] = directory.masterKeyIds;
      return { masterKey: { id, olderIds } };
    },
  },
  {
    method: 'POST',
    path: 'master-key/reseal',
    action: 'ram:ResealSecrets',
    resource: '*',
    run: async ({ directory }) => ({ resealedCount: await directory.resealSecrets() }),
  },
  {
    method: 'GET',
    path: 'custom-domains',
    action: 'ram:ListCustomDomains',
    resource: '*',
    run: async ({ domains }) => ({ customDomains: await domains.judged() }),
  },
  ...scrubRoutes,
  ...statusRoutes,
  ...rootRoutes,
  ...revocationRoutes,
  ...auditRoutes,
  ...limitRoutes,
  ...userRoutes,
  ...accessKeyRoutes,
  ...groupRoutes,
  ...roleRoutes,
  ...policyRoutes,
  ...attachmentRoutes,
  ...backupRoutes,
];

/** A route and what the path says. */
export interface FoundAdminRoute {
  readonly route: AdminRoute;
  readonly parameters: AdminParameters;
}

/**
 * Finds a route.
 * @param path Decoded, behind `/-/admin/`.
 * @returns `undefined` when there is none.
 */
export function findAdminRoute(method: string, path: string): FoundAdminRoute | undefined {
  const segments = path.split('/');
  for (const route of ADMIN_ROUTES) {
    const parameters = route.method === method ? matchPath(route.path.split('/'), segments) : undefined;
    if (parameters !== undefined) return { route, parameters };
  }
  return undefined;
}

function matchPath(pattern: readonly string[], segments: readonly string[]): AdminParameters | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) parameters[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return parameters;
}
