/**
 * What an append writer promises besides exactly once, each against the real server: streams of Node and of the web,
 * back-pressure, progress, signals, the one right that it needs, and objects that several writers roll together.
 */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type AppendWriterOptions,
  type AppendWriterProgress,
  type Client,
  createClient,
  readAll,
} from '@annals/client';
import { appendWritable, fileSpool } from '@annals/client/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Account, allow } from '../access-control/account.js';
import { freePort } from '../harness/free-port.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { makeTemporaryFolder, temporaryFolder } from '../harness/temporary-folder.js';
import { type Fate, startUnreliableProxy, type UnreliableProxy } from '../harness/unreliable-proxy.js';
import { randomNumbers } from './exactly-once-runs.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let proxy: UnreliableProxy;
let direct: Client;
let broken: Client;
let fateOf: () => Fate;

const QUICK: AppendWriterOptions = { lingerMs: 0, retry: { delayMs: 1, delayMsMax: 5 } };

/** Each try fails at once: where no answer came it would need a time limit, which a busy machine may not keep. */
const NOTHING_ARRIVES = (): Fate => ({ kind: 'cut-request', at: 0 });

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['logs'] });
  proxy = await startUnreliableProxy(server.port, () => fateOf());
  const { accessKeyId, accessKeySecret } = server;
  direct = createClient({ endpoint: server.endpoint, accessKeyId, accessKeySecret });
  broken = createClient({ endpoint: proxy.endpoint, accessKeyId, accessKeySecret });
});

beforeEach(() => {
  fateOf = () => ({ kind: 'pass' });
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
  await folder.remove();
});

async function textOf(key: string): Promise<string> {
  const { body } = await direct.getObject({ bucket: 'logs', key });
  return new TextDecoder().decode(await readAll(body));
}

async function keysOf(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of direct.listObjects({ bucket: 'logs', prefix })) {
    keys.push(...objects.map(({ key }) => key));
  }
  return keys;
}

describe('a writer as a stream of Node', () => {
  it('ends a pipeline when everything is durable', async () => {
    const lines = Array.from({ length: 500 }, (_, number) => `line ${number}\n`);
    const writer = direct.appendWriter('logs', 'pipeline.log', { batchBytes: 1000 });
    await pipeline(Readable.from(lines), appendWritable(writer));
    expect(await textOf('pipeline.log')).toBe(lines.join(''));
    expect(writer.progress.durableBytes).toBe(lines.join('').length);
  });

  it('tells who writes to wait, and when there is room again', async () => {
    fateOf = NOTHING_ARRIVES;
    const writer = broken.appendWriter('logs', 'pressed.log', { ...QUICK, memoryBytesMax: 1000 });
    const stream = appendWritable(writer);
    const isRoom = Array.from({ length: 100 }, () => stream.write(Buffer.alloc(1000, 'x')));
    expect(isRoom.at(-1)).toBe(false);
    let isDrained = false;
    stream.once('drain', () => {
      isDrained = true;
    });
    await expect.poll(() => writer.progress.acceptedBytes).toBe(1000);
    expect(isDrained).toBe(false);
    fateOf = () => ({ kind: 'pass' });
    await expect.poll(() => isDrained).toBe(true);
    stream.end();
    await expect.poll(() => stream.writableFinished).toBe(true);
    expect(await textOf('pressed.log')).toBe('x'.repeat(100_000));
  });

  it('ends a pipeline with what ended the writer, and is ended with it', async () => {
    await direct.putObject({ bucket: 'logs', key: 'normal.txt', body: 'not appendable' });
    const refused = appendWritable(direct.appendWriter('logs', 'normal.txt'));
    await expect(pipeline(Readable.from(['x']), refused)).rejects.toMatchObject({ code: 'ObjectNotAppendable' });
    const writer = direct.appendWriter('logs', 'given-up.log', { lingerMs: 60_000 });
    const failing = pipeline(async function* () {
      yield 'never sent';
      throw new Error('the source is gone');
    }, appendWritable(writer));
    await expect(failing).rejects.toThrow('the source is gone');
    await expect(writer.flush()).rejects.toMatchObject({ code: 'Aborted' });
  });
});

describe('a writer as a web stream', () => {
  it('takes a stream, closes with it, and holds it back', async () => {
    fateOf = NOTHING_ARRIVES;
    const writer = broken.appendWriter('logs', 'web.log', { ...QUICK, memoryBytesMax: 10 });
    let pulledCount = 0;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulledCount += 1;
        controller.enqueue(Buffer.from('0123456789'));
        if (pulledCount === 50) controller.close();
      },
    });
    const piped = source.pipeTo(writer.writable);
    await expect.poll(() => writer.progress.acceptedBytes).toBe(10);
    expect(pulledCount).toBeLessThan(10);
    fateOf = () => ({ kind: 'pass' });
    await piped;
    expect(await textOf('web.log')).toBe('0123456789'.repeat(50));
  });

  it('ends the writer when it is aborted', async () => {
    const writer = direct.appendWriter('logs', 'web-aborted.log', { lingerMs: 60_000 });
    await writer.write('never sent');
    await writer.writable.abort(new Error('enough'));
    await expect(writer.close()).rejects.toMatchObject({ code: 'Aborted' });
  });
});

it('a signal ends a writer within a try, and one that has fired before ends it at once', async () => {
  fateOf = () => ({ kind: 'lose' });
  const ending = new AbortController();
  const writer = broken.appendWriter('logs', 'signal.log', { ...QUICK, signal: ending.signal });
  await writer.write('x');
  ending.abort(new Error('enough'));
  await expect(writer.close()).rejects.toMatchObject({ code: 'Aborted', cause: new Error('enough') });
  const late = direct.appendWriter('logs', 'signal.log', { signal: ending.signal });
  await expect(late.write('x').then(() => late.close())).rejects.toMatchObject({ code: 'Aborted' });
});

it('progress tells accepted, spooled and durable bytes, and the object', async () => {
  const told: AppendWriterProgress[] = [];
  fateOf = NOTHING_ARRIVES;
  const writer = broken.appendWriter('logs', 'progress.log', {
    ...QUICK,
    spool: fileSpool({ folder: makeTemporaryFolder(), sync: false }),
    onProgress: (progress) => told.push(progress),
  });
  await writer.write('0123456789');
  expect(writer.progress).toMatchObject({ key: undefined, acceptedBytes: 10, spooledBytes: 10, durableBytes: 0 });
  fateOf = () => ({ kind: 'pass' });
  await writer.write('abc');
  const last = await writer.close();
  expect(last).toMatchObject({
    key: 'progress.log',
    position: 13,
    acceptedBytes: 13,
    spooledBytes: 0,
    durableBytes: 13,
  });
  expect(told.at(-1)).toEqual(last);
  expect((await direct.headObject({ bucket: 'logs', key: 'progress.log' })).crc64).toBe(last.crc64);
});

it('a writer needs the right to put objects and no other', async () => {
  const account = new Account(server);
  const user = await account.makeUser('shipper', [allow('oss:PutObject', 'acs:oss:*:*:logs/*')]);
  account.close();
  const client = createClient({ ...user, endpoint: proxy.endpoint });
  const random = randomNumbers(5);
  await direct.appendObject({ bucket: 'logs', key: 'right-0000.log', position: 0, body: 'there already\n' });
  fateOf = () => (random() < 0.6 ? { kind: 'pass' } : { kind: 'cut-answer', at: Math.floor(random() * 300) });
  const writer = client.appendWriter('logs', 'right-{seq}.log', { ...QUICK, roll: { sizeBytes: 30 } });
  for (const text of ['one\n', 'two\n', 'three\n', 'four\n', 'five\n']) {
    await writer.write(text);
    await writer.flush();
  }
  await writer.close();
  await proxy.settle();
  const texts = await Promise.all((await keysOf('right-')).map(textOf));
  expect(texts.join('')).toBe('there already\none\ntwo\nthree\nfour\nfive\n');
  await expect(client.getObject({ bucket: 'logs', key: 'right-0000.log' })).rejects.toMatchObject({
    code: 'AccessDenied',
  });
});

describe('position "auto"', () => {
  it('lets writers roll together: no object passes its size, no chunk is cut, nothing is lost or doubled', async () => {
    const random = randomNumbers(13);
    fateOf = () => (random() < 0.7 ? { kind: 'pass' } : { kind: 'cut-answer', at: Math.floor(random() * 600) });
    const chunkOf = (index: number, number: number): string => `${index} ${number} ${'x'.repeat(number * 7)}\n`;
    await Promise.all(
      Array.from({ length: 4 }, async (_, index) => {
        const options: AppendWriterOptions = { ...QUICK, position: 'auto', roll: { sizeBytes: 1000 }, batchBytes: 100 };
        const writer = broken.appendWriter('logs', 'together-{seq}.log', options);
        for (let number = 0; number < 30; number += 1) {
          await writer.write(chunkOf(index, number));
          await writer.flush();
        }
        await writer.close();
      }),
    );
    await proxy.settle();
    const texts = await Promise.all((await keysOf('together-')).map(textOf));
    expect(texts.length).toBeGreaterThan(5);
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(1000);
    const chunks = texts.join('').split(/(?<=\n)/);
    expect(chunks).toHaveLength(120);
    for (let index = 0; index < 4; index += 1) {
      const own = chunks.filter((chunk) => chunk.startsWith(`${index} `));
      expect(own).toEqual(Array.from({ length: 30 }, (_, number) => chunkOf(index, number)));
    }
  });

  it('goes on from its spool: a batch whose answer was lost is not appended again', async () => {
    const spoolFolder = makeTemporaryFolder();
    const options = (): AppendWriterOptions => ({
      ...QUICK,
      position: 'auto',
      spool: fileSpool({ folder: spoolFolder, sync: false }),
    });
    const first = broken.appendWriter('logs', 'spooled.log', options());
    await first.write('one ');
    await first.flush();
    let requestCount = 0;
    fateOf = () => {
      requestCount += 1;
      return { kind: 'cut-answer', at: 0 };
    };
    await first.write('two ');
    await expect.poll(() => requestCount).toBeGreaterThan(1);
    await first.abort();
    await direct.appendWriter('logs', 'spooled.log', { position: 'auto' }).close();
    const other = direct.appendWriter('logs', 'spooled.log', { position: 'auto' });
    await other.write('of another ');
    await other.close();
    fateOf = () => ({ kind: 'pass' });
    const second = broken.appendWriter('logs', 'spooled.log', options());
    expect(await second.ready).toMatchObject({ acceptedBytes: 8 });
    await second.write('three');
    expect(await second.close()).toMatchObject({ durableBytes: 13 });
    expect(await textOf('spooled.log')).toBe('one two of another three');
  });
});

it('a writer outlasts the server: killed, and started again at the same place', async () => {
  const data = makeTemporaryFolder();
  let other = await startServerProcess({ data, port: await freePort(), buckets: ['logs'] });
  const { port, endpoint, accessKeyId, accessKeySecret } = other;
  const client = createClient({ endpoint, accessKeyId, accessKeySecret });
  const writer = client.appendWriter('logs', 'outlasts.log', QUICK);
  const lines = Array.from({ length: 60 }, (_, number) => `line ${number}\n`);
  for (const [number, line] of lines.entries()) {
    await writer.write(line);
    if (number % 30 !== 10) continue;
    await other.kill();
    other = await startServerProcess({ data, port });
  }
  await writer.close();
  const { body } = await client.getObject({ bucket: 'logs', key: 'outlasts.log' });
  expect(new TextDecoder().decode(await readAll(body))).toBe(lines.join(''));
  await other.stop();
});
