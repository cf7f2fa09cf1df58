/** Several things at a time: how many, in which order they begin, and how the first failure ends the others. */
import { describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.js';

/** A promise that is resolved from outside. */
function gate(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve: () => resolve() };
}

describe('inParallel', () => {
  it('works on as many as there is room for, in order, and asks for no more', async () => {
    const opened = Array.from({ length: 5 }, gate);
    const begun: number[] = [];
    let asked = 0;
    async function* numbers(): AsyncGenerator<number, void, void> {
      for (let number = 0; number < 5; number += 1) {
        asked += 1;
        yield number;
      }
    }
    const done = inParallel(numbers(), 2, undefined, async (number) => {
      begun.push(number);
      await opened[number]?.promise;
    });
    await expect.poll(() => begun).toEqual([0, 1]);
    expect(asked).toBe(2);
    opened[1]?.resolve();
    await expect.poll(() => begun).toEqual([0, 1, 2]);
    for (const { resolve } of opened) resolve();
    await done;
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it('ends with the first failure, after the others were stopped and the items closed', async () => {
    let isClosed = false;
    async function* numbers(): AsyncGenerator<number, void, void> {
      try {
        for (let number = 0; ; number += 1) yield number;
      } finally {
        isClosed = true;
      }
    }
    const stopped: number[] = [];
    const third = gate();
    const done = inParallel(numbers(), 3, undefined, async (number, signal) => {
      if (number === 2) third.resolve();
      if (number === 1) {
        await third.promise;
        throw new Error('the second one');
      }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      stopped.push(number);
      throw new Error('another one');
    });
    await expect(done).rejects.toThrow('the second one');
    expect(stopped).toEqual([0, 2]);
    expect(isClosed).toBe(true);
  });

  it('passes on what the items throw, and the signal of the caller', async () => {
    async function* failing(): AsyncGenerator<number, void, void> {
      yield 1;
      throw new Error('no more items');
    }
    await expect(inParallel(failing(), 2, undefined, async () => undefined)).rejects.toThrow('no more items');
    const controller = new AbortController();
    controller.abort(new Error('told to stop'));
    const seen: boolean[] = [];
    await inParallel([1, 2], 1, controller.signal, async (_, signal) => {
      seen.push(signal.aborted);
    });
    expect(seen).toEqual([true, true]);
  });

  it('has nothing to do without items', async () => {
    const done = inParallel([], 4, undefined, () => Promise.reject(new Error('none')));
    await expect(done).resolves.toBeUndefined();
  });
});
