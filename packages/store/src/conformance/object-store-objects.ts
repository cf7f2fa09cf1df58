/** Conformance of whole objects: put, read, replace, delete. */
import assert from 'node:assert/strict';
import { crc64 } from '@annals/checksum';
import { md5 } from '@annals/checksum/node';
import { assertSameBytes, bodyOf, brokenBody, expectFailure, patternBytes, pausedBody } from './object-store-bodies.js';
import type { ObjectStoreCase } from './object-store-driver.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What whole objects promise. */
export const objectCases: readonly ObjectStoreCase[] = [
  {
    name: 'put keeps bytes, checksums and metadata, whatever the length',
    async run({ driver, bucket }) {
      for (const length of [0, 1, 128 * KIB, 128 * KIB + 1, 3 * MIB + 1]) {
        const target = { bucket, key: `object of ${length}` };
        const bytes = patternBytes(length, length + 1);
        const body = bodyOf(bytes, { chunkLength: 100_003, hasLength: length % 2 === 0 });
        const put = await driver.putObject({
          ...target,
          body,
          contentType: 'text/x-test',
          user: { one: '1', two: 'zwei' },
        });
        assert.equal(put.etag, Buffer.from(md5(bytes)).toString('hex').toUpperCase());
        assert.equal(put.crc64, crc64(bytes));
        const head = await driver.headObject(target);
        assert.equal(head.type, 'normal');
        assert.equal(head.length, length);
        assert.equal(head.crc64, put.crc64);
        assert.equal(head.etag, put.etag);
        assert.equal(head.contentType, 'text/x-test');
        assert.deepEqual(head.user, { one: '1', two: 'zwei' });
        assert.equal(head.sealedAtMs, undefined);
        assertSameBytes(await driver.readObject(target), bytes);
        if (length > 1) {
          assertSameBytes(
            await driver.readObject(target, { start: 1, end: length - 1 }),
            bytes.subarray(1, length - 1),
          );
        }
      }
    },
  },
  {
    name: 'put replaces the whole object and its metadata',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'plain' };
      await driver.putObject({
        ...target,
        body: bodyOf(patternBytes(300 * KIB)),
        user: { old: '1' },
        acl: 'public-read',
      });
      await driver.putObject({ ...target, body: bodyOf('new'), user: { fresh: '2' } });
      const head = await driver.headObject(target);
      assert.equal(head.length, 3);
      assert.deepEqual(head.user, { fresh: '2' });
      assert.equal(await driver.getObjectAcl(target), 'default');
      assertSameBytes(await driver.readObject(target), 'new');
    },
  },
  {
    name: 'put with forbid-overwrite creates once and then refuses',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'once' };
      await driver.putObject({ ...target, body: bodyOf('first'), forbidOverwrite: true });
      await expectFailure(
        driver,
        'already-exists',
        driver.putObject({ ...target, body: bodyOf('second'), forbidOverwrite: true }),
      );
      assertSameBytes(await driver.readObject(target), 'first');
    },
  },
  {
    name: 'of 16 concurrent puts with forbid-overwrite exactly one wins',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'once' };
      const outcomes = await Promise.allSettled(
        Array.from({ length: 16 }, (_, index) =>
          driver.putObject({ ...target, body: bodyOf(`body ${index}`), forbidOverwrite: true }),
        ),
      );
      const winners = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
      assert.equal(winners.length, 1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          assert.equal(driver.failureOf(outcome.reason)?.kind, 'already-exists');
        }
      }
      assertSameBytes(await driver.readObject(target), `body ${winners[0]}`);
    },
  },
  {
    name: 'concurrent puts of one key all succeed and one of them stays whole',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'busy' };
      const bodies = Array.from({ length: 12 }, (_, seed) => patternBytes(seed % 2 === 0 ? 900 : 200 * KIB, seed + 1));
      await Promise.all(bodies.map((bytes) => driver.putObject({ ...target, body: bodyOf(bytes) })));
      const stored = await driver.readObject(target);
      const winner = bodies.find((bytes) => Buffer.compare(bytes, stored) === 0);
      assert.ok(winner !== undefined, 'the object is none of the bodies put');
      assert.equal((await driver.headObject(target)).crc64, crc64(winner));
    },
  },
  {
    name: 'put over an appendable object is refused and leaves it growing',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('recorded') });
      await expectFailure(driver, 'already-exists', driver.putObject({ ...target, body: bodyOf('x') }));
      await driver.sealObject({ ...target, position: 8 });
      await expectFailure(driver, 'already-exists', driver.putObject({ ...target, body: bodyOf('x') }));
      const head = await driver.headObject(target);
      assert.equal(head.type, 'appendable');
      assertSameBytes(await driver.readObject(target), 'recorded');
    },
  },
  {
    name: 'put over an object that became appendable meanwhile is refused',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const slow = pausedBody(patternBytes(300 * KIB));
      const refused = expectFailure(driver, 'already-exists', driver.putObject({ ...target, body: slow }));
      await slow.reached;
      await driver.appendObject({ ...target, position: 0, body: bodyOf('recorded') });
      slow.resume();
      await refused;
      assertSameBytes(await driver.readObject(target), 'recorded');
    },
  },
  {
    name: 'put over an appendable object replaces it where the bucket allows it',
    needs: ['bucket-overrides'],
    async run({ driver, bucket }) {
      await driver.allowAppendableOverwrite(bucket);
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('recorded') });
      await driver.putObject({ ...target, body: bodyOf('x') });
      assert.equal((await driver.headObject(target)).type, 'normal');
      assertSameBytes(await driver.readObject(target), 'x');
      await expectFailure(driver, 'not-appendable', driver.appendObject({ ...target, position: 1, body: bodyOf('y') }));
    },
  },
  {
    name: 'put with a wrong digest or a body that breaks off leaves what was there',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'plain' };
      await driver.putObject({ ...target, body: bodyOf('kept') });
      const before = await driver.headObject(target);
      for (const length of [10, 300 * KIB]) {
        const bytes = patternBytes(length);
        await expectFailure(
          driver,
          'digest-mismatch',
          driver.putObject({ ...target, body: bodyOf(bytes), expectedMd5: md5(Buffer.from('other')) }),
        );
        await assert.rejects(driver.putObject({ ...target, body: brokenBody(bytes, Math.floor(length / 2)) }));
      }
      assert.deepEqual(await driver.headObject(target), before);
      assertSameBytes(await driver.readObject(target), 'kept');
    },
  },
  {
    name: 'put above the length limit is refused, with a declared length or without',
    needs: ['put-length-limit'],
    async run({ driver, bucket }) {
      const lengthMax = 200 * KIB;
      const target = { bucket, key: 'large' };
      for (const hasLength of [true, false]) {
        const body = bodyOf(patternBytes(lengthMax + 1), { chunkLength: 10 * KIB, hasLength });
        await expectFailure(driver, 'too-large', driver.putObject({ ...target, body, lengthMax }));
      }
      await expectFailure(driver, 'no-such-key', driver.headObject(target));
      await driver.putObject({ ...target, body: bodyOf(patternBytes(lengthMax)), lengthMax });
    },
  },
  {
    name: 'reading what is not there says what is missing',
    async run({ driver, bucket }) {
      const absent = { bucket, key: 'absent' };
      await expectFailure(driver, 'no-such-key', driver.headObject(absent));
      await expectFailure(driver, 'no-such-key', driver.readObject(absent));
      await expectFailure(driver, 'no-such-key', driver.setObjectAcl(absent, 'private'));
      const elsewhere = { bucket: `${bucket}-absent`, key: 'absent' };
      await expectFailure(driver, 'no-such-bucket', driver.readObject(elsewhere));
      await expectFailure(driver, 'no-such-bucket', driver.deleteObject(elsewhere));
      await expectFailure(driver, 'no-such-bucket', driver.putObject({ ...elsewhere, body: bodyOf('x') }));
    },
  },
  {
    name: 'delete removes the object; deleting it again is no error',
    async run({ driver, bucket }) {
      for (const length of [5, 500 * KIB]) {
        const target = { bucket, key: 'gone' };
        await driver.putObject({ ...target, body: bodyOf(patternBytes(length)) });
        await driver.deleteObject(target);
        await expectFailure(driver, 'no-such-key', driver.readObject(target));
        await driver.deleteObject(target);
      }
    },
  },
  {
    name: 'delete of many removes those that are there, named twice or not at all',
    async run({ driver, bucket }) {
      const keys = Array.from({ length: 130 }, (_, index) => `many/${index}`);
      await Promise.all(keys.map((key) => driver.putObject({ bucket, key, body: bodyOf(key) })));
      await driver.putObject({ bucket, key: 'other', body: bodyOf('stays') });
      const targets = [...keys, 'many/3', 'many/absent'].map((key) => ({ key }));
      await driver.deleteObjects(bucket, targets);
      const left = await driver.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 10 });
      assert.deepEqual(left.keys, ['other']);
    },
  },
  {
    name: 'the ACL changes alone',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'plain' };
      await driver.putObject({ ...target, body: bodyOf('abc'), acl: 'private' });
      const before = await driver.headObject(target);
      assert.equal(await driver.getObjectAcl(target), 'private');
      await driver.setObjectAcl(target, 'public-read-write');
      assert.equal(await driver.getObjectAcl(target), 'public-read-write');
      assert.deepEqual(await driver.headObject(target), before);
    },
  },
];
