/**
 * Too much of everything, in large numbers, against a real server: 2,000 writers, 10,000 idle connections, 1,000 slow
 * uploads. Counts are asserted; how long others waited is printed, never asserted. Runs with
 * `ANNALS_SOAK=limits npx vitest run test/faults/limits.soak.test.ts`; `limits.test.ts` and `full-disk.test.ts` are its
 * short forms.
 */

import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Account, type AccountRequest, allow, type Keys } from '../access-control/account.js';
import { RawConnection } from '../harness/raw-connection.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { signRequest } from '../harness/sign-request.js';
import { isSoaked } from '../harness/soak.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const BUCKET = 'flooded';
const OTHER_BUCKET = 'calm';
const MEBIBYTE = 1024 * 1024;
const CALM_WRITER = fileURLToPath(new URL('./calm-writer.js', import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;
let calm: Keys;

interface Base {
  readonly descriptorCount: number;
  readonly residentMebibytes: number;
}

async function usage(): Promise<Base> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  const residentKilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  const descriptorCount = (await readdir(`/proc/${server.pid}/fd`)).length;
  return { descriptorCount, residentMebibytes: Math.round(residentKilobytes / 1024) };
}

function append(bucket: string, key: string, body: string): AccountRequest {
  return { method: 'POST', bucket, key, query: { append: '', position: '0' }, body };
}

/**
 * Somebody else, who appends one after the other while the flood lasts, in a process of its own. @returns Milliseconds
 * of each append.
 */
async function beCalm(until: Promise<unknown>, name: string): Promise<number[]> {
  const env = { ...process.env, OSS_ACCESS_KEY_ID: calm.accessKeyId, OSS_ACCESS_KEY_SECRET: calm.accessKeySecret };
  const child = spawn(process.execPath, [CALM_WRITER, server.endpoint, OTHER_BUCKET, name], { env, stdio: 'pipe' });
  void until.finally(() => child.stdin.end());
  const [output, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(problems).toBe('');
  return JSON.parse(output) as number[];
}

function report(name: string, waits: readonly number[], more: object): void {
  const sorted = [...waits].sort((left, right) => left - right);
  const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  const others = { count: waits.length, p50Ms: at(0.5), p99Ms: at(0.99) };
  process.stdout.write(`${name}: ${JSON.stringify({ others, ...more })}\n`);
}

describe.runIf(isSoaked('limits'))('a flood', () => {
  let base: Base;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET, OTHER_BUCKET] });
    account = new Account(server);
    calm = await account.makeUser('calm', [allow('oss:*', '*')]);
    // Warm, so that the base is that of a server at work.
    for (let index = 0; index < 500; index += 1) await account.send(append(BUCKET, `warm-${index}`, 'x'), account.root);
    base = await usage();
  });

  afterAll(async () => {
    account.close();
    await server.stop();
    await folder.remove();
  });

  async function comesBack(): Promise<Base> {
    await until(async () => (await usage()).descriptorCount <= base.descriptorCount + 8);
    const after = await usage();
    // What V8 keeps of a flood is not what the flood needs: it is bounded, and does not grow with the next.
    expect(after.residentMebibytes).toBeLessThan(base.residentMebibytes + 512);
    return after;
  }

  test('of 2,000 writers: a refusal has Retry-After, acknowledged appends are there', async () => {
    const flooding = new Account(server);
    const acknowledged: string[] = [];
    let refusedCount = 0;
    /** Broken connections: whether such an append was applied nobody told. */
    let unknownCount = 0;
    const endMs = Date.now() + 20_000;
    const flood = Promise.all(
      Array.from({ length: 2000 }, async (_, writer) => {
        for (let index = 0; Date.now() < endMs; index += 1) {
          const key = `w-${writer}-${index}`;
          const answer = await flooding.send(append(BUCKET, key, key), flooding.root).catch(() => undefined);
          if (answer === undefined) {
            unknownCount += 1;
            continue;
          }
          const { status, headers } = answer;
          if (status === 200) acknowledged.push(key);
          else {
            expect([status, headers['retry-after']]).toEqual([503, '1']);
            refusedCount += 1;
            await pause(1000);
          }
        }
      }),
    );
    const waits = await beCalm(flood, 'writers');
    await flood;
    flooding.close();
    // Whether so many are too many is a matter of speed; `limits.test.ts` refuses by a limit of its own.
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const key of acknowledged.filter((_, index) => index % 10 === 0)) {
      const answer = await account.send({ method: 'GET', bucket: BUCKET, key }, account.root);
      expect(answer.body.toString()).toBe(key);
    }
    const { body } = await account.send({ method: 'GET', bucket: BUCKET, query: { stat: '' } }, account.root);
    const objectCount = Number(/<ObjectCount>(\d+)</.exec(body.toString())?.[1]);
    expect(objectCount).toBeGreaterThanOrEqual(500 + acknowledged.length);
    expect(objectCount).toBeLessThanOrEqual(500 + acknowledged.length + unknownCount);
    const counts = { acknowledged: acknowledged.length, refusedCount, unknownCount };
    report('2,000 writers', waits, { ...counts, base, after: await comesBack() });
  }, 300_000);

  test('of 10,000 idle connections keeps no client out', async () => {
    const sockets: RawConnection[] = [];
    const opening = (async () => {
      for (let index = 0; index < 10_000; index += 100) {
        sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => RawConnection.tryOpen(server.port)))));
      }
    })();
    const waits = await beCalm(opening, 'idle');
    await opening;
    const during = await usage();
    for (const socket of sockets) socket.destroy();
    report('10,000 idle connections', waits, { during, base, after: await comesBack() });
  }, 300_000);

  test('of 1,000 slow uploads holds no turns', async () => {
    const sockets = await Promise.all(Array.from({ length: 1000 }, () => RawConnection.tryOpen(server.port)));
    const chunk = Buffer.alloc(1024, 'x');
    for (const [index, socket] of sockets.entries()) {
      const request = { method: 'PUT', bucket: BUCKET, key: `slow-${index}`, query: {}, headers: {} };
      const signed = signRequest(request, 'v1', account.root, Date.now());
      const lines = Object.entries({ host: 'localhost', 'content-length': String(MEBIBYTE), ...signed.headers });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      void socket.send(`PUT /${BUCKET}/slow-${index} HTTP/1.1\r\n${head}\r\n`);
    }
    const endMs = Date.now() + 15_000;
    const sending = (async () => {
      while (Date.now() < endMs) {
        for (const socket of sockets) if (!socket.isClosed) void socket.send(chunk);
        await pause(1000);
      }
    })();
    const waits = await beCalm(sending, 'slow');
    const during = await usage();
    const metrics = await (await fetch(`${server.endpoint}/-/metrics`)).text();
    expect(metrics).toContain('annals_limited{resource="running-requests"} 0\n');
    expect(sockets.filter(({ isClosed }) => isClosed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
    report('1,000 slow uploads', waits, { during, base, after: await comesBack() });
  }, 300_000);
});
