/**
 * Readers in every form follow one object over stops and kills of its server, and resume at the position that they
 * reached. Each gets every byte once and in order, learns of a stop, and is cut by a kill.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account } from '../access-control/account.js';
import { BackgroundFollower, FOLLOW_FORMS, type FollowedForm } from '../conformance-http/follow-requests.js';
import { begin } from '../harness/http-exchange.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import type { TestRequest } from '../harness/test-server.js';

const bucket = 'followed';
const key = 'log';
const LIFE_COUNT = 4;
const APPEND_COUNT_PER_LIFE = 40;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => folder.remove());

/** How each form is told that the server stops; a stop between two polls refuses the next. */
const STOPPED: Readonly<Record<FollowedForm, readonly string[]>> = {
  chunked: ['in order'],
  events: ['shutdown'],
  text: ['shutdown'],
  poll: ['204', 'cut'],
};
const SEALED: Readonly<Record<FollowedForm, string>> = {
  chunked: 'in order',
  events: 'sealed',
  text: 'sealed',
  poll: '204 sealed',
};

/** One life of the server, and those who talk to it. */
class Life {
  readonly #account: Account;

  constructor(readonly server: ServerProcess) {
    this.#account = new Account(server);
  }

  static async begin(): Promise<Life> {
    return new Life(await startServerProcess({ data: join(folder.path, 'data'), buckets: [bucket] }));
  }

  send = (request: TestRequest) => this.#account.send(requestOf(request), this.#account.root);

  begin = (request: TestRequest) => begin(this.#account.signed(requestOf(request), this.#account.root));

  async append(index: number): Promise<void> {
    const headers = { 'x-oss-annals-append-id': `append-${index}` };
    const query = { append: '', position: 'auto' };
    const answer = await this.send({ method: 'POST', bucket, key, query, headers, body: lineOf(index) });
    expect(answer.status, answer.body.toString()).toBe(200);
  }

  /** From where a reader stopped; events are resumed as a browser does it. */
  follow(form: FollowedForm, position: number): BackgroundFollower {
    const isEvents = form === 'events' || form === 'text';
    const headers = isEvents && position > 0 ? { 'last-event-id': String(position) } : {};
    return new BackgroundFollower(this, form, { bucket, key, position: isEvents ? 0 : position, headers });
  }

  async end(how: 'stop' | 'kill'): Promise<void> {
    if (how === 'kill') await this.server.kill();
    else expect(await this.server.stop()).toBe(0);
    this.#account.close();
  }
}

function requestOf({ body, ...request }: TestRequest) {
  if (body !== undefined && typeof body !== 'string') throw new Error('The test sends text alone');
  return { ...request, ...(body !== undefined && { body }) };
}

const lineOf = (index: number): string => `${index} ${'x'.repeat((index * 131) % 3000)}\n`;

test(`followers get every byte over ${LIFE_COUNT} stops and kills by resuming where they were`, async () => {
  const received: Record<FollowedForm, string> = { chunked: '', events: '', text: '', poll: '' };
  let written = '';
  let count = 0;
  for (let index = 0; index < LIFE_COUNT; index += 1) {
    const how = index % 2 === 0 ? 'stop' : 'kill';
    const life = await Life.begin();
    // The first makes the object; each later one was sent already, and met the end of the life before.
    await life.append(count);
    written += lineOf(count);
    count += 1;
    const followers = FOLLOW_FORMS.map((form) => ({ form, follower: life.follow(form, received[form].length) }));
    for (let appended = 0; appended < APPEND_COUNT_PER_LIFE; appended += 1) {
      await life.append(count);
      written += lineOf(count);
      count += 1;
    }
    // One that the end meets on its way: it is sent again in the next life, with its id.
    const last = life.append(count).catch(() => undefined);
    await Promise.all(followers.map(({ form, follower }) => follower.until(written.length - received[form].length)));
    await life.end(how);
    await last;
    for (const { form, follower } of followers) {
      const { bytes, end } = await follower.ended;
      expect(how === 'stop' ? STOPPED[form] : ['cut'], form).toContain(end);
      received[form] += bytes;
    }
  }
  const life = await Life.begin();
  await life.append(count);
  written += lineOf(count);
  const followers = FOLLOW_FORMS.map((form) => ({ form, follower: life.follow(form, received[form].length) }));
  await Promise.all(followers.map(({ form, follower }) => follower.until(written.length - received[form].length)));
  const query = { seal: '', position: String(written.length) };
  expect((await life.send({ method: 'POST', bucket, key, query })).status).toBe(200);
  for (const { form, follower } of followers) {
    const { bytes, end } = await follower.ended;
    expect([form, end]).toEqual([form, SEALED[form]]);
    expect(received[form] + bytes === written, form).toBe(true);
  }
  await life.end('stop');
});
