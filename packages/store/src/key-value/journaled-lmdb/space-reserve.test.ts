import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../../../../test/harness/temporary-folder.js';
import { SpaceReserve, type TreeShape } from './space-reserve.js';

const tree: TreeShape = { pageCount: 1000, usedPageCount: 1000, depth: 3, pageLengthBytes: 4096 };
const treeLengthBytes = tree.pageCount * tree.pageLengthBytes;
const change = (keyCount: number) => ({ keyCount, lengthBytes: keyCount * 1400, mayUseReserve: false });
const MIB = 1024 * 1024;

describe('SpaceReserve', () => {
  let folder: string;
  let path: string;
  let reserve: SpaceReserve;

  beforeEach(() => {
    folder = makeTemporaryFolder();
    path = join(folder, 'rows');
    writeFileSync(path, new Uint8Array(treeLengthBytes));
    reserve = new SpaceReserve(path);
  });

  afterEach(() => {
    reserve.close();
  });

  test('has the room a change needs before it is made', () => {
    reserve.ensure(change(1000), tree);
    expect(statSync(path).size).toBeGreaterThan(treeLengthBytes + 1000 * 1400);
  });

  test('leaves a busy store what each of its checkpoints needs again', () => {
    reserve.ensure(change(1000), tree);
    const { size } = statSync(path);
    for (let checkpoint = 0; checkpoint < 500; checkpoint += 1) {
      reserve.giveBack(change(1), tree);
      expect(statSync(path).size).toBe(size);
      reserve.ensure(change(1000), tree);
      expect(statSync(path).size).toBe(size);
    }
  });

  test('gives back what was not needed for a while, and no byte of the tree', () => {
    reserve.ensure(change(10_000), tree);
    expect(statSync(path).size).toBeGreaterThan(treeLengthBytes + 64 * MIB);
    for (let checkpoint = 0; checkpoint < 500; checkpoint += 1) {
      reserve.ensure(change(1), tree);
      reserve.giveBack(change(1), tree);
    }
    expect(statSync(path).size).toBeLessThan(treeLengthBytes + 32 * MIB);
    expect(statSync(path).size).toBeGreaterThan(treeLengthBytes);
  });

  test('leaves a store that writes now and then what it needs again, until it rests', () => {
    reserve.ensure(change(10_000), tree);
    const { size } = statSync(path);
    reserve.giveBack(change(0), tree);
    expect(statSync(path).size).toBe(size);
    reserve.rest(tree);
    expect(statSync(path).size).toBeLessThan(treeLengthBytes + 32 * MIB);
    expect(statSync(path).size).toBeGreaterThan(treeLengthBytes);
  });

  test.each([200, 1000, 3000])('keeps nothing of the room for %i rows where it rests', (keyCount) => {
    reserve.ensure(change(keyCount), tree);
    for (let checkpoint = 0; checkpoint < 20; checkpoint += 1) reserve.giveBack(change(1), tree);
    reserve.rest(tree);
    expect(statSync(path).size).toBeLessThanOrEqual(treeLengthBytes + 13 * MIB);
  });

  test('gives back at once what a tree that got shorter leaves', () => {
    const longTree = { ...tree, pageCount: 100_000, usedPageCount: 100_000 };
    reserve.ensure(change(1), longTree);
    expect(statSync(path).size).toBeGreaterThan(longTree.pageCount * longTree.pageLengthBytes);
    reserve.giveBack(change(1), tree);
    expect(statSync(path).size).toBeLessThan(treeLengthBytes + 32 * MIB);
  });
});
