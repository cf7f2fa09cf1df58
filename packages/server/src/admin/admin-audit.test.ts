/** Every route of the admin API that changes something leaves two records, whether it succeeds or not; no secret is in them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../audit/audit-record.js';
import type { RawAnswer } from '../testing/raw-connection.js';
import { requestText, startTestServer, type TestServer } from '../testing/test-server.js';
import { ADMIN_ROUTES } from './admin-routes.js';

const records: AuditEvent[] = [];
let isFull = false;
let server: TestServer;

beforeAll(async () => {
  const audit = {
    head: { sequence: 0, hash: '' },
    async append(event: AuditEvent) {
      if (isFull) throw new Error('ENOSPC');
      return { sequence: records.push(event), hash: '' };
    },
  };
  server = await startTestServer({}, {}, audit);
});

afterAll(() => server.close());

async function call(method: string, path: string): Promise<RawAnswer> {
  const connection = await server.connect();
  const key = `admin/${path}`;
  await connection.send(requestText({ method, bucket: '-', key, lines: ['Content-Length: 0'] }));
  return connection.readAnswer(method);
}

const sample = (path: string): string => path.replace(/:(\w+)/g, 'some-$1');

describe('the audit log', () => {
  test.each(ADMIN_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', async (_, route) => {
    records.length = 0;
    const answer = await call(route.method, sample(route.path));
    const recorded = records.map(({ phase, action, sourceAddress }) => [phase, action, sourceAddress]);
    expect(recorded).toEqual(
      route.method === 'GET'
        ? []
        : [
            ['intent', route.action, '127.0.0.1'],
            ['outcome', route.action, undefined],
          ],
    );
    const [intent, outcome] = records;
    if (intent === undefined || outcome === undefined) return;
    expect(outcome).toMatchObject({ intent: 1, result: answer.status === 200 ? 'done' : 'failed' });
    expect(intent.actor).toMatchObject({ kind: 'root', accessKeyId: 'test-key-id' });
    expect(JSON.stringify(records)).not.toMatch(/secret"/i);
  });

  test('changes are refused while it cannot be written, and reading goes on', async () => {
    isFull = true;
    const refused = await call('POST', 'users/refused');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBeDefined();
    expect((await call('GET', 'users')).status).toBe(200);
    isFull = false;
    expect((await call('GET', 'users/refused')).status).toBe(404);
    records.length = 0;
    expect((await call('POST', 'users/accepted')).status).toBe(200);
    expect(records.map(({ phase }) => phase)).toEqual(['intent', 'outcome']);
  });
});
