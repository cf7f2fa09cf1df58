import { expect, test } from 'vitest';
import { eventStream } from './event-stream.js';
import type { SessionStep } from './follow-session.js';

async function* bytesOf(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece, 'latin1');
}

/** A session that gives these steps. */
async function eventsOf(form: 'events' | 'text', steps: readonly SessionStep[]): Promise<string> {
  const left = [...steps];
  const pauses: (number | undefined)[] = [];
  const session = {
    follower: { position: 10 },
    async next(pauseMs?: number): Promise<SessionStep> {
      pauses.push(pauseMs);
      return left.shift() ?? expect.fail('asked for more behind the end');
    },
  };
  let text = '';
  for await (const piece of eventStream(session, form)) text += Buffer.from(piece).toString('utf8');
  expect(left).toEqual([]);
  expect(new Set(pauses)).toEqual(new Set([15_000]));
  return text;
}

test('eventStream sends a comment whenever nothing came for 15 seconds', async () => {
  const steps: SessionStep[] = [{ kind: 'pause' }, { kind: 'pause' }, { kind: 'end', because: 'timeout' }];
  expect(await eventsOf('events', steps)).toBe(':\n\n:\n\nid: 10\nevent: end\ndata: timeout\n\n');
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
