/**
 * Every route of the admin API that changes something leaves two records, whether it succeeds or not; no secret is in
 * them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../../../../test/harness/raw-connection.js';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { ROOT, startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import type { AuditEvent } from '../audit/audit-record.js';
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
  server = await startTestServer({ audit, operations: {}, buckets: [BUCKET], clock: () => NOW_MS });
});

afterAll(() => server.close());

interface Keys {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

async function call(method: string, path: string, keys?: Keys): Promise<RawAnswer> {
  const connection = await server.connect();
  const key = `admin/${path}`;
  const signer = keys === undefined ? {} : { accessKeyId: keys.accessKeyId, secret: keys.accessKeySecret };
  await connection.send(requestText({ method, bucket: '-', key, lines: ['Content-Length: 0'], ...signer }));
  return connection.readAnswer(method);
}

/** Somebody with a key and no right at all. */
async function makeUser(name: string): Promise<Keys> {
  await call('POST', `users/${name}`);
  const made = await call('POST', `users/${name}/access-keys`);
  return (JSON.parse(made.body.toString()) as { accessKey: Keys }).accessKey;
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
    expect(intent.actor).toMatchObject({ kind: 'root', accessKeyId: ROOT.accessKeyId });
    expect(JSON.stringify(records)).not.toMatch(/secret"/i);

    // A caller that tries it without the right leaves one record.
    const stranger = await makeUser(`stranger-${ADMIN_ROUTES.indexOf(route)}`);
    records.length = 0;
    expect((await call(route.method, sample(route.path), stranger)).status).toBe(403);
    expect(records).toMatchObject([
      {
        phase: 'event',
        action: route.action,
        result: 'failed',
        errorCode: 'AccessDenied',
        actor: { kind: 'user', accessKeyId: stranger.accessKeyId },
      },
    ]);
  });

  test('of too many refused attempts some are recorded, and the next record says how many were not', async () => {
    const stranger = await makeUser('flooder');
    records.length = 0;
    for (let index = 0; index < 50; index += 1) {
      expect((await call('POST', `users/wanted-${index}`, stranger)).status).toBe(403);
    }
    // 20 at once, and one more in six seconds.
    expect(records.length).toBeGreaterThanOrEqual(20);
    expect(records.length).toBeLessThan(50);
    expect((await call('GET', 'users', stranger)).status).toBe(403);
    records.length = 0;
    const other = await makeUser('other-flooder');
    records.length = 0;
    await call('POST', 'users/wanted', other);
    expect(records).toHaveLength(1);
    // Strangers without a key of the account leave none.
    await call('POST', 'users/wanted', { accessKeyId: 'nobody', accessKeySecret: 'nothing' });
    expect(records).toHaveLength(1);
  });

  test('an attempt that is refused is refused, too, while the log cannot be written', async () => {
    const stranger = await makeUser('late');
    isFull = true;
    expect((await call('POST', 'users/wanted', stranger)).status).toBe(403);
    isFull = false;
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
