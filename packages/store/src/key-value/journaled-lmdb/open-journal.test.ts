/** The two files of a journal: what may be made again, and what would lose something. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from '@annals/checksum/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../../test/harness/temporary-folder.js';
import { decodeSegmentHeader, FRAMES_START_BYTES, frameLength } from './journal/journal-format.js';
import { JournalDamage } from './journal/journal-segment.js';
import { MapDatabase } from './journal-fixture.js';
import { type OpenedJournal, openJournal, SEGMENT_NAMES } from './open-journal.js';

let directory: string;
let database: MapDatabase;
let saltCount = 0;

beforeEach(() => {
  database = new MapDatabase();
  directory = makeTemporaryFolder();
});

/**
 * Opens what is there, with a database that has had no checkpoint at the beginning of a test, and lets go of the files
 * again.
 */
function open(work: (journal: OpenedJournal) => void = () => {}): OpenedJournal {
  const journal = openJournal(directory, database, () => {
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

/** Writes frames until the first segment has grown twice; durably. */
function acknowledgeMuch({ segments, sequence }: OpenedJournal): void {
  const [first] = segments;
  for (let count = 1; count <= 7; count += 1) {
    const changes = [{ key: Buffer.from(`key ${count}`), storedValue: Buffer.alloc(1_000_000, 'v') }];
    const lengthBytes = frameLength(changes);
    first.makeRoom(lengthBytes);
    first.writeFrame(sequence + count, changes, lengthBytes);
    first.commitFrame(lengthBytes);
  }
}

/** Of each file; comparing 8 MiB byte by byte takes the test runner minutes. */
function digests(): readonly string[] {
  return [...contents()].map(([name, bytes]) => `${name} ${createHash('sha256').update(bytes).digest('hex')}`);
}

function contents(): ReadonlyMap<string, Buffer> {
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
}

describe('openJournal, before the first checkpoint', () => {
  it.each(SEGMENT_NAMES)('refuses a pair whose %s is gone once something was written, and leaves the rest', (name) => {
    open(acknowledge);
    rmSync(join(directory, name));
    const before = digests();
    expect(open).toThrow(JournalDamage);
    expect(open).toThrow(`"${join(directory, name)}" is missing`);
    expect(digests()).toEqual(before);
  });

  it('makes a pair again that was begun and never written to', () => {
    open();
    rmSync(join(directory, SEGMENT_NAMES[1]));
    expect(open(acknowledge).sequence).toBe(0);
    expect(open().sequence).toBe(1);
  });
});

describe('openJournal, with a file that was cut', () => {
  const [first, second] = SEGMENT_NAMES;
  const MINIMUM_BYTES = 4 * 1024 * 1024;

  /** Cuts the files named to `lengthBytes`, and expects a refusal that changes nothing. */
  function expectRefusal(lengthBytes: number, names: readonly string[]): void {
    for (const name of names) truncateSync(join(directory, name), lengthBytes);
    const before = digests();
    expect(open, `${names} cut to ${lengthBytes}`).toThrow(JournalDamage);
    expect(digests()).toEqual(before);
  }

  const LENGTHS = [0, 1, 4095, 4096, 8191, 8192, 8193, 12_288, 1_048_576, MINIMUM_BYTES - 4096, MINIMUM_BYTES - 1];

  it.each(LENGTHS.flatMap((length) => [[first], [second], [first, second]].map((names) => ({ length, names }))))(
    'refuses $names of $length bytes',
    ({ length, names }) => {
      open(acknowledge);
      expectRefusal(length, names);
    },
  );

  it('refuses a segment that grew and was cut at the end of any of its frames, or is shorter by a byte', () => {
    open(acknowledgeMuch);
    const whole = contents();
    const grownBytes = whole.get(first)?.length ?? 0;
    expect(grownBytes).toBeGreaterThan(MINIMUM_BYTES);
    const frameBytes = frameLength([{ key: Buffer.from('key 1'), storedValue: Buffer.alloc(1_000_000) }]);
    const ends = Array.from({ length: 7 }, (_, index) => FRAMES_START_BYTES + index * frameBytes);
    for (const lengthBytes of [...ends, MINIMUM_BYTES, grownBytes - 1]) {
      writeFileSync(join(directory, first), whole.get(first) ?? '');
      expectRefusal(lengthBytes, [first]);
    }
    writeFileSync(join(directory, first), whole.get(first) ?? '');
    expect(open().sequence).toBe(7);
  });

  it('keeps the promise of its length over resets and restarts', () => {
    open(acknowledgeMuch);
    const grownBytes = readFileSync(join(directory, first)).length;
    // Two restarts: each segment has been reset since.
    open(acknowledge);
    open();
    expectRefusal(MINIMUM_BYTES, [first]);
    truncateSync(join(directory, first), grownBytes);
    open();
  });

  it('opens a longer file, as a loss of power leaves it amid growth', () => {
    open(acknowledge);
    truncateSync(join(directory, first), MINIMUM_BYTES + 1_048_576);
    expect(open().sequence).toBe(1);
  });
});

describe('openJournal, with headers of the form before this one', () => {
  /** Writes the headers of a segment as programs of format 3 did. */
  function writeFormerHeaders(name: string): void {
    const path = join(directory, name);
    const bytes = readFileSync(path);
    for (const slot of [0, 4096]) {
      const header = decodeSegmentHeader(bytes.subarray(slot, slot + 4096));
      if (header === undefined) continue;
      bytes.fill(0, slot, slot + 4096);
      bytes.write('annals journal 1', slot, 'latin1');
      bytes.writeDoubleLE(header.generation, slot + 16);
      bytes.set(header.salt, slot + 24);
      bytes.writeUInt32LE(crc32(bytes.subarray(slot, slot + 40)), slot + 40);
    }
    writeFileSync(path, bytes);
  }

  it('has what they hold, and leaves none of them behind once it was written to', () => {
    open(acknowledge);
    for (const name of SEGMENT_NAMES) writeFormerHeaders(name);
    expect(open(acknowledge).sequence).toBe(1);
    expect(open().sequence).toBe(2);
    for (const bytes of contents().values()) expect(bytes.includes('annals journal 1')).toBe(false);
  });

  it('refuses a file that is shorter than every segment was made', () => {
    open(acknowledge);
    for (const name of SEGMENT_NAMES) writeFormerHeaders(name);
    truncateSync(join(directory, SEGMENT_NAMES[0]), 8192);
    expect(open).toThrow('its end is missing');
  });
});
