/** The boundary of a form, from its Content-Type. Leaves out the form itself (`part-scanner.ts`). */
import { OssError } from '@annals/protocol';

/** RFC 2046 section 5.1.1: 1 to 70 of these, not ending in a space. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;
const PARAMETER = /;\s*boundary\s*=\s*(?:"([^"\\]*)"|([^\s;"]+))\s*(?:;|$)/i;

/**
 * Reads the boundary.
 * @param contentType Header of the request.
 * @throws {OssError} `RequestIsNotMultiPartContent` when it is no form, `MalformedPOSTRequest` without a usable
 * boundary.
 */
export function parseBoundary(contentType: string | undefined): string {
  if (contentType === undefined || !/^\s*multipart\/form-data\s*(;|$)/i.test(contentType)) {
    throw new OssError('RequestIsNotMultiPartContent');
  }
  const match = PARAMETER.exec(contentType);
  const boundary = match?.[1] ?? match?.[2] ?? '';
  if (!BOUNDARY.test(boundary)) throw new OssError('MalformedPOSTRequest');
  return boundary;
}
