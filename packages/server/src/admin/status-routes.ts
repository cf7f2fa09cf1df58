/**
 * The route of the admin API about how a server does: what it owes, how far that holds writers up, and what waits.
 * Leaves out whether it is ready (`/-/readyz`).
 */
import type { AdminRoute } from './admin-route.js';

/** The route. */
export const statusRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'status',
    action: 'ram:GetStatus',
    resource: '*',
    run: async ({ status }) => ({ status: await status() }),
  },
];
