import { copyFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RawConnection } from '../../../../test/harness/raw-connection.js';
import { BUCKET, NOW_MS } from '../../../../test/harness/signed-text.js';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { startTestServer, type TestServer } from '../../../../test/harness/test-server.js';

let folder: string;
let running: TestServer;

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../src/testing/certificates/test-only-${name}.pem`, import.meta.url));

async function use(which: 'first' | 'second'): Promise<void> {
  await copyFile(fixture(`${which}-certificate`), join(folder, 'certificate.pem'));
  await copyFile(fixture(`${which}-key`), join(folder, 'key.pem'));
}

beforeEach(async () => {
  folder = makeTemporaryFolder();
  await use('first');
  running = await startTestServer({
    settings: { timeouts: { certificateReloadMs: 5 } },
    buckets: [BUCKET],
    clock: () => NOW_MS,
  });
  // The one started with is on HTTP alone: listening for both is what is tested.
  await running.server.listenSecurely({
    host: '127.0.0.1',
    port: 0,
    certificate: join(folder, 'certificate.pem'),
    key: join(folder, 'key.pem'),
  });
});

afterEach(async () => {
  await running.close();
});

function securePort(): number {
  return Number(new URL(running.server.secureUrl ?? '').port);
}

function get(path: string, agent: Agent): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: securePort(), path, agent, rejectUnauthorized: false });
    outgoing.on('error', reject);
    outgoing.on('response', async (answer) => {
      let body = '';
      for await (const chunk of answer) body += String(chunk);
      resolve({ status: answer.statusCode, body });
    });
    outgoing.end();
  });
}

/** Common name of the certificate that a new connection is shown. */
async function shownName(): Promise<string | undefined> {
  const connection = await RawConnection.open(securePort(), { isSecure: true });
  const name = connection.shownName;
  connection.destroy();
  return name;
}

async function untilShown(name: string): Promise<void> {
  while ((await shownName()) !== name) await nextTurn();
}

test('answers as HTTP does, several requests on a connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await get('/-/healthz', agent)).toEqual({ status: 200, body: 'ok\n' });
  const refused = await get('/', agent);
  expect(refused).toMatchObject({ status: 403 });
  expect(refused.body).toContain('<Code>AccessDenied</Code>');
  agent.destroy();
});

test('a policy that refuses what is not encrypted lets HTTPS through', async () => {
  const policy = JSON.stringify({
    Version: '1',
    Statement: [
      {
        Effect: 'Deny',
        Action: 'oss:*',
        Principal: ['*'],
        Resource: [`acs:oss:*:*:${BUCKET}/*`],
        Condition: { Bool: { 'acs:SecureTransport': 'false' } },
      },
    ],
  });
  await running.store.updateBucket(BUCKET, { acl: 'public-read', configurations: { policy } });
  const agent = new Agent();
  // There is no such object: a caller that gets this answer was authorized.
  expect(await get(`/${BUCKET}/missing`, agent)).toMatchObject({ status: 404 });
  expect((await fetch(`${running.server.url}/${BUCKET}/missing`)).status).toBe(403);
  agent.destroy();
});

test('a new certificate is used for new connections, and open ones go on', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await get('/-/healthz', agent);
  expect(await shownName()).toBe('annals-test-only-first');
  const [socket] = Object.values(agent.freeSockets).flat();
  await use('second');
  await untilShown('annals-test-only-second');
  expect((await get('/-/healthz', agent)).status).toBe(200);
  expect(Object.values(agent.freeSockets).flat()).toEqual([socket]);
  agent.destroy();
});

test('a pair that does not fit together leaves the old one in use, until it does', async () => {
  await copyFile(fixture('second-key'), join(folder, 'key.pem'));
  const warned = () => running.logLines.some(({ msg }) => String(msg).startsWith('certificate not reloaded'));
  while (!warned()) expect(await shownName()).toBe('annals-test-only-first');
  await use('second');
  await untilShown('annals-test-only-second');
});

test('files that cannot be used are reported at the start', async () => {
  await writeFile(join(folder, 'bad.pem'), 'nothing');
  const options = { host: '127.0.0.1', port: 0, certificate: join(folder, 'bad.pem'), key: join(folder, 'key.pem') };
  await expect(running.server.listenSecurely(options)).rejects.toThrow();
  await expect(running.server.listenSecurely({ ...options, key: join(folder, 'none.pem') })).rejects.toThrow('ENOENT');
});

test('a connection without TLS is closed, and harms no other', async () => {
  const connection = await RawConnection.open(securePort());
  await connection.send('GET / HTTP/1.1\r\n\r\n');
  await connection.ended();
  expect(await shownName()).toBe('annals-test-only-first');
});
