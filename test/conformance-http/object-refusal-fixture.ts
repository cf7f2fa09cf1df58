/** A server with objects of every kind, and a way to ask it for what it must refuse without leaving a trace. */
import { expect } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';
import { ownHeaders } from './expectations.js';

/** Buckets of the fixture: a private one, one with versions, one that all may read. */
export const BUCKET = 'refusals';
export const VERSIONED = 'refusals-versioned';
export const PUBLIC = 'refusals-public';

/** To the object `known` of `BUCKET` unless it says otherwise; with the key `null` to the bucket. */
export type FixtureRequest = Omit<Partial<TestRequest>, 'key'> & { readonly key?: string | null };

export interface RefusalFixture {
  readonly server: TestServer;
  /** Id of the delete marker that hides `gone` in `VERSIONED`. */
  readonly markerId: string;
  send(request: FixtureRequest): Promise<RawAnswer>;
  /** Sends what must be refused, and checks the whole answer. */
  refused(request: FixtureRequest, expected: ExactError): Promise<void>;
  /** Checks that everything is as it was when the fixture was opened. */
  expectUntouched(): Promise<void>;
  close(): Promise<void>;
}

/** Keys in `BUCKET`. */
const KEYS = ['known', 'frozen', 'dangling', 'second-hand', 'log', 'sealed'];
const VERSIONING = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';

export async function openRefusalFixture(): Promise<RefusalFixture> {
  const server = await startTestServer();
  const send = (request: FixtureRequest): Promise<RawAnswer> => {
    const { key = 'known', ...more } = request;
    return server.send({ method: 'GET', bucket: BUCKET, ...more, ...(key !== null && { key }) });
  };
  const prepare = async (request: FixtureRequest): Promise<RawAnswer> => {
    const answer = await send(request);
    expect(answer.status, answer.body.toString('utf8')).toBeLessThan(300);
    return answer;
  };

  for (const [bucket, headers] of [
    [BUCKET, {}],
    [VERSIONED, {}],
    [PUBLIC, { 'x-oss-acl': 'public-read' }],
  ] as const) {
    await prepare({ method: 'PUT', bucket, headers, key: null });
  }
  await prepare({ method: 'PUT', bucket: VERSIONED, key: null, query: { versioning: '' }, body: VERSIONING });
  await prepare({ method: 'PUT', body: 'hello' });
  await prepare({ method: 'PUT', bucket: PUBLIC, body: 'hello' });
  await prepare({ method: 'PUT', key: 'frozen', body: 'hello', headers: { 'x-oss-storage-class': 'Archive' } });
  await prepare({ method: 'PUT', key: 'dangling', ...linkTo('nothing') });
  await prepare({ method: 'PUT', key: 'second-hand', ...linkTo('dangling') });
  for (const key of ['log', 'sealed']) {
    await prepare({ method: 'POST', key, query: { append: '', position: '0' }, body: 'hello' });
  }
  await prepare({ method: 'POST', key: 'sealed', query: { seal: '', position: '5' } });
  await prepare({ method: 'PUT', bucket: VERSIONED, key: 'gone', body: 'hello' });
  const deletion = await prepare({ method: 'DELETE', bucket: VERSIONED, key: 'gone' });
  const markerId = deletion.headers['x-oss-version-id'] ?? '';
  expect(markerId).not.toBe('');

  const before = await stateOf(send);
  return {
    server,
    markerId,
    send,
    async refused(request, expected) {
      expectExactError(await send(request), expected, server.host);
    },
    async expectUntouched() {
      expect(await stateOf(send)).toEqual(before);
    },
    close: () => server.close(),
  };
}

/** What makes a PutSymlink of a request. */
export function linkTo(target: string): FixtureRequest {
  return { query: { symlink: '' }, headers: { 'x-oss-symlink-target': target } };
}

/** All there is to see: versions and uploads of every bucket; headers, ACL, tags and link of every object. */
async function stateOf(send: RefusalFixture['send']): Promise<readonly unknown[]> {
  const documents = [BUCKET, VERSIONED, PUBLIC].flatMap((bucket) =>
    [{ versions: '' }, { uploads: '' }].map((query) => ({ bucket, key: null, query })),
  );
  const objects = KEYS.flatMap((key) => [
    { method: 'HEAD', key },
    ...[{ objectMeta: '' }, { acl: '' }, { tagging: '' }, { symlink: '' }].map((query) => ({ key, query })),
  ]);
  const answers: unknown[] = [];
  for (const request of [...documents, ...objects]) {
    const answer = await send(request);
    const isRefused = answer.status >= 400;
    answers.push([request, answer.status, ...(isRefused ? [] : [ownHeaders(answer), answer.body.toString('utf8')])]);
  }
  return answers;
}
