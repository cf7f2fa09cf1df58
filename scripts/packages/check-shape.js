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
import { root } from './pack-packages.js';

const execute = promisify(execFile);
const typesTool = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');

/**
 * @param {import('./pack-packages.js').PackedPackage} packed
 * @returns {Promise<string[]>} findings; suggestions count
 */
export async function checkShape({ name, tarball }) {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    level: 'suggestion',
    strict: true,
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
  });
  const findings = messages.map((message) => `${name}: publint: ${formatMessage(message, pkg, { color: false })}`);
  // The packages are modules only; there is no form for `require` whose types could be wrong.
  const words = [typesTool, tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-emoji', '--no-color'];
  try {
    await execute(process.execPath, [...words, '--format', 'ascii'], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    findings.push(`${name}: types resolve wrongly:\n${stdout ?? ''}${stderr ?? String(error)}`);
  }
  return findings;
}
