import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareDataFolder } from './data-folder.js';
import { readProbeToken } from './probe-token.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'annals-folder-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('prepareDataFolder takes the rights of all users from a folder that was there, and says so', async () => {
  for (const [before, after] of [
    [0o755, 0o750],
    [0o777, 0o770],
    [0o701, 0o700],
  ] as const) {
    chmodSync(folder, before);
    expect(await prepareDataFolder(folder)).toEqual({ tookRights: true });
    expect(modeOf(folder)).toBe(after);
    expect(await prepareDataFolder(folder)).toEqual({ tookRights: false });
  }
  const fresh = join(folder, 'a', 'b');
  expect(await prepareDataFolder(fresh)).toEqual({ tookRights: false, made: join(folder, 'a') });
  expect(modeOf(fresh)).toBe(0o700);
});

test('readProbeToken takes the environment before the file, and never shows what it cannot use', async () => {
  const path = join(folder, 'token');
  writeFileSync(path, 'from-a-file-of-no-value\n');
  expect(await readProbeToken(undefined, undefined)).toBeUndefined();
  expect(await readProbeToken(undefined, path)).toBe('from-a-file-of-no-value');
  expect(await readProbeToken('from-the-environment', path)).toBe('from-the-environment');
  for (const token of ['short', 'with spaces in the middle', `ü${'x'.repeat(20)}`, 'x'.repeat(513)]) {
    const failure: unknown = await readProbeToken(token, undefined).catch((error: unknown) => error);
    expect(String(failure)).toContain('Cannot use the token in ANNALS_PROBE_TOKEN');
    expect(String(failure)).not.toContain(token);
  }
  await expect(readProbeToken(undefined, join(folder, 'missing'))).rejects.toThrow('Cannot read the token');
});
