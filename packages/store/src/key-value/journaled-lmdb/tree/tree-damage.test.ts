/**
 * Damage of every kind to every page of a tree: answers are right or errors, and only what lies below the page is hit.
 */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../conformance/seeded-random.js';
import { printableKey, TreeDamage } from './tree-damage.js';
import { PAGE_LENGTH_BYTES } from './tree-format.js';
import { readHead, TreeReader } from './tree-reader.js';
import { TreeTestFile } from './tree-test-file.js';
import { type TreeChange, TreeWriter } from './tree-writer.js';
import { verifyTree } from './verify-tree.js';

const ROW_COUNT = 450;
const END = Buffer.alloc(1979, 0xff);
const POINT = { generation: 1, sequence: 1 };

type Damage = (bytes: Uint8Array, start: number, before: Uint8Array) => void;

const keyOf = (index: number): Buffer => Buffer.from(`k${String(index).padStart(5, '0')}`);

/** Of round 2 where it was written again: an old page has an old one. */
function bytesOf(index: number, round: number): Buffer {
  return Buffer.alloc(index % 50 === 0 ? 9000 : 300, `${round}:${index};`);
}

/** A tree that was written in two rounds, and its bytes between them. */
function makeTree(): { file: TreeTestFile; before: Uint8Array; expected: Map<string, string> } {
  const file = new TreeTestFile(() => 0.5);
  const writer = TreeWriter.create(file);
  const put = (round: number, indexes: readonly number[]): void => {
    const changes = indexes.map(
      (index): TreeChange => ({ key: keyOf(index), row: { version: round, value: bytesOf(index, round) } }),
    );
    writer.apply(changes, POINT);
  };
  const all = Array.from({ length: ROW_COUNT }, (_, index) => index);
  put(1, all);
  const before = file.bytes.slice();
  put(
    2,
    all.filter((index) => index % 97 === 0),
  );
  // So that pages that were freed are used again, with others in them.
  put(
    3,
    all.filter((index) => index % 101 === 0),
  );
  const round = (index: number): number => (index % 101 === 0 ? 3 : index % 97 === 0 ? 2 : 1);
  return {
    file,
    before,
    expected: new Map(all.map((index) => [keyOf(index).toString(), bytesOf(index, round(index)).toString('latin1')])),
  };
}

const DAMAGES: readonly (readonly [string, Damage])[] = [
  ['a flipped bit', (bytes, start) => flip(bytes, start + 2000)],
  ['a flipped bit in its header', (bytes, start) => flip(bytes, start + 6)],
  ['a flipped bit in its first offset', (bytes, start) => flip(bytes, start + 22)],
  ['a flipped bit in its first cell', (bytes, start) => flip(bytes, start + 24 + 2 * cellCountAt(bytes, start))],
  [
    'a flipped bit in the key of its first cell',
    (bytes, start) => flip(bytes, start + 22 + 20 + 2 * cellCountAt(bytes, start)),
  ],
  ['zeros', (bytes, start) => bytes.fill(0, start, start + PAGE_LENGTH_BYTES)],
  [
    'the page behind it',
    (bytes, start) => bytes.copyWithin(start, start + PAGE_LENGTH_BYTES, start + 2 * PAGE_LENGTH_BYTES),
  ],
  ['the page before it', (bytes, start) => bytes.copyWithin(start, start - PAGE_LENGTH_BYTES, start)],
  [
    'what it was earlier',
    (bytes, start, before) => bytes.set(before.subarray(start, start + PAGE_LENGTH_BYTES), start),
  ],
];

function cellCountAt(bytes: Uint8Array, start: number): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt16LE(start + 6) % 200;
}

function flip(bytes: Uint8Array, offset: number): void {
  bytes[offset] = (bytes[offset] as number) ^ 0x10;
}

/** @returns Keys whose rows could not be proven. @throws When any answer is wrong. */
function expectRightOrDamage(reader: TreeReader, expected: ReadonlyMap<string, string>): Set<string> {
  const hit = new Set<string>();
  for (const [text, value] of expected) {
    try {
      const row = reader.get(Buffer.from(text));
      if (row === undefined || Buffer.from(row.value).toString('latin1') !== value)
        throw new Error(`"${text}" is wrong`);
    } catch (error) {
      if (!(error instanceof TreeDamage)) throw error;
      expect(Buffer.compare(error.range.start, Buffer.from(text)) <= 0).toBe(true);
      expect(Buffer.compare(Buffer.from(text), error.range.end) < 0).toBe(true);
      hit.add(text);
    }
  }
  for (const reverse of [false, true]) {
    const order = [...expected.keys()].sort();
    if (reverse) order.reverse();
    let place = 0;
    try {
      for (const row of reader.range({ start: new Uint8Array(0), end: END, reverse })) {
        if (Buffer.from(row.key).toString() !== order[place]) throw new Error(`a list lacks "${order[place]}"`);
        place += 1;
      }
      if (place !== order.length) throw new Error(`a list ends before "${order[place]}"`);
    } catch (error) {
      if (!(error instanceof TreeDamage)) throw error;
      // A list stops exactly where the first row is hit, and says so.
      expect(hit).toContain(order[place]);
      expect(Buffer.compare(error.range.start, Buffer.from(order[place] ?? ''))).toBeLessThanOrEqual(0);
      expect(Buffer.compare(Buffer.from(order[place] ?? ''), error.range.end)).toBeLessThan(0);
    }
  }
  return hit;
}

describe('a tree with one damaged page', () => {
  it.each(DAMAGES)('says nothing wrong: %s', (_, damage) => {
    const { file, before, expected } = makeTree();
    const whole = file.bytes.slice();
    let hitCount = 0;
    for (let start = 0; start < whole.length; start += PAGE_LENGTH_BYTES) {
      file.bytes.set(whole);
      damage(file.bytes, start, before);
      const head = readHead(file);
      const hit = expectRightOrDamage(new TreeReader(file, head, 1 << 20), expected);
      const findings = [...verifyTree(file, head)].filter((step) => 'finding' in step);
      if (hit.size > 0) {
        hitCount += 1;
        expect(findings.length, `page ${start / PAGE_LENGTH_BYTES}`).toBeGreaterThan(0);
      }
      // The root, of which there is one, hits all; another page no more than what it has below it.
      expect(hit.size === expected.size || hit.size < expected.size / 2).toBe(true);
    }
    expect(hitCount).toBeGreaterThan(8);
  });

  it.each(DAMAGES)('is never written over with what is wrong: %s', (_, damage) => {
    const random = seededRandom(5);
    const { file, before, expected } = makeTree();
    const whole = file.bytes.slice();
    for (let start = 0; start < whole.length; start += PAGE_LENGTH_BYTES) {
      file.bytes.set(whole);
      damage(file.bytes, start, before);
      const hitBefore = expectRightOrDamage(new TreeReader(file, readHead(file), 1 << 20), expected);
      const next = new Map(expected);
      try {
        const writer = TreeWriter.open(file);
        for (let round = 0; round < 4; round += 1) {
          const index = random.below(ROW_COUNT);
          writer.apply([{ key: keyOf(index), row: { version: 9, value: Buffer.from('new') } }], POINT);
          next.set(keyOf(index).toString(), 'new');
        }
      } catch (error) {
        if (!(error instanceof TreeDamage)) throw error;
      }
      const hit = expectRightOrDamage(new TreeReader(file, readHead(file), 1 << 20), next);
      for (const text of hit) expect(hitBefore).toContain(text);
    }
  });

  it('refuses to open, or serves what it can prove, when its end is missing', () => {
    const { file, expected } = makeTree();
    const whole = file.bytes.slice();
    for (let length = 0; length < whole.length; length += 1500) {
      const cut = new TreeTestFile(() => 0.5);
      cut.write(whole.subarray(0, length), 0);
      expect(() => readHead(cut)).toThrow(/it is no database|its end is missing|no whole head/);
    }
    expect(expectRightOrDamage(new TreeReader(file, readHead(file), 1 << 20), expected).size).toBe(0);
  });

  it('hits one row alone when a bit of it is flipped', () => {
    const { file, expected } = makeTree();
    const whole = file.bytes.slice();
    let hitCount = 0;
    for (let start = 4 * PAGE_LENGTH_BYTES; start < whole.length; start += PAGE_LENGTH_BYTES) {
      if (whole[start + 4] !== 1 || cellCountAt(whole, start) < 2) continue;
      file.bytes.set(whole);
      flip(file.bytes, start + 2000);
      const hit = expectRightOrDamage(new TreeReader(file, readHead(file), 1 << 20), expected);
      hitCount += hit.size;
      expect(hit.size).toBeLessThanOrEqual(1);
    }
    expect(hitCount).toBeGreaterThan(8);
  });

  it('loses nothing when its map of pages is damaged, and says so', () => {
    const { file, expected } = makeTree();
    const whole = file.bytes.slice();
    const mapPages = Array.from({ length: whole.length / PAGE_LENGTH_BYTES }, (_, page) => page).filter(
      (page) => page >= 4 && [3, 4].includes(whole[page * PAGE_LENGTH_BYTES + 4] as number),
    );
    let foundCount = 0;
    for (const page of mapPages) {
      file.bytes.set(whole);
      flip(file.bytes, page * PAGE_LENGTH_BYTES + 30);
      const findings = [...verifyTree(file, readHead(file))].filter((step) => 'finding' in step);
      if (findings.length > 0) foundCount += 1;
      const writer = TreeWriter.open(file);
      for (let index = 0; index < 40; index += 1) {
        const text = keyOf(index).toString();
        const value = Buffer.from(expected.get(text) ?? '', 'latin1');
        writer.apply([{ key: keyOf(index), row: { version: 9, value } }], POINT);
      }
      expect(expectRightOrDamage(new TreeReader(file, writer.head, 1 << 20), expected).size).toBe(0);
    }
    expect(foundCount).toBeGreaterThanOrEqual(2);
  });

  it('opens with any one page of its head', () => {
    const { file, expected } = makeTree();
    const whole = file.bytes.slice();
    const { transaction } = readHead(file);
    for (let page = 0; page < 4; page += 1) {
      file.bytes.set(whole);
      file.bytes.fill(0xaa, page * PAGE_LENGTH_BYTES, (page + 1) * PAGE_LENGTH_BYTES);
      expect(readHead(file).transaction).toBe(transaction);
      expect(expectRightOrDamage(new TreeReader(file, readHead(file), 1 << 20), expected).size).toBe(0);
    }
  });
});

describe('printableKey', () => {
  it('shows no more than a line, in plain ASCII', () => {
    expect(printableKey(Buffer.from('Oa"\\\n\xff', 'latin1'))).toBe('"Oa\\x22\\x5c\\x0a\\xff"');
    expect(printableKey(Buffer.alloc(1900, 'x')).length).toBeLessThan(130);
    expect(printableKey(Buffer.alloc(120, 0))).toHaveLength(482);
  });
});
