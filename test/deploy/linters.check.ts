/** Ordinary linters find nothing in the files of `deploy`. `test/s3/run.js` installs them beside its S3 server. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { DEPLOY_FOLDER } from './compose-topology.js';

const PROGRAMS = fileURLToPath(new URL('../s3/.cache/venv/bin', import.meta.url));
const manifests = readdirSync(join(DEPLOY_FOLDER, 'kubernetes'))
  .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml' && name !== 'secret.yaml')
  .map((name) => join('kubernetes', name));

test.each([
  { program: 'yamllint', words: ['--strict', '-c', '.yamllint.yaml', 'compose.yaml', 'annals.yaml', 'kubernetes'] },
  { program: 'hadolint', words: ['Dockerfile'] },
  { program: 'kubernetes-validate', words: ['--strict', ...manifests] },
])('$program', async ({ program, words }) => {
  const run = promisify(execFile)(join(PROGRAMS, program), words, { cwd: DEPLOY_FOLDER });
  await expect(run).resolves.toBeDefined();
});

test('haproxy takes its settings', async () => {
  const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const run = promisify(execFile)('haproxy', ['-c', '-f', join(DEPLOY_FOLDER, 'haproxy.cfg')], { env: environment });
  await expect(run).resolves.toBeDefined();
});
