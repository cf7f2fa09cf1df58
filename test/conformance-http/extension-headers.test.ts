/**
 * Every operation with an extension header or parameter that it does not have: refused with 400 `InvalidArgument`,
 * never ignored, since a client that sends one relies on it. Those that an operation has are tested where they work.
 */
import { OPERATION_NAMES, OPERATIONS, type OperationName } from '@annals/protocol';
import { OPERATION_ROWS } from '@annals/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';

const BUCKET = 'walked';

let server: TestServer;
let uploadId = '';

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET, headers: { 'x-oss-acl': 'public-read-write' } });
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'k', body: 'bytes' });
  // Whether the upload exists is asked for before anything else of the request is looked at.
  const upload = await server.send({ method: 'POST', bucket: BUCKET, key: 'k', query: { uploads: '' } });
  uploadId = /<UploadId>(\w+)</.exec(upload.body.toString('utf8'))?.[1] ?? '';
});

afterAll(() => server.close());

const BUILT = OPERATION_NAMES.filter((name) => OPERATION_ROWS[name].effect !== 'not built');

/** A request for an operation, right as far as its head tells which it is. */
function requestFor(name: OperationName): TestRequest {
  const row = OPERATIONS[name];
  const values = Object.entries('values' in row ? row.values : {}).map(([key, [value = '']]) => [key, value]);
  const query = {
    ...Object.fromEntries(row.query.map((key) => [key, key === 'uploadId' ? uploadId : ''])),
    ...Object.fromEntries(values),
  };
  const form = { 'content-type': 'multipart/form-data; boundary=x' };
  return {
    method: row.methods[0] ?? 'GET',
    ...(row.scope !== 'service' && { bucket: BUCKET }),
    ...((row.scope === 'object' || row.scope === 'any') && { key: 'k' }),
    query,
    headers: {
      ...('header' in row && { [row.header]: `/${BUCKET}/k` }),
      ...(name === 'PostObject' && form),
    },
    ...(name === 'PostObject' && {
      signature: 'anonymous',
      body: '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk2\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nbytes\r\n--x--\r\n',
    }),
  };
}

function expectRefused(answer: RawAnswer): void {
  const document = answer.body.length > 0 ? answer.body : Buffer.from(answer.headers['x-oss-err'] ?? '', 'base64');
  expect([answer.status, /<Code>(\w+)<\/Code>/.exec(document.toString('utf8'))?.[1]]).toEqual([400, 'InvalidArgument']);
}

describe.each(BUILT)('%s', (name) => {
  test.each(['1', ''])('refuses an unknown extension header, with the value "%s"', async (value) => {
    const request = requestFor(name);
    const headers = { ...request.headers, 'x-oss-annals-unknown': value };
    expectRefused(await server.send({ ...request, headers }));
  });

  test('refuses the extension headers of other operations', async () => {
    const request = requestFor(name);
    const own = OPERATION_ROWS[name].extensions ?? [];
    const others = new Set(BUILT.flatMap((other) => OPERATION_ROWS[other].extensions ?? []));
    for (const header of others) {
      if (!header.startsWith('x-oss-annals-') || own.includes(header)) continue;
      expectRefused(await server.send({ ...request, headers: { ...request.headers, [header]: '1' } }));
    }
  });

  test.each(['x-oss-annals-append-id', 'X-Oss-Annals-Unknown'])('refuses %s in its query', async (parameter) => {
    // A preflight has the query of the request that it asks about.
    if (name === 'OptionObject') return;
    const request = requestFor(name);
    expectRefused(await server.send({ ...request, query: { ...request.query, [parameter]: '1' } }));
  });

  test('refuses to be followed or converted besides', async () => {
    const request = requestFor(name);
    for (const parameter of ['follow', 'convert']) {
      // A preflight has the query of the request that it asks about.
      if (name === 'OptionObject' || Object.hasOwn(request.query ?? {}, parameter)) continue;
      if (name === 'GetObject' && parameter === 'follow') continue;
      if (name === 'PostObject') continue;
      expectRefused(await server.send({ ...request, query: { ...request.query, [parameter]: '' } }));
    }
  });
});
