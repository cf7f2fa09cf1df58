/**
 * What every target of backups must do: a folder, and a bucket of our own server. `npm run s3` does it with one of
 * an S3 server.
 */
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { FolderTarget } from '../../packages/cli/src/backup/folder-target.js';
import { openTarget } from '../../packages/cli/src/backup/open-target.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { describeTarget } from './describe-target.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['backups'] });
});

afterAll(async () => {
  await server?.stop();
  await folder?.remove();
});

describeTarget('folder', async (prefix) => new FolderTarget(join(folder.path, 'targets', prefix)));
describeTarget('oss', (prefix) => {
  const { endpoint, accessKeyId, accessKeySecret } = server;
  const environment = { OSS_ACCESS_KEY_ID: accessKeyId, OSS_ACCESS_KEY_SECRET: accessKeySecret };
  return openTarget(`oss://backups/${prefix}`, { targetEndpoint: endpoint }, environment);
});
