/** `docs/sdks.md` shows the connection lines of the programs as they are: nobody types them twice. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('docs/sdks.md shows the lines that connect each client as its tested program has them', () => {
  const run = fileURLToPath(new URL('run.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [run, '--check-page'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
