/**
 * Rows of a tree against a plain map, over random histories: reads, losses of power, a disk that fails, space that is
 * given back.
 */
import { describe, expect, it } from 'vitest';
import { type SeededRandom, seededRandom } from '../../../conformance/seeded-random.js';
import { TreeReader } from './tree-reader.js';
import { TreeTestFile } from './tree-test-file.js';
import { type TreeChange, TreeWriter } from './tree-writer.js';
import { verifyTree } from './verify-tree.js';

type Model = Map<string, string>;

/** Seeds are fixed: a failure repeats. */
const SEEDS = Array.from({ length: 25 }, (_, index) => index + 1);

const END = Buffer.alloc(1979, 0xff);

function randomKey(random: SeededRandom, keyCount: number): string {
  const number = random.below(keyCount);
  // Long ones make deep trees; the prefix of many is the same.
  const padding = number % 7 === 0 ? 'p'.repeat((number * 37) % 1900) : '';
  return `${number % 3 === 0 ? 'a/common/prefix/' : 'b'}${padding}${String(number).padStart(6, '0')}`;
}

function randomValueLength(random: SeededRandom): number {
  const kind = random.below(20);
  if (kind === 0) return random.below(60_000);
  return kind < 4 ? random.below(4000) : random.below(300);
}

/** @returns Changes in order, and what they make of the rows. */
function randomChanges(
  random: SeededRandom,
  rows: Model,
  keyCount: number,
  deleteShare: number,
): { changes: TreeChange[]; next: Model } {
  const next = new Map(rows);
  const texts = new Set(Array.from({ length: 1 + random.below(60) }, () => randomKey(random, keyCount)));
  const changes = [...texts].sort().map((text): TreeChange => {
    const key = Buffer.from(text, 'latin1');
    if (random.next() < deleteShare) {
      next.delete(text);
      return { key, row: undefined };
    }
    const value = Buffer.alloc(randomValueLength(random), `${random.next()} `);
    next.set(text, `1 ${value.toString('latin1')}`);
    return { key, row: { version: 1, value } };
  });
  return { changes, next };
}

function contentsOf(reader: TreeReader): Model {
  const rows = [...reader.range({ start: new Uint8Array(0), end: END })];
  return new Map(rows.map(({ key, version, value }) => [latin1(key), `${version} ${latin1(value)}`]));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Long values would fill pages of a failure's message. */
function digest(rows: Model): string[] {
  return [...rows].map(([key, value]) => `${key} ${value.length} ${value.slice(0, 20)}`).sort();
}

function expectWhole(file: TreeTestFile, head: TreeReader['head']): void {
  expect([...verifyTree(file, head)].filter((step) => 'finding' in step)).toEqual([]);
}

describe('a tree', () => {
  it.each(SEEDS)('has the rows that were put into it, seed %d', (seed) => {
    const random = seededRandom(seed);
    const keyCount = [30, 300, 3000][seed % 3] as number;
    const file = new TreeTestFile(() => random.next());
    let writer = TreeWriter.create(file);
    let rows: Model = new Map();
    for (let round = 0; round < 60; round += 1) {
      // Grows, shrinks, and is emptied in the end.
      const deleteShare = round < 30 ? 0.1 : round < 50 ? 0.7 : 1;
      const { changes, next } = randomChanges(random, rows, keyCount, deleteShare);
      writer.apply(changes, { generation: round, sequence: round });
      rows = next;
      if (random.below(5) === 0) writer = TreeWriter.open(file);
      if (round % 6 !== 0) continue;
      expectWhole(file, writer.head);
      expect(digest(contentsOf(writer.reader))).toEqual(digest(rows));
      const sorted = [...rows.keys()].sort();
      const fresh = new TreeReader(file, writer.head, 1 << 20);
      const [start, end] = [randomKey(random, keyCount), randomKey(random, keyCount)].sort() as [string, string];
      const expected = sorted.filter((text) => text >= start && text < end);
      const range = { start: Buffer.from(start), end: Buffer.from(end) };
      expect([...fresh.range(range)].map(({ key }) => latin1(key))).toEqual(expected);
      expect([...fresh.range({ ...range, reverse: true })].map(({ key }) => latin1(key))).toEqual(expected.reverse());
      for (let probe = 0; probe < 20; probe += 1) {
        const text = randomKey(random, keyCount);
        const row = fresh.get(Buffer.from(text, 'latin1'));
        expect(row && `${row.version} ${latin1(row.value)}`, text).toBe(rows.get(text));
      }
    }
    for (const text of rows.keys())
      writer.apply([{ key: Buffer.from(text, 'latin1'), row: undefined }], { generation: 0, sequence: 0 });
    expect(writer.head).toMatchObject({ rowCount: 0, root: undefined });
    writer.apply([], { generation: 1, sequence: 1 });
    writer.apply([], { generation: 1, sequence: 1 });
    expect(writer.head.pageCount).toBeLessThan(12);
    expectWhole(file, writer.head);
  });

  it.each(SEEDS)('is as before or as after a loss of power at any moment, seed %d', (seed) => {
    const random = seededRandom(seed);
    const file = new TreeTestFile(() => random.next());
    let writer = TreeWriter.create(file);
    let rows: Model = new Map();
    for (let round = 0; round < 80; round += 1) {
      const { changes, next } = randomChanges(random, rows, 200, 0.4);
      if (random.below(3) > 0) file.operationsLeft = random.below(8);
      const before = writer.head.generation;
      try {
        writer.apply(changes, { generation: round + 1, sequence: 0 });
        rows = next;
        if (random.below(4) > 0) continue;
      } catch (error) {
        expect(String(error)).toContain('EIO');
      }
      file.crash();
      writer = TreeWriter.open(file);
      expect([before, round + 1]).toContain(writer.head.generation);
      if (writer.head.generation === round + 1) rows = next;
      expectWhole(file, writer.head);
      expect(digest(contentsOf(writer.reader))).toEqual(digest(rows));
    }
  });

  it('goes on after a transaction that failed, and leaves no page behind', () => {
    const random = seededRandom(7);
    const file = new TreeTestFile(() => random.next());
    const writer = TreeWriter.create(file);
    let rows: Model = new Map();
    for (let round = 0; round < 40; round += 1) {
      const { changes, next } = randomChanges(random, rows, 500, 0.3);
      file.writeErrorCode = 'ENOSPC';
      expect(() => writer.apply(changes, { generation: 0, sequence: round })).toThrow('ENOSPC');
      expect(digest(contentsOf(writer.reader))).toEqual(digest(rows));
      file.writeErrorCode = undefined;
      writer.apply(changes, { generation: 0, sequence: round });
      rows = next;
      expectWhole(file, writer.head);
    }
    expect(digest(contentsOf(writer.reader))).toEqual(digest(rows));
  });

  it('leaves the pages of an earlier state alone while a reader has it', () => {
    const random = seededRandom(9);
    const file = new TreeTestFile(() => random.next());
    const writer = TreeWriter.create(file);
    let rows: Model = new Map();
    let pinned: { head: TreeReader['head']; rows: Model } | undefined;
    for (let round = 0; round < 120; round += 1) {
      const { changes, next } = randomChanges(random, rows, 300, 0.5);
      writer.apply(
        changes,
        { generation: 0, sequence: round },
        pinned === undefined ? {} : { oldestTransaction: pinned.head.transaction },
      );
      rows = next;
      if (pinned !== undefined) {
        const reader = new TreeReader(file, pinned.head, 1 << 20);
        expect(digest(contentsOf(reader))).toEqual(digest(pinned.rows));
      }
      if (round % 20 === 0) pinned = { head: writer.head, rows };
      if (round % 20 === 13) pinned = undefined;
    }
  });
});
