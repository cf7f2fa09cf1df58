/** The three headers that ask for encryption at rest. Leaves out encrypting. */
import { OssError } from '../error/oss-error.js';
import { REQUEST_HEADERS, type RequestHeaders } from '../headers.js';

/** Algorithms of server-side encryption. */
export const ENCRYPTION_ALGORITHMS = ['AES256', 'KMS', 'SM4'] as const;

/** An algorithm of server-side encryption. */
export type EncryptionAlgorithm = (typeof ENCRYPTION_ALGORITHMS)[number];

const EMPTY_KEY_ID_EC = '0005-00000205';

/** What a request asks for. */
export interface EncryptionRequest {
  readonly algorithm: EncryptionAlgorithm;
  /** Algorithm of the data under a managed key. */
  readonly dataAlgorithm?: 'SM4';
  readonly keyId?: string;
}

/**
 * Reads the encryption headers of a request.
 * @returns What it asks for, or `undefined` if for nothing.
 * @throws {OssError} `InvalidEncryptionAlgorithmError`, `InvalidDataEncryptionAlgorithmError`, or `InvalidArgument` for
 * a key id or data algorithm without `KMS`, or an empty key id.
 */
export function readEncryption(headers: RequestHeaders): EncryptionRequest | undefined {
  const name = headers.get(REQUEST_HEADERS.serverSideEncryption);
  const dataName = headers.get(REQUEST_HEADERS.serverSideDataEncryption);
  const keyId = headers.get(REQUEST_HEADERS.serverSideEncryptionKeyId);
  const algorithm = ENCRYPTION_ALGORITHMS.find((known) => known === name);
  if (name !== undefined && algorithm === undefined) throw new OssError('InvalidEncryptionAlgorithmError');
  if (dataName !== undefined && dataName !== 'SM4') throw new OssError('InvalidDataEncryptionAlgorithmError');
  if ((dataName !== undefined || keyId !== undefined) && algorithm !== 'KMS') {
    throw new OssError('InvalidArgument', {
      message: 'A key id or data encryption takes x-oss-server-side-encryption: KMS.',
      details: { ArgumentName: REQUEST_HEADERS.serverSideEncryption, ArgumentValue: name ?? '' },
    });
  }
  if (keyId === '') {
    throw new OssError('InvalidArgument', {
      message: 'The id of the encryption key can not be the empty string.',
      ec: EMPTY_KEY_ID_EC,
      details: { ArgumentName: REQUEST_HEADERS.serverSideEncryptionKeyId, ArgumentValue: '' },
    });
  }
  if (algorithm === undefined) return undefined;
  return {
    algorithm,
    ...(dataName !== undefined && { dataAlgorithm: dataName }),
    ...(keyId !== undefined && { keyId }),
  };
}
