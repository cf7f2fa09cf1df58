import { expect, test } from 'vitest';
import { bodyOf, pausedBody } from '../../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, openTestStore, plainAttributes } from '../../conformance/object-store-test-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import type { UploadTarget } from '../multipart-types.js';
import type { BodySource } from '../types.js';

const failsWith = (kind: string) => expect.objectContaining({ reason: expect.objectContaining({ kind }) });

async function openUpload() {
  const reads: string[] = [];
  let commitCount = 0;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    get(key, pass) {
      reads.push(String.fromCharCode(key[0] ?? 0));
      return pass();
    },
    commit(_commit, pass) {
      commitCount += 1;
      return pass();
    },
  });
  const { store, put } = await openTestStore({ keyValues, settings: { inlineLengthMax: 10 } });
  await put('source', 'some bytes to copy');
  const target: UploadTarget = await store.initiateUpload({
    bucket: BUCKET,
    key: 'k',
    ownerId: 'owner',
    attributes: plainAttributes,
    forbidOverwrite: false,
  });
  const { bucket, key, uploadId } = target;
  const part = (partNumber: number, body: BodySource) =>
    store.uploadPart({ bucket, key, uploadId, partNumber, lengthMax: 1000, expected: {} }, body);
  return {
    store,
    part,
    target: { bucket, key, uploadId },
    /** What `work` costs: the families of the rows it reads, in alphabetical order, and its commits. */
    async costOf(work: () => Promise<unknown>): Promise<readonly [reads: string, commitCount: number]> {
      reads.length = 0;
      commitCount = 0;
      await work();
      return [reads.sort().join(''), commitCount];
    },
  };
}

test('uploadPart costs one commit and reads bucket, part and upload once, also in the place of a part', async () => {
  const { part, costOf } = await openUpload();
  expect(await costOf(() => part(1, bodyOf('first')))).toEqual(['BPU', 1]);
  expect(await costOf(() => part(1, bodyOf('the second')))).toEqual(['BPU', 1]);
});

test('uploadPart that is overtaken by the same part takes its place, and by an abort is told', async () => {
  const { part, costOf, store, target } = await openUpload();
  const slow = pausedBody(Buffer.from('slow'));
  const cost = costOf(async () => {
    const uploading = part(1, slow);
    await slow.reached;
    await part(1, bodyOf('fast'));
    slow.resume();
    await uploading;
  });
  expect(await cost).toEqual(['BBPPPUUU', 3]);
  const { parts } = await store.listParts({ ...target, after: 0, limit: 10 });
  expect(parts.map(({ length }) => length)).toEqual([4]);
  const late = pausedBody(Buffer.from('late'));
  const uploading = part(2, late);
  await late.reached;
  await store.abortUpload(target);
  late.resume();
  await expect(uploading).rejects.toEqual(failsWith('no-such-upload'));
});

test('copyPart of a whole object costs one commit and reads the upload and its part once', async () => {
  const { store, target, costOf } = await openUpload();
  const copy = {
    ...target,
    partNumber: 1,
    source: { bucket: BUCKET, key: 'source' },
    lengthMax: 1000,
    select: ({ length }: { readonly length: number }) => ({ start: 0, end: length }),
  };
  const [reads, commitCount] = await costOf(() => store.copyPart(copy));
  expect([reads.replace(/[^PU]/g, ''), commitCount]).toEqual(['PU', 1]);
});

test('getUpload says what an upload is, and that there is none', async () => {
  const { store, target } = await openUpload();
  expect(await store.getUpload(target)).toMatchObject({ ...target, ownerId: 'owner', attributes: plainAttributes });
  await expect(store.getUpload({ ...target, uploadId: 'none' })).rejects.toEqual(failsWith('no-such-upload'));
  await expect(store.getUpload({ ...target, bucket: 'missing' })).rejects.toEqual(failsWith('no-such-bucket'));
  await store.abortUpload(target);
  await expect(store.getUpload(target)).rejects.toEqual(failsWith('no-such-upload'));
});
