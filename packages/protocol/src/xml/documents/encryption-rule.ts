/** Document of Put- and GetBucketEncryption: `ServerSideEncryptionRule`. */
import { OssError } from '../../error/oss-error.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childOf, wordOf } from '../xml-element.js';
import { defined } from './optional.js';

/** How objects are encrypted that say nothing of it themselves. */
export interface BucketEncryptionRule {
  readonly algorithm: 'AES256' | 'KMS' | 'SM4';
  readonly kmsMasterKeyId?: string;
  readonly kmsDataEncryption?: 'SM4';
}

/** Writes the document. */
export function renderEncryptionRule(rule: BucketEncryptionRule): string {
  return renderXml('ServerSideEncryptionRule', {
    ApplyServerSideEncryptionByDefault: {
      SSEAlgorithm: rule.algorithm,
      KMSMasterKeyID: rule.kmsMasterKeyId,
      KMSDataEncryption: rule.kmsDataEncryption,
    },
  });
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`, `InvalidEncryptionAlgorithmError`, `InvalidDataEncryptionAlgorithmError`,
 *   `InvalidArgument` for what only KMS takes.
 */
export function parseEncryptionRule(document: Uint8Array | string): BucketEncryptionRule {
  return readRequestDocument(document, 'ServerSideEncryptionRule', readEncryptionRule);
}

function readEncryptionRule(root: XmlElement): BucketEncryptionRule {
  const element = childOf(root, 'ApplyServerSideEncryptionByDefault');
  const algorithm = wordOf(element, 'SSEAlgorithm');
  if (algorithm === undefined) throw malformed('ServerSideEncryptionRule must have an SSEAlgorithm.');
  if (algorithm !== 'AES256' && algorithm !== 'KMS' && algorithm !== 'SM4') {
    throw new OssError('InvalidEncryptionAlgorithmError');
  }
  const kmsMasterKeyId = wordOf(element, 'KMSMasterKeyID');
  const kmsDataEncryption = wordOf(element, 'KMSDataEncryption');
  if (kmsDataEncryption !== undefined && !isDataEncryption(kmsDataEncryption)) {
    throw new OssError('InvalidDataEncryptionAlgorithmError');
  }
  // A change from KMS to AES256 may still carry the key's id, which then means nothing.
  if (algorithm === 'AES256' && kmsMasterKeyId !== undefined && kmsDataEncryption === undefined) return { algorithm };
  if (algorithm !== 'KMS' && (kmsMasterKeyId ?? kmsDataEncryption) !== undefined) {
    throw new OssError('InvalidArgument', {
      message: 'KMSMasterKeyID and KMSDataEncryption are only valid if SSEAlgorithm is KMS.',
      details: { ArgumentName: 'SSEAlgorithm', ArgumentValue: algorithm },
    });
  }
  return { algorithm, ...defined({ kmsMasterKeyId, kmsDataEncryption }) };
}

function isDataEncryption(text: string): text is 'SM4' {
  return text === 'SM4';
}
