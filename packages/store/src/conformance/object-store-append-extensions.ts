/** Conformance of appends beyond OSS: without a position, repeated by id, fenced by epoch, guarded by length. */
import assert from 'node:assert/strict';
import { crc64 } from '@annals/checksum';
import { assertSameBytes, bodyOf, expectFailure, patternBytes } from './object-store-bodies.js';
import type { DriverAppend, ObjectStoreCase } from './object-store-driver.js';

const needs = ['append-extensions'] as const;

/** What appends beyond OSS promise. */
export const appendExtensionCases: readonly ObjectStoreCase[] = [
  {
    name: 'appends without a position each land whole and once, those of a writer in its order, and make the object',
    needs,
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const write = async (writer: number): Promise<void> => {
        for (let count = 0; count < 20; count++) {
          const line = `${writer}:${count}:${'x'.repeat((writer * 131 + count * 17) % 400)}\n`;
          await driver.appendObject({ ...target, position: 'auto', body: bodyOf(line) });
        }
      };
      await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
      const lines = Buffer.from(await driver.readObject(target))
        .toString('utf8')
        .trimEnd()
        .split('\n');
      assert.equal(lines.length, 320);
      for (let writer = 0; writer < 16; writer++) {
        const counts = lines.filter((line) => line.startsWith(`${writer}:`)).map((line) => Number(line.split(':')[1]));
        assert.deepEqual(
          counts,
          Array.from({ length: 20 }, (_, count) => count),
        );
      }
      const head = await driver.headObject(target);
      assert.equal(head.crc64, crc64(Buffer.from(`${lines.join('\n')}\n`)));
    },
  },
  {
    name: 'long and short appends without a position go together, and with those that have one',
    needs,
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const bodies = [300_000, 5, 700_000, 1, 200_000].map((length) => patternBytes(length));
      const results = await Promise.all(
        bodies.map((body) => driver.appendObject({ ...target, position: 'auto', body: bodyOf(body) })),
      );
      const { length } = await driver.headObject(target);
      assert.equal(length, 1_200_006);
      await driver.appendObject({ ...target, position: length, body: bodyOf('end') });
      const all = Buffer.from(await driver.readObject(target));
      assertSameBytes(all.subarray(-3), 'end');
      for (const [index, { nextPosition }] of results.entries()) {
        const body = bodies[index] ?? new Uint8Array();
        assertSameBytes(all.subarray(nextPosition - body.length, nextPosition), body);
      }
    },
  },
  {
    name: 'an append without a position to a Normal object is refused',
    needs,
    async run({ driver, bucket }) {
      await driver.putObject({ bucket, key: 'plain', body: bodyOf('abc') });
      const append = driver.appendObject({ bucket, key: 'plain', position: 'auto', body: bodyOf('x') });
      await expectFailure(driver, 'not-appendable', append);
    },
  },
  {
    name: 'a repeat by id is answered as the first, whatever its position, epoch and guard, and after a seal',
    needs,
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      const first: DriverAppend = {
        ...target,
        position: 0,
        body: bodyOf('abc'),
        appendId: 'first',
        writerEpoch: 1,
        objectLengthMax: 3,
      };
      const applied = await driver.appendObject(first);
      assert.equal(applied.isReplay, false);
      await driver.appendObject({ ...target, position: 3, body: bodyOf('def'), writerEpoch: 7 });
      const answer = { ...applied, isReplay: true };
      assert.deepEqual(await driver.appendObject({ ...first, body: bodyOf('abc') }), answer);
      assert.deepEqual(await driver.appendObject({ ...first, body: bodyOf('abc'), position: 99 }), answer);
      assert.deepEqual(await driver.appendObject({ ...first, body: bodyOf('abc'), position: 'auto' }), answer);
      await driver.sealObject({ ...target, position: 6 });
      assert.deepEqual(await driver.appendObject({ ...first, body: bodyOf('abc') }), answer);
      assertSameBytes(await driver.readObject(target), 'abcdef');
    },
  },
  {
    name: 'an id with another body is a conflict, and a refused append uses up no id',
    needs,
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log', appendId: 'a' };
      await expectFailure(
        driver,
        'position-mismatch',
        driver.appendObject({ ...target, position: 5, body: bodyOf('abc') }),
      );
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abc') });
      for (const other of ['abd', 'ab', 'abcd', '']) {
        await expectFailure(
          driver,
          'append-id-conflict',
          driver.appendObject({ ...target, position: 3, body: bodyOf(other) }),
        );
      }
      const empty = { ...target, appendId: 'empty', position: 3 };
      assert.equal((await driver.appendObject({ ...empty, body: bodyOf('') })).isReplay, false);
      assert.equal((await driver.appendObject({ ...empty, body: bodyOf('') })).isReplay, true);
      assertSameBytes(await driver.readObject(target), 'abc');
    },
  },
  {
    name: 'of concurrent appends with one id one is applied, and the others are its repeats',
    needs,
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      for (const [index, position] of ([0, 'auto'] as const).entries()) {
        const key = `log-${index}`;
        const results = await Promise.all(
          Array.from({ length: 8 }, () =>
            driver.appendObject({ ...target, key, position, appendId: 'once', body: bodyOf('abc') }),
          ),
        );
        assert.equal(results.filter(({ isReplay }) => !isReplay).length, 1);
        assertSameBytes(await driver.readObject({ bucket, key }), 'abc');
      }
    },
  },
  {
    name: 'ids and epoch end with their object: a new one under its key knows neither',
    needs,
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log', appendId: 'a' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abc'), writerEpoch: 9 });
      await driver.deleteObject(target);
      const again = await driver.appendObject({ ...target, position: 0, body: bodyOf('other'), writerEpoch: 1 });
      assert.equal(again.isReplay, false);
      assertSameBytes(await driver.readObject(target), 'other');
    },
  },
  {
    name: 'a writer with a lower epoch is fenced, from the first append of the higher one on, empty or not',
    needs,
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abc'), writerEpoch: 1 });
      await driver.appendObject({ ...target, position: 3, body: bodyOf(''), writerEpoch: 2 });
      await expectFailure(
        driver,
        'writer-fenced',
        driver.appendObject({ ...target, position: 3, body: bodyOf('late'), writerEpoch: 1 }),
      );
      // A refused one fences nobody; one without an epoch is plain OSS.
      await expectFailure(
        driver,
        'position-mismatch',
        driver.appendObject({ ...target, position: 9, body: bodyOf('x'), writerEpoch: 5 }),
      );
      await driver.appendObject({ ...target, position: 3, body: bodyOf('d'), writerEpoch: 2 });
      await driver.appendObject({ ...target, position: 4, body: bodyOf('e') });
      await driver.appendObject({ ...target, position: 'auto', body: bodyOf('f'), writerEpoch: 2 });
      assertSameBytes(await driver.readObject(target), 'abcdef');
    },
  },
  {
    name: 'a guard refuses what would make the object longer than its writer wants',
    needs,
    async run({ driver, bucket }) {
      const target = { bucket, key: 'log' };
      await driver.appendObject({ ...target, position: 0, body: bodyOf('abc'), objectLengthMax: 3 });
      for (const position of [3, 'auto'] as const) {
        await expectFailure(
          driver,
          'guard-exceeded',
          driver.appendObject({ ...target, position, body: bodyOf('de'), objectLengthMax: 4 }),
        );
      }
      await driver.appendObject({ ...target, position: 'auto', body: bodyOf('d'), objectLengthMax: 4 });
      assertSameBytes(await driver.readObject(target), 'abcd');
    },
  },
];
