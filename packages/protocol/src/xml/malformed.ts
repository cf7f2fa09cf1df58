/** The refusal of a document. Leaves out what is refused: readers say. */
import { OssError } from '../error/oss-error.js';

/** A library's or a document's own words may be as long as the document; an answer shall not be. */
const DETAIL_LENGTH_MAX = 256;

/**
 * Makes the error for a document that is not what was expected.
 * @param detail What was wrong, for `ErrorDetail`; cut where it quotes too much of the document.
 */
export function malformed(detail: string): OssError {
  return new OssError('MalformedXML', { details: { ErrorDetail: detail.slice(0, DETAIL_LENGTH_MAX) } });
}

/**
 * Makes the error for what is no XML at all, so that nothing in it could be judged.
 * @param detail As for `malformed`.
 */
export function notWellFormed(detail: string): OssError {
  return new OssError('MalformedXML', {
    details: { ErrorDetail: detail.slice(0, DETAIL_LENGTH_MAX) },
    isUnreadable: true,
  });
}

/**
 * Gives every `MalformedXML` of a reader the detailed error code that its operation has.
 * @param ec Detailed error code.
 * @param read The reader.
 * @returns What `read` returns.
 * @throws {OssError} What `read` throws, with `ec` if it is `MalformedXML`.
 */
export function refuseWithEc<Result>(ec: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OssError) || error.code !== 'MalformedXML') throw error;
    throw new OssError('MalformedXML', { ec, details: error.details, isUnreadable: error.isUnreadable });
  }
}
