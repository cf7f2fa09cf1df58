/**
 * Every bound that a server has on how much may be asked of it, one row each, over real sockets. Past a bound the
 * server answers 503 with one of two codes, and says when to retry and what happens to the connection. It serves other
 * clients during that time, and the refused client afterwards. Bounds of descriptors and handshakes are in
 * `descriptors.test.ts`, of the disk in `full-disk.test.ts`.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Account, type AccountRequest, allow, type Keys } from '../access-control/account.js';
import { RawConnection } from '../harness/raw-connection.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const BUCKET = 'examplebucket';
const OTHER_BUCKET = 'otherbucket';
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Fixture {
  readonly server: ServerProcess;
  readonly account: Account;
  /** Who asks for too much. */
  readonly busy: Keys;
  /** Somebody else, at a bucket of their own. */
  readonly calm: Keys;
}

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface BoundCase {
  readonly bound: string;
  readonly configuration: object;
  /** Of `annals quota`, by path of the admin API. */
  readonly limits?: Readonly<Record<string, object>>;
  readonly code: 'ServiceUnavailable' | 'SlowDown';
  /** What becomes of the connection. */
  readonly connection: 'keep-alive' | 'close';
  /** Asks for too much. @returns The answers that were no success. */
  ask(fixture: Fixture): Promise<readonly Refusal[]>;
  /** Whether others come from the same address, where that is what is bounded. */
  readonly isOfAddress?: boolean;
}

function put(bucket: string, key: string, lengthBytes: number): AccountRequest {
  return { method: 'PUT', bucket, key, body: 'x'.repeat(lengthBytes) };
}

/** Sends many at once. @returns Those that were no success. */
async function flood(
  { server, busy }: Fixture,
  count: number,
  request: (index: number) => AccountRequest,
): Promise<Refusal[]> {
  const crowd = new Account(server);
  closers.push(() => crowd.close());
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => crowd.send(request(index), busy)));
  return answers.filter(({ status }) => status !== 200).map((answer) => ({ ...answer, body: answer.body.toString() }));
}

/** Some of many at once are too many, sooner or later. */
async function untilRefused(ask: () => Promise<readonly Refusal[]>): Promise<readonly Refusal[]> {
  for (let round = 0; round < 50; round += 1) {
    const refused = await ask();
    if (refused.length > 0) return refused;
  }
  return [];
}

/** A request as bytes on connections of its own, more than there are places for. */
async function floodConnections({ server }: Fixture, count: number): Promise<readonly Refusal[]> {
  const connections: RawConnection[] = [];
  closers.push(() => {
    for (const connection of connections) connection.destroy();
  });
  const refused = (): RawConnection[] => connections.filter(({ pending }) => pending !== '');
  let isRefused = false;
  while (!isRefused) {
    const opened = await Promise.all(Array.from({ length: count }, () => RawConnection.tryOpen(server.port)));
    connections.push(...opened);
    // Half a request: the connection is busy with nothing, and stays unless it is refused. It makes room when it has
    // been idle for a second, as on a machine that stands still: then more must come.
    for (const connection of opened) void connection.send('PUT /x HTTP/1.1\r\nHost: localhost\r\n');
    const isSeen = until(() => refused().length > 0).then(() => true);
    isRefused = await Promise.race([isSeen, pause(10_000, false)]);
  }
  return Promise.all(refused().map(async (connection) => parseAnswer(await connection.ended())));
}

function parseAnswer(text: string): Refusal {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ]);
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) as Record<string, string>, body };
}

const CASES: readonly BoundCase[] = [
  {
    bound: 'requests a second of a bucket',
    configuration: {},
    limits: { [`buckets/${BUCKET}`]: { requestsPerSecondMax: 1 } },
    code: 'SlowDown',
    connection: 'keep-alive',
    ask: (fixture) => flood(fixture, 5, () => put(BUCKET, 'rate', 1)),
  },
  {
    bound: 'requests a second of a user',
    configuration: {},
    limits: { 'users/busy': { requestsPerSecondMax: 1 } },
    code: 'SlowDown',
    connection: 'keep-alive',
    ask: (fixture) => flood(fixture, 5, () => put(OTHER_BUCKET, 'rate', 1)),
  },
  {
    bound: 'requests a second of every user, by configuration',
    configuration: { quotas: { 'user-requests-per-second': 2 } },
    code: 'SlowDown',
    connection: 'keep-alive',
    ask: (fixture) => flood(fixture, 10, () => put(BUCKET, 'rate', 1)),
  },
  {
    bound: 'bytes a second of a bucket, uploads',
    configuration: {},
    // A second's worth each: more than 20 seconds' wait for the last ones.
    limits: { [`buckets/${BUCKET}`]: { bytesPerSecondMax: 1 } },
    code: 'SlowDown',
    connection: 'keep-alive',
    ask: (fixture) => firstRefused(fixture, 40, (index) => put(BUCKET, `rate-${index}`, 1)),
  },
  {
    bound: 'bytes a second of a user, answers',
    configuration: {},
    limits: { 'users/busy': { bytesPerSecondMax: 1 } },
    code: 'SlowDown',
    connection: 'keep-alive',
    ask: (fixture) => firstRefused(fixture, 40, () => ({ method: 'GET', bucket: BUCKET })),
  },
  {
    bound: 'requests that wait for a turn',
    configuration: { limits: { 'running-requests': 1, 'waiting-requests': 2 } },
    code: 'ServiceUnavailable',
    connection: 'keep-alive',
    ask: (fixture) => untilRefused(() => flood(fixture, 60, (index) => put(BUCKET, `turn-${index}`, 1))),
  },
  {
    bound: 'bytes that wait for a turn',
    configuration: { limits: { 'running-requests': 1, 'waiting-length': '1MiB' } },
    code: 'ServiceUnavailable',
    connection: 'keep-alive',
    ask: (fixture) => untilRefused(() => flood(fixture, 60, (index) => put(BUCKET, `turn-${index}`, 120_000))),
  },
  {
    bound: 'connections in all',
    configuration: { limits: { connections: 16 }, timeouts: { linger: '500ms' } },
    code: 'ServiceUnavailable',
    connection: 'close',
    ask: (fixture) => floodConnections(fixture, 18),
    isOfAddress: true,
  },
  {
    bound: 'connections of an address',
    configuration: { limits: { 'connections-per-address': 4 }, timeouts: { linger: '500ms' } },
    code: 'ServiceUnavailable',
    connection: 'close',
    ask: (fixture) => floodConnections(fixture, 8),
    isOfAddress: true,
  },
  {
    bound: 'wrong signatures of an address and a key',
    configuration: { limits: { 'failed-signatures': 2 } },
    code: 'ServiceUnavailable',
    connection: 'keep-alive',
    async ask(fixture) {
      const wrong = { ...fixture.busy, accessKeySecret: 'wrong' };
      const refused = await flood({ ...fixture, busy: wrong }, 6, () => put(BUCKET, 'wrong', 1));
      return refused.filter(({ status }) => status !== 403);
    },
  },
];

/** The first refusal; those who wait leave then. */
async function firstRefused(
  fixture: Fixture,
  count: number,
  request: (index: number) => AccountRequest,
): Promise<Refusal[]> {
  const crowd = new Account(fixture.server);
  const refused = await new Promise<Refusal>((resolve) => {
    for (let index = 0; index < count; index += 1) {
      crowd.send(request(index), fixture.busy).then(
        (answer) => answer.status !== 200 && resolve({ ...answer, body: answer.body.toString() }),
        () => undefined,
      );
    }
  });
  crowd.close();
  return [refused];
}

async function start(configuration: object): Promise<Fixture> {
  const folder = await temporaryFolder();
  closers.push(() => folder.remove());
  const config = join(folder.path, 'annals.json');
  await writeFile(config, JSON.stringify({ 'log-level': 'warn', ...configuration }));
  const data = join(folder.path, 'data');
  const server = await startServerProcess({ data, buckets: [BUCKET, OTHER_BUCKET], flags: ['--config', config] });
  closers.push(() => server.stop());
  const account = new Account(server);
  closers.push(() => account.close());
  const everything = [allow('oss:*', '*')];
  return {
    server,
    account,
    busy: await account.makeUser('busy', everything),
    calm: await account.makeUser('calm', everything),
  };
}

test.each(CASES)('$bound', async ({ configuration, limits = {}, code, connection, ask, isOfAddress = false }) => {
  const fixture = await start(configuration);
  const { account, busy, calm } = fixture;
  for (const [path, values] of Object.entries(limits)) await account.change('PUT', `limits/${path}`, values);
  const asking = ask(fixture);
  // Others, at a bucket of their own, on a connection that they have.
  const servedMeanwhile = await account.send(put(OTHER_BUCKET, 'calm', 10), calm);
  const refused = await asking;
  expect(servedMeanwhile.status).toBe(200);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, headers, body } of refused) {
    expect([status, /<Code>(\w+)</.exec(body)?.[1], headers.connection]).toEqual([503, code, connection]);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  }
  for (const path of Object.keys(limits)) await account.change('DELETE', `limits/${path}`);
  if (isOfAddress) for (const close of closers.splice(3)) await close();
  await until(async () => (await account.send(put(BUCKET, 'again', 10), busy)).status === 200);
});
