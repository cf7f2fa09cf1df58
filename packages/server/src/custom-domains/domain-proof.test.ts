/** With `cname-verification: dns` a domain is bound only when its owner has published the token. */
import { randomBytes } from 'node:crypto';
import { OssError } from '@annals/protocol';
import { openMemoryBlobStore, openMemoryKeyValueStore, openObjectStore } from '@annals/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_ACCOUNT_ID } from '../assembly/server-dependencies.js';
import { createLog } from '../observe/request-log.js';
import { OPERATION_ROWS } from '../operations/table.js';
import { type AnnalsServer, createServer } from '../server.js';
import { defaultSettings } from '../settings.js';
import { RawConnection } from '../testing/raw-connection.js';
import { BUCKET, NOW_MS, ROOT, requestText } from '../testing/test-server.js';
import { requireDomainProof } from './domain-proof.js';

const DOMAIN = 'img.example.org';

let records: Map<string, string[]>;
let server: AnnalsServer;
let close: () => Promise<void>;

beforeEach(async () => {
  records = new Map();
  const store = await openObjectStore({ keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() });
  const bucket = {
    ownerId: DEFAULT_ACCOUNT_ID,
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  } as const;
  for (const name of [BUCKET, 'other']) await store.createBucket({ ...bucket, name });
  server = createServer({
    store,
    settings: { ...defaultSettings, root: ROOT, cnameVerification: 'dns' },
    log: createLog('silent', { write: () => undefined }),
    operations: OPERATION_ROWS,
    clock: () => NOW_MS,
    random: randomBytes,
    textRecordLookup: async (name) => {
      const found = records.get(name);
      if (found === undefined) throw new Error('the name server does not answer');
      return found;
    },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  close = async () => {
    await server.close();
    await store.maintenance.close();
  };
});

afterEach(() => close());

async function send(comp: string, bucket = BUCKET): Promise<string> {
  const body = `<BucketCnameConfiguration><Cname><Domain>${DOMAIN}</Domain></Cname></BucketCnameConfiguration>`;
  const connection = await RawConnection.open(Number(new URL(server.url).port));
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
