import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue, type Flow } from './fair-queue.js';

const bounds = { runningCountMax: 2, waitingCountMax: 8, waitingLengthBytesMax: 800 };
const flow = (caller: string, bucket = 'b'): Flow => ({ caller, bucket });

describe('FairQueue', () => {
  test('lets callers take turns, and the buckets of a caller among themselves', async () => {
    const queue = new FairQueue(bounds);
    const order: string[] = [];
    const enter = (caller: string, bucket: string): void => {
      void queue.enter(flow(caller, bucket))?.then(() => order.push(`${caller} ${bucket}`));
    };
    queue.enter(flow('first'));
    queue.enter(flow('first'));
    for (const [caller, bucket] of ['A1', 'A1', 'A1', 'A2', 'B1', 'B1'].map((name) => [...name] as [string, string])) {
      enter(caller, bucket);
    }
    for (let turn = 0; turn < 6; turn += 1) queue.leave();
    await Promise.resolve();
    expect(order).toEqual(['A 1', 'B 1', 'A 2', 'B 1', 'A 1', 'A 1']);
    expect([queue.waitingCount, queue.runningCount]).toEqual([0, 2]);
    queue.leave();
    queue.leave();
    expect(queue.runningCount).toBe(0);
  });

  test('a flood has its share and others get in all the same; never do more wait than twice the bound', () => {
    const caller = fc.constantFrom('flood', 'flood', 'flood', 'flood', 'one', 'two', 'three');
    const lengthBytes = fc.integer({ min: 0, max: 300 });
    const step = fc.record({
      caller,
      bucket: fc.constantFrom('a', 'b'),
      lengthBytes,
      leaves: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new FairQueue(bounds);
        const waiting = new Map<string, number>();
        for (const { caller: name, bucket, lengthBytes: weight, leaves } of steps) {
          const one = flow(name, bucket);
          const isNew = !waiting.has(name);
          const has = queue.hasRoomFor(one, weight);
          const isFull = queue.waitingCount >= 16 || queue.waitingLengthBytes + weight > 1600;
          if (isNew && !isFull) expect(has).toBe(true);
          if (has && queue.enter(one, weight) !== undefined) waiting.set(name, (waiting.get(name) ?? 0) + 1);
          expect(queue.waitingCount).toBeLessThanOrEqual(2 * bounds.waitingCountMax);
          expect(queue.waitingLengthBytes).toBeLessThanOrEqual(2 * bounds.waitingLengthBytesMax);
          expect(queue.runningCount).toBeLessThanOrEqual(bounds.runningCountMax);
          // One of ten steps lets somebody go on; whose turn it was is not told, so the model forgets everybody.
          if (leaves === 0 && queue.runningCount > 0) {
            queue.leave();
            waiting.clear();
            if (queue.waitingCount > 0) for (const known of ['flood', 'one', 'two', 'three']) waiting.set(known, 1);
          }
        }
        while (queue.runningCount > 0) queue.leave();
        expect([queue.waitingCount, queue.waitingLengthBytes]).toEqual([0, 0]);
      }),
    );
  });

  test('long bodies fill the share of bytes, not the places; one of another caller still finds room', () => {
    const queue = new FairQueue(bounds);
    queue.enter(flow('first'));
    queue.enter(flow('first'));
    let waitingCount = 0;
    for (; queue.hasRoomFor(flow('long'), 300); waitingCount += 1) queue.enter(flow('long'), 300);
    expect(waitingCount).toBe(3);
    expect(queue.hasRoomFor(flow('long'), 0)).toBe(true);
    expect(queue.hasRoomFor(flow('other'), 300)).toBe(true);
    expect([queue.hasSpaceFor(700), queue.hasSpaceFor(701)]).toEqual([true, false]);
  });
});
