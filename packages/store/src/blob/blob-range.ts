/** The one check every blob engine makes before it reads. */
import { StoreFailure } from '../contract/store-failure.js';

/**
 * @throws {RangeError} `start` or `end` is no offset, or they are the wrong way round.
 * @throws {StoreFailure} `corrupt`: the blob is shorter than what the metadata asks of it. Never a short stream.
 */
export function assertBlobRange(range: { readonly start: number; readonly end: number }, lengthBytes: number): void {
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end) {
    throw new RangeError(`Cannot read blob bytes ${start} to ${end}: they must be offsets in rising order`);
  }
  if (end > lengthBytes) {
    const detail = `blob of ${lengthBytes} bytes was asked for bytes ${start} to ${end}`;
    throw new StoreFailure({ kind: 'corrupt', detail });
  }
}
