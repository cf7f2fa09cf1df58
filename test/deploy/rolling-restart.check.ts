/**
 * The topology of `deploy/compose.yaml` serves while its gateways are restarted one after the other: no request fails,
 * nothing acknowledged is lost, and a gateway that leaves gives everything back. A backup goes through the load
 * balancer afterwards.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, readAll } from '@annals/client';
import { expect, it, onTestFinished } from 'vitest';
import { succeed } from '../backup/commands.js';
import type { ServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import { type ComposeTopology, GATEWAY_NAMES, startComposeTopology } from './compose-topology.js';

const BUCKET = 'recordings';
const WRITER_COUNT = 4;
/** Longer than what rows hold, so it goes to the S3 server. */
const LONG_LENGTH = 300_000;

it('no request fails while both gateways are restarted, and each gives its presence back', async () => {
  const topology = await startComposeTopology([BUCKET]);
  onTestFinished(() => topology.remove());
  const gateways = new Map<string, ServerProcess>();
  for (const name of GATEWAY_NAMES) gateways.set(name, await topology.start(name));
  onTestFinished(async () => {
    for (const gateway of gateways.values()) await gateway.kill();
  });
  for (const name of GATEWAY_NAMES) await until(() => topology.isInTurn(name));
  const load = startLoad(topology, gateways.get('gateway-1') as ServerProcess);
  await until(() => load.doneCount() > 40);
  for (const name of GATEWAY_NAMES) {
    const before = load.doneCount();
    const stopping = gateways.get(name)?.stop();
    // At once: the gateway is alive, and wants no more requests.
    await until(async () => (await topology.probe(name, 'readyz')) === 503);
    expect(await topology.probe(name, 'healthz')).toBe(200);
    const late = await fetch(topology.gatewayEndpoint(name));
    await late.arrayBuffer();
    expect(late.headers.get('connection')).toBe('close');
    expect(await stopping).toBe(0);
    expect(await presenceCount(topology)).toBe(1);
    gateways.set(name, await topology.start(name));
    await until(async () => (await topology.probe(name, 'readyz')) === 200);
    // Before the other one leaves.
    await until(() => topology.isInTurn(name));
    await until(() => load.doneCount() > before + 20);
  }
  expect(await presenceCount(topology)).toBe(2);
  expect(await load.stop()).toEqual([]);
  await load.check();
  await backUp(topology, gateways.get('gateway-1') as ServerProcess);
});

/** Through the load balancer: each gateway is asked often enough that one of two would not know the snapshot. */
async function backUp({ endpoint }: ComposeTopology, { accessKeyId, accessKeySecret }: ServerProcess): Promise<void> {
  const { path, remove } = await temporaryFolder();
  onTestFinished(remove);
  const target = join(path, 'target');
  await succeed(['backup', 'create', target, '--quiet'], { endpoint, accessKeyId, accessKeySecret });
  await succeed(['backup', 'verify', target, '--deep']);
  expect(await succeed(['backup', 'list', target])).toMatch(/\S/);
}

interface Load {
  /** Requests that were answered with success. */
  doneCount(): number;
  /** @returns What failed. */
  stop(): Promise<readonly unknown[]>;
  /** Reads everything back. */
  check(): Promise<void>;
}

/** Appends and long bodies, each request tried once. */
function startLoad({ endpoint }: ComposeTopology, { accessKeyId, accessKeySecret }: ServerProcess): Load {
  const client = createClient({ endpoint, accessKeyId, accessKeySecret, retry: { attemptCountMax: 1 } });
  const failures: unknown[] = [];
  const written = Array.from({ length: WRITER_COUNT }, () => '');
  let doneCount = 0;
  let isRunning = true;
  const writing = written.map(async (_, index) => {
    for (let count = 0; isRunning; count += 1) {
      const text = `${index}-${count};`;
      try {
        await client.appendObject({ bucket: BUCKET, key: `log-${index}`, position: 'auto', body: text });
        written[index] += text;
        const body = randomBytes(LONG_LENGTH);
        await client.putObject({ bucket: BUCKET, key: `long-${index}`, body });
        const { body: found } = await client.getObject({ bucket: BUCKET, key: `long-${index}` });
        if (!Buffer.from(await readAll(found)).equals(body)) throw new Error('other bytes than were put');
        doneCount += 3;
      } catch (error) {
        failures.push(error);
      }
      await pause(20);
    }
  });
  return {
    doneCount: () => doneCount,
    async stop() {
      isRunning = false;
      await Promise.all(writing);
      return failures;
    },
    async check() {
      for (const [index, text] of written.entries()) {
        const { body } = await client.getObject({ bucket: BUCKET, key: `log-${index}` });
        expect(Buffer.from(await readAll(body)).toString()).toBe(text);
      }
    },
  };
}

/** Gateways that say that they are there. */
async function presenceCount({ database }: ComposeTopology): Promise<number> {
  const count = await database.query(
    "SELECT count(*) FROM annals.rows WHERE substring(key from 1 for 2) = convert_to('Wg', 'SQL_ASCII')",
    'annals',
  );
  return Number(count[0]);
}
