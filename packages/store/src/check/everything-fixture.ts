/** A store that holds one of everything: every kind of row, and objects of every shape. */
import { bodyOf } from '../conformance/object-store-bodies.js';
import { BUCKET, openTestStore, plainAttributes } from '../conformance/object-store-test-store.js';
import type { KeyValueStore } from '../contract/key-value-store.js';

const BLOCK = 256 * 1024;
const base = { bucket: BUCKET, ownerId: 'owner', attributes: plainAttributes, expected: {} };

/** Fills empty engines with one of everything. */
export async function fillWithEverything(engines: Parameters<typeof openTestStore>[0]): Promise<void> {
  // So there are blobs of both kinds, with files of their own and in files that they share; and short objects of both,
  // with their bytes in their rows and in contents.
  const settings = { putLengthMax: 2 * BLOCK, rowBodyLengthMax: 2, ...engines?.settings };
  const fixture = await openTestStore({ ...engines, settings });
  const { store } = fixture;
  await fixture.put('short', 'ab');
  await fixture.put('inline', 'a few bytes');
  await fixture.put('blob', Buffer.alloc(3 * BLOCK + 7, 'blob'));
  await fixture.put('empty', '');
  for (let index = 0; index < 5; index += 1) await fixture.append('log', index * 5, `line${index}`);
  for (const [position, appendId] of ['first', 'second', 'third'].entries()) {
    const named = { ...base, key: 'named', callerId: 'caller', position, appendId };
    await store.appendObject(named, bodyOf('x'));
  }
  const encrypted = { ...base, attributes: { ...plainAttributes, encryption: { algorithm: 'AES256' } as const } };
  const put = { forbidOverwrite: false, lengthMax: 10_000_000 };
  await store.putObject({ ...encrypted, ...put, key: 'secret' }, bodyOf('a secret'));
  await store.putObject({ ...encrypted, ...put, key: 'long secret' }, bodyOf(Buffer.alloc(BLOCK + 99, 's')));
  await store.putSymlink({ ...base, key: 'link', symlinkTarget: 'inline', forbidOverwrite: false });
  const upload = await store.initiateUpload({ ...base, key: 'parts', forbidOverwrite: false });
  const target = { bucket: BUCKET, key: 'parts', uploadId: upload.uploadId };
  const first = await store.uploadPart(
    { ...target, partNumber: 1, lengthMax: 1e9, expected: {} },
    bodyOf(Buffer.alloc(150_000, 'p')),
  );
  const second = await store.uploadPart({ ...target, partNumber: 2, lengthMax: 1e9, expected: {} }, bodyOf('end'));
  await store.completeUpload({
    ...base,
    ...target,
    forbidOverwrite: false,
    parts: [first, second].map(({ partNumber, etag }) => ({ partNumber, etag })),
  });
  const open = await store.initiateUpload({ ...base, key: 'unfinished', forbidOverwrite: false });
  await store.uploadPart(
    {
      bucket: BUCKET,
      key: 'unfinished',
      uploadId: open.uploadId,
      partNumber: 3,
      lengthMax: 1e9,
      expected: {},
    },
    bodyOf('a part'),
  );
  await store.updateBucket(BUCKET, { versioning: 'enabled' });
  for (const text of ['one', 'two', 'three']) await fixture.put('several', text);
  await fixture.put('hidden', 'x');
  await store.deleteObject({ bucket: BUCKET, key: 'hidden' });
  await store.putLiveChannel({
    bucket: BUCKET,
    name: 'channel',
    settings: {
      status: 'enabled',
      target: { type: 'HLS', fragDurationSeconds: 5, fragCount: 3, playlistName: 'playlist.m3u8' },
    },
  });
}

/** @returns Every row of a store, as text, to compare stores by. */
export async function textOfRows(keyValues: KeyValueStore): Promise<string[]> {
  const entries = await keyValues.list({ start: Buffer.of(0), end: Buffer.of(0xff), limit: 10_000 });
  return entries.map(({ key, value }) => `${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`);
}

/** Copies bytes with the lowest bit of one of them the other way round. */
export function flipped(bytes: Uint8Array, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
}
