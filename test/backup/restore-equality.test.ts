/**
 * A store with something of every kind is backed up while writers are at work, changed, backed up again, and restored:
 * the first moment, the second, and parts of it. What the protocol answers of each restored store is compared with what
 * the original answered.
 */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Account } from '../access-control/account.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { succeed } from './commands.js';
import { type Dumped, dump, READING, signIn } from './dump.js';
import {
  BUSY,
  bytes,
  CONFIGURED,
  type Everything,
  HELD,
  PLAIN,
  STILL_BUCKETS,
  VERSIONED,
  Writer,
  writeEverything,
} from './everything.js';

const WRITER_COUNT = 3;
const BUSY_LENGTH_BYTES = 150_000;
/** What no server of ours answers with 200, whatever is stored. */
const NEVER_DONE =
  /^(?:ListCloudBoxes|ProcessImage|.*ResourcePool.*|GetAsyncFetchTask|GetVodPlaylist|GetBucketAccessPointConfig.*)$/;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let original: ServerProcess;
let account: Account;
let people: Everything;
const ids: string[] = [];
const moments: Dumped[] = [];
const histories: { readonly from: readonly number[]; readonly to: readonly number[] }[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  const data = join(folder.path, 'data');
  await mkdir(data, { mode: 0o700 });
  await succeed(['key', 'rotate', 'default', '--data', data]);
  original = await startServerProcess({ data });
  account = new Account(original);
  people = await writeEverything(account);
  const writers = new BusyWriters(new Writer(account));
  writers.start();
  try {
    await backUp(writers);
    await change(new Writer(account));
    await backUp(writers);
  } finally {
    await writers.stop();
  }
}, 300_000);

afterAll(async () => {
  account?.close();
  await original?.stop();
  await folder?.remove();
});

/** What nobody writes is read before and after; of what is written all the time its writers say how far they were. */
async function backUp(writers: BusyWriters): Promise<void> {
  const before = await dump({ account, buckets: STILL_BUCKETS });
  const from = writers.acknowledged();
  const id = await succeed(['backup', 'create', join(folder.path, 'target'), '--quiet'], original);
  const to = writers.begun();
  const after = await dump({ account, buckets: STILL_BUCKETS });
  expect(after.answers).toEqual(before.answers);
  ids.push(id.trim());
  moments.push(before);
  histories.push({ from, to });
}

/** Each round: an object replaced, a line appended, one more object, and one less. */
class BusyWriters {
  readonly #writer: Writer;
  readonly #begun = Array.from({ length: WRITER_COUNT }, () => 0);
  readonly #acknowledged = Array.from({ length: WRITER_COUNT }, () => 0);
  #isStopped = false;
  #work: Promise<unknown> = Promise.resolve();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  begun(): readonly number[] {
    return [...this.#begun];
  }

  acknowledged(): readonly number[] {
    return [...this.#acknowledged];
  }

  start(): void {
    this.#work = Promise.all(this.#begun.map((_, index) => this.#write(index)));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#work;
  }

  async #write(index: number): Promise<void> {
    for (let round = 1; !this.#isStopped; round += 1) {
      this.#begun[index] = round;
      await this.#writer.put(BUSY, `data/${index}/${round}`, bytes(`${index} ${round}`, BUSY_LENGTH_BYTES));
      await this.#writer.append(BUSY, `log/${index}`, [line(round)], {}, (round - 1) * line(round).length);
      await this.#writer.put(BUSY, `state/${index}`, Buffer.from(String(round)));
      this.#acknowledged[index] = round;
      if (round > 3) await this.#writer.delete(BUSY, `data/${index}/${round - 3}`);
    }
  }
}

function line(round: number): Buffer {
  return Buffer.from(`${String(round).padStart(9, '0')}\n`);
}

/** Something of every kind is changed, and something stays. */
async function change(writer: Writer): Promise<void> {
  await writer.put(PLAIN, 'put/small', bytes('small again', 1200));
  await writer.put(PLAIN, 'put/new', bytes('new', 400_000));
  await writer.delete(PLAIN, 'put/blob');
  await writer.append(PLAIN, 'appended/inline', [bytes('more', 300_000)], {}, lengthOfInline());
  await writer.upload(PLAIN, 'parts/three', [bytes('other', 200_000), bytes('end', 10)]);
  await writer.put(VERSIONED, 'several', bytes('newest', 160_000));
  await writer.delete(VERSIONED, 'before');
  await writer.send({ method: 'DELETE', bucket: CONFIGURED, query: { cors: '' } });
  await writer.account.change('DELETE', 'revocations/users/locked').catch(() => undefined);
  await writer.account.change('PUT', 'users/reader', { displayName: 'Another name' });
  await writer.account.change('POST', 'groups/later');
}

function lengthOfInline(): number {
  return Array.from({ length: 40 }, (_, index) => 100 + index).reduce((sum, length) => sum + length, 0);
}

/** Restores, puts the keys there, and serves. */
async function restored(
  name: string,
  words: readonly string[],
  work: (restoredAccount: Account, output: string) => Promise<void>,
): Promise<void> {
  const data = join(folder.path, name);
  const output = await succeed(['restore', join(folder.path, 'target'), '--data', data, '--quiet', ...words]);
  await cp(join(folder.path, 'data', 'master-key'), join(data, 'master-key'));
  await cp(join(folder.path, 'data', 'kms'), join(data, 'kms'), { recursive: true });
  const server = await startServerProcess({ data });
  const restoredAccount = new Account(server);
  try {
    await work(restoredAccount, output);
  } finally {
    restoredAccount.close();
    await server.stop();
  }
}

async function textOf(of: Account, key: string): Promise<string> {
  const { status, body } = await of.send({ method: 'GET', bucket: BUSY, key }, of.root);
  expect(status, key).toBe(200);
  return body.toString('latin1');
}

async function checkBusy(of: Account, { from, to }: (typeof histories)[number]): Promise<void> {
  for (const [index, least] of from.entries()) {
    const round = Number(await textOf(of, `state/${index}`));
    expect(round).toBeGreaterThanOrEqual(least);
    expect(round).toBeLessThanOrEqual(to[index] ?? 0);
    const lines = (await textOf(of, `log/${index}`)).trimEnd().split('\n').map(Number);
    expect(lines).toEqual(Array.from(lines, (_, position) => position + 1));
    // The line of the next round may be there already, what comes before it must be.
    expect([round, round + 1]).toContain(lines.length);
    for (const kept of [round, round - 1].filter((each) => each > 0)) {
      const expected = bytes(`${index} ${kept}`, BUSY_LENGTH_BYTES).toString('latin1');
      expect((await textOf(of, `data/${index}/${kept}`)) === expected, `data/${index}/${kept}`).toBe(true);
    }
  }
}

describe('restored whole', () => {
  test('the dump asks for everything there is, and something of each kind is there', () => {
    const missing = READING.map(([name]) => name).filter((name) => !moments[0]?.succeeded.has(name));
    expect(missing.filter((name) => !NEVER_DONE.test(name))).toEqual([]);
    expect(moments[1]?.answers).not.toEqual(moments[0]?.answers);
  });

  test.each([0, 1])('moment %i answers as the original did then', async (index) => {
    const moment = moments[index] as Dumped;
    await restored(`whole-${index}`, ['--backup', ids[index] as string], async (of, output) => {
      expect(output).toMatch(/need the keys with the ids [0-9a-f]{16}, [0-9a-f]{16}/);
      expect((await dump({ account: of, buckets: STILL_BUCKETS })).answers).toEqual(moment.answers);
      await checkBusy(of, histories[index] as (typeof histories)[number]);
      expect(await signIn(of, people.reader, PLAIN, 'put/aes')).toBe(
        await signIn(account, people.reader, PLAIN, 'put/aes'),
      );
      expect(await signIn(of, people.reader, PLAIN, 'put/kms')).toMatch(/^200 /);
      expect(await signIn(of, people.reader, PLAIN, 'appended/inline')).toBe('403 AccessDenied');
      expect(await signIn(of, people.locked, PLAIN, 'put/aes')).toMatch(/^403 /);
      const borrowed = await of.assumeRole(people.roleArn, people.reader).catch(() => undefined);
      const borrowedOfOriginal = await account.assumeRole(people.roleArn, people.reader).catch(() => undefined);
      expect(borrowed === undefined).toBe(borrowedOfOriginal === undefined);
    });
  });
});

test('without the master key it is not served, says which key it takes, and makes none', async () => {
  const data = join(folder.path, 'no-keys');
  await succeed(['restore', join(folder.path, 'target'), '--data', data, '--quiet']);
  for (let round = 0; round < 2; round += 1) {
    const failure = await startServerProcess({ data }).then(
      (server) => server.stop(),
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(
      /has no master key, and what is in it was sealed with the one of id [0-9a-f]{16}; put that key at/,
    );
    expect(failure).not.toContain('was made');
  }
  await cp(join(folder.path, 'data', 'master-key'), join(data, 'master-key'));
  const server = await startServerProcess({ data });
  const of = new Account(server);
  expect(await signIn(of, people.reader, PLAIN, 'put/aes')).toMatch(/^200 /);
  of.close();
  await server.stop();
});

describe('restored in part', () => {
  const ofBucket = (answers: Dumped['answers'], bucket: string) =>
    Object.fromEntries(Object.entries(answers).filter(([name]) => name.includes(` ${bucket}/`)));

  test.each([VERSIONED, CONFIGURED, HELD])('bucket %s answers as the original did', async (bucket) => {
    await restored(`part-${bucket}`, ['--bucket', bucket], async (of) => {
      const found = await dump({ account: of, buckets: [bucket] });
      expect(ofBucket(found.answers, bucket)).toEqual(ofBucket((moments[1] as Dumped).answers, bucket));
      const peopleOf = (answers: Dumped['answers']) =>
        Object.fromEntries(
          Object.entries(answers).filter(([name]) => name.startsWith('admin ') && !name.includes('custom-domains')),
        );
      expect(peopleOf(found.answers)).toEqual(peopleOf((moments[1] as Dumped).answers));
      expect((await of.send({ method: 'GET', bucket: BUSY }, of.root)).status).toBe(404);
    });
  });

  test('a prefix answers as the original did below it, and nothing else is there', async () => {
    const prefix = 'appended/';
    const isWanted = (_: string, key: string) => key.startsWith(prefix);
    await restored('part-prefix', ['--bucket', PLAIN, '--prefix', prefix], async (of) => {
      const [expected, found] = await Promise.all(
        [account, of].map((each) => dump({ account: each, buckets: [PLAIN], isWanted })),
      );
      const objects = ({ answers }: Dumped) =>
        Object.fromEntries(Object.entries(answers).filter(([name]) => name.includes(` ${PLAIN}/${prefix}`)));
      expect(Object.keys(objects(found as Dumped)).length).toBeGreaterThan(20);
      expect(objects(found as Dumped)).toEqual(objects(expected as Dumped));
      const listed = await of.send({ method: 'GET', bucket: PLAIN }, of.root);
      const keys = [...listed.body.toString().matchAll(/<Key>([^<]*)/g)].map(([, key]) => key);
      expect(keys).toEqual(keys.filter((key) => key?.startsWith(prefix)));
      expect(keys).toHaveLength(5);
      // Unfinished uploads are not carried; counters are those of what is there.
      const stat = await of.send({ method: 'GET', bucket: PLAIN, query: { stat: '' } }, of.root);
      expect(stat.body.toString()).toContain('<ObjectCount>5</ObjectCount>');
      expect(stat.body.toString()).toContain('<MultipartUploadCount>0</MultipartUploadCount>');
    });
  });
});
