/**
 * Dates in HTTP headers. Leaves out XML times (`iso-time.ts`) and the clock: a two-digit year is read by a fixed rule.
 */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const TIME = '(\\d{1,2}):(\\d{2}):(\\d{2})';
/** `Wed, 28 Dec 2022 10:27:41 GMT`; weekday and leading zero may be missing, the zone may be written in four ways. */
const RFC_1123 = new RegExp(
  `^(?:[a-z]{3,9},?\\s+)?(\\d{1,2})\\s+([a-z]{3})\\s+(\\d{4})\\s+${TIME}\\s+(?:gmt|utc|z|[+-]0000)$`,
  'i',
);
/** `Wednesday, 28-Dec-22 10:27:41 GMT` */
const RFC_850 = new RegExp(
  `^(?:[a-z]{3,9},?\\s+)?(\\d{1,2})-([a-z]{3})-(\\d{2}|\\d{4})\\s+${TIME}\\s+(?:gmt|utc)$`,
  'i',
);
/** `Wed Dec 28 10:27:41 2022` */
const ASCTIME = new RegExp(`^[a-z]{3}\\s+([a-z]{3})\\s+(\\d{1,2})\\s+${TIME}\\s+(\\d{4})$`, 'i');

/** Longest text worth matching: the long form of RFC 850 has 33 characters. */
const DATE_LENGTH_MAX = 64;

/**
 * Writes a time as an HTTP date.
 * @param atMs Milliseconds since 1970, years 0 to 9999; the fraction of a second is dropped.
 * @returns `Wed, 28 Dec 2022 10:27:41 GMT`.
 */
export function formatHttpDate(atMs: number): string {
  return new Date(atMs).toUTCString();
}

/**
 * Reads an HTTP date in any of the three forms of RFC 9110 section 5.6.7, with small liberties. A wrong weekday is not
 * noticed.
 * @param text Header value.
 * @returns Milliseconds since 1970, or `undefined` if it is no date; a caller then acts as if the header were absent.
 */
export function parseHttpDate(text: string): number | undefined {
  if (text.length > DATE_LENGTH_MAX) return undefined;
  const trimmed = text.trim();
  const dayFirst = RFC_1123.exec(trimmed) ?? RFC_850.exec(trimmed);
  if (dayFirst) {
    const [, day = '', month = '', year = '', hour = '', minute = '', second = ''] = dayFirst;
    return toTimeMs(readYear(year), month, day, hour, minute, second);
  }
  const asctime = ASCTIME.exec(trimmed);
  if (!asctime) return undefined;
  const [, month = '', day = '', hour = '', minute = '', second = '', year = ''] = asctime;
  return toTimeMs(readYear(year), month, day, hour, minute, second);
}

/** Two digits mean 1970 to 2069: RFC 9110 asks for the clock here, which this package does not have. */
function readYear(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

function toTimeMs(
  year: number,
  monthName: string,
  dayText: string,
  hourText: string,
  minuteText: string,
  secondText: string,
): number | undefined {
  const month = MONTHS.indexOf(monthName.toLowerCase());
  const [day, hour, minute, second] = [Number(dayText), Number(hourText), Number(minuteText), Number(secondText)];
  // 60 is a leap second; the time scale has none, so it becomes the next minute.
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  // setUTCFullYear, because Date.UTC takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}
