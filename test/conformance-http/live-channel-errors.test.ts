/** What the operations of live channels refuse, error by error, and that nothing is changed by it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError, invalidArgument, malformedXml } from './error-document.js';
import { expectError } from './expectations.js';
import { LiveChannelRequests, TARGET } from './live-channel-requests.js';

const BUCKET = 'with-channels';
const STAT = { comp: 'stat' };
const HISTORY = { comp: 'history' };

let server: TestServer;
let channels: LiveChannelRequests;

beforeAll(async () => {
  server = await startTestServer();
  channels = new LiveChannelRequests(server, BUCKET);
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

beforeEach(() => server.store.deleteLiveChannel({ bucket: BUCKET, name: 'gate' }));

async function expectNothingMade(): Promise<void> {
  expect((await server.store.listLiveChannels({ bucket: BUCKET, prefix: '', after: '', limit: 1 })).channels).toEqual(
    [],
  );
}

describe('what is refused', () => {
  const MISSING_TARGET = malformedXml('LiveChannelConfiguration must have a Target.');

  test.each<[string, string, ExactError]>([
    ['no target', '<Status>enabled</Status>', MISSING_TARGET],
    [
      'another type of target',
      '<Target><Type>DASH</Type></Target>',
      { ...invalidArgument('Type', 'DASH', 'The type of the target must be HLS.'), ec: '0044-00000013' },
    ],
    [
      'another status',
      `<Status>on</Status>${TARGET}`,
      { ...invalidArgument('Status', 'on', 'The status must be enabled or disabled.'), ec: '0044-00000002' },
    ],
    [
      'a long description',
      `<Description>${'d'.repeat(129)}</Description>${TARGET}`,
      {
        ...invalidArgument('Description', 'd'.repeat(128), 'The description must not have more than 128 bytes.'),
        ec: '0044-00000001',
      },
    ],
    [
      'a file of no length',
      '<Target><Type>HLS</Type><FragDuration>0</FragDuration></Target>',
      {
        ...invalidArgument('FragDuration', '0', 'The value must be a whole number from 1 to 100.'),
        ec: '0044-00000014',
      },
    ],
    [
      'a playlist in a folder',
      '<Target><Type>HLS</Type><PlaylistName>a/b.m3u8</PlaylistName></Target>',
      {
        ...invalidArgument('PlaylistName', 'a/b.m3u8', 'The name of the playlist must not contain a slash.'),
        ec: '0044-00000016',
      },
    ],
    [
      'pictures for no bucket',
      `${TARGET}<Snapshot><RoleName>r</RoleName><DestBucket>B</DestBucket></Snapshot>`,
      { ...invalidArgument('DestBucket', 'B', 'The value is not the name of a bucket.'), ec: '0044-00000008' },
    ],
  ])('PutLiveChannel with %s', async (_, content, error) => {
    expectExactError(await channels.put('gate', content), error, server.host);
    await expectNothingMade();
  });

  test('PutLiveChannel without a document, with another one, with one that is too long or arrived broken', async () => {
    const document = `<LiveChannelConfiguration>${TARGET}</LiveChannelConfiguration>`;
    for (const body of ['', 'no document', '<LiveChannel/>', `${document}${' '.repeat(1024 ** 2)}`]) {
      expectError(await channels.ask('PUT', 'gate', {}, { body }), { status: 400, code: 'MalformedXML' });
    }
    const headers = { 'content-md5': Buffer.alloc(16).toString('base64') };
    expectError(await channels.ask('PUT', 'gate', {}, { body: document, headers }), {
      status: 400,
      code: 'InvalidDigest',
    });
    await expectNothingMade();
  });

  test('a name with a slash, for every operation', async () => {
    const error = invalidArgument('ChannelName', 'a/b', 'The name of a live channel must not contain a slash.');
    expectExactError(await channels.put('a/b'), error, server.host);
    for (const [method, query] of [
      ['PUT', { status: 'enabled' }],
      ['GET', {}],
      ['GET', STAT],
      ['GET', HISTORY],
      ['DELETE', {}],
    ] as const) {
      expectExactError(await channels.ask(method, 'a/b', query), error, server.host);
    }
  });

  test('a name that no object can have', async () => {
    for (const name of ['\\gate', 'g'.repeat(1024)]) {
      expectError(await channels.put(name), { status: 400, code: 'InvalidObjectName' });
    }
  });

  test('values of parameters that name no operation, and methods that there are none of', async () => {
    await channels.put('gate');
    const document = `<LiveChannelConfiguration>${TARGET}</LiveChannelConfiguration>`;
    const status = await channels.ask('PUT', 'gate', { status: 'Enabled' }, { body: document });
    expectExactError(status, invalidArgument('status', 'Enabled'), server.host);
    expectExactError(
      await channels.ask('GET', 'gate', { comp: 'state' }),
      invalidArgument('comp', 'state'),
      server.host,
    );
    for (const [method, key] of [
      ['POST', 'gate'],
      ['HEAD', 'gate'],
      ['PUT', undefined],
      ['DELETE', undefined],
    ] as const) {
      expectError(await channels.ask(method, key), { status: 405, code: 'MethodNotAllowed' });
    }
  });

  test('playlists of what was pushed: nothing ever was', async () => {
    await channels.put('gate');
    const query = { vod: '', startTime: '1472020031', endTime: '1472020226' };
    for (const [method, key] of [
      ['POST', 'gate/vod.m3u8'],
      ['GET', 'gate'],
    ] as const) {
      const answer = await server.send({ method, bucket: BUCKET, key, query });
      expectError(answer, { status: 501, code: 'NotImplemented' });
    }
  });

  test.each([
    ['max-keys', '0'],
    ['max-keys', '1001'],
    ['max-keys', 'many'],
    ['prefix', 'p'.repeat(1024)],
    ['marker', 'ü'.repeat(512)],
  ])('ListLiveChannel with %s %s', async (name, value) => {
    expectExactError(
      await channels.ask('GET', undefined, { [name]: value }),
      invalidArgument(name, value),
      server.host,
    );
  });
});
