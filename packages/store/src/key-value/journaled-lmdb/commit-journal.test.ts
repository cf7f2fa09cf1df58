/** What a failing disk does to commits: faults injected below the journal, where the files and LMDB would be. */
import { describe, expect, it } from 'vitest';
import type { KeyValueCommit } from '../../contract/key-value-store.js';
import { BATCH_COMMIT_COUNT_MAX } from './commit-journal.js';
import { FRAMES_START_BYTES } from './journal/journal-format.js';
import { JournalDamage } from './journal/journal-segment.js';
import { JournalTestBench } from './journal-test-bench.js';
import {
  OUTCOME_CHECK_FAILED,
  OUTCOME_DISK_FULL,
  OUTCOME_NOT_A_COUNTER,
  OUTCOME_POISONED,
  OUTCOME_READ_ONLY,
} from './outcomes.js';

const half = (): number => 0.5;

const put = (key: string, lengthBytes = 3): KeyValueCommit => ({
  puts: [{ key: Buffer.from(key), value: Buffer.alloc(lengthBytes, 'x') }],
});

/** Everything in the database, by way of a restart. */
function keysAfterRestart(bench: JournalTestBench): string[] {
  bench.disk.crash();
  bench.open();
  return [...bench.database.contents().keys()].sort();
}

describe('CommitJournal', () => {
  it('writes a batch as one frame, with versions by frame and place', () => {
    const bench = new JournalTestBench(half);
    const absent = { key: Buffer.from('a'), version: undefined };
    expect(bench.outcomes(put('a'), { checks: [absent], ...put('b') }, put('c'))).toEqual([
      BATCH_COMMIT_COUNT_MAX,
      OUTCOME_CHECK_FAILED,
      BATCH_COMMIT_COUNT_MAX + 2,
    ]);
    expect(bench.outcomes(put('a'))).toEqual([2 * BATCH_COMMIT_COUNT_MAX]);
    expect(bench.database.rows.size).toBe(0);
    expect(keysAfterRestart(bench)).toEqual(['a', 'c']);
    expect(bench.database.transactionCount).toBe(1);
  });

  it('decides by the newest row, wherever it is: in the batch, the journal, a running checkpoint or the database', () => {
    const bench = new JournalTestBench(half);
    const expected = (version: number | undefined): KeyValueCommit => ({
      checks: [{ key: Buffer.from('a'), version }],
      ...put('a'),
    });
    let [version] = bench.outcomes(put('a'));
    for (const advance of [
      () => {},
      () => bench.journal.checkpoint(true),
      () => bench.runCheckpoint(),
      () => bench.journal.checkpoint(false),
      () => void bench.open(),
    ]) {
      advance();
      expect(bench.outcomes(expected((version as number) - 1), expected(version), expected(version))).toEqual([
        OUTCOME_CHECK_FAILED,
        expect.any(Number),
        OUTCOME_CHECK_FAILED,
      ]);
      version = bench.outcomes(put('a'))[0];
    }
  });

  it('tells what sums came to', () => {
    const bench = new JournalTestBench(half);
    const sum: KeyValueCommit = { sums: [{ key: Buffer.from('n'), delta: 5n }] };
    expect([...(bench.write(sum, sum)[0]?.counters ?? [])]).toEqual([5n, 10n]);
    bench.journal.drain();
    expect([...(bench.write(sum)[0]?.counters ?? [])]).toEqual([15n]);
  });

  it('refuses a sum over what is no counter, alone and whole', () => {
    const bench = new JournalTestBench(half);
    const sum: KeyValueCommit = { ...put('b'), sums: [{ key: Buffer.from('a'), delta: 1n }] };
    expect(bench.outcomes(put('a'), sum, put('c'))[1]).toBe(OUTCOME_NOT_A_COUNTER);
    expect(keysAfterRestart(bench)).toEqual(['a', 'c']);
  });

  it('fails alone the commit the database has no room for, and takes later ones', () => {
    const bench = new JournalTestBench(half);
    bench.roomBytes = 1000;
    const outcomes = bench.outcomes(put('a'), put('large', 5000), put('b'));
    expect(outcomes).toEqual([expect.any(Number), OUTCOME_DISK_FULL, expect.any(Number)]);
    bench.roomBytes = 10_000;
    expect(bench.outcomes(put('large', 5000))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(bench)).toEqual(['a', 'b', 'large']);
  });

  it('makes a checkpoint before it calls the disk full', () => {
    const bench = new JournalTestBench(half);
    bench.roomBytes = 1000;
    for (let index = 0; index < 20; index += 1) expect(bench.outcomes(put(`k${index}`, 400))[0]).toBeGreaterThan(0);
    expect(bench.database.transactionCount).toBeGreaterThan(5);
    expect(keysAfterRestart(bench)).toHaveLength(20);
  });

  it('fails a commit for which the segment cannot grow, and takes smaller ones', () => {
    const bench = new JournalTestBench(half);
    bench.disk.faults.spaceLeftBytes = 0;
    expect(bench.outcomes(put('large', 6 * 1024 * 1024))).toEqual([OUTCOME_DISK_FULL]);
    expect(bench.outcomes(put('a'))[0]).toBeGreaterThan(0);
    bench.disk.faults.spaceLeftBytes = 10 * 1024 * 1024;
    expect(bench.outcomes(put('large', 6 * 1024 * 1024))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(bench)).toEqual(['a', 'large']);
  });

  it.each([
    ['ENOSPC', OUTCOME_DISK_FULL],
    ['EDQUOT', OUTCOME_DISK_FULL],
    ['EROFS', OUTCOME_READ_ONLY],
  ])('goes on after a write failed with %s', (code, outcome) => {
    const bench = new JournalTestBench(half);
    bench.disk.faults.writeError = code;
    expect(bench.outcomes(put('lost', 20_000))).toEqual([outcome]);
    bench.disk.faults.writeError = undefined;
    expect(bench.outcomes(put('a'))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(bench)).toEqual(['a']);
  });

  it.each([
    ['a failed write', { writeError: 'EIO' }],
    ['a failed sync', { syncError: 'EIO' }],
    ['a sync that finds no room', { syncError: 'ENOSPC' }],
  ])('acknowledges nothing any more after %s, also when the disk recovers', (_, faults) => {
    const bench = new JournalTestBench(half);
    bench.outcomes(put('a'));
    Object.assign(bench.disk.faults, faults);
    expect(bench.outcomes(put('b'), put('c'))).toEqual([OUTCOME_POISONED, OUTCOME_POISONED]);
    Object.assign(bench.disk.faults, { writeError: undefined, syncError: undefined });
    expect(bench.outcomes(put('d'))).toEqual([OUTCOME_POISONED]);
    const keys = keysAfterRestart(bench);
    expect(keys).toContain('a');
    expect(keys).not.toContain('d');
    expect(bench.outcomes(put('e'))[0]).toBeGreaterThan(0);
  });

  it.each([
    [
      'the database fails',
      (bench: JournalTestBench) => Object.assign(bench.database, { commitError: new Error('panic') }),
    ],
    ['a page on the way is damaged', (bench: JournalTestBench) => bench.database.damaged.add('a')],
    ['a frame is damaged', (bench: JournalTestBench) => bench.files[0].damage(FRAMES_START_BYTES + 30)],
  ])('acknowledges nothing any more once a checkpoint failed: %s', (_, fail) => {
    const bench = new JournalTestBench(half);
    bench.outcomes(put('a'), put('b'));
    fail(bench);
    bench.journal.checkpoint(true);
    expect(bench.runCheckpoint()).toBe('failed');
    expect(bench.outcomes(put('c'))).toEqual([OUTCOME_POISONED]);
  });

  it.each(['ENOSPC', 'EROFS'])('goes on in the journal while the database fails with %s, and catches up', (code) => {
    const bench = new JournalTestBench(half);
    bench.database.commitError = Object.assign(new Error('not now'), { code });
    bench.outcomes(put('a'));
    bench.journal.checkpoint(true);
    expect(bench.runCheckpoint()).toBe('waiting');
    expect(bench.outcomes(put('b'))[0]).toBeGreaterThan(0);
    bench.database.commitError = undefined;
    expect(bench.journal.drain()).toBe(true);
    expect([...bench.database.contents().keys()]).toEqual(['a', 'b']);
  });

  it('goes on after a disk that was read-only when a segment should be reset', () => {
    const bench = new JournalTestBench(half);
    bench.outcomes(put('a'));
    bench.journal.checkpoint(true);
    bench.runCheckpoint();
    bench.disk.faults.writeError = 'EROFS';
    expect(bench.outcomes(put('lost'))).toEqual([OUTCOME_READ_ONLY]);
    bench.disk.faults.writeError = undefined;
    expect(bench.outcomes(put('b'))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(bench)).toEqual(['a', 'b']);
  });

  it('does not let the journal grow without end while the database has no room', () => {
    const bench = new JournalTestBench(half);
    bench.database.commitError = Object.assign(new Error('full'), { code: 'ENOSPC' });
    bench.journal.checkpoint(true);
    let count = 0;
    while (bench.outcomes(put(`k${count}`, 2_000_000))[0] !== OUTCOME_DISK_FULL) {
      bench.journal.checkpoint(false);
      count += 1;
      expect(count).toBeLessThan(60);
    }
    bench.database.commitError = undefined;
    expect(bench.outcomes(put('last'))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(bench)).toHaveLength(count + 1);
  });

  it('lets only commits that delete use what is kept back', () => {
    const bench = new JournalTestBench(half);
    const removal: KeyValueCommit = { ...put('garbage'), deletes: [Buffer.from('a')] };
    bench.write(put('a'), removal);
    expect(bench.plans.at(-1)?.mayUseReserve).toBe(false);
    bench.write(removal);
    expect(bench.plans.at(-1)?.mayUseReserve).toBe(true);
  });
});

describe('recovery', () => {
  it('refuses a journal with a damaged frame in its middle, and changes nothing', () => {
    const bench = new JournalTestBench(half);
    for (const key of ['a', 'b', 'c']) bench.outcomes(put(key));
    bench.files[0].damage(FRAMES_START_BYTES + 4096 + 30);
    expect(() => bench.open()).toThrow(JournalDamage);
    expect(bench.database.rows.size).toBe(0);
  });

  it('refuses a journal whose first generation is gone while the second is there', () => {
    const bench = new JournalTestBench(half);
    bench.outcomes(put('a'));
    bench.journal.checkpoint(true);
    bench.outcomes(put('b'));
    bench.files[0].damage(FRAMES_START_BYTES + 30);
    expect(() => bench.open()).toThrow(JournalDamage);
  });

  it('refuses a database that does not belong to the journal', () => {
    const bench = new JournalTestBench(half);
    for (let round = 0; round < 3; round += 1) {
      bench.outcomes(put('a'));
      bench.journal.drain();
    }
    bench.database.rows = new Map();
    bench.database.point = { generation: 0, sequence: 0 };
    expect(() => bench.open()).toThrow('they do not belong together');
  });

  it('refuses a segment without a header', () => {
    const bench = new JournalTestBench(half);
    bench.files[1].damage(3);
    expect(() => bench.open()).toThrow('has no header');
  });
});
