/** The checks every blob engine makes of a range. */
import type { BlobRange } from '../contract/blob-store.js';
import { EngineFailure } from '../contract/engine-failure.js';

/** @throws {RangeError} `start` or `end` is no offset, or they are the wrong way round. */
export function assertRange({ start, end }: { readonly start: number; readonly end: number }): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end) {
    throw new RangeError(`Cannot read blob bytes ${start} to ${end}: they must be offsets in rising order`);
  }
}

/**
 * @throws {RangeError} As `assertRange`.
 * @throws {EngineFailure} `corrupt`: the blob is shorter than what the metadata asks of it, or not as long as it says.
 * Never a short stream.
 */
export function assertBlobRange(range: BlobRange, lengthBytes: number): void {
  assertRange(range);
  const { start, end, blobLength = lengthBytes } = range;
  if (blobLength !== lengthBytes) {
    const detail = `blob has ${lengthBytes} bytes instead of ${blobLength}`;
    throw new EngineFailure({ kind: 'corrupt', detail });
  }
  if (end > lengthBytes) {
    const detail = `blob of ${lengthBytes} bytes was asked for bytes ${start} to ${end}`;
    throw new EngineFailure({ kind: 'corrupt', detail });
  }
}
