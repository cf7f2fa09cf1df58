/**
 * The whole server with large bodies in a bucket: every kind of write and read, the place that belongs to one store,
 * fsck, backup and restore, and a service that goes away and comes back.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../access-control/account.js';
import { runCommand, succeed } from '../backup/commands.js';
import { bytes, Writer } from '../backup/everything.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import { startVersityGateway, type VersityGateway } from './versity-gateway.js';

const BUCKET = 'bucket';
const MIB = 1024 * 1024;

let gateway: VersityGateway;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let keyFile: string;
let placeCount = 0;

beforeAll(async () => {
  gateway = await startVersityGateway();
  await gateway.makeBucket('large');
  folder = await temporaryFolder();
  keyFile = join(folder.path, 'keys.json');
  await writeFile(keyFile, JSON.stringify(await gateway.place('large').credentials(false)));
});

afterAll(async () => {
  await gateway?.remove();
  await folder?.remove();
});

let data: string;
let blobs: string;

beforeEach(() => {
  placeCount += 1;
  data = join(folder.path, `data-${placeCount}`);
  blobs = placeOf(`store-${placeCount}`);
});

function placeOf(prefix: string): string {
  return `s3://large/${prefix}?endpoint=${gateway.endpoint}&key-file=${keyFile}`;
}

async function serve(
  settings: object = { storage: { blobs } },
  of = data,
  more: readonly string[] = [],
): Promise<ServerProcess> {
  const config = join(folder.path, 'annals.json');
  await writeFile(config, JSON.stringify(settings));
  return startServerProcess({ data: of, buckets: [BUCKET], flags: ['--config', config, ...more] });
}

async function bodyOf(account: Account, key: string): Promise<Buffer | number> {
  const { status, body } = await account.send({ method: 'GET', bucket: BUCKET, key }, account.root);
  return status === 200 ? body : status;
}

async function expectBody(account: Account, key: string, content: Buffer): Promise<void> {
  const found = await bodyOf(account, key);
  expect(Buffer.isBuffer(found) && found.equals(content)).toBe(true);
}

describe('annals serve with large bodies in a bucket', () => {
  it('through two workers keeps what either wrote, and the other and the next server read it', async () => {
    const server = await serve({ storage: { blobs } }, data, ['--workers', '2']);
    const accounts = [new Account(server), new Account(server)];
    const bodies = accounts.map((_, index) => bytes(`worker ${index}`, 9 * MIB));
    for (const [index, account] of accounts.entries()) {
      await new Writer(account).append(BUCKET, `log-${index}`, [bytes('head', 200_000), bodies[index] as Buffer]);
    }
    const logs = bodies.map((body) => Buffer.concat([bytes('head', 200_000), body]));
    for (const [index, log] of logs.entries()) {
      for (const account of accounts) await expectBody(account, `log-${index}`, log);
    }
    // The log is written four times a second.
    const served = () => [...server.output().stderr.matchAll(/"worker":(\d).*"operation":"AppendObject"/g)];
    await expect.poll(() => new Set(served().map(([, worker]) => worker))).toEqual(new Set(['1', '2']));
    for (const account of accounts) account.close();
    expect(await server.stop()).toBe(0);

    const again = await serve();
    const account = new Account(again);
    for (const [index, log] of logs.entries()) await expectBody(account, `log-${index}`, log);
    account.close();
    expect(await again.stop()).toBe(0);
  });

  it('keeps what it is given, over a restart, through fsck, a backup and a restoration', async () => {
    const server = await serve();
    const account = new Account(server);
    const writer = new Writer(account);
    const large = bytes('large', 20 * MIB);
    const middle = bytes('middle', 700_000);
    await writer.put(BUCKET, 'small', bytes('small', 500));
    await writer.put(BUCKET, 'middle', middle);
    await writer.put(BUCKET, 'large', large);
    await writer.append(BUCKET, 'log', [bytes('one', 300_000), bytes('two', 100), bytes('three', 9 * MIB)]);
    await writer.put(BUCKET, 'gone', bytes('gone', 500_000));
    await writer.delete(BUCKET, 'gone');
    const log = Buffer.concat([bytes('one', 300_000), bytes('two', 100), bytes('three', 9 * MIB)]);
    await expectBody(account, 'large', large);
    const part = await account.send(
      { method: 'GET', bucket: BUCKET, key: 'large', headers: { range: 'bytes=8388600-8388700' } },
      account.root,
    );
    expect(part.body.equals(large.subarray(8_388_600, 8_388_701))).toBe(true);
    expect(await readdir(data)).not.toContain('blobs');
    account.close();
    await server.stop();

    const again = await serve();
    const second = new Account(again);
    await expectBody(second, 'middle', middle);
    await expectBody(second, 'log', log);
    const target = join(folder.path, `backups-${placeCount}`);
    const id = (await succeed(['backup', 'create', target, '--quiet'], again)).trim();
    second.close();
    await again.stop();

    const checked = await runCommand(['fsck', '--json', data]);
    expect(checked).toMatchObject({ code: 0 });
    expect(JSON.parse(checked.output.trim().split('\n').at(-1) ?? '')).toMatchObject({
      summary: { isClean: true },
    });

    const restored = join(folder.path, `restored-${placeCount}`);
    await succeed(['restore', target, '--backup', id, '--data', restored, '--quiet']);
    const third = await serve({}, restored);
    const last = new Account(third);
    await expectBody(last, 'log', log);
    await expectBody(last, 'large', large);
    last.close();
    await third.stop();
  });

  it('refuses the place of another store, an emptied one, and another kind of place', async () => {
    const first = await serve();
    const account = new Account(first);
    await new Writer(account).put(BUCKET, 'large', bytes('large', MIB));
    account.close();
    await first.stop();
    const other = join(folder.path, `other-${placeCount}`);
    await expect(serve({ storage: { blobs } }, other)).rejects.toThrow(/holds the bodies of another store/);
    await expect(serve({})).rejects.toThrow(/lie in s3:\/\/large\/store-\d+\?.*set storage.blobs to that place/);
    await expect(serve({ storage: { blobs: placeOf('empty') } })).rejects.toThrow(/bears no mark of a store/);
    const local = await serve({}, other);
    const second = new Account(local);
    await new Writer(second).put(BUCKET, 'large', bytes('large', MIB));
    second.close();
    await local.stop();
    await expect(serve({ storage: { blobs: placeOf('fresh') } }, other)).rejects.toThrow(/lie in its data folder/);
    await (await serve()).stop();
  });

  it('answers 503 while the service is away, loses nothing, and goes on by itself', async () => {
    const server = await serve();
    const account = new Account(server);
    const writer = new Writer(account);
    const content = bytes('before', 2 * MIB);
    await writer.put(BUCKET, 'before', content);
    await gateway.kill();
    const put = (key: string) => account.send({ method: 'PUT', bucket: BUCKET, key, body: content }, account.root);
    const refused = await Promise.all([put('during-1'), put('during-2')]);
    for (const { status, headers, body } of refused) {
      expect([status, headers['retry-after']]).toEqual([503, '1']);
      expect(body.toString()).toContain('The storage of the server cannot be reached at the moment.');
    }
    expect(await bodyOf(account, 'before')).toBe(503);
    // What needs no large body goes on.
    await writer.put(BUCKET, 'small', bytes('small', 100));
    const ready = async (): Promise<number> => (await fetch(`${server.endpoint}/-/readyz`)).status;
    await until(async () => (await ready()) === 503);
    await gateway.start();
    await until(async () => (await ready()) === 200);
    await expectBody(account, 'before', content);
    expect(await bodyOf(account, 'during-1')).toBe(404);
    expect((await put('during-1')).status).toBe(200);
    await expectBody(account, 'during-1', content);
    account.close();
    await server.stop();
    expect(server.output().stderr).not.toContain((await gateway.place('large').credentials(false)).secretAccessKey);
  });

  it('a start without the service, with wrong keys or without the bucket says what is wrong, and no secret', async () => {
    const start = (place: string) => serve({ storage: { blobs: place } });
    await expect(start(`s3://large/x?endpoint=http://127.0.0.1:1&key-file=${keyFile}`)).rejects.toThrow(
      /Cannot open the store in .*: Cannot read s3:\/\/large\/x\/annals-store.json at http:\/\/127.0.0.1:1: .*ECONNREFUSED/,
    );
    const wrongFile = join(folder.path, 'wrong.json');
    await writeFile(wrongFile, JSON.stringify({ accessKeyId: 'TestS3AccessKey', secretAccessKey: 'a-wrong-secret' }));
    const wrong = start(`s3://large/x?endpoint=${gateway.endpoint}&key-file=${wrongFile}`);
    await expect(wrong).rejects.toThrow(/status 403, SignatureDoesNotMatch/);
    await expect(wrong).rejects.not.toThrow(/a-wrong-secret/);
    await expect(start(`s3://absent/x?endpoint=${gateway.endpoint}&key-file=${keyFile}`)).rejects.toThrow(
      /NoSuchBucket/,
    );
    await expect(start(`s3://large/x?key-file=${join(folder.path, 'none')}`)).rejects.toThrow(
      /cannot be read \(ENOENT\)/,
    );
  });
});
