import { describe, expect, it } from 'vitest';
import { parseDuration, parseSize } from './quantities.js';

describe('parseSize', () => {
  it.each([
    [0, 0],
    [4096, 4096],
    ['4096', 4096],
    ['5GiB', 5 * 1024 ** 3],
    ['5 GiB', 5 * 1024 ** 3],
    ['1.5KiB', 1536],
    ['2MB', 2_000_000],
    ['1TiB', 1024 ** 4],
    ['7B', 7],
  ])('reads %j as %i bytes', (value, bytes) => {
    expect(parseSize(value)).toBe(bytes);
  });

  it.each([
    -1,
    1.5,
    '',
    'GiB',
    '5 gib',
    '5GiBB',
    '-5',
    '1.0001KiB',
    '1e3',
    Number.NaN,
    2 ** 60,
    '9999999TiB',
    true,
    null,
    [],
  ])('refuses %j', (value) => {
    expect(parseSize(value)).toBeUndefined();
  });
});

describe('parseDuration', () => {
  it.each([
    [250, 250],
    ['250', 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
  ])('reads %j as %i milliseconds', (value, milliseconds) => {
    expect(parseDuration(value)).toBe(milliseconds);
  });

  it.each(['30 seconds', '30S', '-1s', '1d', 0.5])('refuses %j', (value) => {
    expect(parseDuration(value)).toBeUndefined();
  });
});
