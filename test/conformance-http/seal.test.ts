/** SealAppendObject as a client sees it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => AT_MS });
  await server.send({ method: 'PUT', bucket: 'logs' });
});

afterAll(() => server.close());

function append(key: string, position: number, body: string): Promise<RawAnswer> {
  return server.send({ method: 'POST', bucket: 'logs', key, query: { append: '', position: String(position) }, body });
}

describe('SealAppendObject', () => {
  const seal = (key: string, position: string) =>
    server.send({ method: 'POST', bucket: 'logs', key, query: { seal: '', position } });

  test.each(SIGNED_KINDS)('signed %s ends the object and says when', async (signature) => {
    const key = `sealed-${signature}`;
    await append(key, 0, 'abc');
    const answer = await server.send({
      method: 'POST',
      bucket: 'logs',
      key,
      query: { seal: '', position: '3' },
      signature,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'x-oss-sealed-time': 'Fri, 02 Jan 2026 03:04:05 GMT',
      'x-oss-object-type': 'Appendable',
      'content-length': '0',
    });
    for (const method of ['HEAD', 'GET']) {
      const { headers } = await server.send({ method, bucket: 'logs', key });
      expect(headers).toMatchObject({
        'x-oss-sealed-time': 'Fri, 02 Jan 2026 03:04:05 GMT',
        'x-oss-object-type': 'Appendable',
        'x-oss-next-append-position': '3',
      });
    }
    expectError(await append(key, 3, 'x'), { status: 409, code: 'AppendSealedObjectNotAllowed' });
  });

  test('refuses a wrong position, a normal object and nothing', async () => {
    await append('to-seal', 0, 'abc');
    expectError(await seal('to-seal', '2'), {
      status: 409,
      code: 'PositionNotEqualToLength',
      headers: { 'x-oss-next-append-position': '3' },
    });
    expectError(await seal('to-seal', 'x'), { status: 400, code: 'InvalidArgument', ec: '0016-00000502' });
    await server.send({ method: 'PUT', bucket: 'logs', key: 'whole', body: 'abc' });
    expectError(await seal('whole', '3'), { status: 409, code: 'AppendSealedObjectNotAllowed' });
    expectError(await seal('nothing', '0'), { status: 404, code: 'NoSuchKey', details: { Key: 'nothing' } });
  });
});
