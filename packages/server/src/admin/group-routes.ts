/** Routes about groups of users. Leaves out who is in them (`user-routes.ts`). */
import { type AdminRoute, named, nothing } from './admin-route.js';

/** Groups. */
export const groupRoutes: readonly AdminRoute[] = [
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
