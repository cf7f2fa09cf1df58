// @ts-check
/**
 * Checks the published packages: what they say of themselves, what is in their tarballs, how others' tools judge them,
 * and that they work where they are installed. Prints one line per finding and exits 1 when there is one. Needs a
 * build; leaves no file behind.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectPackages } from './packages/inspect-packages.js';
import { packPackages } from './packages/pack-packages.js';

const folder = mkdtempSync(join(tmpdir(), 'annals-packages-'));
try {
  const { findings, warnings } = await inspectPackages(packPackages(folder));
  for (const warning of warnings) console.log(`warning: ${warning}`);
  for (const finding of findings) console.error(finding);
  if (findings.length > 0) console.error(`${findings.length} finding(s)`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
