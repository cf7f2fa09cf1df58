/** What those learn who come with the wrong program: an S3 client, and a browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawAnswer } from '../harness/raw-connection.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

const BROWSER = 'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ settings: { domains: ['oss.test'] }, buckets: ['films'] });
});

afterAll(() => server.close());

async function send(target: string, ...lines: readonly string[]): Promise<RawAnswer> {
  const connection = await server.connect();
  const host = lines.some((line) => line.startsWith('Host:')) ? [] : ['Host: 127.0.0.1'];
  await connection.send([`GET ${target} HTTP/1.1`, ...host, ...lines, '', ''].join('\r\n'));
  return connection.readAnswer('GET');
}

describe('a client of Amazon S3', () => {
  const scope = 'Credential=key/20261129/us-east-1/s3/aws4_request';

  it.each([
    ['/', [`Authorization: AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=00`]],
    ['/films/a.ts', [`Authorization: AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=00`]],
    ['/films/a.ts', ['Authorization: AWS key:signature']],
    ['/films/', ['x-amz-date: 20261129T000000Z', 'x-amz-content-sha256: UNSIGNED-PAYLOAD']],
    ['/films/a.ts?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00', []],
  ])('is told at %s which protocol is spoken here, with a link', async (target, lines) => {
    const answer = await send(target, ...lines);
    expect(answer.status).toBe(400);
    const body = answer.body.toString();
    expect(body).toContain('<Code>InvalidArgument</Code>');
    expect(body).toMatch(/<Message>This server speaks OSS, .*https:\/\/\S+\/docs\/sdks\.md<\/Message>/);
  });
});

describe('a browser', () => {
  it('gets a short page at the root', async () => {
    const answer = await send('/', BROWSER);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(answer.body.toString()).toContain('<h1>Annals</h1>');
    expect(answer.body.length).toBeLessThan(2000);
  });

  it.each([
    ['of a bucket by its path', '/films/', [BROWSER]],
    ['of a bucket by its host', '/', [BROWSER, 'Host: films.oss.test']],
    ['with a query', '/?prefix=f', [BROWSER]],
    ['of a program', '/', ['Accept: application/xml']],
    ['of a program that takes anything', '/', ['Accept: */*']],
    ['without a wish', '/', []],
  ])('gets XML at the root %s', async (_, target, lines) => {
    const answer = await send(target, ...lines);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([403, 'application/xml']);
  });

  it('does not hide the list of buckets from a signed request', async () => {
    const answer = await server.send({ method: 'GET', headers: { accept: 'text/html' } });
    expect(answer.body.toString()).toContain('<ListAllMyBucketsResult');
  });
});
