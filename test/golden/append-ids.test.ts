/**
 * A store with rows of append ids that an older program wrote, stopped once and killed once: today's program reads it,
 * finds nothing wrong with it, and answers repeats of the appends as that program did.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkBlobs, openFileSystemBlobStore, openJournaledLmdbKeyValueStore } from '@annals/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { APPEND_IDS_FOLDER, type AppendIdsManifest, type GoldenAppend, REPEATED_HEADERS } from './append-ids-folder.js';
import { unpackFolder } from './folder-archive.js';

const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));
const HOUR_MS = 3_600_000;
const manifest = JSON.parse(readFileSync(`${APPEND_IDS_FOLDER}.json`, 'utf8')) as AppendIdsManifest;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
  await unpackFolder(`${APPEND_IDS_FOLDER}.br`, data);
});

afterAll(() => folder.remove());

/** A server over the folder, at a time soon after it was made. */
function startAfter(hours: number): Promise<TestServer> {
  return startTestServer({
    clock: () => manifest.madeAtMs + hours * HOUR_MS,
    engines: {
      name: 'the golden folder',
      async open() {
        const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(data, 'metadata') });
        const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(data, 'blobs') }));
        return { keyValues, blobs, remove: async () => undefined };
      },
    },
  });
}

const send = (server: TestServer, { bucket, key, position, headers, body }: Omit<GoldenAppend, 'answer'>) =>
  server.send({ method: 'POST', bucket, key, query: { append: '', position }, headers, body, signature: 'anonymous' });

test('is read by the program of today, which finds nothing wrong with it', async () => {
  expect(manifest.appends.length).toBeGreaterThan(10);
  const server = await startServerProcess({ data });
  for (const [name, bytes] of Object.entries(manifest.objects)) {
    const answer = await fetch(`${server.endpoint}/${name}`);
    expect([name, answer.status, await answer.text()]).toEqual([name, 200, bytes]);
  }
  expect(await server.stop()).toBe(0);
  const { stdout } = await promisify(execFile)(process.execPath, [ANNALS, 'fsck', '--json', data]);
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ summary: expect.objectContaining({ damageCount: 0, contradictionCount: 0 }) }),
  ]);
});

test('answers repeats as the first appends, refuses what it must, and goes on', async () => {
  const server = await startAfter(1);
  for (const append of manifest.appends) {
    const repeat = await send(server, append);
    const kept = Object.fromEntries(Object.entries(repeat.headers).filter(([name]) => REPEATED_HEADERS.includes(name)));
    expect([append.key, repeat.status, repeat.headers['x-oss-annals-replayed'], kept]).toEqual([
      append.key,
      200,
      'true',
      append.answer,
    ]);
  }
  const [first] = manifest.appends;
  if (first === undefined) expect.fail('there are appends');
  expect((await send(server, { ...first, body: 'another' })).body.toString()).toContain('<Code>AppendIdConflict<');
  const late = await send(server, { ...first, headers: { 'x-oss-annals-writer-epoch': '1' } });
  expect([late.status, late.headers['x-oss-annals-writer-epoch']]).toEqual([412, '2']);
  const next = { ...first, headers: { 'x-oss-annals-append-id': 'of-today' }, body: 'today\n' };
  expect((await send(server, next)).headers).not.toHaveProperty('x-oss-annals-replayed');
  await server.close();

  const later = await startAfter(24);
  expect((await send(later, next)).headers['x-oss-annals-replayed']).toBe('true');
  // A day after its append an id is forgotten.
  const { 'x-oss-annals-writer-epoch': _epoch, ...headers } = first.headers;
  const forgotten = await send(later, { ...first, headers, position: '0' });
  expect(forgotten.body.toString()).toContain('<Code>PositionNotEqualToLength<');
  await later.close();
});
