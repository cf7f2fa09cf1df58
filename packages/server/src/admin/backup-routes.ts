/** Routes by which a backup reads everything of one moment: docs/backup.md. What they answer besides JSON is bytes. */
import { AdminBytes, type AdminParameters, type AdminRoute } from './admin-route.js';

/** Everything there is can be read by who has this: accounts, and the bytes of every object. */
const ACTION = 'ram:ReadBackup';

export const backupRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: 'snapshots',
    action: ACTION,
    resource: '*',
    run: async ({ snapshots }) => ({ snapshots: snapshots.list() }),
  },
  {
    method: 'POST',
    path: 'snapshots',
    action: ACTION,
    resource: '*',
    run: async ({ snapshots }) => ({ snapshot: await snapshots.open() }),
  },
  {
    method: 'GET',
    path: 'snapshots/:id',
    action: ACTION,
    resource: '*',
    run: async ({ snapshots }, parameters) => ({
      snapshot: await snapshots.renew(named(parameters, 'id')),
    }),
  },
  {
    method: 'DELETE',
    path: 'snapshots/:id',
    action: ACTION,
    resource: '*',
    async run({ snapshots }, parameters) {
      await snapshots.close(named(parameters, 'id'));
      return {};
    },
  },
  {
    method: 'GET',
    path: 'snapshots/:id/rows/:after',
    action: ACTION,
    resource: '*',
    run: async ({ snapshots }, parameters) =>
      new AdminBytes(await snapshots.readRows(named(parameters, 'id'), place(named(parameters, 'after')))),
  },
  {
    method: 'GET',
    path: 'snapshots/:id/blobs/:after',
    action: ACTION,
    resource: '*',
    run: async ({ snapshots }, parameters) =>
      new AdminBytes(await snapshots.readBlobList(named(parameters, 'id'), place(named(parameters, 'after')))),
  },
  {
    method: 'POST',
    path: 'snapshots/:id/release-rows',
    action: ACTION,
    resource: '*',
    async run({ snapshots }, parameters) {
      await snapshots.releaseRows(named(parameters, 'id'));
      return {};
    },
  },
  {
    method: 'GET',
    path: 'snapshots/:id/blobs/:blob/:start/:end',
    action: ACTION,
    resource: '*',
    run: async ({ snapshots }, parameters) =>
      new AdminBytes(
        await snapshots.readBlob(
          named(parameters, 'id'),
          named(parameters, 'blob'),
          Number(named(parameters, 'start')),
          Number(named(parameters, 'end')),
        ),
      ),
  },
];

/** A parameter of the route's own path. */
function named(parameters: AdminParameters, name: string): string {
  return parameters[name] ?? '';
}

/** A segment of a path cannot be empty: `-` is the beginning. */
function place(segment: string): string {
  return segment === '-' ? '' : segment;
}
