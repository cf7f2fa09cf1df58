/**
 * Stores that older programs wrote are read by today's: each golden folder is opened by a real server, and every answer
 * of its manifest must come out the same, twice: at the start that may migrate it, and at the next.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Account } from '../access-control/account.js';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { unpackFolder } from './folder-archive.js';
import { type GoldenManifest, readGolden } from './golden-reads.js';

const FOLDERS = fileURLToPath(new URL('folders/', import.meta.url));
const names = readdirSync(FOLDERS)
  .filter((name) => name.endsWith('.br'))
  .map((name) => name.slice(0, -'.br'.length));

/** Empty markers: by now they name the last upload. */
const MARKERS_OF_OLD = /\n {2}<Next(?:KeyMarker|UploadIdMarker)><\/[A-Za-z]+>/g;

/**
 * @returns The document without the lines that it has more than `expected`: a newer program may say more about what is
 * stored, and nothing else.
 */
function withoutNewLines(document: string, expected: string): string {
  const wanted = expected.split('\n');
  let place = 0;
  const kept = document.split('\n').filter((line) => {
    if (line !== wanted[place]) return false;
    place += 1;
    return true;
  });
  // Otherwise the difference is shown as it is.
  return place === wanted.length ? kept.join('\n') : document;
}

/** Opens the folder once and compares every answer. */
async function readAll(data: string, manifest: GoldenManifest): Promise<void> {
  const server = await startServerProcess({ data });
  const account = new Account(server);
  try {
    for (const { request, answer } of manifest.reads) {
      const found = await readGolden(account, manifest, request);
      const { headers } = found;
      // A newer program may say more about what is stored, and nothing else.
      const known = Object.fromEntries(Object.entries(headers).filter(([name]) => name in answer.headers));
      const expected = answer.body.replaceAll(MARKERS_OF_OLD, '');
      const body = found.body.startsWith('<?xml') ? withoutNewLines(found.body, expected) : found.body;
      expect({ ...found, headers: known, body }, JSON.stringify(request)).toEqual({ ...answer, body: expected });
    }
  } finally {
    account.close();
  }
  expect(await server.stop()).toBe(0);
}

describe('golden folders', () => {
  test('of every format since 3 are there', () => {
    const expected = [3, 4, 5].flatMap((format) => [`format-${format}-killed`, `format-${format}-orderly`]);
    expect(names).toEqual(expect.arrayContaining(expected));
  });

  test.each(names)('%s: everything in its manifest is read back', async (name) => {
    const manifest = JSON.parse(readFileSync(join(FOLDERS, `${name}.json`), 'utf8')) as GoldenManifest;
    expect(manifest.reads.length).toBeGreaterThan(50);
    const folder = await temporaryFolder();
    try {
      const data = join(folder.path, 'data');
      await unpackFolder(join(FOLDERS, `${name}.br`), data);
      await readAll(data, manifest);
      await readAll(data, manifest);
    } finally {
      await folder.remove();
    }
  });
});
