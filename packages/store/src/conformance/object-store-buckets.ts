/** Conformance of buckets: their life, their counters and races at its end. */
import assert from 'node:assert/strict';
import { bodyOf, expectFailure, failureOf, patternBytes } from './object-store-bodies.js';
import type { ObjectStoreCase } from './object-store-driver.js';

/** What buckets promise. */
export const bucketCases: readonly ObjectStoreCase[] = [
  {
    name: 'buckets are created, listed in order and deleted',
    async run({ driver, bucket }) {
      await driver.createBucket(`${bucket}-b`);
      await driver.createBucket(`${bucket}-a`);
      const own = (await driver.listBucketNames()).filter((name) => name.startsWith(bucket));
      assert.deepEqual(own, [bucket, `${bucket}-a`, `${bucket}-b`]);
      await driver.deleteBucket(`${bucket}-a`);
      const left = (await driver.listBucketNames()).filter((name) => name.startsWith(bucket));
      assert.deepEqual(left, [bucket, `${bucket}-b`]);
      await expectFailure(driver, 'no-such-bucket', driver.deleteBucket(`${bucket}-a`));
    },
  },
  {
    name: 'a bucket with an object cannot be deleted, without it can, and begins empty when made again',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('') });
      await expectFailure(driver, 'bucket-not-empty', driver.deleteBucket(bucket));
      await driver.deleteObject(target);
      await driver.deleteBucket(bucket);
      await expectFailure(driver, 'no-such-bucket', driver.putObject({ ...target, body: bodyOf('x') }));
      await driver.createBucket(bucket);
      await expectFailure(driver, 'no-such-key', driver.headObject(target));
      const page = await driver.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 10 });
      assert.deepEqual(page.keys, []);
    },
  },
  {
    name: 'objects of buckets whose names begin alike stay apart',
    async run({ driver, bucket }) {
      await driver.createBucket(`${bucket}-2`);
      await driver.putObject({ bucket, key: 'k', body: bodyOf('one') });
      await driver.putObject({ bucket: `${bucket}-2`, key: 'k', body: bodyOf('two') });
      const page = await driver.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 10 });
      assert.deepEqual(page.keys, ['k']);
      await driver.deleteObject({ bucket, key: 'k' });
      await driver.deleteBucket(bucket);
      assert.equal((await driver.headObject({ bucket: `${bucket}-2`, key: 'k' })).length, 3);
    },
  },
  {
    name: 'of a bucket deletion and births of objects racing it, either wins whole',
    async run({ driver, bucket }) {
      for (let round = 0; round < 6; round++) {
        const name = `${bucket}-race${round}`;
        await driver.createBucket(name);
        const [deletion, ...births] = await Promise.all([
          failureOf(driver, driver.deleteBucket(name)),
          failureOf(driver, driver.putObject({ bucket: name, key: 'put', body: bodyOf('x') })),
          failureOf(driver, driver.appendObject({ bucket: name, key: 'append', position: 0, body: bodyOf('y') })),
        ]);
        for (const birth of births) {
          assert.ok(birth === undefined || birth.kind === 'no-such-bucket', `unexpected failure ${birth?.kind}`);
        }
        if (deletion === undefined) {
          assert.ok(
            births.every((birth) => birth !== undefined),
            'an object was born in a deleted bucket',
          );
          await expectFailure(driver, 'no-such-bucket', driver.headObject({ bucket: name, key: 'put' }));
        } else {
          assert.equal(deletion.kind, 'bucket-not-empty');
          assert.ok(
            births.some((birth) => birth === undefined),
            'the bucket was called not empty although nothing was born',
          );
        }
      }
    },
  },
  {
    name: 'statistics follow puts, replacements, appends and deletions',
    needs: ['bucket-statistics'],
    async run({ driver, bucket }) {
      const expectStatistics = async (objectCount: number, lengthBytes: number): Promise<void> => {
        assert.deepEqual(await driver.bucketStatistics(bucket), { objectCount, lengthBytes });
      };
      await expectStatistics(0, 0);
      await driver.putObject({ bucket, key: 'a', body: bodyOf(patternBytes(100)) });
      await driver.appendObject({ bucket, key: 'b', position: 0, body: bodyOf(patternBytes(10)) });
      await driver.appendObject({ bucket, key: 'b', position: 10, body: bodyOf(patternBytes(100_000)) });
      await expectStatistics(2, 100_110);
      await driver.putObject({ bucket, key: 'a', body: bodyOf(patternBytes(7)) });
      await expectStatistics(2, 100_017);
      await driver.deleteObject({ bucket, key: 'b' });
      await driver.deleteObject({ bucket, key: 'b' });
      await driver.deleteObjects(bucket, [{ key: 'a' }, { key: 'a' }, { key: 'absent' }]);
      await expectStatistics(0, 0);
    },
  },
];
