import { expect, test } from 'vitest';
import { defaultWorkerCount, parseCoreLimit, type UsableMachine, usableMachine } from './default-worker-count.js';

const GIB = 1024 ** 3;

const machine = (coreCount: number, gibibytes = 1024, platform = 'linux'): UsableMachine => ({
  platform,
  coreCount,
  memoryBytes: gibibytes * GIB,
});

test.each([
  [1, 1],
  [2, 1],
  [3.99, 1],
  [4, 2],
  [6, 3],
  [7.5, 3],
  [16, 8],
  [128, 8],
])('with %s cores, %s processes answer', (coreCount, expected) => {
  expect(defaultWorkerCount(machine(coreCount), 'lmdb')).toBe(expected);
});

test.each([
  [0.25, 1],
  [1.9, 1],
  [2.5, 2],
  [5, 5],
])('with %s GiB of memory, at most %s do', (gibibytes, expected) => {
  expect(defaultWorkerCount(machine(64, gibibytes), 'lmdb')).toBe(expected);
});

test('one process answers over a database, and where nothing was measured', () => {
  expect(defaultWorkerCount(machine(64), 'postgres')).toBe(1);
  expect(defaultWorkerCount(machine(64, 64, 'darwin'), 'lmdb')).toBe(1);
});

test.each([
  ['max 100000\n', Number.POSITIVE_INFINITY],
  ['150000 100000\n', 1.5],
  ['', Number.POSITIVE_INFINITY],
  ['0 0', Number.POSITIVE_INFINITY],
])('%j is a limit of %s cores', (text, expected) => {
  expect(parseCoreLimit(text)).toBe(expected);
});

test('this machine has some of everything', () => {
  const { coreCount, memoryBytes } = usableMachine();
  expect(coreCount).toBeGreaterThan(0);
  expect(memoryBytes).toBeGreaterThan(0);
  expect(Number.isFinite(coreCount + memoryBytes)).toBe(true);
});
