/** The one check every blob engine makes before it reads. */

/** @throws {RangeError} The range is not `0 <= start <= end <= length`: fewer bytes than asked for are never a short stream. */
export function assertBlobRange(range: { readonly start: number; readonly end: number }, lengthBytes: number): void {
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end || end > lengthBytes) {
    throw new RangeError(
      `Cannot read blob bytes ${start} to ${end}: the range must lie within its ${lengthBytes} bytes`,
    );
  }
}
