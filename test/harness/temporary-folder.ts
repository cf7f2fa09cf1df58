/** Folders that tests fill, and that are gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const PREFIX = join(tmpdir(), 'annals-test-');

/** Makes a folder for one test, in it or in its `beforeEach`. It is removed after the test and its `afterEach`. */
export function makeTemporaryFolder(): string {
  const path = mkdtempSync(PREFIX);
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Makes a folder for several tests. It is removed by `remove`. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(PREFIX);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
