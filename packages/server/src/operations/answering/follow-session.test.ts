import { EventEmitter, once } from 'node:events';
import type { FollowStep, FollowWish, ObjectFollower } from '@annals/store';
import { expect, test } from 'vitest';
import { OpenFollowers } from '../../observe/open-followers.js';
import { FollowSession } from './follow-session.js';

const BYTES: FollowStep = { kind: 'bytes', start: 0, end: 0, bytes: (async function* () {})() };

/** A follower of an object that gets what the test says, and waits for it no longer than it is told. */
class ToldFollower extends EventEmitter {
  readonly wishes: FollowWish[] = [];
  isReleased = false;
  #isStopped = false;

  constructor(readonly steps: FollowStep[]) {
    super();
  }

  async next(wish: FollowWish): Promise<FollowStep> {
    this.wishes.push(wish);
    const step = this.steps.shift();
    if (step !== undefined) return step;
    if (Number.isFinite(wish.waitMs)) return { kind: 'nothing' };
    if (!this.#isStopped) await once(this, 'stop');
    return { kind: 'stopped' };
  }

  stop(): void {
    this.#isStopped = true;
    this.emit('stop');
  }

  release(): void {
    this.isReleased = true;
  }
}

function openSession(options: {
  readonly steps?: FollowStep[];
  readonly waitMs?: number;
  readonly expiresAtMs?: number;
  readonly clock?: () => number;
}) {
  const follower = new ToldFollower(options.steps ?? []);
  const counts = { open: 0 };
  const followers = new OpenFollowers(() => {
    counts.open += 1;
    return () => {
      counts.open -= 1;
    };
  });
  const gone = new AbortController();
  const { expiresAtMs } = options;
  const caller = {
    kind: 'anonymous',
    accessKeyId: '',
    accountId: '',
    principal: { kind: 'anonymous' },
    identityPolicies: [],
    sessionPolicy: undefined,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  } as const;
  const session = new FollowSession(
    follower as unknown as ObjectFollower,
    { signal: gone.signal, caller },
    { followers, clock: options.clock ?? (() => 0) },
    { waitMs: options.waitMs ?? Number.POSITIVE_INFINITY },
  );
  return { session, follower, followers, gone, counts };
}

test('FollowSession ends when the temporary key of its reader does, bytes or not', async () => {
  let nowMs = 0;
  const { session, follower } = openSession({
    steps: [BYTES, BYTES],
    expiresAtMs: 1000,
    clock: () => nowMs,
    waitMs: 60_000,
  });
  expect(await session.next()).toBe(BYTES);
  expect(follower.wishes[0]?.waitMs).toBe(1000);
  nowMs = 1000;
  expect(await session.next()).toEqual({ kind: 'end', because: 'timeout' });
});

test('FollowSession pauses when its caller wants to, and ends when its patience does', async () => {
  const { session } = openSession({ waitMs: 60_000 });
  expect(await session.next(10)).toEqual({ kind: 'pause' });
  expect(await session.next()).toEqual({ kind: 'end', because: 'timeout' });
});

test('FollowSession ends in order when the server stops, also one that comes later', async () => {
  const { session, followers, counts } = openSession({});
  const ending = session.next();
  followers.stop();
  expect(await ending).toEqual({ kind: 'end', because: 'shutdown' });
  let isStopped = false;
  followers.begin(() => {
    isStopped = true;
  });
  expect(isStopped).toBe(true);
  session.close();
  session.close();
  expect(counts.open).toBe(1);
});

test('FollowSession throws what its client left with, and lets go of the object once', async () => {
  const { session, follower, gone, counts } = openSession({});
  const ending = session.next();
  const reason = new Error('gone');
  gone.abort(reason);
  await expect(ending).rejects.toBe(reason);
  session.close();
  expect(follower.isReleased).toBe(true);
  expect(counts.open).toBe(0);
});

test('FollowSession cuts the bytes of an object that was deleted or replaced, and ends others in order', async () => {
  for (const because of ['deleted', 'replaced'] as const) {
    const { session } = openSession({ steps: [{ kind: 'end', because }] });
    await expect(session.bytes().next()).rejects.toThrow(`The followed object was ${because}`);
  }
  for (const because of ['sealed', 'whole'] as const) {
    const { session } = openSession({ steps: [{ kind: 'end', because }] });
    expect(await session.bytes().next()).toEqual({ done: true, value: undefined });
  }
});
