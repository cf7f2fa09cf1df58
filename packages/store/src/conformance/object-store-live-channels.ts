/**
 * Conformance of live channels: kept and given back, listed in pages, counted, and in the way of their bucket's
 * deletion.
 */
import assert from 'node:assert/strict';
import type { LiveChannelSettings } from '../object-store/live-channel-types.js';
import { bodyOf, expectFailure, failureOf } from './object-store-bodies.js';
import type { ObjectStoreCase, ObjectStoreDriver } from './object-store-driver.js';
import type { LiveChannelDriver } from './object-store-live-channel-driver.js';

const plain: LiveChannelSettings = {
  status: 'enabled',
  target: { type: 'HLS', fragDurationSeconds: 5, fragCount: 3, playlistName: 'playlist.m3u8' },
};

const full: LiveChannelSettings = {
  description: 'the gate, "seen" from <within>',
  status: 'disabled',
  target: { type: 'HLS', fragDurationSeconds: 100, fragCount: 1, playlistName: 'gate ü.m3u8' },
  snapshot: { roleName: 'photographer', destinationBucket: 'pictures', notifyTopic: 'new', intervalSeconds: 7 },
};

interface LiveChannelCase {
  readonly name: string;
  run(context: {
    readonly driver: ObjectStoreDriver;
    readonly channels: LiveChannelDriver;
    readonly bucket: string;
  }): Promise<void>;
}

const cases: readonly LiveChannelCase[] = [
  {
    name: 'a live channel is kept as it was put, replaced whole, and changed in its status alone',
    async run({ driver, channels, bucket }) {
      const channel = { bucket, name: 'gate' };
      await expectFailure(driver, 'no-such-live-channel', channels.get(channel));
      await expectFailure(driver, 'no-such-live-channel', channels.setStatus(channel, 'enabled'));
      await channels.put(channel, full);
      assert.deepEqual(await channels.get(channel), full);
      await channels.setStatus(channel, 'enabled');
      await channels.setStatus(channel, 'enabled');
      assert.deepEqual(await channels.get(channel), { ...full, status: 'enabled' });
      await channels.put(channel, plain);
      assert.deepEqual(await channels.get(channel), plain);
      assert.equal(await channels.count(bucket), 1);
    },
  },
  {
    name: 'live channels are no objects, and an object of the same name is no channel',
    async run({ driver, channels, bucket }) {
      const name = 'both';
      await driver.putObject({ bucket, key: name, body: bodyOf('an object') });
      await expectFailure(driver, 'no-such-live-channel', channels.get({ bucket, name }));
      await channels.put({ bucket, name }, plain);
      await driver.deleteObject({ bucket, key: name });
      await expectFailure(driver, 'no-such-key', driver.headObject({ bucket, key: name }));
      const page = await driver.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 10 });
      assert.deepEqual(page.keys, []);
      assert.deepEqual(await channels.get({ bucket, name }), plain);
    },
  },
  {
    name: 'live channels are listed in byte order, by prefix and in pages of any size',
    async run({ driver, channels, bucket }) {
      await driver.createBucket(`${bucket}-2`);
      await channels.put({ bucket: `${bucket}-2`, name: 'elsewhere' }, plain);
      const names = ['a', 'a b', 'a-1', 'a-2', 'b', 'Z', 'ü', '\u{1f3a5}', '\uff5e'];
      for (const name of names) await channels.put({ bucket, name }, name === 'a-2' ? full : plain);
      const sorted = names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      for (let limit = 1; limit <= names.length + 1; limit++) {
        const paged: string[] = [];
        for (let after: string | undefined = ''; after !== undefined; ) {
          const page = await channels.list({ bucket, prefix: '', after, limit });
          assert.equal(page.isTruncated, page.next !== undefined);
          assert.equal(page.channels.length, Math.min(limit, names.length - paged.length));
          paged.push(...page.channels.map(({ name }) => name));
          after = page.next;
        }
        assert.deepEqual(paged, sorted);
      }
      const listed = async (prefix: string, after: string): Promise<readonly string[]> => {
        const page = await channels.list({ bucket, prefix, after, limit: 10 });
        return page.channels.map(({ name }) => name);
      };
      assert.deepEqual(await listed('a-', ''), ['a-1', 'a-2']);
      assert.deepEqual(await listed('a-', 'a-1'), ['a-2']);
      assert.deepEqual(await listed('a-', 'A'), ['a-1', 'a-2']);
      assert.deepEqual(await listed('a-', 'b'), []);
      assert.deepEqual(await listed('none', ''), []);
      const page = await channels.list({ bucket, prefix: 'a-2', after: '', limit: 1 });
      assert.deepEqual(page, {
        channels: [{ name: 'a-2', description: full.description, status: 'disabled' }],
        isTruncated: false,
        next: undefined,
      });
    },
  },
  {
    name: 'live channels are counted, also while several callers put and delete them',
    async run({ channels, bucket }) {
      assert.equal(await channels.count(bucket), 0);
      const names = ['one', 'two', 'three'];
      const putTwice = names.flatMap((name) => [
        channels.put({ bucket, name }, plain),
        channels.put({ bucket, name }, full),
      ]);
      await Promise.all(putTwice);
      assert.equal(await channels.count(bucket), 3);
      await Promise.all([
        channels.remove({ bucket, name: 'one' }),
        channels.remove({ bucket, name: 'one' }),
        channels.remove({ bucket, name: 'never there' }),
        channels.setStatus({ bucket, name: 'two' }, 'disabled'),
      ]);
      assert.equal(await channels.count(bucket), 2);
      const page = await channels.list({ bucket, prefix: '', after: '', limit: 10 });
      assert.deepEqual(
        page.channels.map(({ name }) => name),
        ['three', 'two'],
      );
    },
  },
  {
    name: 'a bucket with a live channel cannot be deleted, without it can, and begins empty when made again',
    async run({ driver, channels, bucket }) {
      const channel = { bucket, name: 'gate' };
      await channels.put(channel, plain);
      await expectFailure(driver, 'bucket-not-empty', driver.deleteBucket(bucket));
      await channels.remove(channel);
      await driver.deleteBucket(bucket);
      for (const attempt of [
        () => channels.put(channel, plain),
        () => channels.get(channel),
        () => channels.setStatus(channel, 'enabled'),
        () => channels.remove(channel),
        () => channels.list({ bucket, prefix: '', after: '', limit: 1 }),
      ]) {
        await expectFailure(driver, 'no-such-bucket', attempt());
      }
      await driver.createBucket(bucket);
      await expectFailure(driver, 'no-such-live-channel', channels.get(channel));
      assert.equal(await channels.count(bucket), 0);
    },
  },
  {
    name: 'of a bucket deletion and the birth of a live channel racing it, either wins whole',
    async run({ driver, channels, bucket }) {
      for (let round = 0; round < 12; round++) {
        const channel = { bucket: `${bucket}-race${round}`, name: 'gate' };
        await driver.createBucket(channel.bucket);
        const [deletion, birth] = await Promise.all([
          failureOf(driver, driver.deleteBucket(channel.bucket)),
          failureOf(driver, channels.put(channel, plain)),
        ]);
        if (deletion === undefined) {
          assert.equal(birth?.kind, 'no-such-bucket');
          await driver.createBucket(channel.bucket);
          await expectFailure(driver, 'no-such-live-channel', channels.get(channel));
        } else {
          assert.equal(deletion.kind, 'bucket-not-empty');
          assert.equal(birth, undefined);
          assert.deepEqual(await channels.get(channel), plain);
        }
      }
    },
  },
];

/** Cases of drivers that have live channels. */
export const liveChannelCases: readonly ObjectStoreCase[] = cases.map(({ name, run }) => ({
  name,
  needs: ['live-channels'],
  run({ driver, bucket }) {
    const { channels } = driver;
    assert.ok(channels !== undefined);
    return run({ driver, channels, bucket });
  },
}));
