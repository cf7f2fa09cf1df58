// @ts-check
/**
 * `npm run test:engines`: the suites of both contracts, of the object store and of HTTP, whole, over each pair of
 * engines, on a real PostgreSQL, a real S3 server and a real Ceph cluster. `--only postgres+s3` runs one pair;
 * other words go to Vitest. Fails, never skips, when a server cannot be had.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { installVersityGateway } from '../s3/install-versity-gateway.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAIRS = ['lmdb+file', 'postgres+file', 'lmdb+s3', 'postgres+s3', 'lmdb+rados', 'postgres+rados'];

const words = process.argv.slice(2);
const place = words.indexOf('--only');
const only = place === -1 ? undefined : words.splice(place, 2)[1];
if (place !== -1 && !PAIRS.includes(only ?? '')) {
  console.error(`Cannot run only "${only}": expected one of ${PAIRS.join(', ')}`);
  process.exit(2);
}

const pairs = PAIRS.filter((name) => only === undefined || name === only);
const program = pairs.some((pair) => pair.endsWith('+s3')) ? await installVersityGateway() : undefined;
for (const pair of pairs) {
  console.log(`== ${pair}`);
  const tests = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/engines/vitest.config.ts', ...words],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: {
        ...process.env,
        ANNALS_REQUIRE_POSTGRES: '1',
        ANNALS_TEST_ENGINE_PAIR: pair,
        ...(program !== undefined && { ANNALS_TEST_VERSITYGW: program }),
      },
    },
  );
  const [code] = await once(tests, 'close');
  if (code !== 0) process.exitCode = 1;
}
