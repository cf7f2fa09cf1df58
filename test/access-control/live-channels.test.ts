/** Whose live channels are: every right on them comes from a policy, never from an ACL. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { Account, type AccountRequest, allow, deny, outcomeOf } from './account.js';

const BUCKET = 'with-channels';
const DOCUMENT = '<LiveChannelConfiguration><Target><Type>HLS</Type></Target></LiveChannelConfiguration>';

const OPERATIONS: readonly (readonly [action: string, request: AccountRequest])[] = [
  [
    'oss:PutLiveChannel',
    {
      method: 'PUT',
      key: 'gate',
      query: { live: '' },
      body: DOCUMENT,
    },
  ],
  ['oss:PutLiveChannelStatus', { method: 'PUT', key: 'gate', query: { live: '', status: 'disabled' } }],
  ['oss:GetLiveChannel', { method: 'GET', key: 'gate', query: { live: '' } }],
  ['oss:GetLiveChannelStat', { method: 'GET', key: 'gate', query: { live: '', comp: 'stat' } }],
  ['oss:GetLiveChannelHistory', { method: 'GET', key: 'gate', query: { live: '', comp: 'history' } }],
  ['oss:ListLiveChannel', { method: 'GET', query: { live: '' } }],
  ['oss:DeleteLiveChannel', { method: 'DELETE', key: 'gate', query: { live: '' } }],
];
let server: TestServer;
let account: Account;

beforeAll(async () => {
  server = await startTestServer();
  account = new Account({ endpoint: `http://${server.host}`, port: Number(server.host.split(':')[1]), ...ROOT });
  await server.send({ method: 'PUT', bucket: BUCKET, headers: { 'x-oss-acl': 'public-read-write' } });
});

afterAll(async () => {
  account.close();
  await server.close();
});

beforeEach(async () => {
  const settings = {
    status: 'enabled',
    target: { type: 'HLS', fragDurationSeconds: 5, fragCount: 3, playlistName: 'playlist.m3u8' },
  } as const;
  await server.store.putLiveChannel({ bucket: BUCKET, name: 'gate', settings });
});

test.each(OPERATIONS)('%s is granted by a policy and by nothing else', async (action, asked) => {
  const request = { ...asked, bucket: BUCKET };
  const resource = asked.key === undefined ? BUCKET : `${BUCKET}/${asked.key}`;
  const name = action.slice('oss:'.length);
  const others = OPERATIONS.map(([other]) => other).filter((other) => other !== action);
  const granted = await account.makeUser(`may-${name}`, [allow(action, `acs:oss:*:*:${resource}`)]);
  const elsewhere = await account.makeUser(`not-${name}`, [
    allow(action, `acs:oss:*:*:${resource}-2`),
    allow(others, '*'),
  ]);
  const denied = await account.makeUser(`no-${name}`, [allow('oss:*', '*'), deny(action, `acs:oss:*:*:${resource}`)]);
  // The bucket's ACL opens its objects to everybody, and no channel.
  expect(outcomeOf(await account.send(request))).toBe('403 AccessDenied');
  const refused = await account.send(request, elsewhere);
  expect(outcomeOf(refused)).toBe('403 AccessDenied');
  expect(refused.body.toString()).toContain(`<AuthAction>${action}</AuthAction>`);
  expect(outcomeOf(await account.send(request, denied))).toBe('403 AccessDenied');
  expect(['200', '204']).toContain(outcomeOf(await account.send(request, granted)));
  expect(['200', '204']).toContain(outcomeOf(await account.send(request, account.root)));
});
