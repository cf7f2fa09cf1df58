/**
 * `annals migrate` into places without room: a bucket whose S3 server has a full disk, and a data folder on a full
 * disk. It says what is full, leaves nothing that serves, and goes on where it was when there is room. Only in the long
 * form (`npm run test:cluster`), as root, with small file systems in memory.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand, succeed } from '../backup/commands.js';
import { isSoaked } from '../harness/soak.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import {
  S3_ACCESS_KEY_ID,
  S3_SECRET_ACCESS_KEY,
  startVersityGateway,
  type VersityGateway,
} from '../s3/versity-gateway.js';
import { type Answers, answersOf, fillStore, migrate, served } from '../serve/migrating.js';

const BUCKET = 'large';
/** The store has a body of 5 MB. */
const TOO_SMALL = 'size=4m';
const environment = {
  ANNALS_STORAGE_ACCESS_KEY_ID: S3_ACCESS_KEY_ID,
  ANNALS_STORAGE_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY,
};

describe.skipIf(!isSoaked('gateways') || process.getuid?.() !== 0)('a migration into a place that is full', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let bodies: VersityGateway;
  let source: string;
  let config: string;
  let people: Awaited<ReturnType<typeof fillStore>>;
  let original: Answers;
  const mounted: string[] = [];

  /** @returns A folder with little room. */
  async function mountSmall(name: string): Promise<string> {
    const path = join(folder.path, name);
    await mkdir(path, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${TOO_SMALL},mode=700`, 'tmpfs', path]);
    mounted.push(path);
    return path;
  }

  const makeRoom = (path: string) => execFileSync('mount', ['-o', 'remount,size=200m', path]);

  beforeAll(async () => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    folder = await temporaryFolder();
    source = join(folder.path, 'source');
    await mkdir(source, { mode: 0o700 });
    people = await fillStore(source);
    original = await served({ data: source }, (account) => answersOf(account, people));
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await bodies?.remove();
    for (const path of mounted) execFileSync('umount', [path]);
    await folder?.remove();
  });

  it('a bucket: says so, and goes on when there is room', async () => {
    const disk = await mountSmall('disk-of-bucket');
    bodies = await startVersityGateway({ folder: disk });
    await bodies.makeBucket(BUCKET);
    config = join(folder.path, 'gateway.json');
    const own = join(folder.path, 'gateway');
    const keys = { 'master-key-file': join(own, 'master-key'), 'root-key-file': join(own, 'root-access-key.json') };
    const storage = { blobs: `s3://${BUCKET}/annals?endpoint=${bodies.endpoint}` };
    await writeFile(config, JSON.stringify({ data: own, storage, ...keys }));
    const full = await migrate({ from: source, to: config, environment });
    expect(full).toMatchObject({ code: 1, errors: expect.stringMatching(/run the same command again to go on/) });
    expect(full.errors).toMatch(/NoSpaceLeft|QuotaExceeded|space/i);
    expect(full.errors).not.toContain(S3_SECRET_ACCESS_KEY);
    const refused = await runCommand(['fsck', '--config', config], undefined, environment);
    expect(refused.code).not.toBe(0);
    makeRoom(disk);
    await expectMoved(await migrate({ from: source, to: config, environment }), ['--config', config], own);
  });

  it('a data folder: says so, and goes on when there is room', async () => {
    const target = await mountSmall('target');
    const full = await migrate({ from: config, to: target, environment });
    expect(full).toMatchObject({ code: 1, errors: expect.stringMatching(/run the same command again to go on/) });
    expect(full.errors).toMatch(/ENOSPC|full|space/i);
    expect((await runCommand(['fsck', target])).code).not.toBe(0);
    makeRoom(target);
    await expectMoved(await migrate({ from: config, to: target, environment }), [], target);
  });

  async function expectMoved(
    done: Awaited<ReturnType<typeof migrate>>,
    flags: readonly string[],
    data: string,
  ): Promise<void> {
    expect([done.code, done.signal]).toEqual([0, null]);
    expect(JSON.parse(done.output)).toMatchObject({ isComplete: true });
    await succeed(flags.length === 0 ? ['fsck', data] : ['fsck', ...flags], undefined, environment);
    await served({ data, flags }, async (account) => expect(await answersOf(account, people)).toEqual(original));
  }
});
