/** The two files of a journal that was never brought into a database: what may be made anew, and what would lose something. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { frameLength } from './journal/journal-format.js';
import { JournalDamage } from './journal/journal-segment.js';
import { MapDatabase } from './journal-test-bench.js';
import { type OpenedJournal, openJournal, SEGMENT_NAMES } from './open-journal.js';

let directory: string;
let saltCount = 0;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'annals-journal-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Opens what is there with a database that has had no checkpoint, and lets go of the files again. */
function open(work: (journal: OpenedJournal) => void = () => {}): OpenedJournal {
  const journal = openJournal(directory, new MapDatabase(), () => {
    saltCount += 1;
    return Buffer.alloc(16, saltCount);
  });
  try {
    work(journal);
  } finally {
    for (const segment of journal.segments) segment.close();
  }
  return journal;
}

/** Writes one frame, durably. */
function acknowledge({ segments, sequence }: OpenedJournal): void {
  const [first] = segments;
  const changes = [{ key: Buffer.from('key'), storedValue: Buffer.from('version, value') }];
  const lengthBytes = frameLength(changes);
  first.makeRoom(lengthBytes);
  first.writeFrame(sequence + 1, changes, lengthBytes);
  first.commitFrame(lengthBytes);
}

function contents(): ReadonlyMap<string, Buffer> {
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
}

describe('openJournal, before the first checkpoint', () => {
  it.each(SEGMENT_NAMES)('refuses a pair whose %s is gone once something was written, and leaves the rest', (name) => {
    open(acknowledge);
    rmSync(join(directory, name));
    const before = contents();
    expect(open).toThrow(JournalDamage);
    expect(open).toThrow(`"${join(directory, name)}" is missing`);
    expect(contents()).toEqual(before);
  });

  it('makes a pair anew that was begun and never written to', () => {
    open();
    rmSync(join(directory, SEGMENT_NAMES[1]));
    expect(open(acknowledge).sequence).toBe(0);
    expect(open().sequence).toBe(1);
  });
});
