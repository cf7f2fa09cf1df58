import { EngineFailure } from '@annals/store';
import { expect, test } from 'vitest';
import { DamageReports } from './damage-reports.js';

function setUp() {
  let nowMs = 0;
  const lines: object[] = [];
  const counts: string[] = [];
  const reports = new DamageReports(
    { error: (line: object) => void lines.push(line) },
    { countDamage: (kind, foundBy) => void counts.push(`${kind} ${foundBy}`) },
    () => nowMs,
  );
  return {
    reports,
    lines,
    counts,
    pass(durationMs: number) {
      nowMs += durationMs;
    },
  };
}

const corrupt = (detail: string) => new EngineFailure({ kind: 'corrupt', detail });

test('every meeting is counted, each damaged place logged once, with what it belongs to', () => {
  const { reports, lines, counts } = setUp();
  for (let meeting = 0; meeting < 3; meeting += 1) {
    reports.note(corrupt('block 3'), { foundBy: 'request', bucket: 'b', key: 'k', requestId: String(meeting) });
  }
  reports.note(corrupt('block 3'), { foundBy: 'request', bucket: 'b', key: 'copy' });
  reports.note(new EngineFailure({ kind: 'missing-blob', blobId: '0123' }), { foundBy: 'background' });
  expect(counts).toEqual([...Array<string>(4).fill('corrupt request'), 'missing-blob background']);
  expect(lines).toEqual([
    { kind: 'corrupt', detail: 'block 3', foundBy: 'request', bucket: 'b', key: 'k', requestId: '0' },
    { kind: 'corrupt', detail: 'block 3', foundBy: 'request', bucket: 'b', key: 'copy' },
    { kind: 'missing-blob', detail: 'blob 0123', foundBy: 'background' },
  ]);
});

test('what is no damage is nothing, and damage is found below other errors', () => {
  const { reports, counts } = setUp();
  reports.note(new Error('a mistake'), { foundBy: 'request' });
  reports.note(undefined, { foundBy: 'request' });
  reports.note(new EngineFailure({ kind: 'unavailable', because: 'disk-full' }), { foundBy: 'request' });
  expect(counts).toEqual([]);
  reports.note(new Error('outer', { cause: new Error('inner', { cause: corrupt('x') }) }), { foundBy: 'request' });
  reports.note(new EngineFailure({ kind: 'unavailable', because: 'input-output' }, new Error('EIO')), {
    foundBy: 'scrub',
  });
  expect(counts).toEqual(['corrupt request', 'unreadable scrub']);
});

test('lines are bounded in time, and a place that got none gets one later', () => {
  const { reports, lines, counts, pass } = setUp();
  for (let place = 0; place < 1000; place += 1) reports.note(corrupt(`block ${place}`), { foundBy: 'request' });
  expect([lines.length, counts.length]).toEqual([60, 1000]);
  pass(60_000);
  reports.note(corrupt('block 999'), { foundBy: 'request' });
  expect(lines.length).toBe(61);
});
