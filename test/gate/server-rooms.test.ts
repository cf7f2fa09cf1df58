/**
 * The list of the server's rooms, `scripts/server-rooms.cjs`: it is complete, has no circle, and allows nothing that
 * nobody needs.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

interface ServerRooms {
  readonly SERVER: string;
  readonly SERVER_ROOMS: Readonly<Record<string, { readonly purpose: string; readonly mayImport: readonly string[] }>>;
  checkServerRooms(root: string): readonly string[];
  roomPattern(name: string): string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const { SERVER, SERVER_ROOMS, checkServerRooms, roomPattern } = createRequire(import.meta.url)(
  '../../scripts/server-rooms.cjs',
) as ServerRooms;
const names = Object.keys(SERVER_ROOMS);

test('every folder and file of the server is in one room', async () => {
  expect(checkServerRooms(root)).toEqual([]);
  for (const path of await sources()) {
    expect(names.filter((name) => new RegExp(roomPattern(name)).test(path)).length, path).toBe(1);
  }
});

test('a folder that is in no room is found, and so is a room without a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'annals-rooms-'));
  try {
    for (const name of names) {
      const path = join(folder, SERVER, name);
      await mkdir(name.endsWith('.ts') ? dirname(path) : path, { recursive: true });
      if (name.endsWith('.ts')) await writeFile(path, '');
    }
    expect(checkServerRooms(folder)).toEqual([]);
    await mkdir(join(folder, SERVER, 'attic'));
    await mkdir(join(folder, SERVER, 'operations', 'cellar'));
    await rm(join(folder, SERVER, 'sts'), { recursive: true });
    expect(checkServerRooms(folder)).toEqual([
      expect.stringContaining('/attic is in no room'),
      expect.stringContaining('/operations/cellar is in no room'),
      expect.stringContaining('the room sts does not exist'),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a room imports what it may, and may import only what it does', async () => {
  const needed = new Map(names.map((name) => [name, new Set<string>()]));
  for (const path of await sources()) {
    const from = roomOf(path);
    for (const { fileName } of ts.preProcessFile(await readFile(join(root, path), 'utf8')).importedFiles) {
      if (!fileName.startsWith('.')) continue;
      const to = roomOf(join(dirname(path), fileName).replace(/\.js$/, '.ts'));
      if (to !== from) needed.get(from)?.add(to);
    }
  }
  for (const [name, { mayImport }] of Object.entries(SERVER_ROOMS)) {
    expect([...mayImport].sort(), name).toEqual([...(needed.get(name) ?? [])].sort());
  }
});

/** Files of the product, from the root of the repository. */
async function sources(): Promise<readonly string[]> {
  const entries = await readdir(join(root, SERVER), { recursive: true });
  return entries
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('testing/'))
    .map((path) => `${SERVER}/${path}`);
}

function roomOf(path: string): string {
  return names.find((name) => new RegExp(roomPattern(name)).test(path)) ?? `no room: ${path}`;
}
