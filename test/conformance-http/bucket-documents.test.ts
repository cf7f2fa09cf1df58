/**
 * Documents that a bucket does not take: those of the table, those that are no such document, and those with another
 * MD5. Nothing of them is stored.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { DOCUMENT_KINDS } from './bucket-document-cases.js';
import type { DocumentKind } from './document-kind.js';
import { type ExactError, expectExactError, malformedXml } from './error-document.js';

/** Documented codes of documents that are none, and of those with another root. */
const DOCUMENT_ECS: Readonly<Record<string, string>> = {
  ExtendWormConfiguration: '0027-00000004',
  InitiateWormConfiguration: '0027-00000004',
  LifecycleConfiguration: '0014-00000011',
  ReplicationConfiguration: '0031-00000001',
};
const ROOT_ECS: Readonly<Record<string, string>> = { LifecycleConfiguration: '0014-00000012' };

const BUCKET = 'documents';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

function put({ root, query, method = 'PUT' }: DocumentKind, content: string): TestRequest {
  return { method, bucket: BUCKET, query, body: `<${root}>${content}</${root}>` };
}

async function expectRefused(kind: DocumentKind, request: TestRequest, expected: ExactError): Promise<void> {
  expectExactError(await server.send(request), expected, server.host);
  const { comp: _comp, ...query } = kind.query;
  const shown = await server.send({ method: 'GET', bucket: BUCKET, query });
  expect(shown.body.toString('utf8').replace(/\n\s*/g, '')).toMatch(kind.absent);
}

test.each(DOCUMENT_KINDS.flatMap((kind) => kind.rows.map((row) => [kind.root, row[0], kind, row] as const)))(
  '%s with %s',
  async (_root, _what, kind, [, content, expected]) => {
    await expectRefused(kind, put(kind, content), expected);
  },
);

test.each(DOCUMENT_KINDS.map((kind) => [kind.root, kind] as const))('%s: no such document', async (root, kind) => {
  const request = put(kind, '');
  for (const body of ['', 'text', `<${root}>`, '<Other/>', `<!DOCTYPE a><${root}/>`, `<${root}/><${root}/>`]) {
    const ec = body === '<Other/>' ? (ROOT_ECS[root] ?? DOCUMENT_ECS[root]) : DOCUMENT_ECS[root];
    await expectRefused(kind, { ...request, body }, { ...malformedXml(/.+/), ...(ec !== undefined && { ec }) });
  }
  await expectRefused(
    kind,
    { ...request, body: ' '.repeat(1_048_577) },
    { ...malformedXml(/.+/), ec: '0017-00000501' },
  );
});

test.each(DOCUMENT_KINDS.map((kind) => [kind.root, kind] as const))('%s: another MD5', async (_root, kind) => {
  const digest = { status: 400, code: 'InvalidDigest', message: 'The Content-MD5 you specified was invalid.' };
  for (const md5 of [createHash('md5').update('other').digest('base64'), 'none', '']) {
    const ec = md5.endsWith('==') ? '0017-00000503' : '0017-00000502';
    await expectRefused(kind, { ...put(kind, ''), headers: { 'content-md5': md5 } }, { ...digest, ec });
  }
});
