/**
 * What a flood leaves in memory: after it, collected garbage aside, the live objects, the buffers and the descriptors
 * of the server are where they were after the one before, however many follow. Resident memory is what the allocator
 * keeps and is printed, never asserted. With `ANNALS_SOAK=memory` it has 2,000 writers instead of 200.
 */

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Account } from '../access-control/account.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { isSoaked } from '../harness/soak.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const BUCKET = 'flooded';
const isLong = isSoaked('memory');
const WRITER_COUNT = isLong ? 2000 : 200;
const REQUEST_COUNT = isLong ? 8 : 16;
/** So that what a request would leave behind shows. */
const BODY_LENGTH_BYTES = isLong ? 2000 : 8000;
const SLACK_BYTES = (isLong ? 24 : 12) * 1024 * 1024;
const FLOOD_COUNT = 3;

interface Memory {
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

interface Measure extends Memory {
  /** Resident memory of the process: its own, and pages of files that are mapped. */
  readonly anonymousBytes: number;
  readonly fileBytes: number;
  readonly descriptorCount: number;
}

test('a second and a third flood add nothing to what the first has left', async () => {
  const folder = await temporaryFolder();
  const report = join(folder.path, 'memory.json');
  const hook = new URL('./memory-report.js', import.meta.url).href;
  const server = await startServerProcess({
    data: join(folder.path, 'data'),
    buckets: [BUCKET],
    flags: ['--log-level', 'warn'],
    launcher: ['env', `NODE_OPTIONS=--expose-gc --import=${hook}`, `ANNALS_MEMORY_REPORT=${report}`],
  });
  try {
    const measures: Measure[] = [await measure(server, report)];
    for (let flood = 0; flood < FLOOD_COUNT; flood += 1) {
      await sendFlood(server);
      measures.push(await measure(server, report));
    }
    if (isLong) process.stdout.write(`${measures.map((memory) => JSON.stringify(memory)).join('\n')}\n`);
    const [, first, ...later] = measures;
    for (const memory of later) {
      // Caches and compiled code still grow a little; the bodies of one flood are several times as much.
      for (const kind of ['heapUsed', 'external', 'arrayBuffers'] as const) {
        expect(memory[kind]).toBeLessThan((first?.[kind] ?? 0) + SLACK_BYTES);
      }
      expect(memory.descriptorCount).toBeLessThanOrEqual((measures[0]?.descriptorCount ?? 0) + 8);
    }
  } finally {
    await server.stop();
    await folder.remove();
  }
}, 280_000);

/** Each writer on a connection of its own; the same objects each time, so that nothing grows with what is stored. */
async function sendFlood(server: ServerProcess): Promise<void> {
  const account = new Account(server);
  const body = 'x'.repeat(BODY_LENGTH_BYTES);
  await Promise.all(
    Array.from({ length: WRITER_COUNT }, async (_, writer) => {
      for (let index = 0; index < REQUEST_COUNT; index += 1) {
        const put = { method: 'PUT', bucket: BUCKET, key: `w-${writer}`, body };
        const answer = await account.send(put, account.root).catch(() => undefined);
        if (answer !== undefined && answer.status !== 200) expect(answer.status).toBe(503);
      }
    }),
  );
  account.close();
}

/** Waits until the connections are gone, then asks for what is left. */
async function measure(server: ServerProcess, report: string): Promise<Measure> {
  const descriptorCount = async (): Promise<number> => (await readdir(`/proc/${server.pid}/fd`)).length;
  await until(async () => {
    const metrics = await (await fetch(`${server.endpoint}/-/metrics`)).text();
    const left = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(metrics)?.[1] ?? Number.NaN);
    // The one that asks is a connection, too.
    return left('annals_limited\\{resource="connections"\\}') <= 2;
  });
  await rm(report, { force: true });
  process.kill(server.pid, 'SIGUSR2');
  let text = '';
  await until(async () => {
    text = await readFile(report, 'utf8').catch(() => '');
    return text !== '';
  });
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  const resident = (kind: string): number => Number(new RegExp(`^${kind}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024;
  const { heapUsed, external, arrayBuffers } = JSON.parse(text) as Memory;
  const memory = { heapUsed, external, arrayBuffers };
  const residents = { anonymousBytes: resident('RssAnon'), fileBytes: resident('RssFile') };
  return { ...memory, ...residents, descriptorCount: await descriptorCount() };
}
