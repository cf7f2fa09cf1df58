/** Conformance of concurrent appends, slow senders, and readers beside writers. */
import assert from 'node:assert/strict';
import { assertSameBytes, bodyOf, expectFailure, patternBytes, pausedBody } from './object-store-bodies.js';
import type { ObjectStoreCase } from './object-store-driver.js';

const KIB = 1024;

/** What holds when many write at once. */
export const concurrencyCases: readonly ObjectStoreCase[] = [
  {
    name: 'of 16 concurrent appends at one position exactly one wins, every time',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      let expected = '';
      for (let round = 0; round < 8; round++) {
        const outcomes = await Promise.all(
          Array.from({ length: 16 }, async (_, writer) => {
            const text = `[${round}:${writer}]`;
            try {
              await driver.appendObject({ ...target, position: expected.length, body: bodyOf(text) });
              return text;
            } catch (error) {
              assert.equal(driver.failureOf(error)?.kind, 'position-mismatch');
              return undefined;
            }
          }),
        );
        const winners = outcomes.filter((text): text is string => text !== undefined);
        assert.equal(winners.length, 1);
        expected += winners[0];
      }
      assertSameBytes(await driver.readObject(target), expected);
    },
  },
  {
    name: 'of concurrent long appends at one position exactly one wins',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const bodies = [1, 2, 3, 4].map((seed) => patternBytes(500 * KIB, seed));
      const outcomes = await Promise.allSettled(
        bodies.map((bytes) => driver.appendObject({ ...target, position: 0, body: bodyOf(bytes) })),
      );
      const winners = bodies.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      assert.equal(winners.length, 1);
      assertSameBytes(await driver.readObject(target), winners[0] as Uint8Array);
    },
  },
  {
    name: 'writers that retry at the position they are told lose and double nothing',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          let position = 0;
          for (let line = 0; line < 10; ) {
            try {
              position = (await driver.appendObject({ ...target, position, body: bodyOf(`${writer}.${line}\n`) }))
                .nextPosition;
              line++;
            } catch (error) {
              const failure = driver.failureOf(error);
              assert.equal(failure?.kind, 'position-mismatch');
              position = failure?.length ?? 0;
            }
          }
        }),
      );
      const lines = Buffer.from(await driver.readObject(target))
        .toString('utf8')
        .trimEnd()
        .split('\n');
      assert.equal(new Set(lines).size, 80);
      assert.equal(lines.length, 80);
      for (let writer = 0; writer < 8; writer++) {
        const own = lines.filter((line) => line.startsWith(`${writer}.`));
        assert.deepEqual(
          own,
          Array.from({ length: 10 }, (_, line) => `${writer}.${line}`),
        );
      }
    },
  },
  {
    name: 'a slow append locks nothing: another one takes its position and the slow one is refused',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const slow = pausedBody(patternBytes(300 * KIB));
      const pending = driver.appendObject({ ...target, position: 0, body: slow });
      const settled = pending.then(
        () => undefined,
        (error: unknown) => driver.failureOf(error),
      );
      await slow.reached;
      await driver.appendObject({ ...target, position: 0, body: bodyOf('quick') });
      slow.resume();
      assert.deepEqual(await settled.then((failure) => [failure?.kind, failure?.length]), ['position-mismatch', 5]);
      assertSameBytes(await driver.readObject(target), 'quick');
    },
  },
  {
    name: 'a slow append lands although the ACL changed meanwhile, and keeps the new ACL',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('a') });
      const slow = pausedBody(Buffer.from('bc'));
      const pending = driver.appendObject({ ...target, position: 1, body: slow });
      await slow.reached;
      await driver.setObjectAcl(target, 'public-read');
      slow.resume();
      assert.equal((await pending).nextPosition, 3);
      assert.equal(await driver.getObjectAcl(target), 'public-read');
      assertSameBytes(await driver.readObject(target), 'abc');
    },
  },
  {
    name: 'a slow append to an object deleted meanwhile does not bring it back',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('ab') });
      const slow = pausedBody(Buffer.from('cd'));
      const pending = driver.appendObject({ ...target, position: 2, body: slow });
      const expected = expectFailure(driver, 'position-mismatch', pending);
      await slow.reached;
      await driver.deleteObject(target);
      slow.resume();
      assert.equal((await expected).length, 0);
      await expectFailure(driver, 'no-such-key', driver.headObject(target));
    },
  },
  {
    name: 'a reader keeps the moment it opened while appends go on',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('one ') });
      await driver.appendObject({ ...target, position: 4, body: bodyOf('two ') });
      const opened = await driver.openObject(target);
      await driver.appendObject({ ...target, position: 8, body: bodyOf('three') });
      assertSameBytes(await opened.read(), 'one two ');
      assertSameBytes(await driver.readObject(target), 'one two three');
    },
  },
  {
    name: 'a reader keeps the moment it opened while the object is deleted and made again',
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const bytes = patternBytes(400 * KIB);
      await driver.appendObject({ ...target, position: 0, body: bodyOf(bytes) });
      const opened = await driver.openObject(target);
      await driver.deleteObject(target);
      await driver.appendObject({ ...target, position: 0, body: bodyOf('new') });
      assertSameBytes(await opened.read(), bytes);
      assertSameBytes(await driver.readObject(target), 'new');
    },
  },
];
