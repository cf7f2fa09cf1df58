/** Routes about roles. */
import { type AdminRoute, named, nothing } from './admin-route.js';
import type { AdminValues } from './admin-values.js';
import { checkedPolicy, reportOn } from './checked-policy.js';

/** Roles, and who may take them on. */
export const roleRoutes: readonly AdminRoute[] = [
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
      const trustPolicy = checkedPolicy(values.requiredPolicy('trustPolicy'), 'trust');
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
      const trustPolicy = checkedPolicy(values.policy('trustPolicy'), 'trust');
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
