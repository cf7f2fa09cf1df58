/** What the lifecycle of a bucket does to objects that are followed: it ends by deletion, and nothing else. */
import { expect, test } from 'vitest';
import { startTestServer } from '../harness/test-server.js';
import { until } from '../harness/until.js';
import { BackgroundFollower, FOLLOW_FORMS, type FollowedForm, followerCount } from './follow-requests.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 2);

const DELETED: Readonly<Record<FollowedForm, string>> = {
  chunked: 'cut',
  events: 'deleted',
  text: 'deleted',
  poll: '404 NoSuchKey',
};
const SEALED: Readonly<Record<FollowedForm, string>> = {
  chunked: 'in order',
  events: 'sealed',
  text: 'sealed',
  poll: '204 sealed',
};

const rule = (id: string, action: string): string =>
  `<Rule><ID>${id}</ID><Prefix>${id}</Prefix><Status>Enabled</Status>${action}</Rule>`;

test.each(['unversioned', 'enabled'] as const)(
  'one that expires is deleted under its readers, one that moves to IA goes on (%s)',
  async (versioning) => {
    let nowMs = START_MS;
    const server = await startTestServer({
      clock: () => nowMs,
      settings: { lifecycle: { hour: 0, intervalMs: 100 } },
      buckets: ['aging'],
    });
    if (versioning === 'enabled') await server.store.updateBucket('aging', { versioning });
    const rules = [
      rule('brief', '<Expiration><Days>1</Days></Expiration>'),
      rule('cold', '<Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition>'),
    ];
    const append = async (key: string, position: number, body: string): Promise<void> => {
      const query = { append: '', position: String(position) };
      const answer = await server.send({ method: 'POST', bucket: 'aging', key, query, body });
      expect(answer.status, answer.body.toString()).toBe(200);
    };
    for (const key of ['brief', 'cold']) await append(key, 0, 'abc');
    const followers = ['brief', 'cold'].flatMap((key) =>
      FOLLOW_FORMS.map((form) => ({
        key,
        form,
        follower: new BackgroundFollower(server, form, { bucket: 'aging', key }),
      })),
    );
    await Promise.all(followers.map(({ follower }) => follower.until(3)));
    // A poll between two is followed by one that meets the deletion, or by one that finds nothing.
    await until(async () => (await followerCount(server)) === followers.length);
    const body = `<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`;
    const configured = await server.send({ method: 'PUT', bucket: 'aging', query: { lifecycle: '' }, body });
    expect(configured.status, configured.body.toString()).toBe(200);
    nowMs += 2 * DAY_MS;
    for (const { key, form, follower } of followers) {
      if (key === 'brief') expect(await follower.ended).toEqual({ bytes: 'abc', end: DELETED[form] });
    }
    const classOf = async (): Promise<string | undefined> =>
      (await server.send({ method: 'HEAD', bucket: 'aging', key: 'cold' })).headers['x-oss-storage-class'];
    await until(async () => (await classOf()) === 'IA');
    await append('cold', 3, 'def');
    await Promise.all(followers.filter(({ key }) => key === 'cold').map(({ follower }) => follower.until(6)));
    await server.send({ method: 'POST', bucket: 'aging', key: 'cold', query: { seal: '', position: '6' } });
    for (const { key, form, follower } of followers) {
      if (key === 'cold') expect(await follower.ended).toEqual({ bytes: 'abcdef', end: SEALED[form] });
    }
    await server.close();
  },
);
