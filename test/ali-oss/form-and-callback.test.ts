/** Forms signed by the official SDK, its callbacks, and its links, against a real `annals serve`. */
import { createPublicKey, verify } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AliClient, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const BUCKET = 'examplebucket';

/** What these tests use besides. */
interface FormClient extends AliClient {
  calculatePostSignature(policy: object): { OSSAccessKeyId: string; Signature: string; policy: string };
  signPostObjectPolicyV4(policy: object, date: Date): string;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let application: Server;
let applicationUrl = '';
let told: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  const configuration = join(folder.path, 'annals.yaml');
  await writeFile(configuration, 'callback:\n  allow: [127.0.0.0/8]\n');
  server = await startServerProcess({
    data: join(folder.path, 'data'),
    buckets: [BUCKET],
    flags: ['--config', configuration],
  });
  application = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    told.push({ url: request.url ?? '', headers: request.headers, body });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 17 }).end('{"Status": "OK" }');
  });
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  applicationUrl = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
});

afterAll(async () => {
  application.closeAllConnections();
  application.close();
  await server.stop();
  await folder.remove();
});

function client(version: 'v1' | 'v4' = 'v4'): FormClient {
  return aliClient(server, BUCKET, version) as FormClient;
}

/** The SDK makes no links to an IP address. */
function linkClient(version: 'v1' | 'v4'): FormClient {
  return aliClient(server, BUCKET, version, 'localhost-sld') as FormClient;
}

function policy(conditions: readonly unknown[]): object {
  return { expiration: new Date(Date.now() + 600_000).toISOString(), conditions };
}

/** Sends a form as a browser does. */
async function submit(fields: Readonly<Record<string, string>>, content: string): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([content], { type: 'text/plain' }), 'file.txt');
  return fetch(`${server.endpoint}/${BUCKET}`, { method: 'POST', body: form });
}

async function contentOf(key: string): Promise<string> {
  return (await client().get(key)).content.toString();
}

test('a form signed with calculatePostSignature', async () => {
  const signed = client().calculatePostSignature(policy([{ bucket: BUCKET }, ['starts-with', '$key', 'form/']]));
  const answer = await submit({ key: 'form/v1.txt', success_action_status: '200', ...signed }, 'v1');
  expect(answer.status).toBe(200);
  expect(await contentOf('form/v1.txt')).toBe('v1');
  const refused = await submit({ key: 'other/v1.txt', ...signed }, 'v1');
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain(
    'Policy Condition failed: [&quot;starts-with&quot;, &quot;$key&quot;, &quot;form/&quot;]'.replaceAll('&quot;', '"'),
  );
});

test('a form signed with signPostObjectPolicyV4', async () => {
  const date = new Date();
  const time = date.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const fixed = {
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': `${server.accessKeyId}/${time.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`,
    'x-oss-date': time,
  };
  const document = policy([{ bucket: BUCKET }, ...Object.entries(fixed).map(([name, value]) => ({ [name]: value }))]);
  const fields = {
    key: 'form/v4.txt',
    ...fixed,
    policy: Buffer.from(JSON.stringify(document)).toString('base64'),
    'x-oss-signature': client().signPostObjectPolicyV4(document, date),
  };
  expect((await submit(fields, 'v4')).status).toBe(204);
  expect(await contentOf('form/v4.txt')).toBe('v4');
});

test('put with a callback: the application is called, and its answer comes back', async () => {
  told = [];
  const result = await client().put('told.txt', Buffer.from('hello'), {
    callback: {
      url: applicationUrl,
      body: 'object=#{object}&size=#{size}&var1=#{x:var1}'.replaceAll('#{', '$'.concat('{')),
      contentType: 'application/x-www-form-urlencoded',
      customValue: { var1: 'value 1' },
    },
  });
  expect(result).toMatchObject({ name: 'told.txt', data: { Status: 'OK' } });
  const [request] = told;
  expect(request?.body).toBe('object=told.txt&size=5&var1=value%201');
  const keyUrl = Buffer.from(String(request?.headers['x-oss-pub-key-url']), 'base64').toString();
  expect(keyUrl).toBe(`${server.endpoint}/-/callback-public-key.pem`);
  const publicKey = createPublicKey(await (await fetch(keyUrl)).text());
  const signature = Buffer.from(String(request?.headers.authorization), 'base64');
  expect(verify('md5', Buffer.from(`${request?.url}\n${request?.body}`), publicKey, signature)).toBe(true);
});

test('the key that signs callbacks is kept in the data folder, for its owner only', async () => {
  expect((await stat(join(folder.path, 'data', 'callback-key.pem'))).mode & 0o777).toBe(0o600);
});

test('signatureUrl and signatureUrlV4: links to read and to write', async () => {
  await client().put('link.txt', Buffer.from('linked'));
  const read = [
    linkClient('v1').signatureUrl('link.txt', { expires: 600, response: { 'content-type': 'text/x-linked' } }),
    await linkClient('v4').signatureUrlV4(
      'GET',
      600,
      { queries: { 'response-content-type': 'text/x-linked' } },
      'link.txt',
    ),
  ];
  for (const url of read) {
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/x-linked',
      'linked',
    ]);
    expect((await fetch(url.replace('text%2Fx-linked', 'text%2Fhtml'))).status).toBe(403);
  }
  const headers = { 'Content-Type': 'text/css' };
  const write = [
    linkClient('v1').signatureUrl('put.css', { method: 'PUT', expires: 600, ...headers }),
    await linkClient('v4').signatureUrlV4('PUT', 600, { headers }, 'put.css'),
  ];
  for (const url of write) {
    expect((await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'text/html' }, body: 'a' })).status).toBe(403);
    expect((await fetch(url, { method: 'PUT', headers, body: 'a{}' })).status).toBe(200);
    expect(await contentOf('put.css')).toBe('a{}');
  }
});
