/**
 * Everything that can happen to a followed object, in every form of following: what ends it, how the reader is told,
 * and what it goes on through. No reader gets a byte of another object.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { until } from '../harness/until.js';
import { BackgroundFollower, FOLLOW_FORMS, type FollowedForm, followerCount } from './follow-requests.js';
import { makeForm, policyOf, signFormV1 } from './post-form.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

let server: TestServer;
let keyCount = 0;

beforeAll(async () => {
  server = await startTestServer({
    clock: () => START_MS,
    storeSettings: { appendable: { overwrite: 'allow', copy: 'allow' } },
    buckets: ['plain', 'versioned', 'suspended'],
  });
  for (const bucket of ['versioned', 'suspended']) {
    await server.store.updateBucket(bucket, { versioning: 'enabled' });
  }
  await server.store.updateBucket('suspended', { versioning: 'suspended' });
});

afterAll(() => server.close());

interface Target {
  readonly bucket: string;
  readonly key: string;
}

/** Begins to follow, and waits until the reader has what is there and waits for more; between two polls it does not. */
async function followAll(form: FollowedForm, wish: Target & { readonly versionId?: string }, length: number) {
  await until(async () => (await followerCount(server)) === 0);
  const follower = new BackgroundFollower(server, form, wish);
  await waitsAt(follower, length);
  return follower;
}

async function waitsAt(follower: BackgroundFollower, length: number): Promise<void> {
  await follower.until(length);
  await until(async () => (await followerCount(server)) === 1);
}

async function ok(request: Parameters<TestServer['send']>[0]): Promise<RawAnswer> {
  const answer = await server.send(request);
  expect(answer.status, answer.body.toString()).toBeLessThan(300);
  return answer;
}

const append = (target: Target, position: number, body: string): Promise<RawAnswer> =>
  ok({ method: 'POST', ...target, query: { append: '', position: String(position) }, body });

const overwrite = (target: Target): Promise<RawAnswer> => ok({ method: 'PUT', ...target, body: 'another object' });

async function complete(target: Target): Promise<RawAnswer> {
  const begun = await ok({ method: 'POST', ...target, query: { uploads: '' } });
  const uploadId = /<UploadId>(\w+)</.exec(begun.body.toString())?.[1] ?? '';
  await ok({ method: 'PUT', ...target, query: { uploadId, partNumber: '1' }, body: 'part' });
  return ok({ method: 'POST', ...target, query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } });
}

async function post({ bucket, key }: Target): Promise<RawAnswer> {
  const signature = signFormV1(policyOf([{ bucket }], START_MS + 600_000), ROOT);
  const { contentType, body } = makeForm([['key', key], ...signature], { content: 'another object' });
  return ok({ method: 'POST', bucket, headers: { 'content-type': contentType }, body, signature: 'anonymous' });
}

interface End {
  readonly name: string;
  readonly bucket: string;
  readonly change: (target: Target) => Promise<unknown>;
  readonly ends: 'sealed' | 'deleted' | 'replaced';
}

const ENDS: readonly End[] = [
  {
    name: 'a seal',
    bucket: 'plain',
    change: (target) => ok({ method: 'POST', ...target, query: { seal: '', position: '6' } }),
    ends: 'sealed',
  },
  { name: 'a deletion', bucket: 'plain', change: (target) => ok({ method: 'DELETE', ...target }), ends: 'deleted' },
  {
    name: 'a deletion of many keys',
    bucket: 'plain',
    change: ({ bucket, key }) =>
      ok({
        method: 'POST',
        bucket,
        query: { delete: '' },
        body: `<Delete><Object><Key>${key}</Key></Object></Delete>`,
      }),
    ends: 'deleted',
  },
  { name: 'PutObject', bucket: 'plain', change: overwrite, ends: 'replaced' },
  { name: 'PostObject', bucket: 'plain', change: post, ends: 'replaced' },
  { name: 'CompleteMultipartUpload', bucket: 'plain', change: complete, ends: 'replaced' },
  {
    name: 'a copy of another object',
    bucket: 'plain',
    change: async (target) => {
      await ok({ method: 'PUT', bucket: 'plain', key: 'source', body: 'another object' });
      await ok({ method: 'PUT', ...target, headers: { 'x-oss-copy-source': '/plain/source' } });
    },
    ends: 'replaced',
  },
  {
    name: 'a link in its place',
    bucket: 'plain',
    change: (target) =>
      ok({ method: 'PUT', ...target, query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'source' } }),
    ends: 'replaced',
  },
  {
    name: 'a conversion',
    bucket: 'plain',
    change: (target) => ok({ method: 'POST', ...target, query: { convert: '', type: 'normal' } }),
    ends: 'replaced',
  },
  { name: 'a new version', bucket: 'versioned', change: overwrite, ends: 'replaced' },
  {
    name: 'a delete marker',
    bucket: 'versioned',
    change: (target) => ok({ method: 'DELETE', ...target }),
    ends: 'deleted',
  },
  {
    name: 'a deletion of the version itself',
    bucket: 'versioned',
    change: async (target) => {
      const { headers } = await ok({ method: 'HEAD', ...target });
      await ok({ method: 'DELETE', ...target, query: { versionId: headers['x-oss-version-id'] ?? '' } });
    },
    ends: 'deleted',
  },
  { name: 'a null version over it', bucket: 'suspended', change: overwrite, ends: 'replaced' },
  {
    name: 'a delete marker in place of the null version',
    bucket: 'suspended',
    change: (target) => ok({ method: 'DELETE', ...target }),
    ends: 'deleted',
  },
];

/** What each form says of an end. */
const SAID: Readonly<Record<End['ends'], Readonly<Record<FollowedForm, string>>>> = {
  sealed: { chunked: 'in order', events: 'sealed', text: 'sealed', poll: '204 sealed' },
  deleted: { chunked: 'cut', events: 'deleted', text: 'deleted', poll: '404 NoSuchKey' },
  replaced: { chunked: 'cut', events: 'replaced', text: 'replaced', poll: '404 NoSuchKey' },
};

describe.each(FOLLOW_FORMS)('a reader of the form %s', (form) => {
  test.each(ENDS)('is ended by $name, and gets what came before', async ({ bucket, change, ends }) => {
    const target = { bucket, key: `log-${keyCount++}` };
    await append(target, 0, 'abc');
    const follower = await followAll(form, target, 3);
    await append(target, 3, 'def');
    await waitsAt(follower, 6);
    await change(target);
    expect(await follower.ended).toEqual({ bytes: 'abcdef', end: SAID[ends][form] });
  });

  test('goes on through what changes no bytes', async () => {
    const target = { bucket: 'plain', key: `log-${keyCount++}` };
    await append(target, 0, 'abc');
    const follower = await followAll(form, target, 3);
    await ok({ method: 'PUT', ...target, query: { acl: '' }, headers: { 'x-oss-object-acl': 'private' } });
    const tags = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    await ok({ method: 'PUT', ...target, query: { tagging: '' }, body: tags });
    await ok({ method: 'POST', ...target, query: { append: '', position: '3' }, body: '' });
    await ok({
      method: 'PUT',
      ...target,
      headers: {
        'x-oss-copy-source': `/${target.bucket}/${target.key}`,
        'x-oss-metadata-directive': 'REPLACE',
        'x-oss-meta-a': 'b',
      },
    });
    await server.store.updateBucket('plain', { appendable: { overwrite: 'allow' } });
    await append(target, 3, 'def');
    await waitsAt(follower, 6);
    await ok({ method: 'POST', ...target, query: { seal: '', position: '6' } });
    expect(await follower.ended).toEqual({ bytes: 'abcdef', end: SAID.sealed[form] });
  });

  test('goes on when its bucket begins to keep versions', async () => {
    const target = { bucket: `turning-${form}`, key: 'log' };
    await ok({ method: 'PUT', bucket: target.bucket });
    await append(target, 0, 'abc');
    const follower = await followAll(form, target, 3);
    await server.store.updateBucket(target.bucket, { versioning: 'enabled' });
    await append(target, 3, 'def');
    await waitsAt(follower, 6);
    await overwrite(target);
    expect(await follower.ended).toEqual({ bytes: 'abcdef', end: SAID.replaced[form] });
  });

  test('of a named version gets none of another, and a deletion beside it does not concern it', async () => {
    const target = { bucket: 'versioned', key: `log-${keyCount++}` };
    await overwrite(target);
    const { headers } = await ok({ method: 'DELETE', ...target });
    const versionId = (await append(target, 0, 'abc')).headers['x-oss-version-id'] ?? '';
    const follower = await followAll(form, { ...target, versionId }, 3);
    await ok({ method: 'DELETE', ...target, query: { versionId: headers['x-oss-version-id'] ?? '' } });
    await append(target, 3, 'def');
    await waitsAt(follower, 6);
    await ok({ method: 'DELETE', ...target, query: { versionId } });
    // Another version is the current one now.
    expect(await follower.ended).toEqual({ bytes: 'abcdef', end: SAID.replaced[form] });
  });

  test('is ended when another object takes the key at once, of the same length or not', async () => {
    for (const body of ['ABCDEF', 'longer than before']) {
      const target = { bucket: 'plain', key: `log-${keyCount++}` };
      await append(target, 0, 'abcdef');
      const follower = await followAll(form, target, 6);
      await ok({ method: 'DELETE', ...target });
      await append(target, 0, body);
      const { bytes, end } = await follower.ended;
      expect(bytes).toBe('abcdef');
      expect([SAID.deleted[form], SAID.replaced[form]]).toContain(end);
    }
  });
});
