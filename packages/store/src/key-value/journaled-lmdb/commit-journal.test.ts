/** What a failing disk does to commits: faults injected below the journal, where the files and LMDB would be. */
import { describe, expect, it } from 'vitest';
import type { KeyValueCommit } from '../../contract/key-value-store.js';
import { BATCH_COMMIT_COUNT_MAX } from './commit-journal.js';
import { FRAMES_START_BYTES } from './journal/journal-format.js';
import { JournalDamage } from './journal/journal-segment.js';
import { JournalFixture } from './journal-fixture.js';
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
function keysAfterRestart(fixture: JournalFixture): string[] {
  fixture.disk.crash();
  fixture.open();
  return [...fixture.database.contents().keys()].sort();
}

describe('CommitJournal', () => {
  it('writes a batch as one frame, with versions by frame and place', () => {
    const fixture = new JournalFixture(half);
    const absent = { key: Buffer.from('a'), version: undefined };
    expect(fixture.outcomes(put('a'), { checks: [absent], ...put('b') }, put('c'))).toEqual([
      BATCH_COMMIT_COUNT_MAX,
      OUTCOME_CHECK_FAILED,
      BATCH_COMMIT_COUNT_MAX + 2,
    ]);
    expect(fixture.outcomes(put('a'))).toEqual([2 * BATCH_COMMIT_COUNT_MAX]);
    expect(fixture.database.rows.size).toBe(0);
    expect(keysAfterRestart(fixture)).toEqual(['a', 'c']);
    expect(fixture.database.transactionCount).toBe(1);
  });

  it('decides by the newest row, wherever it is: in the batch, the journal, a running checkpoint or the database', () => {
    const fixture = new JournalFixture(half);
    const expected = (version: number | undefined): KeyValueCommit => ({
      checks: [{ key: Buffer.from('a'), version }],
      ...put('a'),
    });
    let [version] = fixture.outcomes(put('a'));
    for (const advance of [
      () => {},
      () => fixture.journal.checkpoint(true),
      () => fixture.runCheckpoint(),
      () => fixture.journal.checkpoint(false),
      () => void fixture.open(),
    ]) {
      advance();
      expect(fixture.outcomes(expected((version as number) - 1), expected(version), expected(version))).toEqual([
        OUTCOME_CHECK_FAILED,
        expect.any(Number),
        OUTCOME_CHECK_FAILED,
      ]);
      version = fixture.outcomes(put('a'))[0];
    }
  });

  it('tells what sums came to', () => {
    const fixture = new JournalFixture(half);
    const sum: KeyValueCommit = { sums: [{ key: Buffer.from('n'), delta: 5n }] };
    expect([...(fixture.write(sum, sum)[0]?.counters ?? [])]).toEqual([5n, 10n]);
    fixture.journal.drain();
    expect([...(fixture.write(sum)[0]?.counters ?? [])]).toEqual([15n]);
  });

  it('refuses a sum over what is no counter, alone and whole', () => {
    const fixture = new JournalFixture(half);
    const sum: KeyValueCommit = { ...put('b'), sums: [{ key: Buffer.from('a'), delta: 1n }] };
    expect(fixture.outcomes(put('a'), sum, put('c'))[1]).toBe(OUTCOME_NOT_A_COUNTER);
    expect(keysAfterRestart(fixture)).toEqual(['a', 'c']);
  });

  it('fails alone the commit the database has no room for, and takes later ones', () => {
    const fixture = new JournalFixture(half);
    fixture.roomBytes = 1000;
    const outcomes = fixture.outcomes(put('a'), put('large', 5000), put('b'));
    expect(outcomes).toEqual([expect.any(Number), OUTCOME_DISK_FULL, expect.any(Number)]);
    fixture.roomBytes = 10_000;
    expect(fixture.outcomes(put('large', 5000))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(fixture)).toEqual(['a', 'b', 'large']);
  });

  it('makes a checkpoint before it calls the disk full', () => {
    const fixture = new JournalFixture(half);
    fixture.roomBytes = 1000;
    for (let index = 0; index < 20; index += 1) expect(fixture.outcomes(put(`k${index}`, 400))[0]).toBeGreaterThan(0);
    expect(fixture.database.transactionCount).toBeGreaterThan(5);
    expect(keysAfterRestart(fixture)).toHaveLength(20);
  });

  it('fails a commit for which the segment cannot grow, and takes smaller ones', () => {
    const fixture = new JournalFixture(half);
    fixture.disk.faults.spaceLeftBytes = 0;
    expect(fixture.outcomes(put('large', 6 * 1024 * 1024))).toEqual([OUTCOME_DISK_FULL]);
    expect(fixture.outcomes(put('a'))[0]).toBeGreaterThan(0);
    fixture.disk.faults.spaceLeftBytes = 10 * 1024 * 1024;
    expect(fixture.outcomes(put('large', 6 * 1024 * 1024))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(fixture)).toEqual(['a', 'large']);
  });

  it.each([
    ['ENOSPC', OUTCOME_DISK_FULL],
    ['EDQUOT', OUTCOME_DISK_FULL],
    ['EROFS', OUTCOME_READ_ONLY],
  ])('goes on after a write failed with %s', (code, outcome) => {
    const fixture = new JournalFixture(half);
    fixture.disk.faults.writeError = code;
    expect(fixture.outcomes(put('lost', 20_000))).toEqual([outcome]);
    fixture.disk.faults.writeError = undefined;
    expect(fixture.outcomes(put('a'))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(fixture)).toEqual(['a']);
  });

  it.each([
    ['a failed write', { writeError: 'EIO' }],
    ['a failed sync', { syncError: 'EIO' }],
    ['a sync that finds no room', { syncError: 'ENOSPC' }],
  ])('acknowledges nothing any more after %s, also when the disk recovers', (_, faults) => {
    const fixture = new JournalFixture(half);
    fixture.outcomes(put('a'));
    Object.assign(fixture.disk.faults, faults);
    expect(fixture.outcomes(put('b'), put('c'))).toEqual([OUTCOME_POISONED, OUTCOME_POISONED]);
    Object.assign(fixture.disk.faults, { writeError: undefined, syncError: undefined });
    expect(fixture.outcomes(put('d'))).toEqual([OUTCOME_POISONED]);
    const keys = keysAfterRestart(fixture);
    expect(keys).toContain('a');
    expect(keys).not.toContain('d');
    expect(fixture.outcomes(put('e'))[0]).toBeGreaterThan(0);
  });

  it.each([
    [
      'the database fails',
      (fixture: JournalFixture) => Object.assign(fixture.database, { commitError: new Error('panic') }),
    ],
    ['a page on the way is damaged', (fixture: JournalFixture) => fixture.database.damaged.add('a')],
    ['a frame is damaged', (fixture: JournalFixture) => fixture.files[0].damage(FRAMES_START_BYTES + 30)],
  ])('acknowledges nothing any more once a checkpoint failed: %s', (_, fail) => {
    const fixture = new JournalFixture(half);
    fixture.outcomes(put('a'), put('b'));
    fail(fixture);
    fixture.journal.checkpoint(true);
    expect(fixture.runCheckpoint()).toBe('failed');
    expect(fixture.outcomes(put('c'))).toEqual([OUTCOME_POISONED]);
  });

  it.each(['ENOSPC', 'EROFS'])('goes on in the journal while the database fails with %s, and catches up', (code) => {
    const fixture = new JournalFixture(half);
    fixture.database.commitError = Object.assign(new Error('not now'), { code });
    fixture.outcomes(put('a'));
    fixture.journal.checkpoint(true);
    expect(fixture.runCheckpoint()).toBe('waiting');
    expect(fixture.outcomes(put('b'))[0]).toBeGreaterThan(0);
    fixture.database.commitError = undefined;
    expect(fixture.journal.drain()).toBe(true);
    expect([...fixture.database.contents().keys()]).toEqual(['a', 'b']);
  });

  it('goes on after a disk that was read-only when a segment should be reset', () => {
    const fixture = new JournalFixture(half);
    fixture.outcomes(put('a'));
    fixture.journal.checkpoint(true);
    fixture.runCheckpoint();
    fixture.disk.faults.writeError = 'EROFS';
    expect(fixture.outcomes(put('lost'))).toEqual([OUTCOME_READ_ONLY]);
    fixture.disk.faults.writeError = undefined;
    expect(fixture.outcomes(put('b'))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(fixture)).toEqual(['a', 'b']);
  });

  it('does not let the journal grow without end while the database has no room', () => {
    const fixture = new JournalFixture(half);
    fixture.database.commitError = Object.assign(new Error('full'), { code: 'ENOSPC' });
    fixture.journal.checkpoint(true);
    let count = 0;
    while (fixture.outcomes(put(`k${count}`, 2_000_000))[0] !== OUTCOME_DISK_FULL) {
      fixture.journal.checkpoint(false);
      count += 1;
      expect(count).toBeLessThan(60);
    }
    fixture.database.commitError = undefined;
    expect(fixture.outcomes(put('last'))[0]).toBeGreaterThan(0);
    expect(keysAfterRestart(fixture)).toHaveLength(count + 1);
  });

  it('lets only commits that delete use what is kept back', () => {
    const fixture = new JournalFixture(half);
    const removal: KeyValueCommit = { ...put('garbage'), deletes: [Buffer.from('a')] };
    fixture.write(put('a'), removal);
    expect(fixture.plans.at(-1)?.mayUseReserve).toBe(false);
    fixture.write(removal);
    expect(fixture.plans.at(-1)?.mayUseReserve).toBe(true);
  });
});

describe('recovery', () => {
  it('refuses a journal with a damaged frame in its middle, and changes nothing', () => {
    const fixture = new JournalFixture(half);
    for (const key of ['a', 'b', 'c']) fixture.outcomes(put(key));
    fixture.files[0].damage(FRAMES_START_BYTES + 4096 + 30);
    expect(() => fixture.open()).toThrow(JournalDamage);
    expect(fixture.database.rows.size).toBe(0);
  });

  it('refuses a journal whose first generation is gone while the second is there', () => {
    const fixture = new JournalFixture(half);
    fixture.outcomes(put('a'));
    fixture.journal.checkpoint(true);
    fixture.outcomes(put('b'));
    fixture.files[0].damage(FRAMES_START_BYTES + 30);
    expect(() => fixture.open()).toThrow(JournalDamage);
  });

  it('refuses a database that does not belong to the journal', () => {
    const fixture = new JournalFixture(half);
    for (let round = 0; round < 3; round += 1) {
      fixture.outcomes(put('a'));
      fixture.journal.drain();
    }
    fixture.database.rows = new Map();
    fixture.database.point = { generation: 0, sequence: 0 };
    expect(() => fixture.open()).toThrow('they do not belong together');
  });

  it('refuses a segment without a header', () => {
    const fixture = new JournalFixture(half);
    fixture.files[1].damage(3);
    expect(() => fixture.open()).toThrow('has no header');
  });
});
