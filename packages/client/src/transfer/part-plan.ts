/** How a content of known length is cut into parts. */
import { LIMITS } from '@annals/protocol';
import { AnnalsError } from '../error.js';

/** One part: its number, and which bytes of the whole it has. */
export interface PlannedPart {
  /** 1 or more. */
  readonly partNumber: number;
  /** Half-open: `start <= offset < end`, in bytes. */
  readonly start: number;
  readonly end: number;
}

const MEBIBYTE = 1024 * 1024;

/**
 * The length of parts that a content needs: as asked, or longer when there would be more than 10,000 of them.
 * @param length Bytes of the content.
 * @param partBytes As the caller wants.
 */
export function partBytesFor(length: number, partBytes: number): number {
  const needed = Math.ceil(length / LIMITS.partNumberMax);
  return needed <= partBytes ? partBytes : Math.ceil(needed / MEBIBYTE) * MEBIBYTE;
}

/** Cuts a content into parts of one length, of which the last may be shorter. An empty content has no part. */
export function planParts(length: number, partBytes: number): readonly PlannedPart[] {
  const parts: PlannedPart[] = [];
  for (let start = 0; start < length; start += partBytes) {
    parts.push({ partNumber: parts.length + 1, start, end: Math.min(start + partBytes, length) });
  }
  return parts;
}

/** How a transfer in parts is made. */
export interface PartOptions {
  /** Bytes of a part; uploads keep as many parts in memory as are on their way. At least 100 KiB. */
  readonly partBytes?: number;
  /** Parts on their way at the same time. Default 4. */
  readonly parallelCount?: number;
}

const PARALLEL_COUNT_DEFAULT = 4;

/**
 * Fills in what was left out.
 * @param action What is tried, to complete "Cannot ...".
 * @throws {AnnalsError} `InvalidInput`.
 */
export function checkPartOptions(
  options: PartOptions,
  partBytesDefault: number,
  action: string,
): Required<PartOptions> {
  const { partBytes = partBytesDefault, parallelCount = PARALLEL_COUNT_DEFAULT } = options;
  const refuse = (reason: string): AnnalsError =>
    new AnnalsError('InvalidInput', `Cannot ${action}: ${reason}`, { outcome: 'not-applied' });
  const { partLengthBytesMin: min, partLengthBytesMax: max } = LIMITS;
  if (!Number.isSafeInteger(partBytes) || partBytes < min || partBytes > max) {
    throw refuse(`parts of ${partBytes} bytes, expected ${min} to ${max}`);
  }
  if (!Number.isSafeInteger(parallelCount) || parallelCount < 1) {
    throw refuse(`${parallelCount} parts at a time, expected 1 or more`);
  }
  return { partBytes, parallelCount };
}
