/** Routes by which a backup reads everything of one moment: docs/backup.md. What they answer besides JSON is bytes. */
import { OssError } from '@annals/protocol';
import type { OpenSnapshots } from '../backup/open-snapshots.js';
import { AdminBytes, type AdminParameters, type AdminRoute } from './admin-route.js';

/** Everything there is can be read by who has this: accounts, and the bytes of every object. */
const ACTION = 'ram:ReadBackup';

const ROW_KEY_FORM = /^(?:[0-9a-f]{2})+$/;
const BLOB_ID_FORM = /^[0-9a-f]{32}$/;
const OFFSET_FORM = /^\d{1,15}$/;

/** Routes of the admin API for snapshots, from which a backup reads. */
export const backupRoutes: readonly AdminRoute[] = [
  snapshotRoute('GET', 'snapshots', async (snapshots) => ({ snapshots: snapshots.list() })),
  snapshotRoute('POST', 'snapshots', async (snapshots) => ({ snapshot: await snapshots.open() })),
  snapshotRoute('GET', 'snapshots/:id', async (snapshots, { id = '' }) => ({ snapshot: await snapshots.renew(id) })),
  snapshotRoute('DELETE', 'snapshots/:id', async (snapshots, { id = '' }) => {
    await snapshots.close(id);
    return {};
  }),
  snapshotRoute('POST', 'snapshots/:id/release-rows', async (snapshots, { id = '' }) => {
    await snapshots.releaseRows(id);
    return {};
  }),
  snapshotRoute('GET', 'snapshots/:id/rows/:after', async (snapshots, { id = '', after = '' }) => {
    return new AdminBytes(await snapshots.readRows(id, placeAfter(after, ROW_KEY_FORM)));
  }),
  snapshotRoute('GET', 'snapshots/:id/blobs/:after', async (snapshots, { id = '', after = '' }) => {
    return new AdminBytes(await snapshots.readBlobList(id, placeAfter(after, BLOB_ID_FORM)));
  }),
  snapshotRoute('GET', 'snapshots/:id/blobs/:blob/:start/:end', async (snapshots, parameters) => {
    const { id = '', blob = '', start = '', end = '' } = parameters;
    const blobId = formed(blob, BLOB_ID_FORM);
    const [from, to] = [start, end].map((text) => Number(formed(text, OFFSET_FORM))) as [number, number];
    return new AdminBytes(await snapshots.readBlob(id, blobId, from, to));
  }),
];

function snapshotRoute(
  method: AdminRoute['method'],
  path: string,
  answer: (snapshots: OpenSnapshots, parameters: AdminParameters) => Promise<object>,
): AdminRoute {
  return {
    method,
    path,
    action: ACTION,
    resource: '*',
    run: ({ snapshots }, parameters) => answer(snapshots, parameters),
  };
}

/** A segment of a path cannot be empty: `-` is the beginning. */
function placeAfter(segment: string, form: RegExp): string {
  return segment === '-' ? '' : formed(segment, form);
}

/** @throws {OssError} 400. What is read must be what was asked for: half a key would be another place. */
function formed(segment: string, form: RegExp): string {
  if (form.test(segment)) return segment;
  throw new OssError('InvalidArgument', { message: `"${segment}" in the path is not of the form ${form.source}.` });
}
