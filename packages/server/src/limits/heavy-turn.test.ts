import { expect, test } from 'vitest';
import { heavyTurn } from './heavy-turn.js';

test('heavyTurn lets one piece of work into each turn of the event loop, in the order they came', async () => {
  let turn = 0;
  let isDone = false;
  const count = (): void => {
    turn += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const turns: number[] = [];
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      await heavyTurn();
      order.push(index);
      turns.push(turn);
    }),
  );
  isDone = true;
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(new Set(turns).size).toBe(20);
});
