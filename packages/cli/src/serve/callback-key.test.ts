import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallbackKey } from '@annals/server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandFailure } from '../command-failure.js';
import { loadCallbackKey } from './callback-key.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-callback-key-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a key is made once, and kept for its owner only', async () => {
  const made = await loadCallbackKey(folder, undefined);
  const path = join(folder, 'callback-key.pem');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await loadCallbackKey(folder, undefined)).publicKeyPem).toBe(made.publicKeyPem);
  expect(await readFile(path, 'utf8')).toBe(made.toPem());
});

test('a key of the configuration wins, and none is made', async () => {
  const given = await CallbackKey.generate();
  const path = join(folder, 'given.pem');
  await writeFile(path, given.toPem());
  expect((await loadCallbackKey(folder, path)).publicKeyPem).toBe(given.publicKeyPem);
  await expect(stat(join(folder, 'callback-key.pem'))).rejects.toThrow('ENOENT');
});

test('a damaged or missing file is reported without its content, and not replaced', async () => {
  const path = join(folder, 'callback-key.pem');
  await writeFile(path, 'secret but damaged');
  const failure = await loadCallbackKey(folder, undefined).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandFailure);
  expect(String(failure)).toContain('expected an RSA key in PEM');
  expect(String(failure)).not.toContain('secret but damaged');
  expect(await readFile(path, 'utf8')).toBe('secret but damaged');
  await expect(loadCallbackKey(folder, join(folder, 'none.pem'))).rejects.toThrow('Cannot read the key');
});
