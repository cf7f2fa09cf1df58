/** Routes about users and their access keys. */
import { AccountFailure } from '../accounts/account-failure.js';
import type { AccountStatus, UserRow } from '../accounts/account-rows.js';
import { type AdminRoute, named, nothing } from './admin-route.js';
import type { AdminValues } from './admin-values.js';

function requireStatus(values: AdminValues): AccountStatus {
  const status = values.status('status');
  values.refuseOthers();
  if (status !== undefined) return status;
  throw new AccountFailure({ kind: 'invalid-value', field: 'status', expected: '"active" or "inactive"' });
}

/** Users, and which groups they are in. */
export const userRoutes: readonly AdminRoute[] = [
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

/** Access keys of a user. */
export const accessKeyRoutes: readonly AdminRoute[] = [
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
