/** Routes about limits of buckets and users. */
import type { LimitSubject, LimitValues } from '../accounts/account-rows.js';
import type { AdminParameters, AdminRoute } from './admin-route.js';
import type { AdminValues } from './admin-values.js';

function readValues(values: AdminValues): LimitValues {
  const names = ['lengthBytesMax', 'objectCountMax', 'requestsPerSecondMax', 'bytesPerSecondMax'] as const;
  const given = names.map((name) => [name, values.number(name)] as const);
  values.refuseOthers();
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function routesOf(kind: LimitSubject['kind'], resource: string): readonly AdminRoute[] {
  const path = `limits/${kind}s/:${kind}`;
  const subject = (parameters: AdminParameters): LimitSubject => ({ kind, name: parameters[kind] ?? '' });
  return [
    {
      method: 'GET',
      path,
      action: 'ram:GetLimits',
      resource,
      run: async ({ limits }, parameters) => ({ limit: await limits.get(subject(parameters)) }),
    },
    {
      method: 'PUT',
      path,
      action: 'ram:SetLimits',
      resource,
      run: async ({ limits }, parameters, values) => ({
        limit: await limits.set(subject(parameters), readValues(values)),
      }),
    },
    {
      method: 'DELETE',
      path,
      action: 'ram:DeleteLimits',
      resource,
      async run({ limits }, parameters) {
        await limits.delete(subject(parameters));
        return {};
      },
    },
  ];
}

/** What buckets and users may hold, and how many requests and bytes a second they may send. */
export const limitRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'limits',
    action: 'ram:ListLimits',
    resource: '*',
    run: async ({ limits }) => ({ limits: await limits.list() }),
  },
  ...routesOf('bucket', '*'),
  ...routesOf('user', 'user/{user}'),
];
