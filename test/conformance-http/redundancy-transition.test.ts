/** Changes of a bucket's data redundancy: asked for, shown, listed in pages, deleted, refused. None ever begins. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError, invalidArgument } from './error-document.js';
import { expectDocument, expectError } from './expectations.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const BUCKETS = ['transition-a', 'transition-b', 'transition-c'] as const;
const [BUCKET] = BUCKETS;
const TARGET = 'x-oss-target-redundancy-type';
const TRANSITION = { redundancyTransition: '' };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => START_MS });
});

afterAll(() => server.close());

beforeEach(async () => {
  for (const bucket of BUCKETS) {
    await server.send({ method: 'DELETE', bucket });
    await server.send({ method: 'PUT', bucket });
  }
});

type Query = Readonly<Record<string, string>>;

function create(bucket: string, target = 'ZRS'): Promise<RawAnswer> {
  return server.send({ method: 'POST', bucket, query: { ...TRANSITION, [TARGET]: target } });
}

function ofTask(method: string, taskId: string, bucket: string = BUCKET): Promise<RawAnswer> {
  return server.send({ method, bucket, query: { ...TRANSITION, 'x-oss-redundancy-transition-taskid': taskId } });
}

function list(query: Query = {}, bucket?: string): Promise<RawAnswer> {
  return server.send({ method: 'GET', query: { ...TRANSITION, ...query }, ...(bucket !== undefined && { bucket }) });
}

function textsIn(answer: RawAnswer, tag: string): string[] {
  return [...answer.body.toString().matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text = '']) => text);
}

async function createTask(bucket: string): Promise<string> {
  const made = await create(bucket);
  const [taskId = ''] = textsIn(made, 'TaskId');
  expect(taskId).toMatch(/^[0-9a-f]{32}$/);
  expectDocument(made, [
    '<BucketDataRedundancyTransition>',
    `  <TaskId>${taskId}</TaskId>`,
    '</BucketDataRedundancyTransition>',
  ]);
  return taskId;
}

const notThere: ExactError = {
  status: 404,
  code: 'BucketDataRedundancyTransitionTaskNotExist',
  message: 'The specified data redundancy transition task does not exist.',
  details: [['BucketName', BUCKET]],
};

test('a task waits until it is deleted, and the bucket stays as it is', async () => {
  const taskId = await createTask(BUCKET);
  expectDocument(await ofTask('GET', taskId), [
    '<BucketDataRedundancyTransition>',
    `  <Bucket>${BUCKET}</Bucket>`,
    `  <TaskId>${taskId}</TaskId>`,
    '  <Status>Queueing</Status>',
    '  <CreateTime>2026-01-02T03:04:05.000Z</CreateTime>',
    '</BucketDataRedundancyTransition>',
  ]);
  expectDocument(await list({}, BUCKET), [
    '<ListBucketDataRedundancyTransition>',
    '  <BucketDataRedundancyTransition>',
    `    <Bucket>${BUCKET}</Bucket>`,
    `    <TaskId>${taskId}</TaskId>`,
    '    <Status>Queueing</Status>',
    '    <CreateTime>2026-01-02T03:04:05.000Z</CreateTime>',
    '  </BucketDataRedundancyTransition>',
    '  <IsTruncated>false</IsTruncated>',
    '</ListBucketDataRedundancyTransition>',
  ]);
  const info = await server.send({ method: 'GET', bucket: BUCKET, query: { bucketInfo: '' } });
  expect(textsIn(info, 'DataRedundancyType')).toEqual(['LRS']);

  expectExactError(
    await create(BUCKET),
    {
      status: 409,
      code: 'BucketDataRedundancyTransitionTaskStatusConflict',
      message: 'The bucket has a data redundancy transition task.',
    },
    server.host,
  );
  expect((await ofTask('DELETE', taskId)).status).toBe(204);
  for (const method of ['GET', 'DELETE']) expectExactError(await ofTask(method, taskId), notThere, server.host);
  expectDocument(await list({}, BUCKET), [
    '<ListBucketDataRedundancyTransition>',
    '  <IsTruncated>false</IsTruncated>',
    '</ListBucketDataRedundancyTransition>',
  ]);
  expect(await createTask(BUCKET)).not.toBe(taskId);
});

test('a task is found by its own id in its own bucket only', async () => {
  const taskId = await createTask(BUCKET);
  for (const method of ['GET', 'DELETE']) {
    for (const other of ['', 'x', '0'.repeat(32)]) expectExactError(await ofTask(method, other), notThere, server.host);
    expectError(await ofTask(method, taskId, BUCKETS[1]), { status: 404, code: notThere.code });
  }
  expect((await ofTask('GET', taskId)).status).toBe(200);
});

test('only from LRS to ZRS', async () => {
  expectError(await create(BUCKET, ''), { status: 400, code: 'InvalidArgument', details: { ArgumentName: TARGET } });
  for (const target of ['LRS', 'zrs', 'GRS']) {
    const refused = invalidArgument(TARGET, target, 'Data redundancy can only be changed to ZRS.');
    expectExactError(await create(BUCKET, target), refused, server.host);
  }
  const body = '<CreateBucketConfiguration><DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>';
  await server.send({ method: 'PUT', bucket: 'transition-zrs', body });
  const refused = invalidArgument(TARGET, 'ZRS', 'Data redundancy can only be changed from LRS.');
  expectExactError(await create('transition-zrs'), refused, server.host);
  expectError(await server.send({ method: 'POST', bucket: BUCKET, query: TRANSITION }), {
    status: 400,
    code: 'MissingArgument',
    details: { ArgumentName: TARGET },
  });
  expectError(await server.send({ method: 'DELETE', bucket: BUCKET, query: TRANSITION }), {
    status: 400,
    code: 'MissingArgument',
    details: { ArgumentName: 'x-oss-redundancy-transition-taskid' },
  });
});

test('the tasks of an account, in pages, without those of others', async () => {
  expect(textsIn(await list(), 'TaskId')).toEqual([]);
  const taskIds: string[] = [];
  for (const bucket of BUCKETS) taskIds.push(await createTask(bucket));
  await server.store.createBucket({
    name: 'transition-aa',
    ownerId: 'somebody-else',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  await server.store.updateBucket('transition-aa', {
    configurations: { redundancyTransition: { taskId: 'theirs', createdAtMs: 1 } },
  });
  expect(textsIn(await list(), 'TaskId')).toEqual(taskIds);
  const first = await list({ 'max-keys': '2' });
  expect(textsIn(first, 'TaskId')).toEqual(taskIds.slice(0, 2));
  expect(textsIn(first, 'IsTruncated')).toEqual(['true']);
  const [token = ''] = textsIn(first, 'NextContinuationToken');
  const second = await list({ 'max-keys': '1', 'continuation-token': token });
  expect([textsIn(second, 'TaskId'), textsIn(second, 'IsTruncated')]).toEqual([taskIds.slice(2), ['false']]);
  for (const query of [{ 'max-keys': '0' }, { 'max-keys': '101' }, { 'continuation-token': 'x' }]) {
    expectError(await list(query), { status: 400, code: 'InvalidArgument' });
  }
  const unsigned = await server.send({ method: 'GET', query: TRANSITION, signature: 'anonymous' });
  expectError(unsigned, { status: 403, code: 'AccessDenied' });
});
