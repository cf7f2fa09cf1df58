/**
 * Bits flip in every kind of file that a server keeps, sectors read as zeros, files end early, and parts of them change
 * places: 1,000 places, from a seed that is printed; more with `ANNALS_FLIP_COUNT`. Whatever happens, no answer is
 * wrong: each is what was written, or an error with a request id; or the server refuses to start and says why. And what
 * serves goes on serving. Places are damaged many at a time where one of them does not hide the others.
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Account, type AccountRequest } from '../access-control/account.js';
import { begin, headOf, type RawAnswer } from '../harness/http-exchange.js';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Damage, filesIn } from './bit-flips/damage.js';
import { BUCKET, FolderCopy, fill, LAST_BUCKET, LONG_BLOB_COUNT, requests } from './bit-flips/flipped-folder.js';
import { ServingProcess, ServingProcessKilled } from './bit-flips/serving-process.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? Date.now() % 2 ** 31);
/** Of all tests together; each has its share. */
const PLACE_COUNT = Number(process.env.ANNALS_FLIP_COUNT ?? 1000);
const TEST_MS_MAX = 60_000 + PLACE_COUNT * 600;

const OUTCOMES = ['right', 'error', 'cut', 'refused'] as const;
type Outcome = (typeof OUTCOMES)[number];
type Counts = Record<Outcome, number>;

interface Expected {
  readonly request: AccountRequest;
  readonly status: number;
  readonly body: Buffer;
  readonly stored: string;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let original: string;
let expected: Expected[];
let root: Account['root'];
let copy: FolderCopy;
let serving: ServingProcess;
let unexplainedDeathCount = 0;
const damage = new Damage(seed);

/** @returns How many places this share of all comes to. */
function share(ofThousand: number): number {
  return Math.max(1, Math.round((PLACE_COUNT * ofThousand) / 1000));
}

beforeAll(async () => {
  console.log(`seed ${seed}: set ANNALS_TEST_SEED to repeat it`);
  folder = await temporaryFolder();
  original = join(folder.path, 'original');
  const server = await startServerProcess({ data: original, buckets: [BUCKET, LAST_BUCKET] });
  const account = new Account(server);
  root = account.root;
  await fill(account);
  await server.kill();
  account.close();
  await writeFile(join(original, 'root-access-key.json'), `${JSON.stringify(root)}\n`, { mode: 0o600 });
  copy = await FolderCopy.of(original, join(folder.path, 'copy'));
  serving = new ServingProcess();
  expected = [];
  await whileServed(async (own) => {
    for (const request of requests()) {
      const { status, body, headers } = await own.send(request, root);
      expect([200, 206, 404]).toContain(status);
      expected.push({ request, status, body, stored: storedHeaders(headers) });
    }
  });
  expect(expected.filter(({ status }) => status === 404)).toHaveLength(1);
});

afterAll(async () => {
  await serving?.end();
  await folder?.remove();
});

/** @returns Whether the folder was served. */
async function whileServed(use: (account: Account) => Promise<void>): Promise<boolean> {
  const port = await serving.open(copy.path, root);
  if (port === undefined) return false;
  const account = new Account({ endpoint: `http://127.0.0.1:${port}`, port, ...root });
  try {
    await serving.bounded(use(account));
  } finally {
    account.close();
    await serving.close();
  }
  return true;
}

function storedHeaders(headers: Readonly<Record<string, string>>): string {
  const stored = Object.entries(headers).filter(
    ([name]) =>
      (name.startsWith('x-oss-') || name === 'etag' || name === 'last-modified') &&
      name !== 'x-oss-request-id' &&
      name !== 'x-oss-server-time',
  );
  return JSON.stringify(stored.sort());
}

/** Also of an answer that is cut: what came of it. */
async function ask(account: Account, request: AccountRequest): Promise<RawAnswer & { readonly isWhole: boolean }> {
  const incoming: IncomingMessage = await begin(account.signed(request, root));
  const chunks: Buffer[] = [];
  let isWhole = true;
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    isWhole = false;
  }
  return { ...headOf(incoming), body: Buffer.concat(chunks), isWhole };
}

/** @param mayLack The last commit may be gone. */
async function judge(account: Account, { request, ...was }: Expected, mayLack: boolean): Promise<Outcome> {
  const { status, headers, body, isWhole } = await ask(account, request);
  const name = `${request.method} ${request.key ?? ''} ${JSON.stringify(request.query ?? {})}`;
  if (status >= 400)
    expect([name, headers['x-oss-request-id']]).toEqual([name, expect.stringMatching(/^[0-9A-F]{24}$/)]);
  if (status >= 500) return 'error';
  if (mayLack && request.bucket === LAST_BUCKET && status === 404) return 'right';
  const isSameBody = was.status === 404 || body.equals(isWhole ? was.body : was.body.subarray(0, body.length));
  expect([name, status, isSameBody], body.toString('latin1').slice(0, 500)).toEqual([name, was.status, true]);
  if (was.status !== 404) expect([name, storedHeaders(headers)]).toEqual([name, was.stored]);
  return isWhole ? 'right' : 'cut';
}

interface Round {
  readonly spoil: () => Promise<readonly string[]>;
  readonly asked: readonly Expected[];
  /** The last commit may be gone. */
  readonly mayLack: boolean;
}

/** Damages the copy, serves it and asks for everything. @returns How often each outcome was seen. */
async function run(
  spoil: () => Promise<readonly string[]>,
  { asked = expected, mayLack = false }: { asked?: readonly Expected[]; mayLack?: boolean } = {},
): Promise<Counts> {
  const round: Round = { spoil, asked, mayLack };
  damage.beginRound();
  try {
    return await serveDamaged(round);
  } catch (error) {
    if (!(error instanceof Error && error.cause instanceof ServingProcessKilled)) throw error;
    return await repeatInFreshProcesses(round, error);
  }
}

async function serveDamaged({ spoil, asked, mayLack }: Round): Promise<Counts> {
  const counts: Counts = { right: 0, error: 0, cut: 0, refused: 0 };
  await copy.restore();
  const done = await spoil();
  try {
    const isServed = await whileServed(async (account) => {
      for (const one of asked) counts[await judge(account, one, mayLack)] += 1;
      const health = await fetch(`${account.server.endpoint}/-/healthz`);
      expect(health.status).toBe(200);
    });
    if (!isServed) counts.refused += 1;
  } catch (error) {
    throw new Error(`With seed ${seed}, after ${done.join(', ')}: ${String(error)}`, { cause: error });
  }
  return counts;
}

/**
 * Tells what damage does to a server from what hundreds of folders in one process do to Node: the process starts and
 * ends two threads for each, and one run among many met a SIGSEGV that did not come back in 10,000 more folders. A
 * server has one folder in its life. So the same damage must leave three fresh processes alive, and a second such death
 * fails.
 */
async function repeatInFreshProcesses(round: Round, death: Error): Promise<Counts> {
  unexplainedDeathCount += 1;
  console.error(death);
  if (unexplainedDeathCount > 1) throw death;
  let counts: Counts | undefined;
  for (let time = 0; time < 3; time += 1) {
    await serving.end();
    serving = new ServingProcess();
    damage.repeatRound();
    counts = await serveDamaged(round);
  }
  return counts as Counts;
}

/** @returns So many of all requests, listings always among them. */
function sample(count: number): readonly Expected[] {
  const listings = expected.filter(({ request }) => request.key === undefined || request.bucket === LAST_BUCKET);
  return [
    ...listings,
    ...Array.from({ length: count - listings.length }, () => expected[damage.below(expected.length)] as Expected),
  ];
}

function isHit({ error, cut, refused }: Counts): boolean {
  return error + cut + refused > 0;
}

describe('damage of files', () => {
  test(
    'blobs with files of their own, every one of them',
    async () => {
      const names = (await filesIn(original)).filter((name) => /^blobs\/[0-9a-f]{2}\//.test(name));
      expect(names).toHaveLength(LONG_BLOB_COUNT);
      const roundCount = Math.max(3, Math.ceil(share(200) / LONG_BLOB_COUNT));
      let hitCount = 0;
      for (let round = 0; round < roundCount; round += 1) {
        const counts = await run(async () => {
          if (round === 0) {
            // Each takes the place of the next.
            const bytes = await Promise.all(names.map((name) => readFile(join(original, name))));
            const moved = names.map((name, index) =>
              writeFile(join(copy.path, name), bytes[(index + 1) % bytes.length] as Buffer),
            );
            await Promise.all(moved);
            return ['each blob has the place of another'];
          }
          const done: string[] = [];
          for (const name of names)
            done.push(await (round === 1 ? damage.cut(copy.path, name) : damage.place(copy.path, name)));
          return done;
        });
        expect(counts.refused).toBe(0);
        if (round < 2) expect(counts.error + counts.cut).toBeGreaterThanOrEqual(LONG_BLOB_COUNT);
        hitCount += counts.error + counts.cut;
      }
      // Nearly all of them hit; a sector of zeros or of a pattern that repeats may be exchanged for its like.
      expect(hitCount).toBeGreaterThan(roundCount * LONG_BLOB_COUNT * 0.6);
    },
    TEST_MS_MAX,
  );

  test(
    'the file that blobs share',
    async () => {
      const names = (await filesIn(original)).filter((name) => name.startsWith('blobs/segments/'));
      expect(names).toHaveLength(1);
      const [name = ''] = names;
      const roundCount = Math.max(3, Math.ceil(share(300) / 10));
      let hitCount = 0;
      for (let round = 0; round < roundCount; round += 1) {
        const counts = await run(async () => {
          if (round === 0) return [await damage.cut(copy.path, name)];
          const done: string[] = [];
          while (done.length < 10) done.push(await damage.place(copy.path, name));
          return done;
        });
        expect(counts.refused).toBe(0);
        if (isHit(counts)) hitCount += 1;
      }
      expect(hitCount).toBe(roundCount);
    },
    TEST_MS_MAX,
  );

  test(
    'the file of rows',
    async () => {
      const name = 'metadata/data.mdb';
      const roundCount = Math.ceil(share(300) / 5);
      let hitCount = 0;
      for (let round = 0; round < roundCount; round += 1) {
        const spoil = async (): Promise<string[]> => {
          const done = [round % 20 === 19 ? await damage.cut(copy.path, name) : await damage.place(copy.path, name)];
          if (round % 20 === 19) return done;
          while (done.length < 5) done.push(await damage.place(copy.path, name));
          return done;
        };
        if (isHit(await run(spoil, { asked: sample(25) }))) hitCount += 1;
      }
      expect(hitCount).toBeGreaterThan(roundCount / 3);
    },
    TEST_MS_MAX,
  );

  test(
    'the journal',
    async () => {
      const names = ['metadata/journal-0', 'metadata/journal-1'];
      const roundCount = Math.ceil(share(150) / 2);
      let refusedCount = 0;
      for (let round = 0; round < roundCount; round += 1) {
        const spoil = async (): Promise<string[]> => {
          const done: string[] = [];
          // One in each: of the two only one has frames that count, so neither hides the other.
          for (const [index, name] of names.entries()) {
            const isCut = round % 10 === 9 && index === (round >> 1) % 2;
            done.push(isCut ? await damage.cut(copy.path, name) : await damage.place(copy.path, name));
          }
          return done;
        };
        refusedCount += (await run(spoil, { asked: sample(8), mayLack: true })).refused;
      }
      expect(refusedCount).toBeGreaterThan(roundCount / 30);
    },
    TEST_MS_MAX,
  );

  test(
    'keys, locks and everything else, of real processes',
    async () => {
      const names = (await filesIn(original)).filter((name) => !/^blobs|^metadata\/(data|journal)/.test(name));
      expect(names).toEqual(expect.arrayContaining(['callback-key.pem', 'master-key', 'root-access-key.json']));
      // Those of one kind at a time: what keeps a server from starting would hide the rest.
      for (const name of names) {
        await copy.restore();
        const done: string[] = [];
        while (done.length < Math.ceil(share(50) / names.length)) done.push(await damage.place(copy.path, name));
        await serveForReal(done);
      }
    },
    TEST_MS_MAX,
  );
});

async function serveForReal(done: readonly string[]): Promise<void> {
  let server: Awaited<ReturnType<typeof startServerProcess>>;
  try {
    server = await startServerProcess({ data: copy.path });
  } catch (error) {
    expect(String(error), done.join()).toMatch(/ended with 1 before it was ready:\n[\s\S]*Cannot /);
    expect(String(error), done.join()).not.toMatch(/internal error|Assertion|Segmentation| {4}at /);
    return;
  }
  const account = new Account(server);
  for (const one of sample(10)) {
    const answer = await account.send(one.request, root);
    if (answer.status < 400) expect(answer.body.equals(one.body), done.join()).toBe(true);
    else expect(answer.headers['x-oss-request-id'], done.join()).toMatch(/^[0-9A-F]{24}$/);
  }
  account.close();
  expect(await server.stop(), done.join()).toBe(0);
}
