/** Routes of the admin API about the scrub: what it does and has found, and whether it runs. */
import type { AdminRoute } from './admin-route.js';

/** The routes. */
export const scrubRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'scrub',
    action: 'ram:GetScrub',
    resource: '*',
    run: async ({ scrub }) => ({ scrub: await scrub.look() }),
  },
  {
    method: 'POST',
    path: 'scrub/start',
    action: 'ram:StartScrub',
    resource: '*',
    async run({ scrub }, _, values) {
      values.refuseOthers();
      return { scrub: await scrub.start() };
    },
  },
  {
    method: 'POST',
    path: 'scrub/stop',
    action: 'ram:StopScrub',
    resource: '*',
    async run({ scrub }, _, values) {
      values.refuseOthers();
      return { scrub: await scrub.stop() };
    },
  },
];
