/**
 * The writer against a server that holds objects and breaks where a test says. Leaves out breaking at every byte
 * (`test/client/exactly-once.test.ts`) and the spool (`../node/file-spool.test.ts`).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc64 } from '@annals/checksum';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../client.js';
import type { AnnalsError } from '../error.js';
import type { AppendWriterOptions } from './append-writer-options.js';

/** What happens to one append: `cut` closes the connection without an answer. */
type Fate = 'cut-before-applying' | 'cut-after-applying' | 'fail' | 'deny' | 'intrude' | 'hang';

/** What a server is: the public service, or one that refuses what it does not know, or one with the extensions. */
type Kind = 'plain' | 'strict' | 'extended';

let server: Server;
let client: Client;
let kind: Kind;
let nowMs: number;
let objects: Map<string, Buffer>;
let sealed: Set<string>;
let ids: Map<string, number>;
/** Of the appends with bytes, in order; afterwards all are answered. */
let fates: (Fate | 'answer')[];
let appends: { readonly key: string; readonly position: string; readonly text: string }[];

beforeEach(async () => {
  kind = 'plain';
  nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  objects = new Map();
  sealed = new Set();
  ids = new Map();
  fates = [];
  appends = [];
  server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  client = createClient({ endpoint, accessKeyId: 'id', accessKeySecret: 'secret', clock: () => nowMs });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const url = new URL(request.url ?? '', 'http://localhost');
  const key = url.pathname.slice('/logs/'.length);
  const position = url.searchParams.get('position') ?? '';
  const fate = body.length === 0 ? 'answer' : (fates.shift() ?? 'answer');
  if (body.length > 0) appends.push({ key, position, text: String(body) });
  if (fate === 'hang') return;
  if (fate === 'cut-before-applying') return void response.destroy();
  if (fate === 'fail') return refuse(response, 503, 'ServiceUnavailable');
  if (fate === 'deny') return refuse(response, 403, 'AccessDenied');
  const asked = Object.entries(request.headers).filter(([name]) => name.startsWith('x-oss-annals-'));
  if (kind === 'strict' && asked.length > 0) return refuse(response, 501, 'NotImplemented');
  if (kind !== 'extended' && position === 'auto') return refuse(response, 400, 'InvalidArgument');
  if (fate === 'intrude') objects.set(key, Buffer.concat([objects.get(key) ?? Buffer.alloc(0), Buffer.from('alien')]));
  if (sealed.has(key)) return refuse(response, 409, 'AppendSealedObjectNotAllowed');
  const before = objects.get(key) ?? Buffer.alloc(0);
  const id = String(request.headers['x-oss-annals-append-id'] ?? '');
  const known = kind === 'extended' ? ids.get(id) : undefined;
  if (known === undefined) {
    if (position !== 'auto' && Number(position) !== before.length) {
      return refuse(response, 409, 'PositionNotEqualToLength', objectHeaders(before));
    }
    objects.set(key, Buffer.concat([before, body]));
    if (id !== '') ids.set(id, before.length);
  }
  if (fate === 'cut-after-applying') return void response.destroy();
  const end = (known ?? before.length) + body.length;
  response
    .writeHead(200, {
      ...objectHeaders((objects.get(key) ?? Buffer.alloc(0)).subarray(0, end)),
      ...(kind === 'extended' && Object.fromEntries(asked)),
      ...(kind === 'extended' && position === 'auto' && { 'x-oss-annals-append-position': end - body.length }),
    })
    .end();
}

function objectHeaders(bytes: Buffer): Record<string, string> {
  return {
    'x-oss-next-append-position': String(bytes.length),
    'x-oss-hash-crc64ecma': crc64(bytes).toString(),
    etag: '"0"',
  };
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end(`<Error><Code>${code}</Code><Message>No</Message></Error>`);
}

const QUICK: AppendWriterOptions = { lingerMs: 0, retry: { delayMs: 1, delayMsMax: 1 } };

async function failureOf(call: Promise<unknown>): Promise<AnnalsError> {
  return call.then(
    () => {
      throw new Error('The call did not fail as it should');
    },
    (error: AnnalsError) => error,
  );
}

/** What an object holds, as text. */
const contentOf = (key: string): string => String(objects.get(key));

describe('appendWriter', () => {
  it('appends what is written behind what is there, in batches', async () => {
    objects.set('app.log', Buffer.from('old '));
    const writer = client.appendWriter('logs', 'app.log', { lingerMs: 60_000, batchBytes: 6 });
    for (const text of ['one', 'two', '', 'three', 'the longest']) void writer.write(text);
    expect(await writer.close()).toEqual({
      key: 'app.log',
      position: 26,
      crc64: crc64(Buffer.from('old onetwothreethe longest')),
      acceptedBytes: 22,
      durableBytes: 22,
      spooledBytes: 0,
    });
    expect(appends.map(({ text }) => text)).toEqual(['onetwo', 'three', 'the lo', 'ngest']);
  });

  it('reports progress, and flush waits for everything before it', async () => {
    const positions: number[] = [];
    const writer = client.appendWriter('logs', 'app.log', {
      lingerMs: 60_000,
      onProgress: ({ position }) => positions.push(position),
    });
    void writer.write('abc');
    expect(await writer.flush()).toMatchObject({ durableBytes: 3 });
    expect(contentOf('app.log')).toBe('abc');
    void writer.write(Buffer.from('def'));
    await writer.close();
    expect(positions).toEqual([3, 6]);
  });

  it('creates an empty object when nothing is written', async () => {
    await client.appendWriter('logs', 'app.log', QUICK).close();
    expect(objects.get('app.log')).toHaveLength(0);
  });

  it('takes the bytes as they are when they are written', async () => {
    const bytes = Buffer.from('abc');
    const writer = client.appendWriter('logs', 'app.log', QUICK);
    void writer.write(bytes);
    bytes.fill('x');
    await writer.close();
    expect(contentOf('app.log')).toBe('abc');
  });

  it('is a web stream, too', async () => {
    const { writable } = client.appendWriter('logs', 'app.log', QUICK);
    await new Blob(['some text']).stream().pipeTo(writable);
    expect(contentOf('app.log')).toBe('some text');
  });

  it.each<[Kind, Fate[]]>([
    ['plain', ['cut-before-applying']],
    ['plain', ['cut-after-applying']],
    ['plain', ['cut-after-applying', 'cut-before-applying', 'fail', 'fail']],
    ['strict', ['cut-after-applying']],
    ['extended', ['cut-before-applying', 'cut-after-applying', 'fail']],
  ])('neither loses nor doubles a batch on a %s server that does %j', async (serverKind, some) => {
    kind = serverKind;
    fates = ['answer', ...some];
    const errors: string[] = [];
    const writer = client.appendWriter('logs', 'app.log', { ...QUICK, onRetry: ({ code }) => errors.push(code) });
    for (const text of ['abc', 'def', 'ghi']) {
      await writer.write(text);
      await writer.flush();
    }
    await writer.close();
    expect(contentOf('app.log')).toBe('abcdefghi');
    expect(errors).toHaveLength(some.length);
  });

  it('stops when somebody else appends, and says so to all who wait', async () => {
    fates = ['answer', 'intrude'];
    const writer = client.appendWriter('logs', 'app.log', QUICK);
    await writer.write('abc');
    await writer.flush();
    await writer.write('def');
    const wanted = { code: 'PositionTaken', outcome: 'not-applied' };
    expect(await failureOf(writer.flush())).toMatchObject(wanted);
    expect(await failureOf(writer.write('ghi'))).toMatchObject(wanted);
    expect(await failureOf(writer.close())).toMatchObject(wanted);
    expect(contentOf('app.log')).toBe('abcalien');
  });

  it('does not begin where the object does not end', async () => {
    objects.set('app.log', Buffer.from('old'));
    expect(await failureOf(client.appendWriter('logs', 'app.log', { position: 2 }).close())).toMatchObject({
      code: 'PositionTaken',
    });
  });

  it('ends at a refusal that stays, at once', async () => {
    fates = ['deny'];
    const writer = client.appendWriter('logs', 'app.log', QUICK);
    await writer.write('abc');
    expect(await failureOf(writer.close())).toMatchObject({ code: 'AccessDenied', outcome: 'not-applied' });
    expect(appends).toHaveLength(1);
  });

  it('gives up after retryForMs, and leaves the outcome unknown', async () => {
    fates = ['cut-after-applying', ...Array<Fate>(1000).fill('fail')];
    const writer = client.appendWriter('logs', 'app.log', { ...QUICK, retryForMs: 20 });
    await writer.write('abc');
    expect(await failureOf(writer.close())).toMatchObject({ outcome: 'unknown' });
  });

  it('ends within a try when it is aborted', async () => {
    fates = ['hang'];
    const writer = client.appendWriter('logs', 'app.log', QUICK);
    await writer.write('abc');
    const flushed = failureOf(writer.flush());
    await expect.poll(() => appends.length).toBe(1);
    await writer.abort(new Error('enough'));
    expect(await flushed).toMatchObject({ code: 'Aborted', outcome: 'unknown' });
  });

  it('makes those who write wait while too much waits', async () => {
    fates = ['hang'];
    const writer = client.appendWriter('logs', 'app.log', { ...QUICK, memoryBytesMax: 5 });
    await writer.write('abc');
    await writer.write('def');
    let isAccepted = false;
    const third = failureOf(writer.write('ghi').then(() => (isAccepted = true)));
    await expect.poll(() => appends.length).toBe(1);
    expect(isAccepted).toBe(false);
    expect(writer.progress.acceptedBytes).toBe(6);
    await writer.abort();
    await third;
  });
});

describe('a writer with a pattern', () => {
  it('goes on to the next number before an object would be too long, never within a chunk', async () => {
    const writer = client.appendWriter('logs', 'app-{seq}.log', { ...QUICK, roll: { sizeBytes: 7 }, lingerMs: 60_000 });
    for (const text of ['abc', 'def', 'ghi', 'much too long', 'j']) void writer.write(text);
    expect(await writer.close()).toMatchObject({ key: 'app-0003.log', position: 1, durableBytes: 23 });
    expect([...objects].map(([key, bytes]) => [key, String(bytes)])).toEqual([
      ['app-0000.log', 'abcdef'],
      ['app-0001.log', 'ghi'],
      ['app-0002.log', 'much too long'],
      ['app-0003.log', 'j'],
    ]);
  });

  it('goes on with the day, and with the age of an object', async () => {
    const writer = client.appendWriter('logs', '{yyyy}{MM}{dd}-{seq}.log', { ...QUICK, roll: { ageMs: 3_600_000 } });
    for (const stepMs of [0, 3_599_999, 1, 24 * 3_600_000]) {
      nowMs += stepMs;
      await writer.write('x');
      await writer.flush();
    }
    await writer.close();
    expect([...objects].map(([key, bytes]) => [key, String(bytes)])).toEqual([
      ['20260102-0000.log', 'xx'],
      ['20260102-0001.log', 'x'],
      ['20260103-0000.log', 'x'],
    ]);
  });

  it('passes by objects that are sealed or full', async () => {
    objects.set('app-0000.log', Buffer.from('0123456789'));
    objects.set('app-0001.log', Buffer.from('0'));
    sealed.add('app-0001.log');
    const writer = client.appendWriter('logs', 'app-{seq}.log', { ...QUICK, roll: { sizeBytes: 10 } });
    await writer.write('new');
    expect(await writer.close()).toMatchObject({ key: 'app-0002.log' });
  });
});

describe('the extensions', () => {
  it('let a writer append at the end beside others', async () => {
    kind = 'extended';
    objects.set('app.log', Buffer.from('others '));
    fates = ['cut-after-applying', 'intrude'];
    const writer = client.appendWriter('logs', 'app.log', { ...QUICK, position: 'auto' });
    await writer.write('abc');
    await writer.flush();
    await writer.write('def');
    expect(await writer.close()).toMatchObject({ position: 18, crc64: undefined, durableBytes: 6 });
    expect(contentOf('app.log')).toBe('others abcaliendef');
  });

  it.each<[Kind, AppendWriterOptions]>([
    ['plain', { position: 'auto' }],
    ['strict', { position: 'auto' }],
    ['plain', { writerEpoch: 3 }],
    ['strict', { writerEpoch: 3 }],
  ])('are missed before anything is written: a %s server, %j', async (serverKind, options) => {
    kind = serverKind;
    const writer = client.appendWriter('logs', 'app.log', { ...QUICK, ...options });
    expect(await failureOf(writer.close())).toMatchObject({ code: 'ExtensionMissing' });
    expect(appends).toHaveLength(0);
  });

  it('fence other writers from the start', async () => {
    kind = 'extended';
    await client.appendWriter('logs', 'app.log', { ...QUICK, writerEpoch: 3 }).close();
    expect(objects.get('app.log')).toHaveLength(0);
  });
});

describe('options that cannot be followed', () => {
  it.each<[string, AppendWriterOptions]>([
    ['app.log', { batchBytes: 0 }],
    ['app.log', { lingerMs: -1 }],
    ['app.log', { position: 1.5 }],
    ['app.log', { roll: { sizeBytes: 100 } }],
    ['app-{seq}.log', { position: 7 }],
    ['app-{day}.log', {}],
  ])('%s %j', (key, options) => {
    expect(() => client.appendWriter('logs', key, options)).toThrow(/^Cannot .*expected/);
  });
});
