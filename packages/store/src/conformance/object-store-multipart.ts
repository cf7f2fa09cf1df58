/** Conformance of multipart uploads: parts in any order, replaced, copied, raced for; completing, aborting, listing. */
import assert from 'node:assert/strict';
import { crc64 } from '@annals/checksum';
import { md5 } from '@annals/checksum/node';
import type { ListedPart, ListUploadsInput, UploadTarget } from '../object-store/multipart-types.js';
import { assertSameBytes, bodyOf, brokenBody, expectFailure, patternBytes, pausedBody } from './object-store-bodies.js';
import type { ObjectStoreCase, ObjectStoreDriver } from './object-store-driver.js';
import type { UploadDriver } from './object-store-upload-driver.js';

const KIB = 1024;
/** As short as a part may be that is not the last. */
const PART_LENGTH = 100 * KIB;

interface UploadCase {
  readonly name: string;
  run(context: {
    readonly driver: ObjectStoreDriver;
    readonly uploads: UploadDriver;
    readonly bucket: string;
  }): Promise<void>;
}

const cases: readonly UploadCase[] = [
  {
    name: 'an upload becomes the object of its parts, which came together and in any order',
    async run({ driver, uploads, bucket }) {
      const target = { bucket, key: 'film' };
      // Inline, as a blob of one batch, as a blob of several, and a short last one.
      const bodies = [PART_LENGTH, 300 * KIB, 2500 * KIB, 7].map((length, seed) => patternBytes(length, seed + 1));
      const upload = await uploads.initiate(target, { contentType: 'video/x-test', user: { camera: 'one' } });
      await expectFailure(driver, 'no-such-key', driver.headObject(target));
      const numbers = [3, 900, 901, 10_000];
      const parts = await Promise.all(
        [...bodies.keys()]
          .reverse()
          .map((index) => uploadPart(uploads, upload, numbers[index] as number, bodies[index])),
      );
      const whole = Buffer.concat(bodies);
      const made = await uploads.complete(upload, parts.toReversed());
      assert.equal(made.etag, etagOf(bodies));
      assert.equal(made.crc64, crc64(whole));
      const head = await driver.headObject(target);
      assert.deepEqual(
        [head.type, head.length, head.etag, head.crc64, head.contentType, head.user],
        ['multipart', whole.length, made.etag, made.crc64, 'video/x-test', { camera: 'one' }],
      );
      assertSameBytes(await driver.readObject(target), whole);
      for (const [start, end] of [
        [0, 1],
        [PART_LENGTH - 1, PART_LENGTH + 1],
        [50, whole.length - 3],
        [whole.length - 9, whole.length],
      ] as const) {
        assertSameBytes(await driver.readObject(target, { start, end }), whole.subarray(start, end));
      }
      await expectFailure(driver, 'no-such-upload', uploads.listParts(upload, { after: 0, limit: 10 }));
      await expectFailure(driver, 'no-such-upload', uploads.complete(upload, parts));
      assert.deepEqual(await countsOf(uploads, bucket), [0, 0]);
    },
  },
  {
    name: 'a part that comes again takes the place of the one before',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'twice' });
      const first = await uploadPart(uploads, upload, 1, patternBytes(PART_LENGTH, 1));
      const bytes = patternBytes(PART_LENGTH + 1, 2);
      const second = await uploadPart(uploads, upload, 1, bytes);
      assert.deepEqual(await countsOf(uploads, bucket), [1, 1]);
      await expectFailure(driver, 'invalid-part', uploads.complete(upload, [first]));
      await uploads.complete(upload, [{ ...second, etag: second.etag.toLowerCase() }]);
      assertSameBytes(await driver.readObject(upload), bytes);
    },
  },
  {
    name: 'parts left out are thrown away, and all of them can be asked for at once',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'some' });
      const bodies = [1, 2, 3].map((seed) => patternBytes(PART_LENGTH, seed));
      const parts = await Promise.all(bodies.map((body, index) => uploadPart(uploads, upload, index + 1, body)));
      await uploads.complete(upload, [parts[0], parts[2]] as ListedPart[]);
      assertSameBytes(await driver.readObject(upload), Buffer.concat([bodies[0], bodies[2]] as Uint8Array[]));
      const again = await uploads.initiate({ bucket, key: 'all' });
      for (const [index, body] of bodies.entries()) await uploadPart(uploads, again, index + 5, body);
      assert.equal((await uploads.complete(again, 'all')).etag, etagOf(bodies));
      assertSameBytes(await driver.readObject(again), Buffer.concat(bodies));
      const none = await uploads.initiate({ bucket, key: 'none' });
      assert.equal((await uploads.complete(none, 'all')).etag, etagOf([]));
      assertSameBytes(await driver.readObject(none), Buffer.alloc(0));
    },
  },
  {
    name: 'completing refuses a wrong order, missing parts, wrong etags and short parts, and leaves the upload as it was',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'strict' });
      const one = await uploadPart(uploads, upload, 1, patternBytes(PART_LENGTH, 1));
      const short = await uploadPart(uploads, upload, 2, patternBytes(PART_LENGTH - 1, 2));
      const last = await uploadPart(uploads, upload, 3, patternBytes(1, 3));
      const refused: readonly [readonly ListedPart[], 'invalid-part' | 'invalid-part-order' | 'part-too-small'][] = [
        [[short, one], 'invalid-part-order'],
        [[one, one], 'invalid-part-order'],
        [[one, { partNumber: 7, etag: one.etag }], 'invalid-part'],
        [[{ ...one, etag: short.etag }], 'invalid-part'],
        [[one, short, last], 'part-too-small'],
      ];
      for (const [parts, kind] of refused) await expectFailure(driver, kind, uploads.complete(upload, parts));
      await expectFailure(driver, 'no-such-key', driver.headObject(upload));
      await uploads.complete(upload, [one, short]);
      assert.equal((await driver.headObject(upload)).length, 2 * PART_LENGTH - 1);
    },
  },
  {
    name: 'an aborted upload is gone with its parts, and takes no more',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'aborted' });
      const part = await uploadPart(uploads, upload, 1, patternBytes(PART_LENGTH));
      await uploads.abort(upload);
      assert.deepEqual(await countsOf(uploads, bucket), [0, 0]);
      await expectFailure(driver, 'no-such-upload', uploads.abort(upload));
      await expectFailure(driver, 'no-such-upload', uploads.complete(upload, [part]));
      await expectFailure(driver, 'no-such-upload', uploadPart(uploads, upload, 2, Buffer.from('late')));
      const elsewhere = { ...(await uploads.initiate({ bucket, key: 'other' })), key: 'aborted' };
      await expectFailure(driver, 'no-such-upload', uploadPart(uploads, elsewhere, 1, Buffer.from('x')));
      await expectFailure(driver, 'no-such-upload', uploads.abort({ ...upload, uploadId: 'no id at all' }));
    },
  },
  {
    name: 'a part is all or nothing: a broken sender or a wrong digest leaves the part before',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'broken' });
      const part = await uploadPart(uploads, upload, 1, Buffer.from('good'));
      await assert.rejects(uploads.uploadPart(upload, 1, brokenBody(patternBytes(400 * KIB), 300 * KIB)));
      const wrong = { expectedMd5: md5(Buffer.from('something else')) };
      await expectFailure(driver, 'digest-mismatch', uploads.uploadPart(upload, 1, bodyOf('bad'), wrong));
      await uploads.uploadPart(upload, 2, bodyOf('ok'), { expectedMd5: md5(Buffer.from('ok')) });
      await uploads.complete(upload, [part]);
      assertSameBytes(await driver.readObject(upload), 'good');
    },
  },
  {
    name: 'a slow part cannot join an upload that was completed meanwhile',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'slow' });
      const part = await uploadPart(uploads, upload, 1, Buffer.from('here'));
      const slow = pausedBody(patternBytes(300 * KIB));
      const late = expectFailure(driver, 'no-such-upload', uploads.uploadPart(upload, 2, slow));
      await slow.reached;
      await uploads.complete(upload, [part]);
      slow.resume();
      await late;
      assertSameBytes(await driver.readObject(upload), 'here');
      assert.deepEqual(await countsOf(uploads, bucket), [0, 0]);
    },
  },
  {
    name: 'of completions and aborts at once exactly one succeeds, and the parts stay whole',
    async run({ driver, uploads, bucket }) {
      for (let round = 0; round < 12; round++) {
        const upload = await uploads.initiate({ bucket, key: `raced-${round}` });
        const bytes = patternBytes(200 * KIB, round);
        const part = await uploadPart(uploads, upload, 1, bytes);
        const outcomes = await Promise.allSettled([
          uploads.complete(upload, [part]),
          uploads.abort(upload),
          uploads.complete(upload, 'all'),
          uploads.abort(upload),
        ]);
        assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
        const isMade = outcomes[0]?.status === 'fulfilled' || outcomes[2]?.status === 'fulfilled';
        if (isMade) assertSameBytes(await driver.readObject(upload), bytes);
        else await expectFailure(driver, 'no-such-key', driver.headObject(upload));
      }
      assert.deepEqual(await countsOf(uploads, bucket), [0, 0]);
    },
  },
  {
    name: 'parts raced for under one number: the one that is listed is the one that counts',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'contended' });
      const bodies = Array.from({ length: 8 }, (_, seed) => patternBytes(PART_LENGTH, seed + 1));
      await Promise.all(bodies.map((body) => uploadPart(uploads, upload, 1, body)));
      const { parts } = await uploads.listParts(upload, { after: 0, limit: 10 });
      assert.equal(parts.length, 1);
      const winner = bodies.find((body) => crc64(body) === parts[0]?.crc64);
      await uploads.complete(upload, parts);
      assertSameBytes(await driver.readObject(upload), winner as Uint8Array);
    },
  },
  {
    name: 'an empty part counts in the etag and for nothing else',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'empty' });
      const part = await uploadPart(uploads, upload, 1, new Uint8Array());
      assert.equal((await uploads.complete(upload, [part])).etag, etagOf([new Uint8Array()]));
      assertSameBytes(await driver.readObject(upload), '');
    },
  },
  {
    name: 'an upload onto an appendable object is refused when it begins and when it ends',
    async run({ driver, uploads, bucket }) {
      const log = { bucket, key: 'log' };
      const early = await uploads.initiate(log);
      const part = await uploadPart(uploads, early, 1, Buffer.from('replacement'));
      await driver.appendObject({ ...log, position: 0, body: bodyOf('recorded') });
      await expectFailure(driver, 'already-exists', uploads.initiate(log));
      await expectFailure(driver, 'already-exists', uploads.complete(early, [part]));
      assertSameBytes(await driver.readObject(log), 'recorded');
      const next = await uploads.initiate({ bucket, key: 'next' });
      const onto = await uploadPart(uploads, next, 1, Buffer.from('x'));
      await driver.putObject({ bucket, key: 'next', body: bodyOf('first') });
      const forbidding = uploads.complete(next, [onto], { forbidOverwrite: true });
      await expectFailure(driver, 'already-exists', forbidding);
      await uploads.complete(next, [onto]);
      assertSameBytes(await driver.readObject(next), 'x');
    },
  },
  {
    name: 'a bucket with an unfinished upload is not empty',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'pending' });
      await expectFailure(driver, 'bucket-not-empty', driver.deleteBucket(bucket));
      await uploads.abort(upload);
      await driver.deleteBucket(bucket);
      await expectFailure(driver, 'no-such-bucket', uploads.initiate({ bucket, key: 'pending' }));
      await driver.createBucket(bucket);
    },
  },
  {
    name: 'parts are listed by number, page by page',
    async run({ uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'listed' });
      const numbers = [1, 2, 5, 255, 256, 257, 9999, 10_000];
      for (const number of numbers.toReversed()) {
        await uploadPart(uploads, upload, number, Buffer.from(`part ${number}`));
      }
      const seen: number[] = [];
      for (let after = 0, isTruncated = true; isTruncated; after = seen.at(-1) ?? 0) {
        const page = await uploads.listParts(upload, { after, limit: 3 });
        for (const part of page.parts) {
          const bytes = Buffer.from(`part ${part.partNumber}`);
          assert.deepEqual([part.length, part.crc64], [bytes.length, crc64(bytes)]);
          seen.push(part.partNumber);
        }
        isTruncated = page.isTruncated;
      }
      assert.deepEqual(seen, numbers);
      assert.deepEqual(await countsOf(uploads, bucket), [1, numbers.length]);
    },
  },
  {
    name: 'uploads are listed by key and then by id, grouped and paged without loss',
    async run({ uploads, bucket }) {
      const keys = ['a', 'a', 'a/1', 'a/2', 'a0', 'b', 'b', 'b', 'ü/x', 'ü/y'];
      for (const key of keys.toReversed()) await uploads.initiate({ bucket, key });
      const base: ListUploadsInput = {
        bucket,
        prefix: '',
        delimiter: '',
        afterKey: '',
        afterUploadId: undefined,
        limit: 1000,
      };
      const all = await uploads.listUploads(base);
      assert.deepEqual(
        all.uploads.map(({ key }) => key),
        keys,
      );
      const sorted = all.uploads.map(({ key, uploadId }) => `${key} ${uploadId}`);
      assert.deepEqual(sorted, sorted.toSorted());
      for (const limit of [1, 2, 3, 9]) {
        const paged: string[] = [];
        let input: ListUploadsInput | undefined = { ...base, limit };
        while (input !== undefined) {
          const page = await uploads.listUploads(input);
          paged.push(...page.uploads.map(({ key, uploadId }) => `${key} ${uploadId}`));
          const { next } = page;
          input = next && { ...base, limit, afterKey: next.key, afterUploadId: next.uploadId };
        }
        assert.deepEqual(paged, sorted);
      }
      const grouped = await uploads.listUploads({ ...base, delimiter: '/' });
      assert.deepEqual(
        [grouped.uploads.map(({ key }) => key), grouped.commonPrefixes],
        [
          ['a', 'a', 'a0', 'b', 'b', 'b'],
          ['a/', 'ü/'],
        ],
      );
      const first = await uploads.listUploads({ ...base, delimiter: '/', limit: 3 });
      assert.deepEqual(first.commonPrefixes, ['a/']);
      const second = await uploads.listUploads({ ...base, delimiter: '/', afterKey: first.next?.key ?? '' });
      assert.deepEqual(
        second.uploads.map(({ key }) => key),
        ['a0', 'b', 'b', 'b'],
      );
      const within = await uploads.listUploads({ ...base, prefix: 'a/' });
      assert.deepEqual(
        within.uploads.map(({ key }) => key),
        ['a/1', 'a/2'],
      );
      const behind = await uploads.listUploads({ ...base, afterKey: 'b' });
      assert.deepEqual(
        behind.uploads.map(({ key }) => key),
        ['ü/x', 'ü/y'],
      );
    },
  },
  {
    name: 'parts are copied from whole objects, from ranges, and from objects made of parts',
    async run({ driver, uploads, bucket }) {
      const source = patternBytes(700 * KIB, 3);
      await driver.putObject({ bucket, key: 'source', body: bodyOf(source) });
      const upload = await uploads.initiate({ bucket, key: 'copied' });
      const whole = await uploads.copyPart(upload, 1, { bucket, key: 'source' });
      assert.equal(whole.etag, etagOfWhole(source));
      const range = { start: 1000, end: 1000 + PART_LENGTH };
      const piece = await uploads.copyPart(upload, 2, { bucket, key: 'source' }, range);
      assert.equal(piece.etag, etagOfWhole(source.subarray(range.start, range.end)));
      const own = await uploadPart(uploads, upload, 3, Buffer.from('own'));
      await driver.deleteObject({ bucket, key: 'source' });
      const made = await uploads.complete(upload, [whole, piece, own]);
      let expected = Buffer.concat([source, source.subarray(range.start, range.end), Buffer.from('own')]);
      assert.equal(made.crc64, crc64(expected));
      assertSameBytes(await driver.readObject(upload), expected);
      // Copies of copies: deeper than slices are nested, so that somewhere the bytes are moved.
      for (let generation = 0; generation < 6; generation++) {
        const from = { bucket, key: generation === 0 ? 'copied' : `copied ${generation - 1}` };
        const next = await uploads.initiate({ bucket, key: `copied ${generation}` });
        const head = await uploads.copyPart(next, 1, from, { start: 5, end: expected.length - 50 });
        const tail = await uploads.copyPart(next, 2, from, { start: expected.length - 50, end: expected.length });
        await uploads.complete(next, [head, tail]);
        expected = expected.subarray(5);
        await driver.deleteObject(from);
        assertSameBytes(await driver.readObject(next), expected);
      }
    },
  },
  {
    name: 'a part is not copied from an appendable object unless that is allowed, and then is a moment of it',
    async run({ driver, uploads, bucket }) {
      const log = { bucket, key: 'log' };
      await driver.appendObject({ ...log, position: 0, body: bodyOf('one ') });
      await driver.appendObject({ ...log, position: 4, body: bodyOf('two ') });
      const upload = await uploads.initiate({ bucket, key: 'excerpt' });
      await expectFailure(driver, 'not-copyable', uploads.copyPart(upload, 1, log));
      await uploads.allowAppendableCopy(bucket);
      const part = await uploads.copyPart(upload, 1, log);
      await driver.appendObject({ ...log, position: 8, body: bodyOf('three') });
      await driver.deleteObject(log);
      await uploads.complete(upload, [part]);
      assertSameBytes(await driver.readObject(upload), 'one two ');
    },
  },
];

/** Cases of drivers that can upload in parts. */
export const multipartCases: readonly ObjectStoreCase[] = cases.map(({ name, run }) => ({
  name,
  needs: ['uploads'],
  run({ driver, bucket }) {
    const { uploads } = driver;
    assert.ok(uploads !== undefined);
    return run({ driver, uploads, bucket });
  },
}));

function uploadPart(
  uploads: UploadDriver,
  upload: UploadTarget,
  partNumber: number,
  bytes: Uint8Array | undefined,
): Promise<ListedPart> {
  return uploads.uploadPart(upload, partNumber, bodyOf(bytes ?? new Uint8Array(), { chunkLength: 65_537 }));
}

async function countsOf(uploads: UploadDriver, bucket: string): Promise<readonly [number, number]> {
  const { uploadCount, partCount } = await uploads.countUploads(bucket);
  return [uploadCount, partCount];
}

function etagOfWhole(bytes: Uint8Array): string {
  return Buffer.from(md5(bytes)).toString('hex').toUpperCase();
}

function etagOf(bodies: readonly Uint8Array[]): string {
  return `${etagOfWhole(Buffer.from(bodies.map(etagOfWhole).join('')))}-${bodies.length}`;
}
