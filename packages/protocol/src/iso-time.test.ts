import { describe, expect, it } from 'vitest';
import { formatIsoTime, parseIsoTime } from './iso-time.js';

describe('formatIsoTime', () => {
  it('always ends in .000Z', () => {
    expect(formatIsoTime(Date.UTC(2018, 1, 24, 9, 41, 56, 789))).toBe('2018-02-24T09:41:56.000Z');
    expect(formatIsoTime(0)).toBe('1970-01-01T00:00:00.000Z');
  });
});

describe('parseIsoTime', () => {
  it('reads whole and broken seconds', () => {
    expect(parseIsoTime('2018-02-24T09:41:56.000Z')).toBe(Date.UTC(2018, 1, 24, 9, 41, 56));
    expect(parseIsoTime('2018-02-24T09:41:56Z')).toBe(Date.UTC(2018, 1, 24, 9, 41, 56));
    expect(parseIsoTime('2018-02-24T09:41:56.25Z')).toBe(Date.UTC(2018, 1, 24, 9, 41, 56, 250));
  });
  it.each(['', '2018-02-24', '2018-02-30T00:00:00.000Z', '2018-13-01T00:00:00Z', '2018-02-24T25:00:00Z', 'x'])(
    'gives undefined for %j',
    (text) => {
      expect(parseIsoTime(text)).toBeUndefined();
    },
  );
});
