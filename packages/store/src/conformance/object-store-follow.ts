/** Conformance of following: bytes come when they are durable, in order, without a gap, until there can be no more. */
import assert from 'node:assert/strict';
import { assertSameBytes, bodyOf, expectFailure, patternBytes } from './object-store-bodies.js';
import type { FollowDriver, ObjectStoreCase, ObjectStoreDriver } from './object-store-driver.js';

/** Longer than any case takes: what comes is waited for, however slow the machine. */
const LONG_MS = 600_000;

/** @throws {Error} The driver was asked for a case that it cannot run. */
function followOf({ follow }: ObjectStoreDriver): NonNullable<ObjectStoreDriver['follow']> {
  if (follow === undefined) throw new Error('The driver cannot follow objects');
  return follow;
}

/** Reads on until so many bytes have come. */
async function take(follower: FollowDriver, length: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let taken = 0; taken < length; ) {
    const step = await follower.next(LONG_MS);
    assert.equal(step.kind, 'bytes');
    if (step.kind !== 'bytes') break;
    pieces.push(step.bytes);
    taken += step.bytes.length;
  }
  return Buffer.concat(pieces);
}

/** What following promises. */
export const followCases: readonly ObjectStoreCase[] = [
  {
    name: 'a follower gets what is there, what is appended, and the end of the sealed object',
    needs: ['follow'],
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('hello ') });
      const follower = await followOf(driver)(target, 0);
      assertSameBytes(await take(follower, 6), 'hello ');
      const [world] = await Promise.all([
        take(follower, 5),
        driver.appendObject({ ...target, position: 6, body: bodyOf('world') }),
      ]);
      assertSameBytes(world, 'world');
      assert.deepEqual(await follower.next(0), { kind: 'nothing' });
      await driver.sealObject({ ...target, position: 11 });
      assert.deepEqual(await follower.next(LONG_MS), { kind: 'end', because: 'sealed' });
      follower.release();
    },
  },
  {
    name: 'a follower of a hundred appends of every size gets their bytes once and in order',
    needs: ['follow'],
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('') });
      const follower = await followOf(driver)(target, 0);
      const bodies = Array.from({ length: 100 }, (_, index) => patternBytes(1 + ((index * 7919) % 300_000)));
      const all = Buffer.concat(bodies);
      const write = async (): Promise<void> => {
        let position = 0;
        for (const body of bodies) {
          position = (await driver.appendObject({ ...target, position, body: bodyOf(body) })).nextPosition;
        }
      };
      const [taken] = await Promise.all([take(follower, all.length), write()]);
      assertSameBytes(taken, all);
      follower.release();
    },
  },
  {
    name: 'a follower that begins inside an extent, or at the end, gets the rest and no more',
    needs: ['follow'],
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abcdef') });
      const inside = await followOf(driver)(target, 4);
      assertSameBytes(await take(inside, 2), 'ef');
      const end = await followOf(driver)(target, 'end');
      assert.deepEqual(await end.next(0), { kind: 'nothing' });
      await expectFailure(driver, 'beyond-length', followOf(driver)(target, 7));
      for (const follower of [inside, end]) follower.release();
    },
  },
  {
    name: 'a follower of a deleted object is told so, whether it waits or comes later',
    needs: ['follow'],
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abc') });
      const follower = await followOf(driver)(target, 3);
      const [step] = await Promise.all([follower.next(LONG_MS), driver.deleteObject(target)]);
      assert.deepEqual(step, { kind: 'end', because: 'deleted' });
      assert.deepEqual(await follower.next(LONG_MS), { kind: 'end', because: 'deleted' });
      follower.release();
      await expectFailure(driver, 'no-such-key', followOf(driver)(target, 0));
    },
  },
  {
    name: 'a follower of an object that does not grow gets all of it, and the end',
    needs: ['follow'],
    async run({ driver, bucket }) {
      const target = { bucket, key: 'plain' };
      await driver.putObject({ ...target, body: bodyOf('whole') });
      const follower = await followOf(driver)(target, 0);
      assertSameBytes(await take(follower, 5), 'whole');
      assert.deepEqual(await follower.next(LONG_MS), { kind: 'end', because: 'sealed' });
      follower.release();
    },
  },
];
