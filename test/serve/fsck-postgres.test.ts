/**
 * `annals fsck` of a store whose rows lie in a real PostgreSQL database: the same promises and exit codes as for a data
 * folder, and no answer while a gateway serves it.
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@annals/client';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  postgresIsMissing,
  startPostgres,
} from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import { runCommand } from '../backup/commands.js';
import { filesBelow } from '../harness/files-below.js';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const BUCKET = 'logs';

it.skipIf(postgresIsMissing())('a store in a database is checked, repaired and taken back', async () => {
  const database = await startPostgres();
  onTestFinished(() => database.remove());
  const { path, remove } = await temporaryFolder();
  onTestFinished(remove);
  vi.stubEnv('ANNALS_MASTER_KEY', randomBytes(32).toString('base64'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const config = join(path, 'annals.json');
  const data = join(path, 'data');
  await writeFile(config, JSON.stringify({ data, storage: { metadata: database.url } }));
  const fsck = (...words: readonly string[]) => runCommand(['fsck', '--config', config, ...words]);

  const absent = await fsck();
  expect([absent.code, absent.errors]).toEqual([2, expect.stringMatching(/there are no tables in it/)]);
  expect(await database.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'annals'`)).toEqual([]);

  const server = await startServerProcess({ data, buckets: [BUCKET], flags: ['--config', config] });
  onTestFinished(() => server.kill());
  const client = createClient(server);
  await client.putObject({ bucket: BUCKET, key: 'long', body: randomBytes(2_000_000) });
  await client.putObject({
    bucket: BUCKET,
    key: 'sealed',
    body: randomBytes(300_000),
    encryption: { algorithm: 'AES256' },
  });
  for (const body of ['one', 'two']) await client.appendObject({ bucket: BUCKET, key: 'log', position: 'auto', body });
  const inUse = await fsck();
  expect([inUse.code, inUse.errors]).toEqual([2, expect.stringMatching(/has it open|a gateway serves it; stop it/)]);
  const elsewhere = await runCommand(['fsck', '--config', config, join(path, 'other')]);
  expect([elsewhere.code, elsewhere.errors]).toEqual([2, expect.stringMatching(/a gateway serves it; stop it first/)]);
  await server.stop();

  const good = await fsck('--json');
  expect([good.code, good.errors]).toEqual([0, '']);
  const summary = JSON.parse(good.output.trim().split('\n').at(-1) ?? '');
  expect(summary).toMatchObject({ summary: { damageCount: 0, contradictionCount: 0 } });
  expect(summary.summary.lengthBytes).toBeGreaterThan(2_300_000);
  const other = await runCommand(['fsck', '--config', config, join(path, 'other')]);
  expect([other.code, other.errors]).toEqual([2, expect.stringMatching(/bears no mark of a store/)]);

  // A counter that is wrong takes no guessing.
  await database.query(
    `UPDATE annals.rows SET value = '\\x0900000000000000' WHERE key = convert_to('C${BUCKET}', 'UTF8') || '\\x00'::bytea || convert_to('objects', 'UTF8')`,
  );
  const wrong = await fsck();
  expect([wrong.code, wrong.output]).toEqual([1, expect.stringMatching(/contradiction: .*counter.*can be repaired/s)]);
  const repaired = await fsck('--repair');
  expect([repaired.code, repaired.errors]).toEqual([0, '']);
  expect((await fsck()).code).toBe(0);
  const undoFile = (await readdir(data)).find((name) => name.startsWith('fsck-undo-')) ?? '';
  expect((await fsck('--undo', join(data, undoFile))).code).toBe(0);
  expect((await fsck()).code).toBe(1);
  expect((await fsck('--repair')).code).toBe(0);

  // A byte of a body is named with its object, and cannot be repaired.
  const names = await filesBelow(join(data, 'blobs'));
  const lengths = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(name) })));
  const long = lengths.find(({ bytes }) => bytes.length > 2_000_000);
  if (long === undefined) throw new Error('The long body has no file');
  long.bytes[1_000_000] = (long.bytes[1_000_000] as number) ^ 1;
  await writeFile(long.name, long.bytes);
  const damaged = await fsck('--repair');
  expect([damaged.code, damaged.output]).toEqual([1, expect.stringMatching(/damage: .*long/)]);
  const compact = await fsck('--compact');
  expect([compact.code, compact.errors]).toEqual([2, expect.stringMatching(/--compact is for data folders/)]);
});
