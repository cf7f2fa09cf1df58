/** The body of a request that is one small document. */
import { md5 } from '@annals/checksum';
import { LIMITS, OssError, parseContentMd5 } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

/**
 * Reads the document whole, checked against `Content-MD5` if that was sent.
 * @throws {OssError} `InvalidDigest`, `MalformedXML` when it is longer than any document may be.
 */
export async function readConfigurationDocument({ headers, body }: OperationRequest): Promise<Uint8Array> {
  const expectedMd5 = parseContentMd5(headers.get('content-md5'));
  const document = await body.readAll(LIMITS.configurationBodyLengthBytesMax, tooLong);
  if (expectedMd5 !== undefined && Buffer.compare(md5(document), expectedMd5) !== 0)
    throw new OssError('InvalidDigest');
  return document;
}

function tooLong(): OssError {
  return new OssError('MalformedXML', {
    details: { ErrorDetail: `The document has more than ${LIMITS.configurationBodyLengthBytesMax} bytes.` },
  });
}
