/** With `cname-verification: dns` a domain is bound only when its owner has published the token. */
import { OssError } from '@annals/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import { requireDomainProof } from './domain-proof.js';

const DOMAIN = 'img.example.org';

let records: Map<string, string[]>;
let server: TestServer;

beforeEach(async () => {
  records = new Map();
  server = await startTestServer({
    buckets: [BUCKET, 'other'],
    settings: { cnameVerification: 'dns' },
    clock: () => NOW_MS,
    textRecordLookup: async (name) => {
      const found = records.get(name);
      if (found === undefined) throw new Error('the name server does not answer');
      return found;
    },
  });
});

afterEach(() => server.close());

async function send(comp: string, bucket = BUCKET): Promise<string> {
  const body = `<BucketCnameConfiguration><Cname><Domain>${DOMAIN}</Domain></Cname></BucketCnameConfiguration>`;
  const connection = await server.connect();
  const lines = [`Content-Length: ${body.length}`];
  await connection.send(requestText({ method: 'POST', bucket, key: '', query: `cname&comp=${comp}`, lines, body }));
  const answer = await connection.readAnswer('POST');
  connection.destroy();
  const text = answer.body.toString();
  return /<Token>(.*)<\/Token>/.exec(text)?.[1] ?? `${answer.status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1] ?? ''}`;
}

test('PutCname takes a domain whose TXT record has the token of its bucket, and no other', async () => {
  expect(await send('add')).toBe('403 NeedVerifyDomainOwnership');
  const token = await send('token');
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(await send('token')).toBe(token);
  // The name server fails, has nothing, or has something else.
  expect(await send('add')).toBe('403 NeedVerifyDomainOwnership');
  for (const published of [[], ['v=spf1 -all', `${token}0`], [await send('token', 'other')]]) {
    records.set(`_dnsauth.${DOMAIN}`, published);
    expect(await send('add')).toBe('403 NeedVerifyDomainOwnership');
  }
  records.set(`_dnsauth.${DOMAIN}`, ['v=spf1 -all', token]);
  expect(await send('add', 'other')).toBe('403 NeedVerifyDomainOwnership');
  expect(await send('add')).toBe('200 ');
});

test('a token that has expired, or is of another domain, proves nothing', async () => {
  const token = { bucket: BUCKET, domain: DOMAIN, token: 'abc', expiresAtMs: NOW_MS };
  const prove = (tokens: Parameters<typeof requireDomainProof>[1]) =>
    requireDomainProof(DOMAIN, tokens, NOW_MS, async () => ['abc']);
  await expect(prove([token])).rejects.toThrow(OssError);
  await expect(prove([{ ...token, domain: 'example.org', expiresAtMs: NOW_MS + 1 }])).rejects.toThrow(OssError);
  await prove([{ ...token, expiresAtMs: NOW_MS + 1 }]);
});
