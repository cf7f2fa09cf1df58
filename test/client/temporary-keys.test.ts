/** The client borrows keys of this server's STS, uses them, and borrows again before they end. */
import { type AssumeRoleOptions, assumeRoleCredentials, createClient, staticCredentials } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, allow } from '../access-control/account.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;
let options: AssumeRoleOptions;
let requestCount = 0;
let nowMs = Date.now();

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: folder.path, buckets: ['logs'] });
  account = new Account(server);
  const lender = await account.makeUser('lender', [allow('sts:AssumeRole', '*')]);
  options = {
    endpoint: `${server.endpoint}/-/sts/`,
    roleArn: await account.makeRole('writer', [allow('oss:PutObject', 'acs:oss:*:*:logs/*')]),
    source: staticCredentials({ accessKeyId: lender.accessKeyId, accessKeySecret: lender.accessKeySecret }),
    clock: () => nowMs,
    fetch: (input, init) => {
      requestCount += 1;
      return fetch(input, init);
    },
  };
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

describe('assumeRoleCredentials', () => {
  it('gives keys that may do what the role may, and nothing else', async () => {
    const client = createClient({ endpoint: server.endpoint, credentials: assumeRoleCredentials(options) });
    await client.putObject({ bucket: 'logs', key: 'one', body: 'x' });
    const old = createClient({
      endpoint: server.endpoint,
      credentials: assumeRoleCredentials(options),
      signatureVersion: 'v1',
    });
    await old.putObject({ bucket: 'logs', key: 'two', body: 'x' });
    await expect(client.getObject({ bucket: 'logs', key: 'one' })).rejects.toMatchObject({ code: 'AccessDenied' });
  });

  it('asks once for many callers, and again five minutes before the keys end or when they are refused', async () => {
    const provider = assumeRoleCredentials({ ...options, durationSeconds: 900 });
    requestCount = 0;
    const [first, same] = await Promise.all([provider(), provider()]);
    expect(same).toEqual(first);
    nowMs += 590_000;
    expect(await provider()).toEqual(first);
    expect(requestCount).toBe(1);
    nowMs += 200_000;
    const second = await provider();
    expect(second.accessKeyId).not.toBe(first.accessKeyId);
    expect((await provider(second)).accessKeyId).not.toBe(second.accessKeyId);
    expect(requestCount).toBe(3);
  });

  it('says why there are none, without a secret', async () => {
    const provider = assumeRoleCredentials({ ...options, roleArn: 'acs:ram::1:role/nobody' });
    await expect(Promise.resolve(provider())).rejects.toMatchObject({
      code: 'CredentialsMissing',
      message: expect.stringMatching(/^Cannot assume the role "acs:ram::1:role\/nobody" at http:.*status 4\d\d\)$/),
    });
  });
});
