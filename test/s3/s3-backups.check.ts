/**
 * A bucket of somebody else's S3 server as target of backups: what every target must do, and a whole backup there and
 * back. Run by `run.js`.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupTargetFailed } from '../../packages/cli/src/backup/backup-target.js';
import { openTarget } from '../../packages/cli/src/backup/open-target.js';
import { Account } from '../access-control/account.js';
import { runCommand, succeed } from '../backup/commands.js';
import { describeTarget } from '../backup/describe-target.js';
import { bytes, Writer } from '../backup/everything.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

interface FoundServer {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const given = process.env.ANNALS_TEST_S3;
if (given === undefined) throw new Error('Cannot test without an S3 server: start this by "npm run s3"');
const s3 = JSON.parse(given) as FoundServer;
const options = { targetEndpoint: s3.endpoint, targetRegion: s3.region };
const environment = { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey };

describeTarget('s3', (prefix) => openTarget(`s3://${s3.bucket}/contract/${prefix}`, options, environment));

describe('annals backup to s3', () => {
  const BUCKET = 'bucket';
  const words = ['--target-endpoint', s3.endpoint, '--target-region', s3.region, '--quiet'];
  const target = `s3://${s3.bucket}/whole`;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: ServerProcess;
  let account: Account;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET] });
    account = new Account(server);
  });

  afterAll(async () => {
    account?.close();
    await server?.stop();
    await folder?.remove();
  });

  async function contents(of: Account, keys: readonly string[]): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const key of keys) {
      const { status, headers, body } = await of.send({ method: 'GET', bucket: BUCKET, key }, of.root);
      const digest = createHash('sha256').update(body).digest('hex');
      found[key] = status === 200 ? `${headers['last-modified']} ${digest}` : String(status);
    }
    return found;
  }

  async function restored(id: string, keys: readonly string[]): Promise<Record<string, string>> {
    const data = join(folder.path, id);
    await succeed(['restore', target, '--backup', id, '--data', data, ...words], undefined, environment);
    const serving = await startServerProcess({ data });
    const of = new Account(serving);
    try {
      return await contents(of, keys);
    } finally {
      of.close();
      await serving.stop();
    }
  }

  it('restores each of two backups, verifies them, and prunes the older', async () => {
    const writer = new Writer(account);
    const keys = ['small', 'blob', 'large', 'log', 'late'];
    await writer.put(BUCKET, 'small', bytes('small', 500));
    await writer.put(BUCKET, 'blob', bytes('blob', 700_000));
    await writer.put(BUCKET, 'large', bytes('large', 18 * 1024 * 1024));
    await writer.append(BUCKET, 'log', [bytes('one', 200_000), bytes('two', 100)]);
    const backUp = async () => (await succeed(['backup', 'create', target, ...words], server, environment)).trim();
    const first = await backUp();
    const before = await contents(account, keys);
    await writer.put(BUCKET, 'late', bytes('late', 300_000));
    await writer.delete(BUCKET, 'large');
    const second = await backUp();
    const after = await contents(account, keys);
    expect(after).not.toEqual(before);
    await succeed(['backup', 'verify', target, '--deep', ...words], undefined, environment);
    expect(await restored(first, keys)).toEqual(before);
    expect(await restored(second, keys)).toEqual(after);
    const pruned = await succeed(['backup', 'prune', target, '--keep', '1', ...words], undefined, environment);
    expect(pruned).toContain(`deleted ${first}`);
    await succeed(['backup', 'verify', target, '--deep', ...words], undefined, environment);
    expect(await succeed(['backup', 'list', target, ...words.slice(0, 4)], undefined, environment)).toMatch(
      new RegExp(`^${second}\t[^\n]*\n$`),
    );
  });

  it('fails with the words of the service when the keys are wrong or the bucket is missing', async () => {
    const create = (place: string, secret: string) =>
      runCommand(['backup', 'create', place, ...words], server, { ...environment, AWS_SECRET_ACCESS_KEY: secret });
    const wrong = await create(target, 'a-wrong-secret');
    expect(wrong.code).toBe(1);
    expect(wrong.errors).toContain('SignatureDoesNotMatch');
    expect(wrong.errors).not.toContain('a-wrong-secret');
    const missing = await create('s3://not-there/x', s3.secretAccessKey);
    expect(missing.code).toBe(1);
    expect(missing.errors).toContain('NoSuchBucket');
    const unreachable = await openTarget(target, { ...options, targetEndpoint: 'http://127.0.0.1:1' }, environment);
    await expect(unreachable.get('x')).rejects.toBeInstanceOf(BackupTargetFailed);
  });
});
