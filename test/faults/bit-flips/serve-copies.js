// @ts-check
/**
 * Serves one folder after the other, as `annals serve` opens them, in one process: its parent says which, over the
 * channel of `fork`. What a folder holds may be damaged: this process must outlive that. Run from the build of the
 * packages.
 */
import { join } from 'node:path';
import {
  createServer,
  defaultSettings,
  loadMasterKeys,
  OPERATION_ROWS,
  openAccountDirectory,
  RootKeyRing,
  ServerKeyWrapping,
} from '@annals/server';
import { checkBlobs, openFileSystemBlobStore, openJournaledLmdbKeyValueStore, openObjectStore } from '@annals/store';
import { pino } from 'pino';

/** @type {(() => Promise<void>)[]} */
let closes = [];

/** @param {string} folder @param {{ accessKeyId: string, accessKeySecret: string }} root */
async function open(folder, root) {
  const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') });
  closes.push(() => keyValues.close());
  const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder, 'blobs') }));
  closes.push(() => blobs.close());
  const { keys } = await loadMasterKeys({ configured: undefined, folder });
  const store = await openObjectStore({ keyValues, blobs, keyWrapping: new ServerKeyWrapping(keys, undefined) });
  closes.push(() => store.maintenance.close());
  const ring = new RootKeyRing({ current: root });
  const directory = await openAccountDirectory({ keyValues, keys, root: ring, accountId: '1000000000000000' });
  const server = createServer({
    store,
    accounts: { directory, keys },
    settings: { ...defaultSettings, root, scrub: { bytesPerSecond: 0 } },
    log: pino({ level: 'silent' }),
    operations: OPERATION_ROWS,
  });
  closes.push(() => server.close());
  await server.listen({ host: '127.0.0.1', port: 0 });
  return Number(new URL(server.url).port);
}

async function close() {
  for (const one of closes.reverse()) await one().catch(() => undefined);
  closes = [];
}

process.on('message', async (/** @type {any} */ request) => {
  if (request === 'close') {
    await close();
    process.send?.({ closed: true });
    return;
  }
  try {
    process.send?.({ port: await open(request.folder, request.root) });
  } catch (error) {
    await close();
    process.send?.({ refused: error instanceof Error ? error.message : undefined });
  }
});
process.on('disconnect', () => process.exit(0));
