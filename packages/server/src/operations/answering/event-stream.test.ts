import { expect, test } from 'vitest';
import { eventStream } from './event-stream.js';
import type { SessionStep } from './follow-session.js';

async function* bytesOf(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece, 'latin1');
}

/** A session that gives these steps. */
async function eventsOf(form: 'events' | 'text', steps: readonly SessionStep[]): Promise<string> {
  const left = [...steps];
  const session = {
    follower: { position: 10 },
    next: async (): Promise<SessionStep> => left.shift() ?? expect.fail('asked for more behind the end'),
  };
  let text = '';
  for await (const piece of eventStream(session, form)) text += Buffer.from(piece).toString('utf8');
  expect(left).toEqual([]);
  return text;
}

/** What is appended when, in milliseconds since the reader came; its patience ends after the last. */
interface Timeline {
  readonly form: 'events' | 'text';
  readonly appends: readonly (readonly [atMs: number, text: string])[];
  readonly endsAtMs: number;
}

/** @returns Each piece with its time. The clock stands still but for waits. */
async function timesOf({ form, appends, endsAtMs }: Timeline): Promise<readonly string[]> {
  let nowMs = 0;
  const left = [...appends];
  const session = {
    follower: { position: 10 },
    async next(pauseMs = Number.POSITIVE_INFINITY): Promise<SessionStep> {
      const [atMs, text] = left[0] ?? [endsAtMs, undefined];
      if (nowMs + pauseMs < atMs) {
        nowMs += pauseMs;
        return { kind: 'pause' };
      }
      nowMs = atMs;
      left.shift();
      if (text === undefined) return { kind: 'end', because: 'timeout' };
      return { kind: 'bytes', start: 0, end: text.length, bytes: bytesOf(text) };
    },
  };
  const sent: string[] = [];
  for await (const piece of eventStream(session, form, () => nowMs)) {
    sent.push(`${nowMs / 1000} s: ${Buffer.from(piece).toString('utf8').replace(/\n/g, '|')}`);
  }
  return sent;
}

const END = 'id: 10|event: end|data: timeout||';

test('eventStream sends a comment whenever 15 seconds were silent, and none between events that are closer', async () => {
  expect(await timesOf({ form: 'events', appends: [], endsAtMs: 31_000 })).toEqual([
    '15 s: :||',
    '30 s: :||',
    `31 s: ${END}`,
  ]);
  const appends = [14_000, 28_000, 50_000].map((atMs) => [atMs, 'a'] as const);
  expect(await timesOf({ form: 'text', appends, endsAtMs: 60_000 })).toEqual([
    '14 s: id: 11|data: a||',
    '28 s: id: 12|data: a||',
    '43 s: :||',
    '50 s: id: 13|data: a||',
    '60 s: id: 13|event: end|data: timeout||',
  ]);
});

test('eventStream takes what it holds back for silence: a proxy sees none of it', async () => {
  const appends = [
    [10_000, '\xe2'],
    [20_000, '\x82'],
    [29_000, '\xac'],
  ] as const;
  expect(await timesOf({ form: 'text', appends, endsAtMs: 40_000 })).toEqual([
    '15 s: :||',
    '29 s: id: 13|data: €||',
    '40 s: id: 13|event: end|data: timeout||',
  ]);
});

test('eventStream gives what it held back only when nothing can come behind it', async () => {
  const bytes: SessionStep = { kind: 'bytes', start: 10, end: 14, bytes: bytesOf('ab', '\xe2\x82') };
  expect(await eventsOf('text', [bytes, { kind: 'end', because: 'shutdown' }])).toBe(
    'id: 12\ndata: ab\n\nid: 12\nevent: end\ndata: shutdown\n\n',
  );
  const again: SessionStep = { kind: 'bytes', start: 10, end: 14, bytes: bytesOf('ab', '\xe2\x82') };
  expect(await eventsOf('text', [again, { kind: 'end', because: 'sealed' }])).toBe(
    'id: 12\ndata: ab\n\nid: 14\ndata: \ufffd\n\nid: 14\nevent: end\ndata: sealed\n\n',
  );
});

test('eventStream keeps every line break of a text', async () => {
  const bytes: SessionStep = { kind: 'bytes', start: 10, end: 18, bytes: bytesOf('\na\r\n\nb\rc') };
  expect(await eventsOf('text', [bytes, { kind: 'end', because: 'deleted' }])).toBe(
    'id: 18\ndata: \ndata: a\ndata: \ndata: b\ndata: c\n\nid: 18\nevent: end\ndata: deleted\n\n',
  );
});
