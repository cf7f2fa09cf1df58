/** A follower against servers with long poll and without, that break where a test says. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc64 } from '@annals/checksum';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../client.js';
import type { FollowedChunk, FollowOptions } from './follow.js';

type Kind = 'long poll' | 'ignores the question' | 'refuses the question';

let server: Server;
let client: Client;
let kind: Kind;
let stored: Buffer;
let isSealed: boolean;
let versionId: string | undefined;
/** Bytes of one answer to a question: few, so that several questions are needed. */
let stepBytesMax: number;
/** Whether answers have entity tags in the form of appendable objects. */
let hasTags: boolean;
/** Requests to come that get no answer. */
let cutCount: number;
/** What happens when a question finds nothing new. */
let onNothing: () => void;
let questions: string[];

beforeEach(async () => {
  kind = 'long poll';
  stored = Buffer.alloc(0);
  isSealed = false;
  versionId = undefined;
  hasTags = true;
  stepBytesMax = 3;
  cutCount = 0;
  onNothing = () => undefined;
  questions = [];
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = createClient({ endpoint: `http://127.0.0.1:${port}`, accessKeyId: 'id', accessKeySecret: 'secret' });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** CRC-64 and time, little-endian, and four zero bytes. */
function tagOf(bytes: Buffer): string {
  const tag = Buffer.alloc(16);
  tag.writeBigUInt64LE(crc64(bytes));
  tag.writeUInt32LE(1_767_323_045, 8);
  return tag.toString('hex').toUpperCase();
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://localhost');
  questions.push(`${request.method}${url.search}`);
  if (cutCount > 0) {
    cutCount -= 1;
    response.destroy();
    return;
  }
  const headers = {
    'x-oss-next-append-position': String(stored.length),
    'x-oss-hash-crc64ecma': crc64(stored).toString(),
    'x-oss-object-type': 'Appendable',
    ...(versionId !== undefined && { 'x-oss-version-id': versionId }),
    ...(hasTags && { etag: `"${tagOf(stored)}"` }),
    ...(isSealed && { 'x-oss-sealed-time': 'Fri, 02 Jan 2026 03:04:05 GMT' }),
  };
  const isQuestion = url.searchParams.get('follow') === 'once';
  if (isQuestion && kind === 'refuses the question') {
    response.writeHead(501).end('<Error><Code>NotImplemented</Code><Message>No</Message></Error>');
  } else if (isQuestion && kind === 'long poll') {
    const asked = url.searchParams.get('position');
    const position = asked === 'end' ? stored.length : Number(asked);
    if (position < stored.length) {
      const bytes = stored.subarray(position, position + stepBytesMax);
      response.writeHead(206, { ...headers, 'content-range': `bytes ${position}-${position + bytes.length - 1}/*` });
      response.end(bytes);
    } else if (position > stored.length) {
      response.writeHead(416, headers).end('<Error><Code>InvalidRange</Code><Message>No</Message></Error>');
    } else {
      response.writeHead(204, headers).end();
      if (asked !== 'end') onNothing();
    }
  } else {
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const bytes = start === undefined ? stored : stored.subarray(Number(start), Number(end) + 1);
    response.writeHead(start === undefined ? 200 : 206, { ...headers, 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    if (request.method === 'HEAD') onNothing();
  }
}

const QUICK: FollowOptions = { pollIntervalMs: 1, retry: { delayMs: 1, delayMsMax: 1 } };

/** Each time nothing is new the next text comes; after the last the object is sealed. */
function growBy(...texts: string[]): void {
  onNothing = () => {
    const next = texts.shift();
    if (next === undefined) isSealed = true;
    else stored = Buffer.concat([stored, Buffer.from(next)]);
  };
}

async function textOf(chunks: AsyncIterable<FollowedChunk>): Promise<string> {
  let text = '';
  for await (const { bytes, position, nextPosition } of chunks) {
    expect(nextPosition - position).toBe(bytes.length);
    text += Buffer.from(bytes).toString();
  }
  return text;
}

describe.each<Kind>(['long poll', 'ignores the question', 'refuses the question'])('follow, server: %s', (each) => {
  beforeEach(() => {
    kind = each;
  });

  it('gives what is there and what comes, until the object is sealed', async () => {
    stored = Buffer.from('there ');
    growBy('and ', 'what', ' comes');
    expect(await textOf(client.follow('logs', 'app.log', QUICK))).toBe('there and what comes');
  });

  it('begins at a position, and at the end', async () => {
    stored = Buffer.from('0123456789');
    growBy('abc');
    expect(await textOf(client.follow('logs', 'app.log', { ...QUICK, position: 7 }))).toBe('789abc');
    isSealed = false;
    growBy('def');
    expect(await textOf(client.follow('logs', 'app.log', { ...QUICK, position: 'end' }))).toBe('def');
  });

  it('goes on where it was when connections break', async () => {
    stored = Buffer.from('one two');
    growBy(' three', ' four');
    const found: string[] = [];
    for await (const { bytes } of client.follow('logs', 'app.log', QUICK)) {
      found.push(Buffer.from(bytes).toString());
      cutCount = 2;
    }
    expect(found.join('')).toBe('one two three four');
  });

  it('ends when the object is shorter than what was read', async () => {
    const following = textOf(client.follow('logs', 'app.log', { ...QUICK, position: 5 }));
    await expect(following).rejects.toMatchObject({ code: 'ObjectReplaced' });
  });

  it.each([
    ['a longer object', 'another one', true],
    ['a longer object, without tags', 'another one', false],
    ['an object of the same length', 'other', true],
    ['an object of the same length, without tags', 'other', false],
  ])('ends when %s takes the place, before it gives any byte of it', async (_, other, tags) => {
    hasTags = tags;
    stepBytesMax = 100;
    stored = Buffer.from('first');
    const found: string[] = [];
    onNothing = () => {
      if (found.join('') === 'first') stored = Buffer.from(other);
    };
    const following = (async () => {
      for await (const { bytes } of client.follow('logs', 'app.log', QUICK)) found.push(Buffer.from(bytes).toString());
    })();
    await expect(following).rejects.toMatchObject({ code: 'ObjectReplaced' });
    expect(found.join('')).toBe('first');
  });

  it('ends at the latest when it has reached the length of the object that took the place', async () => {
    stored = Buffer.from('first');
    let found = '';
    onNothing = () => {
      if (found === 'first') stored = Buffer.from('a much longer one');
    };
    const following = (async () => {
      for await (const { bytes } of client.follow('logs', 'app.log', QUICK)) found += Buffer.from(bytes).toString();
    })();
    await expect(following).rejects.toMatchObject({ code: 'ObjectReplaced' });
    expect('first'.concat('a much longer one'.slice(5)).startsWith(found)).toBe(true);
    expect(found.length).toBeLessThan('a much longer one'.length);
  });

  it('ends when another object takes the place of one whose beginning was not read', async () => {
    stored = Buffer.from('0123456789');
    onNothing = () => {
      stored = Buffer.from('abcdefghijklm');
    };
    const following = textOf(client.follow('logs', 'app.log', { ...QUICK, position: 7 }));
    await expect(following).rejects.toMatchObject({ code: 'ObjectReplaced' });
  });

  it('ends when the object has another version, whatever its bytes', async () => {
    stored = Buffer.from('first');
    versionId = 'one';
    onNothing = () => {
      versionId = 'two';
    };
    await expect(textOf(client.follow('logs', 'app.log', QUICK))).rejects.toMatchObject({
      code: 'ObjectReplaced',
      message: expect.stringContaining('version "two"'),
    });
  });

  it('goes on from a chunk with the checksum that came with it, or notices that it cannot', async () => {
    stored = Buffer.from('first and more');
    const first = crc64(Buffer.from('first'));
    growBy();
    const options = { ...QUICK, position: 5, crc64Before: first };
    let last: bigint | undefined;
    for await (const chunk of client.follow('logs', 'app.log', options)) last = chunk.crc64;
    expect(last).toBe(crc64(stored));
    const changed = client.follow('logs', 'app.log', { ...options, crc64Before: first ^ 1n });
    await expect(textOf(changed)).rejects.toMatchObject({ code: 'ObjectReplaced' });
  });

  it('ends when it is aborted', async () => {
    const ending = new AbortController();
    onNothing = () => ending.abort();
    const following = textOf(client.follow('logs', 'app.log', { ...QUICK, signal: ending.signal }));
    await expect(following).rejects.toMatchObject({ code: 'Aborted' });
  });
});

it('a follower that keeps up asks one question for what comes, and looks at nothing else', async () => {
  growBy('one', 'two', 'new');
  await textOf(client.follow('logs', 'app.log', QUICK));
  expect(questions.filter((question) => question.startsWith('HEAD'))).toEqual([]);
});

it('a follower that is far behind looks once at the length that it has to reach', async () => {
  stored = Buffer.from('0123456789abcdef');
  growBy();
  await textOf(client.follow('logs', 'app.log', QUICK));
  expect(questions.filter((question) => question.startsWith('HEAD'))).toHaveLength(1);
});

describe('followLines', () => {
  it('gives lines with their positions, whatever cuts them', async () => {
    growBy('first\nse', 'cond\r', '\n\nKä', 'se', '\nlast');
    const lines: unknown[] = [];
    for await (const line of client.followLines('logs', 'app.log', QUICK)) lines.push(line);
    expect(lines).toEqual([
      { position: 0, text: 'first', nextPosition: 6 },
      { position: 6, text: 'second', nextPosition: 14 },
      { position: 14, text: '', nextPosition: 15 },
      { position: 15, text: 'Käse', nextPosition: 21 },
      { position: 21, text: 'last', nextPosition: 25 },
    ]);
  });
});

describe('followJsonLines', () => {
  it('gives values, and says where a line has none', async () => {
    growBy('{"a":1}\n', '\n[2]\n', 'no JSON\n');
    const values: unknown[] = [];
    const following = (async () => {
      for await (const { value } of client.followJsonLines('logs', 'app.log', QUICK)) values.push(value);
    })();
    await expect(following).rejects.toMatchObject({
      code: 'InvalidLine',
      message: 'Cannot use the line at position 13: it is not JSON',
    });
    expect(values).toEqual([{ a: 1 }, [2]]);
  });
});
