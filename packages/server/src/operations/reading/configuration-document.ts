/**
 * The body of a request that is one document: the one place where its length and digest are judged. Its content is
 * judged by its reader in the protocol.
 */
import { md5 } from '@annals/checksum/node';
import { LIMITS, OssError, parseContentMd5 } from '@annals/protocol';
import { heavyTurn } from '../../limits/heavy-turn.js';
import type { OperationRequest } from '../../request/operation-request.js';

/** A document from this length on takes a millisecond or more to read. */
const LONG_LENGTH_BYTES = 8 * 1024;

/** How one operation's document differs from those of the others. */
export interface DocumentRules {
  /** Default: that of configurations. */
  readonly lengthBytesMax?: number;
  /** Detailed error code of a document that is too long. */
  readonly ec?: string;
  /** Reads `Content-MD5`. */
  readonly parseDigest?: (value: string | undefined) => Uint8Array | undefined;
}

/**
 * Reads the document whole, checked against `Content-MD5` if that was sent.
 * @returns Its bytes; empty without a body.
 * @throws {OssError} `InvalidDigest`, `MalformedXML` when it is longer than it may be.
 */
export async function readConfigurationDocument(
  { headers, body }: OperationRequest,
  { lengthBytesMax = LIMITS.configurationBodyLengthBytesMax, ec, parseDigest = parseContentMd5 }: DocumentRules = {},
): Promise<Uint8Array> {
  const expectedMd5 = parseDigest(headers.get('content-md5'));
  const document = await body.readAll(
    lengthBytesMax,
    () =>
      new OssError('MalformedXML', {
        ...(ec !== undefined && { ec }),
        details: { ErrorDetail: `The document has more than ${lengthBytesMax} bytes.` },
      }),
  );
  if (expectedMd5 !== undefined && Buffer.compare(md5(document), expectedMd5) !== 0)
    throw new OssError('InvalidDigest');
  if (document.length >= LONG_LENGTH_BYTES) await heavyTurn();
  return document;
}
