/** What a failing disk does to commits: faults injected below the writer, where the binding would be. */
import { describe, expect, it } from 'vitest';
import type { KeyValueCommit } from '../../contract/key-value-store.js';
import { decodeBatch, encodeBatch, encodedLength } from './batch-encoding.js';
import {
  BATCH_COMMIT_COUNT_MAX,
  BatchWriter,
  OUTCOME_CHECK_FAILED,
  OUTCOME_DISK_FULL,
  OUTCOME_INPUT_OUTPUT,
  OUTCOME_NOT_A_COUNTER,
  OUTCOME_POISONED,
  OUTCOME_READ_ONLY,
  type WriteDatabase,
} from './batch-writer.js';
import type { PlannedChange } from './space-reserve.js';

/** A database in a map whose every step can be made to fail. */
class FaultyDatabase implements WriteDatabase {
  rows = new Map<string, Uint8Array>();
  transactionCount = 0;
  syncCount = 0;
  doesBegin = true;
  commitError: Error | undefined;
  putError: Error | undefined;
  /** Longest change there is room for. */
  roomBytes = Number.POSITIVE_INFINITY;
  lastChange: PlannedChange | undefined;

  transaction(body: Parameters<WriteDatabase['transaction']>[0]): void {
    const rows = new Map(this.rows);
    const id = this.doesBegin ? this.transactionCount + 1 : 0;
    body({
      id,
      reserve: (change) => {
        this.lastChange = change;
        if (change.lengthBytes > this.roomBytes) throw failure('ENOSPC');
      },
      get: (key) => rows.get(Buffer.from(key).toString()),
      put: (key, storedValue) => {
        if (this.putError !== undefined) throw this.putError;
        rows.set(Buffer.from(key).toString(), storedValue.slice());
      },
      delete: (key) => {
        rows.delete(Buffer.from(key).toString());
      },
    });
    if (this.commitError !== undefined) throw this.commitError;
    this.transactionCount = id;
    this.syncCount += 1;
    this.rows = rows;
  }
}

function failure(code: number | string): Error {
  return Object.assign(new Error(`failure ${code}`), { code });
}

function encoded(...commits: KeyValueCommit[]) {
  return decodeBatch(
    encodeBatch(
      commits,
      commits.reduce((sum, commit) => sum + encodedLength(commit), 0),
    ),
  );
}

const put = (key: string, lengthBytes = 3): KeyValueCommit => ({
  puts: [{ key: Buffer.from(key), value: Buffer.alloc(lengthBytes, 'x') }],
});

describe('BatchWriter', () => {
  it('writes a batch in one transaction, with versions by transaction and place', () => {
    const database = new FaultyDatabase();
    const writer = new BatchWriter(database);
    const absent = { key: Buffer.from('a'), version: undefined };
    const batch = encoded(put('a'), { checks: [absent], ...put('b') }, put('c'));
    expect([...writer.write(batch).outcomes]).toEqual([
      BATCH_COMMIT_COUNT_MAX,
      OUTCOME_CHECK_FAILED,
      BATCH_COMMIT_COUNT_MAX + 2,
    ]);
    expect(database.syncCount).toBe(1);
    expect([...database.rows.keys()]).toEqual(['a', 'c']);
    expect([...writer.write(encoded(put('a'))).outcomes]).toEqual([2 * BATCH_COMMIT_COUNT_MAX]);
  });

  it('fails alone the commit the disk has no room for, and takes later ones', () => {
    const database = new FaultyDatabase();
    const writer = new BatchWriter(database);
    database.roomBytes = 1000;
    const { outcomes, cause } = writer.write(encoded(put('a'), put('large', 5000), put('b')));
    expect(outcomes[1]).toBe(OUTCOME_DISK_FULL);
    expect(outcomes[0]).toBeGreaterThan(0);
    expect(outcomes[2]).toBeGreaterThan(0);
    expect(cause).toBe('failure ENOSPC');
    expect([...database.rows.keys()]).toEqual(['a', 'b']);
    database.roomBytes = 10_000;
    expect(writer.write(encoded(put('large', 5000))).outcomes[0]).toBeGreaterThan(0);
  });

  it.each([
    [28, OUTCOME_DISK_FULL],
    [27, OUTCOME_DISK_FULL],
    [122, OUTCOME_DISK_FULL],
    [-30792, OUTCOME_DISK_FULL],
    [30, OUTCOME_READ_ONLY],
  ])('goes on after a transaction failed with %d', (code, outcome) => {
    const database = new FaultyDatabase();
    const writer = new BatchWriter(database);
    database.commitError = failure(code);
    expect([...writer.write(encoded(put('a'), put('b'))).outcomes]).toEqual([outcome, outcome]);
    expect(database.rows.size).toBe(0);
    database.commitError = undefined;
    expect(writer.write(encoded(put('a'))).outcomes[0]).toBeGreaterThan(0);
  });

  it.each([
    ['a failed sync', failure(5)],
    ['a panic of LMDB', failure(-30795)],
    ['an error nobody foresaw', new Error('what?')],
  ])('acknowledges nothing any more after %s, also when the disk recovers', (_, error) => {
    const database = new FaultyDatabase();
    const writer = new BatchWriter(database);
    database.commitError = error;
    expect([...writer.write(encoded(put('a'), put('b'))).outcomes]).toEqual([OUTCOME_POISONED, OUTCOME_POISONED]);
    database.commitError = undefined;
    const later = writer.write(encoded(put('c')));
    expect([...later.outcomes]).toEqual([OUTCOME_POISONED]);
    expect(later.cause).toBe(error.message);
    expect(database.transactionCount).toBe(0);
  });

  it('acknowledges nothing when the transaction did not begin', () => {
    const database = new FaultyDatabase();
    database.doesBegin = false;
    expect([...new BatchWriter(database).write(encoded(put('a'))).outcomes]).toEqual([OUTCOME_POISONED]);
    expect(database.rows.size).toBe(0);
  });

  it('survives a failure before anything was written', () => {
    const database = new FaultyDatabase();
    const writer = new BatchWriter(database);
    database.putError = failure(12);
    expect([...writer.write(encoded(put('a'))).outcomes]).toEqual([OUTCOME_INPUT_OUTPUT]);
    database.putError = undefined;
    expect(writer.write(encoded(put('a'))).outcomes[0]).toBeGreaterThan(0);
  });

  it('refuses a sum over what is no counter, alone and whole', () => {
    const database = new FaultyDatabase();
    const writer = new BatchWriter(database);
    const sum: KeyValueCommit = { ...put('b'), sums: [{ key: Buffer.from('a'), delta: 1n }] };
    const { outcomes } = writer.write(encoded(put('a'), sum, put('c')));
    expect(outcomes[1]).toBe(OUTCOME_NOT_A_COUNTER);
    expect([...database.rows.keys()]).toEqual(['a', 'c']);
  });

  it('lets only commits that delete use what is kept back', () => {
    const database = new FaultyDatabase();
    const writer = new BatchWriter(database);
    const removal: KeyValueCommit = { ...put('garbage'), deletes: [Buffer.from('a')] };
    writer.write(encoded(put('a'), removal));
    expect(database.lastChange?.mayUseReserve).toBe(false);
    writer.write(encoded(removal));
    expect(database.lastChange).toEqual({ keyCount: 2, lengthBytes: encodedLength(removal), mayUseReserve: true });
  });
});
