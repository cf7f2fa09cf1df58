/**
 * Numbers of the parts of an upload: the query parameter `partNumber`, and the same in the list that completes an
 * upload.
 */
import { LIMITS } from '../limits.js';
import { invalidArgument } from './refuse.js';

/**
 * Reads the query parameter `partNumber`.
 * @param value Parameter value; absent counts as empty.
 * @returns 1 to 10,000.
 * @throws {OssError} `InvalidArgument` for anything else.
 */
export function parsePartNumber(value: string | undefined): number {
  const text = value ?? '';
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!isPartNumber(partNumber)) throw noPartNumber('partNumber', text);
  return partNumber;
}

/**
 * Refuses a number that no part can have.
 * @param name Of the element it stands in.
 * @param partNumber A whole number.
 * @throws {OssError} `InvalidArgument`.
 */
export function requirePartNumber(name: string, partNumber: number): void {
  if (!isPartNumber(partNumber)) throw noPartNumber(name, String(partNumber));
}

function isPartNumber(partNumber: number): boolean {
  return partNumber >= LIMITS.partNumberMin && partNumber <= LIMITS.partNumberMax;
}

function noPartNumber(name: string, text: string) {
  return invalidArgument(name, text, 'Part number must be an integer between 1 and 10000, inclusive.');
}
