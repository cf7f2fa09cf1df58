// @ts-check
/** Compiles the S3 server versitygw, a pinned version, beside this file. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../interop/runner/command.js';

const CACHE = fileURLToPath(new URL('.cache', import.meta.url));
const VERSITYGW_VERSION = 'v1.8.0';
const COMPILE_LIMIT_MS = 900_000;

/**
 * Compiling takes some minutes the first time; Go keeps what it has compiled.
 * @returns {Promise<string>} The path of the program.
 * @throws {Error} Go is missing, or the program cannot be compiled.
 */
export async function installVersityGateway() {
  const given = process.env.ANNALS_TEST_VERSITYGW;
  if (given !== undefined) return given;
  const bin = join(CACHE, 'bin', VERSITYGW_VERSION);
  const program = join(bin, 'versitygw');
  if (existsSync(program)) return program;
  const { problem } = await runCommand(
    {
      command: 'go',
      arguments: ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW_VERSION}`],
      environment: { GOBIN: bin },
    },
    COMPILE_LIMIT_MS,
  );
  if (problem !== undefined) throw new Error(`Cannot install the S3 server versitygw: ${problem}`);
  return program;
}
