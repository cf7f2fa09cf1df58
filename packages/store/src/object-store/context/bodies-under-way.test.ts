import { expect, test } from 'vitest';
import { BodiesUnderWay } from './bodies-under-way.js';

/** One body after the other. @returns Whether each was lone. */
function oneByOne(bodies: BodiesUnderWay, count: number): boolean[] {
  return Array.from({ length: count }, () => {
    bodies.begin();
    const { isLone } = bodies;
    bodies.end();
    return isLone;
  });
}

test('BodiesUnderWay calls a body lone behind four that were alone', () => {
  expect(oneByOne(new BodiesUnderWay(), 6)).toEqual([false, false, false, false, true, true]);
});

test('BodiesUnderWay calls none lone beside another, nor the next four', () => {
  const bodies = new BodiesUnderWay();
  oneByOne(bodies, 10);
  bodies.begin();
  expect(bodies.isLone).toBe(true);
  bodies.begin();
  expect(bodies.isLone).toBe(false);
  bodies.end();
  // The other one has gone, and the first goes on as one of two.
  expect(bodies.isLone).toBe(false);
  bodies.end();
  expect(oneByOne(bodies, 4)).toEqual([false, false, false, true]);
});
