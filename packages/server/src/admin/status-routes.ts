/**
 * The route of the admin API about the state of a server: its debt, how far the debt delays writers, and what waits.
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
