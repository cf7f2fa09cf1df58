// @ts-check
/**
 * `npm run s3`: backups to a bucket of an S3 server that is not ours, blobs in one, and gateways that share one
 * (`test/gateways`, which need PostgreSQL, too). Installs two servers beside this file: moto (pip, pinned versions, an
 * environment of its own), which is started here, and versitygw (the Go proxy, a pinned version), which tests start and
 * kill as they need. `--prepare` installs them, and runs nothing. Fails, never skips, when a server cannot be had.
 * Other words behind it go to Vitest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../interop/runner/command.js';
import { isPrepared, markPrepared } from '../interop/runner/folders.js';
import { preparePython, pythonToolchain } from '../interop/runner/python.js';
import { installVersityGateway } from './install-versity-gateway.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(FOLDER, '.cache');
const REQUIREMENTS = join(FOLDER, 'requirements.txt');
const TIME_LIMIT_MS = 600_000;

await installMoto();
const versityGateway = await installVersityGateway();
if (!process.argv.includes('--prepare')) await runTests();

async function runTests() {
  const server = spawn(join(CACHE, 'venv', 'bin', 'python'), [join(FOLDER, 'server.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
  });
  try {
    const found = await Promise.race([
      once(createInterface(server.stdout), 'line').then(([line]) => JSON.parse(String(line))),
      once(server, 'close').then(([code]) => Promise.reject(new Error(`The S3 server ended with ${code}`))),
    ]);
    const tests = spawn(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/s3/vitest.config.ts', ...process.argv.slice(2)],
      {
        cwd: ROOT,
        stdio: 'inherit',
        env: {
          ...process.env,
          ANNALS_TEST_S3: JSON.stringify(found),
          ANNALS_TEST_VERSITYGW: versityGateway,
        },
      },
    );
    const [code] = await once(tests, 'close');
    process.exitCode = code ?? 1;
  } finally {
    server.stdin.end();
  }
}

/** @throws {Error} Something is missing, or cannot be installed. */
async function installMoto() {
  for (const { check, wanted } of pythonToolchain) {
    const { problem } = await runCommand(check, TIME_LIMIT_MS);
    if (problem !== undefined) throw new Error(`Cannot install the S3 server: wanted ${wanted} (${problem})`);
  }
  if (await isPrepared(CACHE, [REQUIREMENTS])) return;
  await mkdir(CACHE, { recursive: true });
  for (const command of preparePython({ folder: FOLDER, cache: CACHE })) {
    const { problem } = await runCommand(command, TIME_LIMIT_MS);
    if (problem !== undefined) throw new Error(`Cannot install the S3 server: ${problem}`);
  }
  await markPrepared(CACHE, [REQUIREMENTS]);
}
