/** Documents that say one thing: `RequestPaymentConfiguration`, `PolicyStatus`, `PublicAccessBlockConfiguration`. */
import { malformed } from '../malformed.js';
import { parseXml } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { expectRoot, flagOf, wordOf } from '../xml-element.js';

/** Who pays for requests. */
export type Payer = 'BucketOwner' | 'Requester';

/** Writes the document of Put- and GetBucketRequestPayment. */
export function renderRequestPayment(payer: Payer): string {
  return renderXml('RequestPaymentConfiguration', { Payer: payer });
}

/**
 * Reads the document of Put- and GetBucketRequestPayment.
 * @throws {OssError} `MalformedXML`.
 */
export function parseRequestPayment(document: Uint8Array | string): Payer {
  const payer = readRequestDocument(document, 'RequestPaymentConfiguration', (root) => wordOf(root, 'Payer'));
  if (payer === 'BucketOwner' || payer === 'Requester') return payer;
  throw malformed('Payer must be BucketOwner or Requester.');
}

/** Writes the answer of GetBucketPolicyStatus. */
export function renderPolicyStatus(isPublic: boolean): string {
  return renderXml('PolicyStatus', { IsPublic: isPublic });
}

/**
 * Reads the answer of GetBucketPolicyStatus.
 * @throws {OssError} `MalformedXML`.
 */
export function parsePolicyStatus(document: Uint8Array | string): boolean {
  return flagOf(expectRoot(parseXml(document), 'PolicyStatus'), 'IsPublic') ?? false;
}

/** Writes the document of Put- and GetPublicAccessBlock, of an account or a bucket. */
export function renderPublicAccessBlock(isBlocked: boolean): string {
  return renderXml('PublicAccessBlockConfiguration', { BlockPublicAccess: isBlocked });
}

/**
 * Reads the document of Put- and GetPublicAccessBlock.
 * @throws {OssError} `MalformedXML`.
 */
export function parsePublicAccessBlock(document: Uint8Array | string): boolean {
  const isBlocked = readRequestDocument(document, 'PublicAccessBlockConfiguration', (root) =>
    flagOf(root, 'BlockPublicAccess'),
  );
  if (isBlocked === undefined) throw malformed('PublicAccessBlockConfiguration must have BlockPublicAccess.');
  return isBlocked;
}
