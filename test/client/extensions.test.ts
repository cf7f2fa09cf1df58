/** The client and this server's extensions: many writers on one object, fenced writers, long polls. */
import { createClient, readAll } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess, temporaryFolder } from '../harness/server-process.js';
import { type Fate, startUnreliableProxy, type UnreliableProxy } from '../harness/unreliable-proxy.js';
import { randomNumbers } from './exactly-once-runs.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let proxy: UnreliableProxy;
let requestCount = 0;
/** Of the requests through the proxy. */
let fateOf: () => Fate = () => ({ kind: 'pass' });

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: folder.path, buckets: ['logs'] });
  proxy = await startUnreliableProxy(server.port, () => {
    requestCount += 1;
    return fateOf();
  });
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
  await folder.remove();
});

function clientOf(endpoint: string): ReturnType<typeof createClient> {
  const { accessKeyId, accessKeySecret } = server;
  return createClient({ endpoint, accessKeyId, accessKeySecret });
}

describe('position "auto"', () => {
  it('lets writers append beside each other through broken connections: all whole, once, each in its order', async () => {
    const random = randomNumbers(11);
    fateOf = () => {
      if (random() < 0.7) return { kind: 'pass' };
      const at = Math.floor(random() * 1000);
      return random() < 0.5 ? { kind: 'cut-answer', at } : { kind: 'late', order: 'after' };
    };
    const writers = Array.from({ length: 8 }, () =>
      clientOf(proxy.endpoint).appendWriter('logs', 'beside.log', {
        position: 'auto',
        lingerMs: 0,
        retry: { delayMs: 1, delayMsMax: 5 },
      }),
    );
    await Promise.all(
      writers.map(async (writer, index) => {
        for (let number = 0; number < 20; number += 1) {
          await writer.write(`${index} ${number}\n`);
          await writer.flush();
        }
        await writer.close();
      }),
    );
    await proxy.settle();
    const { body } = await clientOf(server.endpoint).getObject({ bucket: 'logs', key: 'beside.log' });
    const lines = new TextDecoder()
      .decode(await readAll(body))
      .trimEnd()
      .split('\n');
    for (const index of writers.keys()) {
      const own = lines.filter((line) => line.startsWith(`${index} `));
      expect(own).toEqual(Array.from({ length: 20 }, (_, number) => `${index} ${number}`));
    }
    expect(lines).toHaveLength(160);
  });
});

describe('writerEpoch', () => {
  it('ends a writer that another one has overtaken, and nothing of it is appended', async () => {
    const client = clientOf(server.endpoint);
    const old = client.appendWriter('logs', 'fenced.log', { writerEpoch: 1 });
    await old.write('old ');
    await old.flush();
    const young = client.appendWriter('logs', 'fenced.log', { writerEpoch: 2 });
    await young.write('young');
    await young.flush();
    await old.write('late');
    await expect(old.flush()).rejects.toMatchObject({ code: 'WriterFenced', outcome: 'not-applied' });
    expect(await young.close()).toMatchObject({ position: 9 });
  });
});

describe('follow', () => {
  it('asks by long poll: one question for what is there, and one that waits', async () => {
    fateOf = () => ({ kind: 'pass' });
    const client = clientOf(server.endpoint);
    const writer = client.appendWriter('logs', 'followed.log', { lingerMs: 0 });
    await writer.write('there');
    await writer.flush();
    requestCount = 0;
    const found: string[] = [];
    for await (const { bytes, nextPosition } of clientOf(proxy.endpoint).follow('logs', 'followed.log')) {
      found.push(Buffer.from(bytes).toString());
      if (found.length === 1) {
        await writer.write(' and new');
        const { position } = await writer.close();
        await client.sealObject({ bucket: 'logs', key: 'followed.log', position });
      }
      if (nextPosition === 13) expect(found.join('')).toBe('there and new');
    }
    expect(found.join('')).toBe('there and new');
    expect(requestCount).toBe(found.length + 1);
  });
});
