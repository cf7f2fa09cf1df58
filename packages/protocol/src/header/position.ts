/** The query parameter `position` of appends, seals and follows. */
import { OssError } from '../error/oss-error.js';
import { invalidArgument } from './refuse.js';

const MISSING_EC = '0016-00000501';
const INVALID_EC = '0016-00000502';

/**
 * Reads a position.
 * @param value Parameter value.
 * @returns Byte offset, 0 to 2^53 - 1.
 * @throws {OssError} `MissingArgument` with EC 0016-00000501 if absent, `InvalidArgument` with EC 0016-00000502 if it
 * is anything but decimal digits for a number in that range.
 */
export function parsePosition(value: string | undefined): number {
  if (value === undefined) {
    throw new OssError('MissingArgument', { ec: MISSING_EC, details: { ArgumentName: 'position' } });
  }
  const position = /^\d{1,32}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(position)) {
    const { message, details } = invalidArgument('position', value);
    // What has no digit cannot be read as a position, whatever it is held against.
    throw new OssError('InvalidArgument', { message, details, ec: INVALID_EC, isUnreadable: /^\D+$/.test(value) });
  }
  return position;
}

/**
 * Reads the position of an append, which may be left to the server.
 * @param value Parameter value.
 * @returns Byte offset, or `auto`.
 * @throws {OssError} As `parsePosition`.
 */
export function parseAppendPosition(value: string | undefined): number | 'auto' {
  return value === 'auto' ? 'auto' : parsePosition(value);
}
