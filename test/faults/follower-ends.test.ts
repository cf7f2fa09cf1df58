/**
 * A thousand followers in one server, in every form, when the objects that they follow end in every way: all are told
 * what became of theirs, and none gets a byte of another object. Leaves out each ending by itself
 * (`../conformance-http/follow-ends.test.ts`), and what followers cost (`followers.test.ts`).
 */
import { expect, test } from 'vitest';
import {
  BackgroundFollower,
  FOLLOW_FORMS,
  type FollowedForm,
  followerCount,
} from '../conformance-http/follow-requests.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { until } from '../harness/until.js';

const BUCKET = 'followed';
const FOLLOWER_COUNT = 1000;
/** Requests that are opened side by side: a caller may not have a thousand waiting. */
const OPENED_AT_ONCE = 50;
const BEFORE = 'before ';
const AFTER = 'after';

/** How readers of each form are told. */
const TOLD: Readonly<Record<'sealed' | 'deleted' | 'replaced' | 'shutdown', Readonly<Record<FollowedForm, string>>>> = {
  sealed: { chunked: 'in order', events: 'sealed', text: 'sealed', poll: '204 sealed' },
  deleted: { chunked: 'cut', events: 'deleted', text: 'deleted', poll: '404 NoSuchKey' },
  replaced: { chunked: 'cut', events: 'replaced', text: 'replaced', poll: '404 NoSuchKey' },
  shutdown: { chunked: 'in order', events: 'shutdown', text: 'shutdown', poll: '204' },
};

type Told = keyof typeof TOLD;

interface Ending {
  readonly key: string;
  readonly happens: (server: TestServer, key: string) => Promise<unknown>;
  /** Of two, either: what a reader finds depends on when it looks. */
  readonly told: readonly Told[];
}

async function ok(server: TestServer, request: TestRequest): Promise<void> {
  const answer = await server.send({ bucket: BUCKET, ...request });
  expect(answer.status, answer.body.toString()).toBeLessThan(300);
}

const append = (server: TestServer, key: string, position: number, body: string): Promise<void> =>
  ok(server, { method: 'POST', key, query: { append: '', position: String(position) }, body });

const LENGTH = BEFORE.length + AFTER.length;

const ENDINGS: readonly Ending[] = [
  {
    key: 'sealed',
    happens: (server, key) => ok(server, { method: 'POST', key, query: { seal: '', position: String(LENGTH) } }),
    told: ['sealed'],
  },
  { key: 'deleted', happens: (server, key) => ok(server, { method: 'DELETE', key }), told: ['deleted'] },
  {
    key: 'overwritten',
    happens: (server, key) => ok(server, { method: 'PUT', key, body: 'another object, and a longer one' }),
    told: ['replaced'],
  },
  {
    key: 'appended-again',
    async happens(server, key) {
      await ok(server, { method: 'DELETE', key });
      await append(server, key, 0, 'another object, and a longer one');
    },
    told: ['deleted', 'replaced'],
  },
  {
    key: 'converted',
    happens: (server, key) => ok(server, { method: 'POST', key, query: { convert: '', type: 'normal' } }),
    told: ['replaced'],
  },
  { key: 'served-no-more', happens: async () => undefined, told: ['shutdown'] },
];

/** Opens all followers, some at a time; each has what is there. */
async function followAll(server: TestServer) {
  const followers: { readonly ending: Ending; readonly form: FollowedForm; readonly follower: BackgroundFollower }[] =
    [];
  while (followers.length < FOLLOWER_COUNT) {
    const opened = Array.from({ length: OPENED_AT_ONCE }, (_, at) => {
      const index = followers.length + at;
      const ending = ENDINGS[index % ENDINGS.length] as Ending;
      const form = FOLLOW_FORMS[Math.floor(index / ENDINGS.length) % FOLLOW_FORMS.length] as FollowedForm;
      return { ending, form, follower: new BackgroundFollower(server, form, { bucket: BUCKET, key: ending.key }) };
    });
    await Promise.all(opened.map(({ follower }) => follower.until(BEFORE.length)));
    followers.push(...opened);
  }
  await until(async () => (await followerCount(server)) === FOLLOWER_COUNT);
  return followers;
}

test('a thousand followers in every form are told of every ending, and get every byte before it and none behind', async () => {
  const server = await startTestServer({
    isSilent: true,
    storeSettings: { appendable: { overwrite: 'allow' } },
    buckets: [BUCKET],
  });
  for (const { key } of ENDINGS) await append(server, key, 0, BEFORE);
  const followers = await followAll(server);

  for (const { key } of ENDINGS) await append(server, key, BEFORE.length, AFTER);
  await Promise.all(followers.map(({ follower }) => follower.until(LENGTH)));
  await until(async () => (await followerCount(server)) === FOLLOWER_COUNT);
  for (const { key, happens } of ENDINGS) await happens(server, key);
  const [left, ended] = [
    followers.filter(({ ending }) => ending.told.includes('shutdown')),
    followers.filter(({ ending }) => !ending.told.includes('shutdown')),
  ];
  await Promise.all(ended.map(({ follower }) => follower.ended));
  // The others wait on. A reader knows of its end a moment before the server has let go of it.
  await until(async () => (await followerCount(server)) === left.length);
  await server.server.close();

  for (const { ending, form, follower } of followers) {
    const { bytes, end } = await follower.ended;
    expect(bytes).toBe(BEFORE + AFTER);
    expect(ending.told.map((told) => TOLD[told][form])).toContain(end);
  }
  await server.close();
});
