/**
 * `annals storage check` of a database: what it says of one that is new, of one with a store that a gateway serves, and
 * of places that do not belong together. Leaves out buckets (`test/s3/storage-check.check.ts`).
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CONNECTION_PARAMETERS } from '../../packages/cli/src/configuration/metadata-location.js';
import { connectionSettings } from '../../packages/store/src/key-value/postgres/connection-settings.js';
import {
  postgresIsMissing,
  startPostgres,
} from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import { runCommand } from '../backup/commands.js';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

interface Finding {
  readonly step: string;
  readonly state: string;
  readonly detail: string;
  readonly figures?: Readonly<Record<string, number>>;
}

async function check(data: string, metadata: string) {
  const ended = await runCommand(['storage', 'check', '--data', data, '--metadata', metadata, '--json']);
  const lines = ended.output.split('\n').filter((line) => line !== '');
  const findings = ended.code === 2 ? [] : lines.map((line) => JSON.parse(line) as Finding);
  return { ...ended, named: (step: string) => findings.find((finding) => finding.step === step) };
}

it('the configuration knows the parameters that the engine reads', () => {
  expect(() => connectionSettings('postgres://h/d?none=1', {})).toThrow(
    `wanted one of ${CONNECTION_PARAMETERS.join(', ')}`,
  );
});

it.skipIf(postgresIsMissing())('a database is judged, with the folder beside it', async () => {
  const database = await startPostgres();
  onTestFinished(() => database.remove());
  const { path, remove } = await temporaryFolder();
  onTestFinished(remove);
  const [data, other] = [join(path, 'data'), join(path, 'other')];

  const empty = await check(data, database.url);
  expect([empty.code, empty.errors]).toEqual([0, '']);
  expect(empty.named('store')?.detail).toMatch(/holds no store yet/);
  expect(empty.named('combination')).toMatchObject({
    state: 'warning',
    detail: expect.stringMatching(/one gateway only/),
  });

  vi.stubEnv('ANNALS_MASTER_KEY', randomBytes(32).toString('base64'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const config = join(path, 'annals.json');
  await writeFile(config, JSON.stringify({ storage: { metadata: database.url } }));
  const server = await startServerProcess({ data, flags: ['--config', config] });
  onTestFinished(() => server.kill());
  const served = await check(data, database.url);
  expect([served.code, served.errors]).toEqual([0, '']);
  expect(served.named('store')).toMatchObject({ state: 'ok', figures: { gatewayCount: 1 } });
  expect(served.named('store')?.detail).toMatch(/^the store [0-9a-f]{32} \(format \d+\), whose large bodies lie in /);
  await server.stop();

  const stray = await check(data, `${database.url}?schema=another`);
  expect(stray.code).toBe(1);
  expect(stray.named('belonging')).toMatchObject({ state: 'failed', detail: expect.stringMatching(/holds no store/) });

  const refused = await check(other, 'postgres://u:my-secret@127.0.0.1:1/x');
  expect([refused.code, refused.named('database')?.state]).toEqual([1, 'failed']);
  expect(refused.output + refused.errors).not.toContain('my-secret');
  const wrong = await check(other, 'postgres://u:my-secret@127.0.0.1/x?colour=red');
  expect([wrong.code, wrong.errors]).toEqual([2, expect.stringMatching(/Cannot use --metadata: .*no parameter/)]);
  expect(wrong.errors).not.toContain('my-secret');
  const host = await check(other, 'postgres://u:my-secret@127.0.0.1:99999/x');
  expect([host.code, host.errors]).toEqual([2, expect.stringMatching(/99999/)]);
});
