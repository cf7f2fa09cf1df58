/** A follower of the client reads what a writer of the client appends, through a proxy that breaks. */
import { createClient } from '@annals/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startUnreliableProxy, type UnreliableProxy } from '../harness/unreliable-proxy.js';
import { randomNumbers } from './exactly-once-runs.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let proxy: UnreliableProxy;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: folder.path, buckets: ['logs'] });
  const random = randomNumbers(3);
  proxy = await startUnreliableProxy(server.port, () =>
    random() < 0.7 ? { kind: 'pass' } : { kind: 'cut-answer', at: Math.floor(random() * 1500) },
  );
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
  await folder.remove();
});

it('every line comes once and in order, until the object is sealed', async () => {
  const { accessKeyId, accessKeySecret } = server;
  const direct = createClient({ endpoint: server.endpoint, accessKeyId, accessKeySecret });
  const broken = createClient({ endpoint: proxy.endpoint, accessKeyId, accessKeySecret });
  const writer = direct.appendWriter('logs', 'app.log', { lingerMs: 0 });
  await writer.write('line 0\n');
  await writer.flush();
  const found: string[] = [];
  const following = (async () => {
    const options = { pollIntervalMs: 1, waitSeconds: 1, retry: { delayMs: 1, delayMsMax: 5 } };
    for await (const { text } of broken.followLines('logs', 'app.log', options)) found.push(text);
  })();
  for (let number = 1; number < 100; number += 1) {
    await writer.write(`line ${number}\n`);
    if (number % 10 === 0) await writer.flush();
  }
  const { position } = await writer.close();
  await direct.sealObject({ bucket: 'logs', key: 'app.log', position });
  await following;
  expect(found).toEqual(Array.from({ length: 100 }, (_, number) => `line ${number}`));
});
