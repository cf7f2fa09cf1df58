// @ts-check
/**
 * What others' tools say of a packed package: publint of its files, `@arethetypeswrong/cli` of how its types resolve.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { hasCommonjs } from './build-commonjs.js';
import { root } from './pack-packages.js';

const execute = promisify(execFile);
const typesTool = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');

/**
 * @param {import('./pack-packages.js').PackedPackage} packed
 * @returns {Promise<string[]>} findings; suggestions count
 */
export async function checkShape({ name, tarball, manifest }) {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    level: 'suggestion',
    strict: true,
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
  });
  const findings = messages.map((message) => `${name}: publint: ${formatMessage(message, pkg, { color: false })}`);
  // `node16` leaves out the resolution of Node 10 only, which knows no `exports`. Modules alone have no types for
  // `require` that could be wrong.
  const profile = hasCommonjs({ manifest }) ? 'node16' : 'esm-only';
  const words = [typesTool, tarball, '--profile', profile, '--no-definitely-typed', '--no-emoji', '--no-color'];
  try {
    await execute(process.execPath, [...words, '--format', 'ascii'], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    findings.push(`${name}: types resolve wrongly:\n${stdout ?? ''}${stderr ?? String(error)}`);
  }
  return findings;
}
