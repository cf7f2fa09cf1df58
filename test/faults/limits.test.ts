/**
 * Too much of everything, in small numbers, against a real server: connections, idle ones, few descriptors, more
 * writers than may wait. What was acknowledged is there, what was refused was told so with 503 and when to come back,
 * and afterwards everything is as before. Large numbers: `limits.soak.test.ts`.
 */

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Account, type AccountRequest } from '../access-control/account.js';
import { RawConnection } from '../harness/raw-connection.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const BUCKET = 'examplebucket';
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(settings: object, launcher: readonly string[] = []): Promise<[ServerProcess, Account]> {
  const folder = await temporaryFolder();
  closers.push(() => folder.remove());
  const config = join(folder.path, 'annals.json');
  await writeFile(config, JSON.stringify({ 'log-level': 'warn', ...settings }));
  const server = await startServerProcess({
    data: join(folder.path, 'data'),
    buckets: [BUCKET],
    flags: ['--config', config],
    launcher,
  });
  closers.push(() => server.stop());
  const account = new Account(server);
  closers.push(async () => account.close());
  return [server, account];
}

function append(key: string, body: string, position = 0): AccountRequest {
  return { method: 'POST', bucket: BUCKET, key, query: { append: '', position: String(position) }, body };
}

async function metric({ endpoint }: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${endpoint}/-/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

test('more writers than may wait: some get 503 with Retry-After, none that was acknowledged is lost', async () => {
  const [server, account] = await start({ limits: { 'running-requests': 1, 'waiting-requests': 4 } });
  const writerCount = 60;
  const acknowledged = new Set<number>();
  let refusedCount = 0;
  for (let round = 0; round < 20 && refusedCount === 0; round += 1) {
    await Promise.all(
      Array.from({ length: writerCount }, async (_, index) => {
        const writer = round * writerCount + index;
        const { status, headers } = await account.send(append(`writer-${writer}`, `body-${writer}`), account.root);
        if (status === 200) acknowledged.add(writer);
        else {
          expect([status, headers['retry-after']]).toEqual([503, '1']);
          refusedCount += 1;
        }
      }),
    );
  }
  expect(refusedCount).toBeGreaterThan(0);
  expect(acknowledged.size).toBeGreaterThan(0);
  for (const writer of acknowledged) {
    const answer = await account.send({ method: 'GET', bucket: BUCKET, key: `writer-${writer}` }, account.root);
    expect(answer.body.toString()).toBe(`body-${writer}`);
  }
  expect(await metric(server, 'annals_shed_total{reason="queue"}')).toBe(refusedCount);
  expect(await metric(server, 'annals_limited{resource="waiting-requests"}')).toBe(0);
  expect(await metric(server, 'annals_limited{resource="running-requests"}')).toBe(0);
});

test('connections of one address: one more is answered with 503, and has a place when another is closed', async () => {
  const [server] = await start({ limits: { 'connections-per-address': 3 } });
  const held = await Promise.all([1, 2, 3].map(() => RawConnection.tryOpen(server.port)));
  closers.push(async () => {
    for (const socket of held) socket.destroy();
  });
  const refused = await RawConnection.tryOpen(server.port);
  await refused.send('GET /-/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(await refused.ended()).toMatch(
    /^HTTP\/1\.1 503 [\s\S]*Retry-After: 1\r\n[\s\S]*<Code>ServiceUnavailable<\/Code>/,
  );
  held[0]?.destroy();
  await until(async () => (await fetch(`${server.endpoint}/-/healthz`)).status === 200);
});

test('with few descriptors idle connections make room, large appends go on, and descriptors return to their base', async () => {
  const [server, account] = await start({}, ['sh', '-c', 'ulimit -n 128; exec "$@"', 'sh']);
  const descriptorCount = async (): Promise<number> => (await readdir(`/proc/${server.pid}/fd`)).length;
  expect((await account.send(append('warm', 'x'), account.root)).status).toBe(200);
  const baseCount = await descriptorCount();
  const idle = await Promise.all(Array.from({ length: 200 }, () => RawConnection.tryOpen(server.port)));
  closers.push(async () => {
    for (const socket of idle) socket.destroy();
  });
  expect(await descriptorCount()).toBeLessThan(128);
  const body = 'x'.repeat(300_000);
  for (let index = 0; index < 20; index += 1) {
    await until(async () => {
      const { status } = await account
        .send(append(`large-${index}`, body), account.root)
        .catch(() => ({ status: 0 }) as const);
      // An answer that got lost with an evicted connection may have been a success.
      return status === 200 || status === 409;
    });
  }
  for (const socket of idle) socket.destroy();
  await until(async () => (await descriptorCount()) <= baseCount + 4);
  for (let index = 0; index < 20; index += 1) {
    const answer = await account.send({ method: 'GET', bucket: BUCKET, key: `large-${index}` }, account.root);
    expect(answer.body.length).toBe(body.length);
  }
  expect(server.output().stderr).not.toContain('EMFILE');
});
