/** Conformance of appends: every row of the decision table, and what must hold around them. */
import assert from 'node:assert/strict';
import { crc64 } from '@annals/checksum';
import { md5 } from '@annals/checksum/node';
import { assertSameBytes, bodyOf, brokenBody, expectFailure, patternBytes } from './object-store-bodies.js';
import type { ObjectStoreCase } from './object-store-driver.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What an append promises. */
export const appendCases: readonly ObjectStoreCase[] = [
  {
    name: 'append at 0 creates an appendable object',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const result = await driver.appendObject({
        ...target,
        position: 0,
        body: bodyOf('hello '),
        contentType: 'text/x-log',
      });
      assert.equal(result.nextPosition, 6);
      assert.equal(result.crc64, crc64(Buffer.from('hello ')));
      const head = await driver.headObject(target);
      assert.equal(head.type, 'appendable');
      assert.equal(head.length, 6);
      assert.equal(head.contentType, 'text/x-log');
      assert.equal(head.etag, result.etag);
      assertSameBytes(await driver.readObject(target), 'hello ');
    },
  },
  {
    name: 'append above 0 to a missing object is a mismatch that names 0 and creates nothing',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const failure = await expectFailure(
        driver,
        'position-mismatch',
        driver.appendObject({ ...target, position: 3, body: bodyOf('abc') }),
      );
      assert.equal(failure.length, 0);
      await expectFailure(driver, 'no-such-key', driver.headObject(target));
    },
  },
  {
    name: 'append at the length continues the bytes, the checksum and the etag',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const first = await driver.appendObject({ ...target, position: 0, body: bodyOf('hello ') });
      const second = await driver.appendObject({ ...target, position: 6, body: bodyOf('world') });
      assert.equal(second.nextPosition, 11);
      assert.equal(second.crc64, crc64(Buffer.from('hello world')));
      assert.notEqual(second.etag, first.etag);
      assertSameBytes(await driver.readObject(target), 'hello world');
    },
  },
  {
    name: 'append at a wrong position leaves the object untouched and names the right one',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('hello') });
      const before = await driver.headObject(target);
      for (const position of [0, 4, 6, 1_000_000]) {
        const failure = await expectFailure(
          driver,
          'position-mismatch',
          driver.appendObject({ ...target, position, body: bodyOf('x') }),
        );
        assert.equal(failure.length, 5);
      }
      assert.deepEqual(await driver.headObject(target), before);
      assertSameBytes(await driver.readObject(target), 'hello');
    },
  },
  {
    name: 'append to a normal object is refused for its type at any position',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'plain' };
      await driver.putObject({ ...target, body: bodyOf('hello') });
      for (const position of [0, 5, 9]) {
        await expectFailure(driver, 'not-appendable', driver.appendObject({ ...target, position, body: bodyOf('x') }));
      }
      assertSameBytes(await driver.readObject(target), 'hello');
    },
  },
  {
    name: 'append to a missing bucket is refused for the bucket',
    async run({ driver, bucket }) {
      const target = { bucket: `${bucket}-absent`, key: 'log' };
      await expectFailure(driver, 'no-such-bucket', driver.appendObject({ ...target, position: 7, body: bodyOf('x') }));
    },
  },
  {
    name: 'append after deletion begins a new object at 0',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('old bytes') });
      await driver.deleteObject(target);
      const failure = await expectFailure(
        driver,
        'position-mismatch',
        driver.appendObject({ ...target, position: 9, body: bodyOf('x') }),
      );
      assert.equal(failure.length, 0);
      await driver.appendObject({ ...target, position: 0, body: bodyOf('new') });
      assertSameBytes(await driver.readObject(target), 'new');
    },
  },
  {
    name: 'empty append creates an empty appendable object that grows',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const created = await driver.appendObject({ ...target, position: 0, body: bodyOf('') });
      assert.equal(created.nextPosition, 0);
      assert.equal(created.crc64, 0n);
      assert.equal((await driver.headObject(target)).type, 'appendable');
      assertSameBytes(await driver.readObject(target), '');
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abc') });
      assertSameBytes(await driver.readObject(target), 'abc');
    },
  },
  {
    name: 'empty append at the length changes nothing, at another position it is a mismatch',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abc') });
      const before = await driver.headObject(target);
      for (const hasLength of [true, false]) {
        const result = await driver.appendObject({ ...target, position: 3, body: bodyOf('', { hasLength }) });
        assert.equal(result.nextPosition, 3);
        assert.equal(result.etag, before.etag);
      }
      assert.deepEqual(await driver.headObject(target), before);
      await expectFailure(
        driver,
        'position-mismatch',
        driver.appendObject({ ...target, position: 0, body: bodyOf('') }),
      );
    },
  },
  {
    name: 'metadata of later appends is ignored, their ACL is applied, also of an empty one',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({
        ...target,
        position: 0,
        body: bodyOf('a'),
        user: { note: 'first' },
        contentType: 'text/a',
      });
      assert.equal(await driver.getObjectAcl(target), 'default');
      await driver.appendObject({
        ...target,
        position: 1,
        body: bodyOf('b'),
        user: { note: 'second' },
        contentType: 'text/b',
        acl: 'public-read',
      });
      const head = await driver.headObject(target);
      assert.deepEqual(head.user, { note: 'first' });
      assert.equal(head.contentType, 'text/a');
      assert.equal(await driver.getObjectAcl(target), 'public-read');
      await driver.appendObject({ ...target, position: 2, body: bodyOf(''), acl: 'private' });
      assert.equal(await driver.getObjectAcl(target), 'private');
      assert.deepEqual(await driver.headObject(target), head);
      await driver.appendObject({ ...target, position: 2, body: bodyOf('c') });
      assert.equal(await driver.getObjectAcl(target), 'private');
    },
  },
  {
    name: 'append with a wrong digest is refused and changes nothing, with the right one it lands',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('a') });
      for (const bytes of [Buffer.from('short'), patternBytes(300 * KIB)]) {
        const before = await driver.headObject(target);
        const position = before.length;
        await expectFailure(
          driver,
          'digest-mismatch',
          driver.appendObject({ ...target, position, body: bodyOf(bytes), expectedMd5: md5(Buffer.from('other')) }),
        );
        assert.deepEqual(await driver.headObject(target), before);
        await driver.appendObject({ ...target, position, body: bodyOf(bytes), expectedMd5: md5(bytes) });
      }
      assertSameBytes(
        await driver.readObject(target),
        Buffer.concat([Buffer.from('a'), Buffer.from('short'), patternBytes(300 * KIB)]),
      );
    },
  },
  {
    name: 'append of a body that breaks off leaves nothing of it',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('kept') });
      const before = await driver.headObject(target);
      for (const [length, sentLength] of [
        [100, 40],
        [3 * MIB, 2 * MIB],
        [3 * MIB, 0],
      ] as const) {
        await assert.rejects(
          driver.appendObject({ ...target, position: 4, body: brokenBody(patternBytes(length), sentLength) }),
        );
      }
      assert.deepEqual(await driver.headObject(target), before);
      await driver.appendObject({ ...target, position: 4, body: bodyOf(' and on') });
      assertSameBytes(await driver.readObject(target), 'kept and on');
    },
  },
  {
    name: 'appends of every length around the inline limit, with and without a length in advance, read back',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const pieces: Uint8Array[] = [];
      let position = 0;
      const lengths = [1, 64 * KIB - 1, 128 * KIB, 128 * KIB + 1, 0, 1 * MIB, 2 * MIB + 7, 3];
      for (const [index, length] of lengths.entries()) {
        const bytes = patternBytes(length, index + 1);
        const body = bodyOf(bytes, { chunkLength: 17_001, hasLength: index % 2 === 0 });
        position = (await driver.appendObject({ ...target, position, body })).nextPosition;
        pieces.push(bytes);
      }
      const all = Buffer.concat(pieces);
      assert.equal(position, all.length);
      assert.equal((await driver.headObject(target)).crc64, crc64(all));
      assertSameBytes(await driver.readObject(target), all);
      for (const [start, end] of [
        [0, 1],
        [1, 70_000],
        [65_535, 65_537],
        [all.length - 5, all.length],
        [200_000, 3_000_000],
      ] as const) {
        assertSameBytes(await driver.readObject(target, { start, end }), all.subarray(start, end));
      }
    },
  },
  {
    name: 'append above the length limit is refused, up to it it lands',
    needs: ['bucket-overrides'],
    async run({ driver, bucket }) {
      await driver.limitAppendableLength(bucket, 10);
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('12345678') });
      for (const hasLength of [true, false]) {
        await expectFailure(
          driver,
          'too-large',
          driver.appendObject({ ...target, position: 8, body: bodyOf('901', { hasLength }) }),
        );
      }
      assertSameBytes(await driver.readObject(target), '12345678');
      await driver.appendObject({ ...target, position: 8, body: bodyOf('90') });
      await driver.appendObject({ ...target, position: 10, body: bodyOf('') });
      assertSameBytes(await driver.readObject(target), '1234567890');
    },
  },
  {
    name: 'seal ends appends, keeps the time of the first seal and refuses in the documented order',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await expectFailure(driver, 'no-such-key', driver.sealObject({ ...target, position: 0 }));
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abc') });
      assert.equal((await driver.headObject(target)).sealedAtMs, undefined);
      const mismatch = await expectFailure(driver, 'position-mismatch', driver.sealObject({ ...target, position: 2 }));
      assert.equal(mismatch.length, 3);
      const { sealedAtMs } = await driver.sealObject({ ...target, position: 3 });
      assert.deepEqual(await driver.sealObject({ ...target, position: 3 }), { sealedAtMs });
      await expectFailure(driver, 'position-mismatch', driver.sealObject({ ...target, position: 0 }));
      for (const position of [0, 3]) {
        await expectFailure(driver, 'sealed', driver.appendObject({ ...target, position, body: bodyOf('x') }));
      }
      await expectFailure(driver, 'sealed', driver.appendObject({ ...target, position: 3, body: bodyOf('') }));
      const head = await driver.headObject(target);
      assert.equal(head.type, 'appendable');
      assert.equal(head.sealedAtMs, sealedAtMs);
      assertSameBytes(await driver.readObject(target), 'abc');
    },
  },
  {
    name: 'seal of a normal object is refused for its type, of a missing bucket for the bucket',
    async run({ driver, bucket }) {
      await driver.putObject({ bucket, key: 'plain', body: bodyOf('abc') });
      await expectFailure(driver, 'not-sealable', driver.sealObject({ bucket, key: 'plain', position: 3 }));
      await expectFailure(
        driver,
        'no-such-bucket',
        driver.sealObject({ bucket: `${bucket}-absent`, key: 'plain', position: 3 }),
      );
    },
  },
];
