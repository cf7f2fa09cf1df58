/**
 * A gateway whose database or bucket is not as it should be: at the start it says what is wrong and ends; while it
 * serves it answers 503 with `Retry-After`, loses nothing that it acknowledged, and goes on by itself. What each engine
 * makes of such places is tested beside it; this is about the program as a whole.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Client, createClient, readAll } from '@annals/client';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { ServerProcess } from '../harness/server-process.js';
import { makeSettableClock } from '../harness/settable-clock.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import { type ComposeTopology, type GatewayChange, startComposeTopology } from './compose-topology.js';

const BUCKET = 'recordings';
/** Longer than what rows hold, so it goes to the S3 server. */
const LONG = Buffer.alloc(3_000_000, 'long');
const FOR_LATER = { status: 503, retryAfterMs: expect.any(Number) };

let topology: ComposeTopology;
let gateway: ServerProcess;
let client: Client;
let acknowledged = '';
let removeFolder: () => Promise<void>;
let folder: string;
let isSmall = false;

beforeAll(async () => {
  ({ path: folder, remove: removeFolder } = await temporaryFolder());
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', folder], { stdio: 'ignore' });
    isSmall = true;
  } catch {
    // The test that needs it says so.
  }
  topology = await startComposeTopology([BUCKET], folder);
  gateway = await topology.start('gateway-1');
  const { endpoint, accessKeyId, accessKeySecret } = gateway;
  client = createClient({ endpoint, accessKeyId, accessKeySecret, retry: { attemptCountMax: 1 } });
  await client.putObject({ bucket: BUCKET, key: 'long', body: LONG });
  await append('before ');
});

afterAll(async () => {
  await gateway?.kill();
  await topology?.remove();
  if (isSmall) execFileSync('umount', [folder]);
  await removeFolder?.();
});

const badStarts: readonly (GatewayChange & { readonly what: string; readonly finding: string })[] = [
  {
    what: 'a bucket that is missing',
    settings: (text) => text.replace('s3://annals/', 's3://missing/'),
    finding: 'missing',
  },
  {
    what: 'another prefix of the bucket',
    settings: (text) => text.replace('annals/bodies', 'annals/elsewhere'),
    finding: 'bears no mark of a store',
  },
  {
    what: 'a wrong secret of the S3 server',
    environment: { ANNALS_STORAGE_SECRET_ACCESS_KEY: 'wrong-secret-of-no-value' },
    finding: 'SignatureDoesNotMatch',
  },
  {
    what: 'a database that is missing',
    settings: (text) => text.replace('/annals\n  blobs', '/nowhere\n  blobs'),
    finding: '"nowhere" does not exist',
  },
  {
    what: 'a database that does not know the user',
    settings: (text) => text.replace('annals@', 'stranger@'),
    finding: '"stranger" does not exist',
  },
  {
    what: 'another master key',
    environment: { ANNALS_MASTER_KEY: Buffer.alloc(32, 1).toString('base64') },
    finding: 'master key of id',
  },
];

it.each(badStarts)('a start with $what ends with a message', async ({ finding, ...change }) => {
  const refusal = await refusalOf(change);
  expect(refusal).toContain(finding);
  expect(refusal).toMatch(/ended with [12] before/);
  expect(refusal).not.toContain('wrong-secret-of-no-value');
  expect(refusal).not.toMatch(/^\s+at /m);
});

it('a clock that is wrong: its gateway leaves all for later, the other one goes on, and all comes back', async () => {
  const { path, remove } = await temporaryFolder();
  onTestFinished(remove);
  const clock = await makeSettableClock(join(path, 'clock'), 0);
  const startedAtMs = performance.now();
  const second = await topology.start('gateway-2', clock);
  onTestFinished(() => second.kill());
  const { endpoint, accessKeyId, accessKeySecret } = second;
  const there = createClient({ endpoint, accessKeyId, accessKeySecret, retry: { attemptCountMax: 1 } });
  await append('there ', there);
  for (const [offsetMs, side] of [
    [7_200_000, 'ahead of'],
    [-7_200_000, 'behind'],
  ] as const) {
    await clock.set(offsetMs);
    await until(async () => (await topology.probe('gateway-2', 'readyz')) === 503);
    await expect(append('lost ', there)).rejects.toMatchObject(FOR_LATER);
    await expect(there.getObject({ bucket: BUCKET, key: 'log' })).rejects.toMatchObject(FOR_LATER);
    await until(() => second.output().stderr.includes(`s ${side} that of the database`));
    expectTwoHours(second.output().stderr, startedAtMs);
    await append('while wrong ');
  }
  await clock.set(0);
  await until(async () => (await topology.probe('gateway-2', 'readyz')) === 200);
  await append('there ', there);
  await expectAcknowledged();
  await second.kill();
  await clock.set(7_200_000);
  const startedAgainAtMs = performance.now();
  const refusal = await refusalOf(clock);
  expect(refusal).toContain('s ahead of that of the database');
  expectTwoHours(refusal, startedAgainAtMs);
});

it('a database that is read-only: everything is for later, a start is refused, and all comes back', async () => {
  await setReadOnly(true);
  onTestFinished(() => setReadOnly(false));
  await until(async () => (await topology.probe('gateway-1', 'readyz')) === 503);
  await expect(append('lost ')).rejects.toMatchObject(FOR_LATER);
  // The load balancer has no gateway that is ready, and passes on what those that live say.
  const { endpoint } = topology;
  const { accessKeyId, accessKeySecret } = gateway;
  const through = createClient({ endpoint, accessKeyId, accessKeySecret, retry: { attemptCountMax: 1 } });
  await until(async () => (await refusalBy(through))?.retryAfterMs !== undefined);
  // It may be a standby that is behind.
  await expect(client.getObject({ bucket: BUCKET, key: 'log' })).rejects.toMatchObject(FOR_LATER);
  expect(await refusalOf({})).toContain('it accepts no writes');
  await setReadOnly(false);
  await expectRecovery('after read-only ');
});

it('a database that is full: what does not fit is for later, reads go on, and all comes back', async () => {
  await topology.database.query(
    `CREATE FUNCTION annals.full_disk() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
     CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON annals.rows EXECUTE FUNCTION annals.full_disk()`,
    'annals',
  );
  await expect(append('lost ')).rejects.toMatchObject(FOR_LATER);
  await expectAcknowledged();
  await topology.database.query('DROP TRIGGER full_disk ON annals.rows', 'annals');
  await expectRecovery('after full ');
});

it('an S3 server that is away: long bodies are for later, short ones go on, and all comes back', async () => {
  await topology.bodies.kill();
  await expect(client.putObject({ bucket: BUCKET, key: 'lost', body: LONG })).rejects.toMatchObject(FOR_LATER);
  await append('while away ');
  await topology.bodies.start();
  await expectRecovery('after away ');
});

it.skipIf(process.getuid?.() !== 0)(
  'an S3 server that is full: long bodies are for later, and all comes back',
  async () => {
    const filling: string[] = [];
    let refusal: unknown;
    for (let count = 0; count < 30 && refusal === undefined; count += 1) {
      const key = `fill-${count}`;
      await client.putObject({ bucket: BUCKET, key, body: LONG }).then(
        () => filling.push(key),
        (error: unknown) => {
          refusal = error;
        },
      );
    }
    expect(refusal).toMatchObject(FOR_LATER);
    expect(filling.length).toBeGreaterThan(3);
    await append('while full ');
    await expectAcknowledged();
    execFileSync('mount', ['-o', 'remount,size=200m', folder]);
    await expectRecovery('after full ');
  },
);

/** What a database says gets older on its way to a gateway, at most as old as the gateway is. */
function expectTwoHours(text: string, startedAtMs: number): void {
  const oldestSeconds = Math.ceil((performance.now() - startedAtMs) / 1000);
  for (const [, seconds] of text.matchAll(/ is (\d+) s (?:ahead of|behind) that of the database/g)) {
    expect(Math.abs(Number(seconds) - 7200)).toBeLessThanOrEqual(oldestSeconds);
  }
}

/** @returns What a gateway says that does not start. */
async function refusalOf(change: GatewayChange): Promise<string> {
  const started = await topology.start('gateway-2', change).catch(String);
  if (typeof started === 'string') return started;
  await started.kill();
  return 'it started';
}

async function refusalBy(other: Client): Promise<{ readonly retryAfterMs?: number } | undefined> {
  return other.appendObject({ bucket: BUCKET, key: 'log', position: 'auto', body: 'lost ' }).then(
    () => undefined,
    (error: { readonly retryAfterMs?: number }) => error,
  );
}

async function append(body: string, through = client): Promise<void> {
  await through.appendObject({ bucket: BUCKET, key: 'log', position: 'auto', body });
  acknowledged += body;
}

async function expectAcknowledged(): Promise<void> {
  const { body } = await client.getObject({ bucket: BUCKET, key: 'log' });
  expect(Buffer.from(await readAll(body)).toString()).toBe(acknowledged);
}

/** Without a restart: what is written works again, and everything is there. */
async function expectRecovery(body: string): Promise<void> {
  await until(async () => (await topology.probe('gateway-1', 'readyz')) === 200);
  await until(() =>
    append(body).then(
      () => true,
      () => false,
    ),
  );
  await expectAcknowledged();
  await until(() =>
    client.putObject({ bucket: BUCKET, key: 'long again', body: LONG }).then(
      () => true,
      () => false,
    ),
  );
  const { body: long } = await client.getObject({ bucket: BUCKET, key: 'long' });
  expect(Buffer.from(await readAll(long)).equals(LONG)).toBe(true);
}

async function setReadOnly(isReadOnly: boolean): Promise<void> {
  const { database } = topology;
  await database.query(`ALTER ROLE annals SET default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`);
  // Sessions keep what they began with.
  await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'annals'");
}
