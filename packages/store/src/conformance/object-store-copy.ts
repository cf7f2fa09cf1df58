/** Conformance of copies: what they share, what they keep, what they refuse, and what goes on around them. */
import assert from 'node:assert/strict';
import { assertSameBytes, bodyOf, expectFailure, failureOf, patternBytes } from './object-store-bodies.js';
import type { ObjectStoreCase, ObjectStoreDriver } from './object-store-driver.js';
import type { UploadDriver } from './object-store-upload-driver.js';

const KIB = 1024;

interface CopyCase {
  readonly name: string;
  run(context: {
    readonly driver: ObjectStoreDriver;
    readonly uploads: UploadDriver;
    readonly bucket: string;
  }): Promise<void>;
}

const cases: readonly CopyCase[] = [
  {
    name: 'a copy has bytes, etag and metadata of its source, and outlives it',
    async run({ driver, uploads, bucket }) {
      for (const length of [0, 5, 128 * KIB + 1, 2000 * KIB]) {
        const source = { bucket, key: `source ${length}` };
        const target = { bucket, key: `copy ${length}` };
        const bytes = patternBytes(length, length + 1);
        const put = await driver.putObject({ ...source, body: bodyOf(bytes), contentType: 'text/x', user: { a: '1' } });
        const copied = await uploads.copy(target, source);
        assert.deepEqual([copied.etag, copied.crc64], [put.etag, put.crc64]);
        await driver.deleteObject(source);
        const head = await driver.headObject(target);
        assert.deepEqual(
          [head.type, head.length, head.etag, head.contentType, head.user],
          ['normal', length, put.etag, 'text/x', { a: '1' }],
        );
        assertSameBytes(await driver.readObject(target), bytes);
      }
    },
  },
  {
    name: 'a copy may replace the metadata and the object that is there',
    async run({ driver, uploads, bucket }) {
      await driver.putObject({ bucket, key: 'source', body: bodyOf('source'), user: { a: '1', b: '2' } });
      await driver.putObject({ bucket, key: 'target', body: bodyOf('target') });
      const forbidding = uploads.copy({ bucket, key: 'target' }, { bucket, key: 'source' }, { forbidOverwrite: true });
      await expectFailure(driver, 'already-exists', forbidding);
      await uploads.copy({ bucket, key: 'target' }, { bucket, key: 'source' }, { user: { c: '3' } });
      assert.deepEqual((await driver.headObject({ bucket, key: 'target' })).user, { c: '3' });
      assertSameBytes(await driver.readObject({ bucket, key: 'target' }), 'source');
      assert.deepEqual(await driver.bucketStatistics(bucket), { objectCount: 2, lengthBytes: 12 });
    },
  },
  {
    name: 'a copy of a source that is not there fails as reading it does',
    async run({ driver, uploads, bucket }) {
      const target = { bucket, key: 'target' };
      await expectFailure(driver, 'no-such-key', uploads.copy(target, { bucket, key: 'missing' }));
      await expectFailure(driver, 'no-such-bucket', uploads.copy(target, { bucket: 'no-such-bucket', key: 'x' }));
      await expectFailure(driver, 'no-such-key', driver.headObject(target));
    },
  },
  {
    name: 'an object of parts is copied as such, and the copy outlives it',
    async run({ driver, uploads, bucket }) {
      const upload = await uploads.initiate({ bucket, key: 'film' });
      const bytes = patternBytes(400 * KIB);
      const one = await uploads.uploadPart(upload, 1, bodyOf(bytes));
      const two = await uploads.uploadPart(upload, 2, bodyOf('end'));
      const made = await uploads.complete(upload, [one, two]);
      assert.deepEqual((await uploads.copy({ bucket, key: 'copy' }, upload)).etag, made.etag);
      await driver.deleteObject(upload);
      assert.equal((await driver.headObject({ bucket, key: 'copy' })).type, 'multipart');
      assertSameBytes(await driver.readObject({ bucket, key: 'copy' }), Buffer.concat([bytes, Buffer.from('end')]));
    },
  },
  {
    name: 'an appendable object is not copied unless that is allowed; then the copy is a moment of it and normal',
    async run({ driver, uploads, bucket }) {
      const log = { bucket, key: 'log' };
      const copy = { bucket, key: 'copy' };
      await driver.appendObject({ ...log, position: 0, body: bodyOf('one ') });
      await expectFailure(driver, 'not-copyable', uploads.copy(copy, log));
      await uploads.allowAppendableCopy(bucket);
      await uploads.copy(copy, log);
      await driver.appendObject({ ...log, position: 4, body: bodyOf('two') });
      const head = await driver.headObject(copy);
      assert.deepEqual([head.type, head.length], ['normal', 4]);
      assertSameBytes(await driver.readObject(copy), 'one ');
      await expectFailure(driver, 'not-appendable', driver.appendObject({ ...copy, position: 4, body: bodyOf('x') }));
      await driver.deleteObject(log);
      await driver.appendObject({ ...log, position: 0, body: bodyOf('next') });
      assertSameBytes(await driver.readObject(copy), 'one ');
      await expectFailure(driver, 'already-exists', uploads.copy(log, copy));
      assertSameBytes(await driver.readObject(log), 'next');
    },
  },
  {
    name: 'a copy of an appendable object onto itself changes its metadata and lets it grow on',
    async run({ driver, uploads, bucket }) {
      const log = { bucket, key: 'log' };
      const appended = await driver.appendObject({ ...log, position: 0, body: bodyOf('one '), user: { a: '1' } });
      const copied = await uploads.copy(log, log, { user: { b: '2' } });
      assert.equal(copied.etag, appended.etag);
      const head = await driver.headObject(log);
      assert.deepEqual([head.type, head.user, head.length], ['appendable', { b: '2' }, 4]);
      await driver.appendObject({ ...log, position: 4, body: bodyOf('two') });
      assertSameBytes(await driver.readObject(log), 'one two');
      assert.deepEqual((await driver.headObject(log)).user, { b: '2' });
      assert.deepEqual(await driver.bucketStatistics(bucket), { objectCount: 1, lengthBytes: 7 });
    },
  },
  {
    name: 'appends and metadata changes of one object at once lose nothing',
    async run({ driver, uploads, bucket }) {
      const log = { bucket, key: 'log' };
      await driver.appendObject({ ...log, position: 0, body: bodyOf('.') });
      const appending = async () => {
        for (let position = 1; position < 30; position++) {
          await driver.appendObject({ ...log, position, body: bodyOf('.') });
        }
      };
      const changing = async () => {
        for (let change = 0; change < 15; change++) await uploads.copy(log, log, { user: { change: `${change}` } });
      };
      await Promise.all([appending(), changing()]);
      const head = await driver.headObject(log);
      assert.deepEqual([head.length, head.user, head.type], [30, { change: '14' }, 'appendable']);
      assertSameBytes(await driver.readObject(log), '.'.repeat(30));
    },
  },
  {
    name: 'copies of an object that grows are each a moment of it',
    async run({ driver, uploads, bucket }) {
      await uploads.allowAppendableCopy(bucket);
      const log = { bucket, key: 'log' };
      const text = Array.from({ length: 60 }, (_, index) => `line ${index}\n`);
      await driver.appendObject({ ...log, position: 0, body: bodyOf(text[0] as string) });
      const appending = async () => {
        let position = (text[0] as string).length;
        for (const line of text.slice(1)) {
          position = (await driver.appendObject({ ...log, position, body: bodyOf(line) })).nextPosition;
        }
      };
      const copying = async () => {
        for (let copy = 0; copy < 20; copy++) await uploads.copy({ bucket, key: `copy ${copy}` }, log);
      };
      await Promise.all([appending(), copying()]);
      await driver.deleteObject(log);
      let length = 0;
      for (let copy = 0; copy < 20; copy++) {
        const bytes = Buffer.from(await driver.readObject({ bucket, key: `copy ${copy}` })).toString('utf8');
        assert.ok(bytes.endsWith('\n') && text.join('').startsWith(bytes));
        assert.ok(bytes.length >= length);
        length = bytes.length;
      }
    },
  },
  {
    name: 'a copy raced with the replacement and deletion of its source is whole, one or the other, or none',
    async run({ driver, uploads, bucket }) {
      const source = { bucket, key: 'source' };
      const bodies = [patternBytes(200 * KIB, 1), patternBytes(150 * KIB, 2)] as const;
      for (let round = 0; round < 15; round++) {
        const target = { bucket, key: `target ${round}` };
        await driver.putObject({ ...source, body: bodyOf(bodies[0]) });
        const [failure] = await Promise.all([
          failureOf(driver, uploads.copy(target, source)),
          round % 3 === 0
            ? driver.deleteObject(source)
            : driver.putObject({ ...source, body: bodyOf(bodies[1]) }).then(() => undefined),
        ]);
        if (failure !== undefined) {
          assert.equal(failure.kind, 'no-such-key');
          continue;
        }
        const bytes = await driver.readObject(target);
        assertSameBytes(bytes, bytes.length === bodies[0].length ? bodies[0] : bodies[1]);
      }
    },
  },
];

/** Cases of drivers that can copy. */
export const copyCases: readonly ObjectStoreCase[] = cases.map(({ name, run }) => ({
  name,
  needs: ['uploads', 'bucket-statistics'],
  run({ driver, bucket }) {
    const { uploads } = driver;
    assert.ok(uploads !== undefined);
    return run({ driver, uploads, bucket });
  },
}));
