/** Routes about policies, and about who has them. */
import { type AdminRoute, named, nothing } from './admin-route.js';
import { checkedPolicy, reportOn } from './checked-policy.js';

/** Policies. */
export const policyRoutes: readonly AdminRoute[] = [
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
      const [document, description] = [
        checkedPolicy(values.requiredPolicy('document'), 'ram'),
        values.text('description'),
      ];
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
      const [document, description] = [checkedPolicy(values.policy('document'), 'ram'), values.text('description')];
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
export const attachmentRoutes = (['user', 'group', 'role'] as const).flatMap((entity): AdminRoute[] => {
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
