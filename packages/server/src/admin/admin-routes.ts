/**
 * The admin API: which routes there are, and which of them a request means. The routes themselves stand beside this
 * file, by what they are about (`user-routes.ts`). Leaves out who asks (`answer-admin-request.ts`) and what failures
 * become (`account-failure-to-answer.ts`).
 */
import type { AdminParameters, AdminRoute } from './admin-route.js';
import { backupRoutes } from './backup-routes.js';
import { groupRoutes } from './group-routes.js';
import { limitRoutes } from './limit-routes.js';
import { attachmentRoutes, policyRoutes } from './policy-routes.js';
import { roleRoutes } from './role-routes.js';
import { scrubRoutes } from './scrub-routes.js';
import { auditRoutes, revocationRoutes, rootRoutes } from './security-routes.js';
import { statusRoutes } from './status-routes.js';
import { accessKeyRoutes, userRoutes } from './user-routes.js';

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
