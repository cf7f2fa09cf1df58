/** Counts what turns of the event loop read; times nothing. */
import { describe, expect, test } from 'vitest';
import type { KeyValueEntry, KeyValueRange, KeyValueStore } from '../../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { paceReads, SHORT_ROW_COUNT_MAX, TURN_ROW_COUNT_MAX } from './paced-reads.js';

const LONG_COUNT = TURN_ROW_COUNT_MAX;

interface Turns {
  /** Of the event loop, since the beginning. */
  now(): number;
  end(): void;
}

function countTurns(): Turns {
  let turn = 0;
  let isOver = false;
  const count = (): void => {
    turn += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  return {
    now: () => turn,
    end() {
      isOver = true;
    },
  };
}

/** An engine that answers at once, and notes in which turn it read how many rows. */
function openCounted(turns: Turns, valueLength = 1) {
  const rowCounts = new Map<number, number>();
  const read = (count: number): void => {
    rowCounts.set(turns.now(), (rowCounts.get(turns.now()) ?? 0) + count);
  };
  const entry: KeyValueEntry = { key: Buffer.from('k'), value: Buffer.alloc(valueLength), version: 1 };
  const engine: KeyValueStore = {
    ...openMemoryKeyValueStore(),
    async get() {
      read(1);
      return entry;
    },
    async list({ limit }: KeyValueRange) {
      read(limit);
      return Array.from({ length: limit }, () => entry);
    },
  };
  return { keyValues: paceReads(engine), rowCounts };
}

const range = (limit: number): KeyValueRange => ({ start: Buffer.from('a'), end: Buffer.from('z'), limit });

describe('paceReads', () => {
  test('a turn reads so many rows and one read more, whatever is asked for', async () => {
    const turns = countTurns();
    const { keyValues, rowCounts } = openCounted(turns);
    await Promise.all([
      ...Array.from({ length: 40 }, () => keyValues.list(range(LONG_COUNT))),
      ...Array.from({ length: 3000 }, () => keyValues.get(Buffer.from('k'))),
      ...Array.from({ length: 300 }, () => keyValues.list(range(8))),
    ]);
    turns.end();
    expect(rowCounts.size).toBeGreaterThan(40);
    // What the test takes for one turn may be the end of one and the beginning of the next.
    expect(Math.max(...rowCounts.values())).toBeLessThanOrEqual(
      2 * (TURN_ROW_COUNT_MAX + SHORT_ROW_COUNT_MAX + LONG_COUNT),
    );
  });

  test('short reads do not wait behind long ones', async () => {
    const turns = countTurns();
    const { keyValues } = openCounted(turns);
    const listings = Array.from({ length: 40 }, async () => {
      for (let page = 0; page < 4; page += 1) await keyValues.list(range(LONG_COUNT));
    });
    const beganAt = turns.now();
    // An append reads twice, and each time what it reads is decided on before it goes on.
    for (let read = 0; read < 4; read += 1) {
      await Promise.all([keyValues.get(Buffer.from('k')), keyValues.get(Buffer.from('k')), keyValues.list(range(8))]);
    }
    const endedAt = turns.now();
    await Promise.all(listings);
    turns.end();
    expect(turns.now()).toBeGreaterThan(100);
    expect(endedAt - beganAt).toBeLessThanOrEqual(8);
  });

  test('a long read waits for two turns of short ones at most', async () => {
    const turns = countTurns();
    const { keyValues } = openCounted(turns);
    let isOver = false;
    const floods = Array.from({ length: 2 * TURN_ROW_COUNT_MAX }, async () => {
      while (!isOver) await keyValues.get(Buffer.from('k'));
    });
    const beganAt = turns.now();
    for (let page = 0; page < 4; page += 1) await keyValues.list(range(LONG_COUNT));
    const endedAt = turns.now();
    isOver = true;
    await Promise.all(floods);
    turns.end();
    expect(endedAt - beganAt).toBeLessThanOrEqual(4 * 3);
  });

  test('short lists of long values are not read as if they were short', async () => {
    const turns = countTurns();
    const { keyValues, rowCounts } = openCounted(turns, 64 * 1024);
    await Promise.all(Array.from({ length: 40 }, () => keyValues.list(range(16))));
    turns.end();
    // One of them is more than a turn may bring.
    expect(Math.max(...rowCounts.values())).toBeLessThanOrEqual(2 * 16);
  });

  test('a short list waits for neither long ones nor single rows', async () => {
    const turns = countTurns();
    const { keyValues } = openCounted(turns);
    let isOver = false;
    const others = [
      ...Array.from({ length: 2 * TURN_ROW_COUNT_MAX }, async () => {
        while (!isOver) await keyValues.get(Buffer.from('k'));
      }),
      ...Array.from({ length: 20 }, async () => {
        while (!isOver) await keyValues.list(range(LONG_COUNT));
      }),
    ];
    const beganAt = turns.now();
    for (let look = 0; look < 4; look += 1) await keyValues.list(range(8));
    const endedAt = turns.now();
    isOver = true;
    await Promise.all(others);
    turns.end();
    expect(endedAt - beganAt).toBeLessThanOrEqual(4 * 4);
  });
});
