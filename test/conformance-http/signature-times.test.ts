/**
 * Until when a signed URL is good, and headers that are said to be signed and are not there (line 41 of the list of
 * differences).
 */
import {
  presignV1,
  presignV2,
  presignV4,
  Query,
  type QueryParameter,
  signHeadersV2,
  signHeadersV4,
} from '@annals/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const SIGNED_AT_MS = Date.UTC(2026, 10, 21, 12, 0, 0);
const VALIDITY_SECONDS = 60;
const EXPIRES_AT_MS = SIGNED_AT_MS + VALIDITY_SECONDS * 1000;
const RESOURCE = { bucket: 'times', key: 'k' };

let server: TestServer;
let nowMs = SIGNED_AT_MS;

beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs });
  await server.send({ method: 'PUT', bucket: RESOURCE.bucket });
  await server.send({ method: 'PUT', ...RESOURCE, body: 'bytes' });
});

afterAll(() => server.close());

interface Signing {
  readonly headers?: Readonly<Record<string, string>>;
  readonly additionalHeaders?: readonly string[];
}

function signable({ headers = {}, additionalHeaders = [] }: Signing) {
  const request = { method: 'GET', query: new Query([]), headers: new Map(Object.entries(headers)) };
  return { request, resource: RESOURCE, credentials: ROOT, additionalHeaders };
}

const URLS: Readonly<Record<string, (signing: Signing) => readonly QueryParameter[]>> = {
  v1: (signing) => presignV1({ ...signable(signing), expiresAtMs: EXPIRES_AT_MS }),
  v2: (signing) => presignV2({ ...signable(signing), expiresAtMs: EXPIRES_AT_MS }),
  v4: (signing) =>
    presignV4({ ...signable(signing), nowMs: SIGNED_AT_MS, region: 'cn-hangzhou', expiresSeconds: VALIDITY_SECONDS }),
};

function getByUrl(parameters: readonly QueryParameter[], headers: Readonly<Record<string, string>> = {}) {
  const query = Object.fromEntries(parameters);
  return server.send({ method: 'GET', ...RESOURCE, signature: 'anonymous', query, headers });
}

describe.each(Object.entries(URLS))('a %s URL', (_, presign) => {
  test('is good through its last second, and no longer', async () => {
    for (const [atMs, status] of [
      [EXPIRES_AT_MS - 1, 200],
      [EXPIRES_AT_MS, 200],
      [EXPIRES_AT_MS + 999, 200],
      [EXPIRES_AT_MS + 1000, 403],
    ] as const) {
      nowMs = atMs;
      const answer = await getByUrl(presign({}));
      expect([atMs - EXPIRES_AT_MS, answer.status]).toEqual([atMs - EXPIRES_AT_MS, status]);
      if (status === 403) {
        expectError(answer, { status: 403, code: 'AccessDenied', message: 'Request has expired.' });
      }
    }
  });
});

describe('additional headers', () => {
  const lists = [['range'], ['abc', 'range'], ['a_b'], ['host', 'if-match']];

  test.each(['v2', 'v4'] as const)('of a %s URL are in the request, or it is refused', async (version) => {
    nowMs = SIGNED_AT_MS;
    for (const additionalHeaders of lists) {
      const parameters = URLS[version]?.({ headers: { abc: 'x', host: server.host }, additionalHeaders }) ?? [];
      const answer = await getByUrl(parameters, { abc: 'x' });
      expectError(answer, { status: 400, code: 'InvalidArgument', ...(version === 'v2' && { ec: '0002-00000078' }) });
    }
    const present = { abc: 'x', range: 'bytes=0-1' };
    const signed = URLS[version]?.({ headers: present, additionalHeaders: ['abc', 'range'] }) ?? [];
    expect((await getByUrl(signed, present)).status).toBe(206);
    // One that is there, and another than was signed, is a wrong signature as ever.
    expect((await getByUrl(signed, { ...present, abc: 'y' })).status).toBe(403);
  });

  test.each([
    ['v2', '0002-00000112'],
    ['v4', '0002-00000211'],
  ] as const)('of a %s signature in the head are there, too', async (version, ec) => {
    nowMs = SIGNED_AT_MS;
    const sign = (signing: Signing) =>
      version === 'v2'
        ? signHeadersV2({ ...signable(signing), nowMs })
        : signHeadersV4({ ...signable(signing), nowMs, region: 'cn-hangzhou' });
    for (const additionalHeaders of lists) {
      const headers = sign({ headers: { host: server.host }, additionalHeaders });
      const answer = await server.send({ method: 'GET', ...RESOURCE, signature: 'anonymous', headers });
      expectError(answer, { status: 400, code: 'InvalidArgument', ec });
    }
    const headers = { range: 'bytes=0-1' };
    const signed = sign({ headers, additionalHeaders: ['range'] });
    const answer = await server.send({
      method: 'GET',
      ...RESOURCE,
      signature: 'anonymous',
      headers: { ...headers, ...signed },
    });
    expect(answer.status).toBe(206);
  });
});
