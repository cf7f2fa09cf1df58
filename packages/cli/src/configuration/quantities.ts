/** Reads sizes such as `5GiB` and durations such as `30s`, as people write them in configurations and flags. */

const KIBIBYTE = 1024;

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: KIBIBYTE,
  MiB: KIBIBYTE ** 2,
  GiB: KIBIBYTE ** 3,
  TiB: KIBIBYTE ** 4,
};

const SECOND_MS = 1000;

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3600 * SECOND_MS,
};

/** What `parseSize` accepts, for messages and documentation. */
export const SIZE_FORM = 'a size such as 5GiB, 64KiB or a number of bytes';

/** What `parseDuration` accepts, for messages and documentation. */
export const DURATION_FORM = 'a duration such as 24h, 15m, 30s, 250ms or a number of milliseconds';

/**
 * Reads a size: a number of bytes, or a text of a number and a unit (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB).
 * @returns Bytes, a whole number >= 0; `undefined` for anything else.
 */
export function parseSize(value: unknown): number | undefined {
  return parseQuantity(value, SIZE_UNITS);
}

/**
 * Reads a duration: a number of milliseconds, or a text of a number and a unit (ms, s, m, h).
 * @returns Milliseconds, a whole number >= 0; `undefined` for anything else.
 */
export function parseDuration(value: unknown): number | undefined {
  return parseQuantity(value, DURATION_UNITS);
}

function parseQuantity(value: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value === 'number') return wholeOrNothing(value);
  if (typeof value !== 'string') return undefined;
  const match = /^([0-9]+(?:\.[0-9]+)?) *([A-Za-z]*)$/.exec(value.trim());
  if (match === null) return undefined;
  const [, digits = '', unit = ''] = match;
  const factor = unit === '' ? 1 : units[unit];
  return factor === undefined ? undefined : wholeOrNothing(Number(digits) * factor);
}

function wholeOrNothing(value: number): number | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
