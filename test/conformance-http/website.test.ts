/** A bucket as a website: what unsigned readers get, by its own domains too. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';
import { visitHost } from './visit-host.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ settings: { cname: { 'fixed.example.com': 'site' } } });
});

afterAll(() => server.close());

async function makeBucket(bucket: string, acl: string, query: string, document: string): Promise<void> {
  await server.send({ method: 'PUT', bucket, headers: { 'x-oss-acl': acl } });
  expect((await server.send({ method: 'PUT', bucket, query: { [query]: '' }, body: document })).status).toBe(200);
}

function visit(method: string, path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return visitHost(server.host, method, path, headers);
}

describe('website', () => {
  beforeAll(async () => {
    await makeBucket(
      'site',
      'public-read',
      'website',
      `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir><Type>0</Type></IndexDocument>
      <ErrorDocument><Key>error.html</Key></ErrorDocument><RoutingRules>
      <RoutingRule><RuleNumber>2</RuleNumber><Condition><KeyPrefixEquals>moved/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
      <Redirect><RedirectType>External</RedirectType><Protocol>https</Protocol><HostName>new.example.com</HostName><ReplaceKeyPrefixWith>to/</ReplaceKeyPrefixWith><EnableReplacePrefix>true</EnableReplacePrefix><HttpRedirectCode>301</HttpRedirectCode><PassQueryString>true</PassQueryString></Redirect></RoutingRule>
      <RoutingRule><RuleNumber>1</RuleNumber><Condition><IncludeHeader><Key>X-Beta</Key><StartsWith>y</StartsWith></IncludeHeader></Condition>
      <Redirect><RedirectType>External</RedirectType><ReplaceKeyWith>beta/\${key}</ReplaceKeyWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>`,
    );
    const pages = { 'index.html': 'root', 'docs/index.html': 'docs', 'error.html': 'sorry', 'a b.html': 'a b' };
    for (const [key, body] of Object.entries(pages)) {
      await server.send({ method: 'PUT', bucket: 'site', key, body, headers: { 'content-type': 'text/html' } });
    }
  });

  const textOf = async (path: string, headers?: Record<string, string>) => {
    const answer = await visit('GET', path, headers);
    return [answer.status, answer.headers.location ?? answer.body.toString()];
  };

  test('index of the root and of folders', async () => {
    expect(await textOf('/site/')).toEqual([200, 'root']);
    expect(await textOf('/', { host: 'site.localhost' })).toEqual([200, 'root']);
    expect(await textOf('/docs/', { host: 'site.localhost' })).toEqual([200, 'docs']);
    expect(await textOf('/site/docs')).toEqual([302, '/site/docs/']);
    expect(await textOf('/docs', { host: 'site.localhost' })).toEqual([302, '/docs/']);
    // Parameters that name nothing are ignored, and kept on the way to a folder.
    for (const query of ['utm_source=x', 'gclid=1&a', 'x-oss-nothing=1', '=']) {
      expect([query, await textOf(`/site/?${query}`)]).toEqual([query, [200, 'root']]);
      expect([query, await textOf(`/docs/?${query}`, { host: 'site.localhost' })]).toEqual([query, [200, 'docs']]);
      const head = await visit('HEAD', `/site/?${query}`);
      expect([query, head.status, head.headers['content-length']]).toEqual([query, 200, '4']);
    }
    expect(await textOf('/site/docs?utm_source=a%20b&c=d')).toEqual([302, '/site/docs/?utm_source=a%20b&c=d']);
    expect((await visit('GET', '/site/?acl')).status).toBe(403);
    // A listing that is asked for is a listing.
    expect((await visit('GET', '/site/?prefix=docs')).body.toString()).toContain('<ListBucketResult>');
    expect((await server.send({ method: 'GET', bucket: 'site' })).body.toString()).toContain('<ListBucketResult>');
  });

  test('HEAD of the root is that of the index', async () => {
    for (const [path, headers] of [
      ['/site/', {}],
      ['/site', {}],
      ['/', { host: 'site.localhost' }],
    ] as const) {
      const [head, page] = [await visit('HEAD', path, headers), await visit('GET', path, headers)];
      expect([path, head.status, head.headers['content-length'], head.headers['content-type']]).toEqual([
        path,
        200,
        '4',
        'text/html',
      ]);
      expect(head.headers.etag).toBe(page.headers.etag);
    }
    const beta = await visit('HEAD', '/site/', { 'x-beta': 'yes' });
    expect([beta.status, beta.headers.location]).toEqual([302, '/site/beta/']);
    // With a query, a signature, or no website the bucket itself is asked for.
    await server.send({ method: 'PUT', bucket: 'no-site', headers: { 'x-oss-acl': 'public-read' } });
    for (const answer of [
      await visit('HEAD', '/site/?prefix=docs'),
      await server.send({ method: 'HEAD', bucket: 'site' }),
      await visit('HEAD', '/no-site/'),
    ]) {
      expect([answer.status, answer.headers['x-oss-bucket-region'], answer.body.length]).toEqual([
        200,
        'oss-annals',
        0,
      ]);
    }
    expect((await visit('HEAD', '/never-made/')).status).toBe(404);
    await server.send({ method: 'PUT', bucket: 'site', query: { acl: '' }, headers: { 'x-oss-acl': 'private' } });
    expect((await visit('HEAD', '/site/')).status).toBe(403);
    await server.send({ method: 'PUT', bucket: 'site', query: { acl: '' }, headers: { 'x-oss-acl': 'public-read' } });
  });

  test('error page', async () => {
    expect(await textOf('/site/missing.html')).toEqual([404, 'sorry']);
    expect(await textOf('/site/none/')).toEqual([404, 'sorry']);
    const head = await visit('HEAD', '/site/missing.html');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([404, '5', 0]);
    expect((await visit('GET', '/site/missing.html')).headers['content-type']).toBe('text/html');
    // Programs get the error itself.
    expectError(await server.send({ method: 'GET', bucket: 'site', key: 'missing.html' }), {
      status: 404,
      code: 'NoSuchKey',
    });
  });

  test('redirects', async () => {
    expect(await textOf('/site/moved/x%20y?a=b%26c')).toEqual([301, 'https://new.example.com/to/x%20y?a=b%26c']);
    expect(await textOf('/a%20b.html', { host: 'site.localhost', 'x-beta': 'yes' })).toEqual([302, '/beta/a%20b.html']);
    expect(await textOf('/site/a%20b.html', { 'x-beta': 'no' })).toEqual([200, 'a b']);
  });

  test('rules that would fetch from elsewhere fetch nothing, and hide those behind them', async () => {
    let fetchCount = 0;
    const origin = createServer((_request, response) => {
      fetchCount += 1;
      response.end('mirrored');
    });
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    const { port } = origin.address() as AddressInfo;
    const rule = (number: number, condition: string, redirect: string) =>
      `<RoutingRule><RuleNumber>${number}</RuleNumber><Condition>${condition}</Condition><Redirect>${redirect}</Redirect></RoutingRule>`;
    const missing = '<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>';
    await makeBucket(
      'mirrored',
      'public-read',
      'website',
      `<WebsiteConfiguration><ErrorDocument><Key>error.html</Key></ErrorDocument><RoutingRules>${[
        rule(
          1,
          `<KeyPrefixEquals>a/</KeyPrefixEquals>${missing}`,
          `<RedirectType>Mirror</RedirectType><MirrorURL>http://127.0.0.1:${port}/</MirrorURL>`,
        ),
        rule(2, missing, '<RedirectType>External</RedirectType><HostName>new.example.com</HostName>'),
      ].join('')}</RoutingRules></WebsiteConfiguration>`,
    );
    for (const [key, body] of Object.entries({ 'error.html': 'sorry', 'a/there': 'here' })) {
      await server.send({ method: 'PUT', bucket: 'mirrored', key, body });
    }
    // Without its condition a mirror would hide what is there.
    for (const condition of ['', '<HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals>']) {
      const mirror = rule(
        1,
        condition,
        '<RedirectType>Mirror</RedirectType><MirrorURL>http://a.example.com/</MirrorURL>',
      );
      const body = `<WebsiteConfiguration><RoutingRules>${mirror}</RoutingRules></WebsiteConfiguration>`;
      const refused = await server.send({ method: 'PUT', bucket: 'mirrored', query: { website: '' }, body });
      expectError(refused, { status: 400, code: 'InvalidArgument' });
    }
    expect(await textOf('/mirrored/a/there')).toEqual([200, 'here']);
    expect(await textOf('/mirrored/a/missing')).toEqual([404, 'sorry']);
    expect(await textOf('/mirrored/b/missing')).toEqual([302, 'http://new.example.com/b/missing']);
    expectError(await server.send({ method: 'GET', bucket: 'mirrored', key: 'a/missing' }), {
      status: 404,
      code: 'NoSuchKey',
    });
    expect(fetchCount).toBe(0);
    await new Promise((resolve) => origin.close(resolve));
  });

  test('elements of mirrors in a rule of another type are given back, as SDKs write them into every rule', async () => {
    const redirect = (mirror: string) =>
      `<Redirect><RedirectType>External</RedirectType><HostName>new.example.com</HostName>${mirror}</Redirect>`;
    const rule = (mirror: string) =>
      `<RoutingRule><RuleNumber>1</RuleNumber><Condition><KeyPrefixEquals>a/</KeyPrefixEquals></Condition>${redirect(mirror)}</RoutingRule>`;
    const document = (mirror: string) =>
      `<WebsiteConfiguration><RoutingRules>${rule(mirror)}</RoutingRules></WebsiteConfiguration>`;
    const headers = '<MirrorHeaders><Pass>x-one</Pass><Pass>x-two</Pass></MirrorHeaders>';
    const flags = '<MirrorFollowRedirect>true</MirrorFollowRedirect><MirrorCheckMd5>false</MirrorCheckMd5>';
    for (const mirror of ['<MirrorHeaders></MirrorHeaders>', `${flags}${headers}`]) {
      await makeBucket('kept-mirrors', 'private', 'website', document(mirror));
      const kept = await server.send({ method: 'GET', bucket: 'kept-mirrors', query: { website: '' } });
      expect(kept.body.toString().replace(/>\s+</g, '><')).toContain(mirror);
    }
    const body = document('<Mirrored>true</Mirrored>');
    const refused = await server.send({ method: 'PUT', bucket: 'kept-mirrors', query: { website: '' }, body });
    expectError(refused, { status: 400, code: 'MalformedXML' });
  });

  test('pages are read with the rights of the reader', async () => {
    await server.send({ method: 'PUT', bucket: 'site', query: { acl: '' }, headers: { 'x-oss-acl': 'private' } });
    expectError(await visit('GET', '/site/'), { status: 403, code: 'AccessDenied' });
    expectError(await visit('GET', '/site/missing.html'), { status: 403, code: 'AccessDenied' });
    await server.send({ method: 'PUT', bucket: 'site', query: { acl: '' }, headers: { 'x-oss-acl': 'public-read' } });
  });

  test('the other two ways to look for a folder', async () => {
    for (const [type, expected] of [
      ['1', 404],
      ['2', 302],
    ] as const) {
      const bucket = `site-type-${type}`;
      await makeBucket(
        bucket,
        'public-read',
        'website',
        `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir><Type>${type}</Type></IndexDocument></WebsiteConfiguration>`,
      );
      await server.send({ method: 'PUT', bucket, key: 'folder/any', body: 'x' });
      expect((await visit('GET', `/${bucket}/folder`)).status).toBe(expected);
    }
  });

  test('domains of its own: from the settings, and from PutCname within a second', async () => {
    expect(await textOf('/', { host: 'fixed.example.com' })).toEqual([200, 'root']);
    const cname = (comp: string, bucket: string, domain: string) =>
      server.send({
        method: 'POST',
        bucket,
        query: { cname: '', comp },
        body: `<BucketCnameConfiguration><Cname><Domain>${domain}</Domain></Cname></BucketCnameConfiguration>`,
      });
    await server.send({ method: 'PUT', bucket: 'other' });
    expect((await cname('add', 'site', 'WWW.Example.org')).status).toBe(200);
    expectError(await cname('add', 'other', 'www.example.org'), { status: 409, code: 'CnameAlreadyExists' });
    expectError(await cname('add', 'site', 'localhost'), { status: 400, code: 'InvalidArgument' });
    await expect
      .poll(() => textOf('/docs/', { host: 'www.example.org:80' }), { timeout: 30_000 })
      .toEqual([200, 'docs']);
    const listed = await server.send({ method: 'GET', bucket: 'site', query: { cname: '' } });
    expect(listed.body.toString()).toContain('<Domain>www.example.org</Domain>');
    const token = (await cname('token', 'site', 'www.example.org')).body.toString();
    expect(token).toMatch(/<Token>[0-9a-f]{32}<\/Token>/);
    const shown = await server.send({
      method: 'GET',
      bucket: 'site',
      query: { cname: 'www.example.org', comp: 'token' },
    });
    expect(shown.body.toString()).toBe(token);
    expectError(await server.send({ method: 'GET', bucket: 'site', query: { cname: 'other.org', comp: 'token' } }), {
      status: 404,
      code: 'CnameTokenNotFound',
    });
    expect((await cname('delete', 'site', 'www.example.org')).status).toBe(200);
    await expect
      .poll(async () => (await textOf('/docs/', { host: 'www.example.org' }))[0], { timeout: 30_000 })
      .not.toBe(200);
  });
});
