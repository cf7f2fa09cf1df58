/** Following objects whose bytes lie encrypted: each kind of encryption, each way the bytes came, each form. */
import { randomBytes } from 'node:crypto';
import { MasterKeyRing, ServerKeyWrapping } from '@annals/server';
import { patternBytes } from '@annals/store/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headOf, type RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { BackgroundFollower } from './follow-requests.js';

const SSE = 'x-oss-server-side-encryption';
const KEY_ID = 'x-oss-server-side-encryption-key-id';
/** Longer than what lies in a row, and than the block of a blob. */
const LONG_LENGTH_BYTES = 300_000;

let server: TestServer;
let keyCount = 0;

const newRing = (): MasterKeyRing => new MasterKeyRing([randomBytes(32)], randomBytes);

beforeAll(async () => {
  const keys = new Map([
    ['main', newRing()],
    ['payroll', newRing()],
  ]);
  const keyWrapping = new ServerKeyWrapping(newRing(), { keys, defaultKeyId: 'main' });
  server = await startTestServer({ keyWrapping, buckets: ['vault', 'by-default'] });
  const rule = '<SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>payroll</KMSMasterKeyID>';
  const body = `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>${rule}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`;
  await ok({ method: 'PUT', bucket: 'by-default', query: { encryption: '' }, body });
});

afterAll(() => server.close());

async function ok(request: Parameters<TestServer['send']>[0]): Promise<RawAnswer> {
  const answer = await server.send(request);
  expect(answer.status, answer.body.toString()).toBe(200);
  return answer;
}

interface Target {
  readonly bucket: string;
  readonly key: string;
}

const append = (target: Target, position: number | 'auto', body: Uint8Array, headers: Record<string, string> = {}) =>
  ok({ method: 'POST', ...target, query: { append: '', position: String(position) }, body, headers });

const KINDS: readonly (readonly [
  name: string,
  bucket: string,
  asked: Record<string, string>,
  told: Record<string, string>,
])[] = [
  ['AES256', 'vault', { [SSE]: 'AES256' }, { [SSE]: 'AES256' }],
  ['KMS', 'vault', { [SSE]: 'KMS' }, { [SSE]: 'KMS', [KEY_ID]: 'main' }],
  ['the named key of its bucket', 'by-default', {}, { [SSE]: 'KMS', [KEY_ID]: 'payroll' }],
];

describe.each(KINDS)('an object encrypted by %s', (_name, bucket, asked, told) => {
  test('says so, and is followed from anywhere, whatever way its bytes come', async () => {
    const target = { bucket, key: `log-${keyCount++}` };
    const bodies = [10, LONG_LENGTH_BYTES, 0, 7, LONG_LENGTH_BYTES + 1, 3].map((length) =>
      Buffer.from(patternBytes(length)),
    );
    const all = Buffer.concat(bodies).toString('latin1');
    await append(target, 'auto', bodies[0] ?? Buffer.alloc(0), asked);
    const incoming = await server.begin({ method: 'GET', ...target, query: { follow: '' } });
    expect(headOf(incoming).headers).toMatchObject(told);
    incoming.destroy();
    // A character of text may be held back, so text is followed from the beginning alone and compared by its end.
    const followers = [0, 4].flatMap((position) =>
      (['chunked', 'events', 'poll'] as const).map(
        (form) => [position, new BackgroundFollower(server, form, { ...target, position })] as const,
      ),
    );
    let length = 10;
    for (const [index, body] of bodies.slice(1).entries()) {
      await append(target, index % 2 === 0 ? 'auto' : length, body);
      length += body.length;
      await Promise.all(followers.map(([position, follower]) => follower.until(length - position)));
    }
    await ok({ method: 'POST', ...target, query: { seal: '', position: String(length) } });
    for (const [position, follower] of followers) {
      const { bytes, end } = await follower.ended;
      expect(bytes === all.slice(position)).toBe(true);
      expect(['in order', 'sealed', '204 sealed']).toContain(end);
    }
  });

  test.each(['PutObject', 'multipart upload'])('and made by %s grows once it is converted', async (way) => {
    const target = { bucket, key: `log-${keyCount++}` };
    const first = Buffer.from(patternBytes(LONG_LENGTH_BYTES));
    if (way === 'PutObject') await ok({ method: 'PUT', ...target, headers: asked, body: first });
    else {
      const begun = await ok({ method: 'POST', ...target, query: { uploads: '' }, headers: asked });
      const uploadId = /<UploadId>(\w+)</.exec(begun.body.toString())?.[1] ?? '';
      const half = first.length / 2;
      for (const [index, body] of [first.subarray(0, half), first.subarray(half)].entries()) {
        await ok({ method: 'PUT', ...target, query: { uploadId, partNumber: String(index + 1) }, body });
      }
      await ok({ method: 'POST', ...target, query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } });
    }
    await ok({ method: 'POST', ...target, query: { convert: '', type: 'appendable' } });
    const follower = new BackgroundFollower(server, 'chunked', target);
    const second = Buffer.from(patternBytes(LONG_LENGTH_BYTES + 5));
    for (const [body, position] of [
      [second, 'auto'],
      [Buffer.from('end'), first.length + second.length],
    ] as const) {
      expect((await append(target, position, body)).headers).toMatchObject(told);
    }
    const all = Buffer.concat([first, second, Buffer.from('end')]);
    await follower.until(all.length);
    await ok({ method: 'POST', ...target, query: { convert: '', type: 'normal' } });
    expect(await follower.ended).toEqual({ bytes: all.toString('latin1'), end: 'cut' });
    const read = await ok({ method: 'GET', ...target });
    expect(read.headers).toMatchObject({ ...told, 'x-oss-object-type': 'Normal' });
    expect(read.body.equals(all)).toBe(true);
  });
});
